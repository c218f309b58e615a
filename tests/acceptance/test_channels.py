"""Channels: contact ways are as the file says, never doubled, never deleted unasked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from how_to import rules_of_page
from server import Server, run_command, running, wait_for

from journal import tables
from journal.database import write as write_to
from simulator import DEFAULT_CORPID
from simulator.contact_ways import ContactWay, ContactWays

SPRING = """
[[channel]]
name = "spring"
app = "contacts"
state = "spring-2026"
members = ["zhangsan", "lisi"]
"""
PATIENCE = 90.0  # workers look each half minute


@pytest.fixture(scope="module")
def _channel_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("channels"), rules="", start=False) as server:
        yield server


@pytest.fixture
def idle(_channel_server: Server) -> Iterator[Server]:
    """A server whose processes do not run: only commands act."""
    server = _channel_server
    server.simulator.reset()
    for key in server.valkey.client.scan_iter("*token*"):
        server.valkey.client.delete(key)
    for each in server.journal.channels():
        server.journal.forget_channel(each.app, each.corpid, each.name)
    write(server, "")
    yield server
    server.simulator.remove_fault()


def write(server: Server, rules: str) -> None:
    (server.folder / "rules.toml").write_text(rules, encoding="utf-8")


def ways(server: Server) -> list[dict[str, Any]]:
    """Return the contact ways of the corp, as the simulator keeps them."""
    return [vars(each) for each in contact_ways(server).values()]


def contact_ways(server: Server) -> dict[str, ContactWay]:
    return server.simulator.tenant.corp(DEFAULT_CORPID).of(ContactWays).contact


def sync(server: Server, *, status: int = 0) -> str:
    ended = run_command(server.settings, "channels", "sync")
    assert ended.returncode == status, ended.stdout + ended.stderr
    return ended.stdout


def test_a_channel_is_made_once_and_stays(idle: Server) -> None:
    write(idle, SPRING)

    first, second = sync(idle), sync(idle)

    assert ("created" in first, "same" in second) == (True, True)
    (way,) = ways(idle)
    assert (way["state"], way["user"], way["remark"], way["type"]) == (
        "spring-2026",
        ["zhangsan", "lisi"],
        "spring",
        2,
    )


def test_a_changed_rule_changes_the_contact_way(idle: Server) -> None:
    write(idle, SPRING)
    sync(idle)
    (before,) = ways(idle)

    write(idle, SPRING.replace('"lisi"', '"wangwu"').replace("spring-2026", "spring-b"))
    told = sync(idle)

    (after,) = ways(idle)
    assert "updated" in told
    assert (after["config_id"], after["user"], after["state"]) == (
        before["config_id"],
        ["zhangsan", "wangwu"],
        "spring-b",
    )


def test_a_slot_decides_who_is_added_now(idle: Server) -> None:
    write(idle, SPRING + 'slots = [{ hours = ["00:00-12:00", "12:00-24:00"], members = "admin" }]')
    told = sync(idle, status=1)
    assert "84074" in told or "60011" in told or "84061" in told  # admin has no customers

    write(idle, SPRING + 'slots = [{ hours = ["00:00-12:00", "12:00-24:00"], members = "wangwu" }]')
    sync(idle)

    (way,) = ways(idle)
    assert way["user"] == ["wangwu"]


def test_the_channels_of_the_page_are_made(idle: Server) -> None:
    write(idle, rules_of_page("channels"))

    assert sync(idle).count("created") == 2
    assert {each["state"] for each in ways(idle)} == {"spring-2026", "shop"}


def test_an_answer_that_was_lost_makes_no_second_way(idle: Server) -> None:
    write(idle, SPRING)
    idle.simulator.add_fault(
        {
            "path": "externalcontact/add_contact_way",
            "when": "after",
            "drop_connection": True,
            "calls": 1,
        }
    )

    lost, found = sync(idle, status=1), sync(idle)

    assert ("later" in lost, "found" in found) == (True, True)
    (way,) = ways(idle)
    (kept,) = idle.journal.channels()
    assert kept.config_id == way["config_id"]
    assert kept.qr_code == way["qr_code"]


def test_a_way_of_others_with_another_remark_is_left_alone(idle: Server) -> None:
    write(idle, SPRING.replace('name = "spring"', 'name = "theirs"'))
    sync(idle)
    for each in idle.journal.channels():
        idle.journal.forget_channel(each.app, each.corpid, each.name)
    write(idle, SPRING)
    idle.simulator.add_fault(
        {"path": "externalcontact/add_contact_way", "http_status": 502, "calls": 1}
    )

    sync(idle, status=1)
    sync(idle)

    assert sorted(each["remark"] for each in ways(idle)) == ["spring", "theirs"]


def test_what_the_rules_drop_is_deleted_only_when_told(idle: Server) -> None:
    write(idle, SPRING)
    sync(idle)
    write(idle, "")

    sync(idle)
    listed = run_command(idle.settings, "channels", "list").stdout
    asked = run_command(idle.settings, "channels", "prune")

    assert "not in the rules" in listed
    assert (asked.returncode, len(ways(idle))) == (1, 1)

    told = run_command(idle.settings, "channels", "prune", "--yes")

    assert (told.returncode, ways(idle), idle.journal.channels()) == (0, [], [])


def test_a_way_deleted_elsewhere_is_told_and_can_be_made_again(idle: Server) -> None:
    write(idle, SPRING)
    sync(idle)
    contact_ways(idle).clear()
    write(idle, SPRING.replace('"lisi"', '"wangwu"'))

    assert "deleted elsewhere" in sync(idle, status=1)
    assert ways(idle) == []

    run_command(idle.settings, "channels", "prune", "--yes")
    assert "created" in sync(idle)
    assert len(ways(idle)) == 1


def test_what_cannot_be_changed_is_told(idle: Server) -> None:
    write(idle, SPRING)
    sync(idle)
    write(idle, SPRING.replace('["zhangsan", "lisi"]', '["lisi"]\ntype = "single"'))

    assert "give the channel another name" in sync(idle, status=1)


def test_a_code_is_printed_and_saved(idle: Server, tmp_path: Path) -> None:
    write(idle, SPRING)
    sync(idle)

    printed = run_command(idle.settings, "channels", "qr", "spring")
    unknown = run_command(idle.settings, "channels", "qr", "none")
    unreachable = run_command(
        idle.settings, "channels", "qr", "spring", "--save", str(tmp_path / "qr.png")
    )

    (way,) = ways(idle)
    assert printed.returncode == 0
    assert printed.stdout.splitlines()[-1] == way["qr_code"]
    assert "█" in printed.stdout
    assert (unknown.returncode, unreachable.returncode) == (1, 1)
    assert 'there is no channel "none"' in unknown.stderr


def test_a_running_server_makes_channels_counts_customers_and_survives_a_kill(
    tmp_path: Path,
) -> None:
    with running(tmp_path, rules=SPRING, start=False) as server:
        server.simulator.add_fault(
            {
                "path": "externalcontact/add_contact_way",
                "when": "after",
                "latency_seconds": 20,
                "calls": 1,
            }
        )
        server.start()
        wait_for(lambda: ways(server), "the way is made", seconds=PATIENCE)
        server.kill("urgent,default,bulk")
        assert [each.config_id for each in server.journal.channels()] == [""]

        _let_claims_end(server)
        server.start("urgent,default,bulk")
        wait_for(
            lambda: server.journal.channels()[0].config_id,
            "the way is found again",
            seconds=PATIENCE,
        )

        (way,) = ways(server)
        assert server.journal.channels()[0].config_id == way["config_id"]
        for _ in range(3):
            server.simulator.scan_contact_way(config_id=way["config_id"])
        server.simulator.add_customer("lisi", state="elsewhere")
        wait_for(
            lambda: len(server.journal.deliveries()) >= 4, "all have arrived", seconds=PATIENCE
        )
        listed = run_command(server.settings, "channels", "list").stdout
        (line,) = [each for each in listed.splitlines() if "spring-2026" in each]
        assert line.split()[:6] == ["spring", "contacts", "spring-2026", "3", "3", "3"]
        assert any("elsewhere" in each for each in listed.splitlines())


def _let_claims_end(server: Server) -> None:
    """Let two minutes pass for who died in the middle of a channel."""
    with write_to(server.journal._engine) as connection:
        connection.execute(sa.update(tables.channels).values(claimed_until=None))
