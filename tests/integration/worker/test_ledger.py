"""Channels, group welcomes and the comparison with WeCom, on a real journal and a simulator."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from handler_context import Stage

from errors import JournalUnavailable
from handlers import Context
from handlers.channels import sync_channels
from handlers.groups import UNCLEAR, sync_group_welcomes
from handlers.reconciling import compare
from journal import Journal
from simulator import DEFAULT_CORPID, DEFAULT_SECRET, Simulator
from simulator.contact_ways import ContactWay, ContactWays
from simulator.group_messages import GroupMessages
from wecom import Client
from worker.ledger import JournalLedger

CHANNEL = """
[[channel]]
name = "spring"
app = "contacts"
state = "spring"
members = ["zhangsan", "lisi"]
"""
WELCOME = '[[group_welcome]]\nname = "hello"\napp = "contacts"\ntext = "你好"\n'


@dataclass(frozen=True, kw_only=True)
class DyingLedger(JournalLedger):
    """The ledger of a process that dies before it writes down what WeCom answered."""

    def store_channel(self, name: str, **_: object) -> None:  # noqa: ARG002 - it dies
        raise JournalUnavailable

    def store_group_welcome(self, name: str, **_: object) -> None:  # noqa: ARG002 - it dies
        raise JournalUnavailable


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(f"sqlite:///{tmp_path / 'journal.db'}")
    journal.migrate()
    yield journal
    journal.close()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator.running() as running:
        yield running


@pytest.fixture
def api(simulator: Simulator) -> Iterator[Client]:
    with Client(DEFAULT_CORPID, DEFAULT_SECRET, agentid=1000002, base_url=simulator.url) as client:
        yield client


def a_context(
    journal: Journal,
    api: Client,
    rules: str,
    *,
    later: timedelta = timedelta(0),
    ledger: type[JournalLedger] = JournalLedger,
) -> Context:
    stage = Stage(now=datetime.now(UTC) + later)
    return dataclasses.replace(
        stage.context(rules, operators=("admin",)),
        api=api,
        ledger=ledger(journal=journal, app="contacts", corpid=DEFAULT_CORPID),
    )


def ways(simulator: Simulator) -> list[ContactWay]:
    return list(simulator.tenant.corp(DEFAULT_CORPID).of(ContactWays).contact.values())


def words(ctx: Context) -> list[str]:
    return [each.word for each in sync_channels(ctx)]


def test_a_process_that_dies_after_the_call_leaves_one_way_that_the_next_one_takes_over(
    journal: Journal, api: Client, simulator: Simulator
) -> None:
    with pytest.raises(JournalUnavailable):
        sync_channels(a_context(journal, api, CHANNEL, ledger=DyingLedger))

    while_claimed = words(a_context(journal, api, CHANNEL, later=timedelta(seconds=30)))
    afterwards = words(a_context(journal, api, CHANNEL, later=timedelta(minutes=3)))

    assert (while_claimed, afterwards) == (["busy"], ["found"])
    (way,) = ways(simulator)
    assert [each.config_id for each in journal.channels()] == [way.config_id]


def test_a_temporary_way_that_was_lost_is_made_again(
    journal: Journal, api: Client, simulator: Simulator
) -> None:
    rules = CHANNEL.replace(', "lisi"', "") + 'type = "single"\nis_temp = true\n'
    with pytest.raises(JournalUnavailable):
        sync_channels(a_context(journal, api, rules, ledger=DyingLedger))

    assert words(a_context(journal, api, rules, later=timedelta(minutes=3))) == ["created"]
    assert len(ways(simulator)) == 2


def test_of_many_that_sync_at_once_one_makes_the_way(
    journal: Journal, api: Client, simulator: Simulator
) -> None:
    contexts = [a_context(journal, api, CHANNEL) for _ in range(6)]

    with ThreadPoolExecutor(6) as threads:
        counted = Counter(word for found in threads.map(words, contexts) for word in found)

    assert counted["created"] == 1
    assert counted.keys() <= {"created", "busy", "same"}
    assert len(ways(simulator)) == 1


def test_channels_of_one_state_and_remark_find_ways_of_their_own(
    journal: Journal, api: Client, simulator: Simulator
) -> None:
    twin = CHANNEL.replace('"spring"\napp', '"twin"\napp') + 'remark = "spring"\n'
    with pytest.raises(JournalUnavailable):
        sync_channels(a_context(journal, api, CHANNEL, ledger=DyingLedger))

    both = a_context(journal, api, CHANNEL + twin, later=timedelta(minutes=3))

    assert sorted(words(both)) == ["created", "found"]
    assert len({each.config_id for each in journal.channels()}) == len(ways(simulator)) == 2


def test_a_welcome_whose_answer_died_is_not_made_twice(
    journal: Journal, api: Client, simulator: Simulator
) -> None:
    with pytest.raises(JournalUnavailable):
        sync_group_welcomes(a_context(journal, api, WELCOME, ledger=DyingLedger))

    later = a_context(journal, api, WELCOME, later=timedelta(minutes=3))
    found = [each.error for each in sync_group_welcomes(later)]

    assert found == [UNCLEAR]
    templates = simulator.tenant.corp(DEFAULT_CORPID).of(GroupMessages).templates
    assert len(templates) == 1
    assert [each.word for each in sync_group_welcomes(later, again="hello")] == ["created"]


def test_many_customers_are_compared_page_by_page(
    journal: Journal, api: Client, simulator: Simulator
) -> None:
    ctx = a_context(journal, api, "", later=timedelta(hours=1))
    assert ctx.ledger is not None
    ctx.ledger.begin_reconciliation(datetime.now(UTC) - timedelta(minutes=1))
    simulator.add_customers(250, userid="zhangsan")
    simulator.add_customer("lisi")

    first = compare(ctx, ctx.ledger)
    again = compare(ctx, ctx.ledger)

    assert (first.listed, len(first.missed), first.new) == (251, 251, 251)
    assert (len(again.missed), again.new) == (251, 0)
    pages = simulator.calls(path="externalcontact/batch/get_by_user")
    assert len(pages) == 2 * (3 + 3)  # three pages of one member, one of each other
    assert len(simulator.messages(userid="admin")) == 1


def test_operators_that_cannot_be_told_are_told_the_next_time(
    journal: Journal, api: Client, simulator: Simulator
) -> None:
    ctx = a_context(journal, api, "", later=timedelta(hours=1))
    assert ctx.ledger is not None
    ctx.ledger.begin_reconciliation(datetime.now(UTC) - timedelta(minutes=1))
    simulator.add_customer("lisi")
    simulator.add_fault({"path": "message/send", "errcode": 81013, "calls": 1})

    compare(ctx, ctx.ledger)
    compare(ctx, ctx.ledger)

    assert len(simulator.messages(userid="admin")) == 1
    assert all(each.told_at for each in journal.missed_contacts())
