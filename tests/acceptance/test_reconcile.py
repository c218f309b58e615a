"""Events that never arrived are found, told once, and made up for where the rules say so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from how_to import rules_of_page
from server import Server, run_command, running, wait_for

from journal import tables
from journal.database import write
from journal_factories import a_delivery
from simulator import DEFAULT_CORPID

RULES = """
[[welcome]]
text = "你好"

[[tag]]
state = "spring-*"
add = ["活动/春季"]

[[remark]]
state = "spring-*"
remark = "春季"

"""
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that has been there for two hours, and whose processes were away for one."""
    rules = RULES + rules_of_page("reconcile")
    with running(tmp_path, rules=rules, start=False) as server:
        now = datetime.now(UTC)
        server.journal.record(a_delivery(event="e", received_at=now - 2 * AN_HOUR, plan=()))
        server.simulator.set_time((now - AN_HOUR).timestamp())
        yield server


def lose(server: Server, userid: str, *, state: str) -> str:
    """Let a customer come whose event reaches nobody."""
    customer = server.simulator.add_customer(userid, state=state)
    wait_for(
        lambda: not server.simulator.pushes(subject=customer, outcome="pending"),
        "WeCom has given up",
    )
    return customer


def reconcile(server: Server, *arguments: str, status: int) -> str:
    ended = run_command(server.settings, "reconcile", "--app", "contacts", *arguments)
    assert ended.returncode == status, ended.stdout + ended.stderr
    return ended.stdout


def test_a_lost_add_is_found_told_once_tagged_and_remarked_but_not_greeted(server: Server) -> None:
    lost = lose(server, "zhangsan", state="spring-1")
    plain = lose(server, "lisi", state="")
    server.simulator.set_time(datetime.now(UTC).timestamp())

    dry = reconcile(server, "--dry-run", status=1)
    assert ("2 events never arrived" in dry, lost in dry, plain in dry) == (True, True, True)
    assert server.journal.missed_contacts() == []
    assert server.simulator.markings() == []

    told = reconcile(server, status=1)
    again = reconcile(server, status=1)

    assert "2 of them new" in told
    assert "0 of them new" in again
    calls = server.simulator.calls(path="externalcontact/mark_tag")
    assert [each["external_userid"] for each in calls] == [lost]
    assert {each["external_userid"] for each in server.simulator.markings()} == {lost}
    assert "春季" in str(server.simulator.customer(lost))
    assert server.simulator.welcomes() == []
    assert len(server.simulator.messages(userid="admin")) == 1
    missed = {each.external_userid: each for each in server.journal.missed_contacts()}
    assert missed.keys() == {lost, plain}
    assert set(missed[lost].applied) == {"tag", "remark"}
    assert all(each.told_at for each in missed.values())


def test_a_lost_deletion_is_found(server: Server) -> None:
    server.start("web")
    customer = server.simulator.add_customer("zhangsan")
    wait_for(lambda: server.journal.deliveries(subject=customer), "the add arrives")
    server.kill("web")
    server.simulator.delete_customer("zhangsan", customer)
    wait_for(
        lambda: not server.simulator.pushes(subject=customer, outcome="pending"),
        "WeCom has given up",
    )
    server.simulator.set_time(datetime.now(UTC).timestamp())

    told = reconcile(server, status=1)

    assert "1 events never arrived" in told
    (missed,) = server.journal.missed_contacts()
    assert (missed.change, missed.external_userid) == ("deleted", customer)


def test_who_arrived_is_not_missed_nor_who_was_there_before(server: Server) -> None:
    server.simulator.set_time((datetime.now(UTC) - 3 * AN_HOUR).timestamp())
    lose(server, "zhangsan", state="long ago")
    server.simulator.set_time((datetime.now(UTC) - AN_HOUR).timestamp())
    server.start("web")
    heard = server.simulator.add_customer("zhangsan")
    wait_for(lambda: server.journal.deliveries(subject=heard), "the add arrives")
    server.simulator.set_time(datetime.now(UTC).timestamp())
    lose(server, "lisi", state="just now")

    told = reconcile(server, status=0)

    assert "0 events never arrived" in told


def test_workers_compare_by_themselves(server: Server) -> None:
    lost = lose(server, "zhangsan", state="spring-1")
    server.simulator.set_time(datetime.now(UTC).timestamp())
    server.start("urgent,default,bulk")
    _let_it_be_due(server)

    wait_for(
        lambda: [each.external_userid for each in server.journal.missed_contacts()] == [lost],
        "the worker finds it",
        seconds=90,
    )
    (done,) = wait_for(
        lambda: [
            each
            for each in server.journal.reconciliations()
            if each.app == "contacts" and each.finished_at
        ],
        "the comparison has ended",
    )

    assert (done.corpid, done.missed) == (DEFAULT_CORPID, 1)


def _let_it_be_due(server: Server) -> None:
    """Let the five minutes pass until workers look for the first time."""
    name = "handlers.reconciling.reconcile"
    wait_for(
        lambda: any(each.name == name for each in server.journal.duties()), "the duty is known"
    )
    with write(server.journal._engine) as connection:
        connection.execute(
            sa.update(tables.duties)
            .where(tables.duties.c.name == name)
            .values(due_at=datetime.now(UTC))
        )
