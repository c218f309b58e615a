"""Channels, group welcomes and the comparison with WeCom, on a real journal and a simulator."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from handler_context import Stage
from simulated import PNG

from errors import APIError, JournalUnavailable, SystemBusy
from factories import an_external_contact_deleted
from handlers import Context
from handlers.channels import keep_channels, sync_channels
from handlers.groups import UNCLEAR, keep_group_welcomes, sync_group_welcomes
from handlers.ledger import Missed
from handlers.notifying import raise_alarm
from handlers.reconciling import compare, reconcile
from handlers.uploads import keep_files_uploaded
from journal import Journal
from journal_factories import a_delivery
from simulator import DEFAULT_CORPID, DEFAULT_SECRET, Simulator
from simulator.contact_ways import ContactWay, ContactWays
from simulator.group_messages import GroupMessages
from wecom import Client
from wecom.tag import get_corp_tag_list
from worker.ledger import JournalLedger
from worker.rule_memory import RuleMemory

CHANNEL = """
[[channel]]
name = "spring"
app = "contacts"
state = "spring"
members = ["zhangsan", "lisi"]
"""
MINUTE = timedelta(minutes=1)
TAG = '[[tag]]\nadd = "source/spring"\n'
WELCOME = '[[group_welcome]]\nname = "hello"\napp = "contacts"\ntext = "你好"\n'


@dataclass(frozen=True, kw_only=True)
class DyingLedger(JournalLedger):
    """The ledger of a process that dies before it writes down what WeCom answered."""

    def store_channel(self, name: str, **_: object) -> None:  # noqa: ARG002 - it dies
        raise JournalUnavailable

    def store_group_welcome(self, name: str, **_: object) -> None:  # noqa: ARG002 - it dies
        raise JournalUnavailable


@dataclass(frozen=True, kw_only=True)
class TiredLedger(JournalLedger):
    """The ledger of a process that is killed after it has tagged its second customer."""

    def mark_missed(self, missed: Sequence[Missed], **done: Any) -> None:  # noqa: ANN401 - what it is handed
        if any(each.applied for each in self.missed_of(missed[0].userid)):
            raise KeyboardInterrupt
        super().mark_missed(missed, **done)


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
    folder: Path | None = None,
) -> Context:
    stage = Stage(now=datetime.now(UTC) + later)
    return dataclasses.replace(
        stage.context(rules, operators=("admin",), folder=folder),
        api=api,
        ledger=ledger(journal=journal, app="contacts", corpid=DEFAULT_CORPID),
    )


def ways(simulator: Simulator) -> list[ContactWay]:
    return list(simulator.tenant.corp(DEFAULT_CORPID).of(ContactWays).contact.values())


def forget_media(simulator: Simulator) -> None:
    with simulator.tenant.changed:
        simulator.tenant.corp(DEFAULT_CORPID).media.clear()


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


def test_fifty_channels_that_meet_a_pause_are_all_made_once_and_nobody_is_told_of_it(
    journal: Journal, api: Client, simulator: Simulator
) -> None:
    channels = "".join(CHANNEL.replace("spring", f"spring-{number}") for number in range(50))
    number = simulator.add_fault(
        {"path": "externalcontact/add_contact_way", "errcode": 45009, "skip_calls": 20}
    )

    paused = Counter(words(a_context(journal, api, channels)))
    keep_channels(again := a_context(journal, api, channels))
    told = simulator.messages(userid="admin")
    simulator.remove_fault(number)
    with Client(DEFAULT_CORPID, DEFAULT_SECRET, agentid=1000002, base_url=simulator.url) as rested:
        afterwards = Counter(words(a_context(journal, rested, channels)))

    assert (paused, afterwards) == ({"created": 20, "later": 30}, {"same": 20, "created": 30})
    assert (told, again.conclusion) == ([], "later 30")
    assert len({way.state for way in ways(simulator)}) == len(ways(simulator)) == 50
    assert len(simulator.calls(path="externalcontact/add_contact_way")) == 51


def test_operators_hear_of_a_fault_once_though_wecom_words_it_differently_each_time(
    journal: Journal,
) -> None:
    stage = Stage()
    numbers = iter(range(10**20, 10**20 + 9))
    stage.wecom.on(
        "externalcontact/add_contact_way",
        lambda _: {
            "errcode": 84074,
            "errmsg": f"no permission, hint: [{next(numbers)}], from ip: 10.0.0.1, more info",
        },
    )
    ctx = dataclasses.replace(
        stage.context(CHANNEL, operators=("admin",)),
        ledger=JournalLedger(journal=journal, app="contacts", corpid=DEFAULT_CORPID),
    )

    for _ in range(3):
        keep_channels(ctx)

    (told,) = stage.bodies("message/send")
    assert "hint: [10000" in told["text"]["content"]
    assert ctx.conclusion == "failed 1"


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


def test_a_picture_of_a_welcome_is_renewed_when_wecom_forgot_it_and_changed_with_its_content(
    journal: Journal, api: Client, simulator: Simulator, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    ctx = a_context(journal, api, WELCOME + 'attachments = { image = "a.png" }', folder=tmp_path)
    keep_files_uploaded(ctx)
    forget_media(simulator)

    made = [each.word for each in sync_group_welcomes(ctx)]
    keep_files_uploaded(ctx)
    again = [each.word for each in sync_group_welcomes(ctx)]
    (tmp_path / "a.png").write_bytes(PNG + b"another")
    keep_files_uploaded(ctx)
    changed = [each.word for each in sync_group_welcomes(ctx)]

    assert (made, again, changed) == (["created"], ["same"], ["updated"])
    assert len(simulator.calls(path="media/upload")) == 3


def test_a_welcome_that_wecom_is_too_busy_for_is_no_fault(
    journal: Journal, api: Client, simulator: Simulator
) -> None:
    path = "externalcontact/group_welcome_template/add"
    simulator.add_fault({"path": path, "errcode": -1, "calls": 1})

    keep_group_welcomes(busy := a_context(journal, api, WELCOME))
    keep_group_welcomes(made := a_context(journal, api, WELCOME))

    assert (busy.conclusion, made.conclusion) == ("later 1", "changed 1")
    assert simulator.messages(userid="admin") == []


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


def test_an_app_that_only_imports_contacts_is_left_out_of_the_comparison(
    journal: Journal, api: Client, simulator: Simulator
) -> None:
    simulator.add_fault({"path": "externalcontact/get_follow_user_list", "errcode": 48002})
    greets = a_context(journal, api, '[reconcile]\nevery = "1d"\n')
    imports = dataclasses.replace(greets, app=dataclasses.replace(greets.app, agentid=0))

    reconcile(imports)

    assert imports.conclusion == "not_wanted"
    with pytest.raises(APIError, match="48002"):
        reconcile(greets)


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


def test_what_one_customer_is_refused_costs_no_other_and_the_comparison_ends(
    journal: Journal, api: Client, simulator: Simulator
) -> None:
    ctx = a_context(journal, api, TAG, later=timedelta(hours=1))
    assert ctx.ledger is not None
    ctx.ledger.begin_reconciliation(datetime.now(UTC) - timedelta(minutes=1))
    simulator.add_customers(3, userid="zhangsan")
    simulator.add_fault(
        {"path": "externalcontact/mark_tag", "errcode": 40096, "skip_calls": 1, "calls": 1}
    )

    first = compare(ctx, ctx.ledger, apply=("tag",))
    again = compare(ctx, ctx.ledger, apply=("tag",))

    assert (first.applied, first.refused) == ({"tag": 2}, {"tag": 1})
    assert (again.applied, again.refused) == ({"tag": 1}, {})
    assert ctx.ledger.reconciled_at() is not None


def test_a_pause_of_wecom_puts_off_the_rest_and_operators_are_told_once(
    journal: Journal, api: Client, simulator: Simulator
) -> None:
    ctx = a_context(journal, api, TAG, later=timedelta(hours=1))
    assert ctx.ledger is not None
    ctx.ledger.begin_reconciliation(datetime.now(UTC) - timedelta(minutes=1))
    simulator.add_customers(5, userid="zhangsan")
    simulator.add_fault({"path": "externalcontact/mark_tag", "errcode": -1, "skip_calls": 2})

    for _ in range(2):
        with pytest.raises(SystemBusy):
            compare(ctx, ctx.ledger, apply=("tag",))
    unfinished = ctx.ledger.reconciled_at()
    simulator.remove_fault()
    compared = compare(ctx, ctx.ledger, apply=("tag",))

    assert (unfinished, compared.applied) == (None, {"tag": 3})
    assert len(simulator.calls(path="externalcontact/mark_tag")) == 2 + 2 + 3
    assert len(simulator.messages(userid="admin")) == 1


def test_what_is_made_up_for_is_what_the_rules_said_when_it_happened(
    journal: Journal, api: Client, simulator: Simulator
) -> None:
    rules = "[[tag]]\nadd = \"day/{{ now.strftime('%Y-%m-%d') }}\""
    ctx = a_context(journal, api, rules, later=timedelta(days=40))
    assert ctx.ledger is not None
    ctx.ledger.begin_reconciliation(datetime.now(UTC) - timedelta(minutes=1))
    before = datetime.now(ZoneInfo("Asia/Shanghai"))
    simulator.add_customer("zhangsan")
    days = {f"{at:%Y-%m-%d}" for at in (before, datetime.now(ZoneInfo("Asia/Shanghai")))}

    compare(ctx, ctx.ledger, apply=("tag",))

    groups = {group.group_name: group for group in get_corp_tag_list(api)}
    assert {tag.name for tag in groups["day"].tag} <= days


def test_many_losses_of_the_night_raise_the_alarm_when_a_worker_is_there_again(
    journal: Journal, api: Client, simulator: Simulator
) -> None:
    rules = '[[alarm]]\nmore_than = 3\nto = "@operators"\ntext = "{{ event.userid }} {{ count }}"'
    morning = timedelta(hours=8)
    ctx = a_context(journal, api, rules, later=morning)
    ctx.memory = RuleMemory(journal=journal, app="contacts", corpid=DEFAULT_CORPID, now=ctx.now)
    night = datetime.now(UTC).replace(microsecond=0)
    losses = [
        dataclasses.replace(
            an_external_contact_deleted(external_userid=f"wm{number}"),
            occurred_at=night + number * MINUTE,
        )
        for number in range(4)
    ]
    for number, loss in enumerate(losses):
        journal.record(
            a_delivery(
                event=loss.name,
                userid=loss.userid,
                subject=loss.external_userid,
                payload=loss.raw,
                received_at=night + number * MINUTE,
            )
        )

    for loss in reversed(losses):
        raise_alarm(loss, ctx)

    (told,) = simulator.messages(userid="admin")
    assert "zhangsan 4" in str(told)


def test_a_comparison_that_was_killed_in_the_middle_is_told_and_made_up_for_by_the_next(
    journal: Journal, api: Client, simulator: Simulator
) -> None:
    dying = a_context(journal, api, TAG, later=timedelta(hours=1), ledger=TiredLedger)
    assert dying.ledger is not None
    dying.ledger.begin_reconciliation(datetime.now(UTC) - timedelta(minutes=1))
    simulator.add_customers(5, userid="zhangsan")

    with pytest.raises(KeyboardInterrupt):
        compare(dying, dying.ledger, apply=("tag",))
    ctx = a_context(journal, api, TAG, later=timedelta(hours=1))
    assert ctx.ledger is not None
    after = compare(ctx, ctx.ledger, apply=("tag",))
    again = compare(ctx, ctx.ledger, apply=("tag",))

    assert (len(after.missed), after.new, after.applied["tag"]) == (5, 0, 4)
    assert (again.new, again.applied) == (0, {})
    assert all(each.told_at and each.applied == ("tag",) for each in journal.missed_contacts())
    assert len(simulator.messages(userid="admin")) == 1
