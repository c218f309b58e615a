"""The command line on a running server: your own handlers, what arrived, once more please."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from server import ONE_WORKER, Server, run_command, run_of, running, wait_for

from factories import an_app_plaintext

HANDLERS = r"""
from pathlib import Path

from events import ExternalContactAdded, UnknownEvent
from handlers import Context, Router

router = Router()


@router.on(ExternalContactAdded)
def note_the_customer(event: ExternalContactAdded, ctx: Context) -> None:
    with Path(__file__).with_name("noted.txt").open("a") as notes:
        notes.write(event.external_userid + "\n")
    ctx.conclude("noted")
"""
LATER = """

@router.on(UnknownEvent)
def note_what_is_new(event: UnknownEvent, ctx: Context) -> None:
    Path(__file__).with_name("new.txt").write_text(event.fields["Flavour"])
"""


@pytest.fixture(scope="module")
def _own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("operated")
    (folder / "my_handlers.py").write_text(HANDLERS, encoding="utf-8")
    with running(
        folder, "web", ONE_WORKER, handlers=["my_handlers"], welcome_margin_seconds=15
    ) as server:
        yield server


@pytest.fixture
def server(_own_server: Server) -> Iterator[Server]:
    """A server with handlers of the user's; five seconds are left for a welcome."""
    yield _own_server
    _own_server.heal()


def test_a_handler_of_your_own_runs_beside_the_built_in_ones(server: Server) -> None:
    customer = server.simulator.add_customer("zhangsan")

    delivery = server.settled(customer)

    assert customer in (server.folder / "noted.txt").read_text().split()
    assert {run.handler: run.result for run in delivery.runs} == {
        "handlers.welcome.greet_new_customer": "sent",
        "handlers.tagging.tag_new_customer": "no_rule",
        "my_handlers.note_the_customer": "noted",
    }


def test_routes_shows_a_handler_of_your_own(server: Server) -> None:
    shown = run_command(server.settings, "routes")

    assert shown.returncode == 0
    assert "my_handlers.note_the_customer" in shown.stdout
    assert "handlers.welcome.greet_new_customer" in shown.stdout


def test_events_are_listed_and_shown_with_what_became_of_them(server: Server) -> None:
    customer = server.simulator.add_customer("lisi", state="spring-1")
    delivery = server.settled(customer)

    (listed,) = _json_lines(server, "events", "list", "--json", "--subject", customer)
    shown = _json(server, "events", "show", "--json", str(delivery.id))

    assert (listed["id"], listed["userid"], listed["status"]) == (delivery.id, "lisi", "done")
    welcome = next(run for run in shown["runs"] if run["handler"].endswith("greet_new_customer"))
    assert (welcome["result"], welcome["attempt"]) == ("sent", 1)
    assert [call[0] for call in welcome["attempts"][0]["calls"]][-1] == (
        "externalcontact/send_welcome_msg"
    )
    for_people = run_command(server.settings, "events", "show", str(delivery.id))
    assert customer in for_people.stdout
    assert "sent" in for_people.stdout


def test_a_delivery_that_is_not_there_is_said_so_in_one_sentence(server: Server) -> None:
    shown = run_command(server.settings, "events", "show", "999999")

    assert (shown.returncode, len(shown.stderr.splitlines())) == (1, 1)
    assert "999999" in shown.stderr


def test_a_replay_tags_again_and_never_sends_the_welcome_again(server: Server) -> None:
    customer = server.simulator.add_customer("zhangsan", state="spring-1")
    delivery = server.settled(customer)
    deadline = run_of(delivery, "greet_new_customer").deadline_at
    assert deadline is not None
    wait_for(lambda: datetime.now(UTC) > deadline, "the welcome has expired")

    replayed = run_command(server.settings, "events", "replay", str(delivery.id))
    wait_for(
        lambda: run_of(server.delivery(customer), "tag_new_customer").attempt == 2,
        "the customer is tagged again",
    )
    delivery = server.settled(customer)

    assert replayed.returncode == 0
    assert "tag_new_customer" in replayed.stdout
    assert "greet_new_customer" not in replayed.stdout
    assert len(server.simulator.markings(external_userid=customer)) == 2
    assert len(server.simulator.welcomes(external_userid=customer)) == 1
    welcome = run_of(delivery, "greet_new_customer")
    assert (welcome.result, welcome.attempt) == ("sent", 1)


def test_a_welcome_that_came_too_late_is_not_sent_by_a_replay(server: Server) -> None:
    customer = f"wm-late-{time.time_ns()}"
    server.simulator.push(
        an_app_plaintext(
            CreateTime=int(time.time()) - 25,
            Event="change_external_contact",
            ChangeType="add_external_contact",
            UserID="zhangsan",
            ExternalUserID=customer,
            WelcomeCode="EXPIREDCODE",
        ).decode()
    )
    delivery = server.settled(customer)
    calls = len(server.simulator.calls(path="externalcontact/send_welcome_msg"))

    replayed = run_command(server.settings, "events", "replay", str(delivery.id))
    server.settled(customer)

    assert replayed.returncode == 0
    assert run_of(server.delivery(customer), "greet_new_customer").result == "too_late"
    assert len(server.simulator.calls(path="externalcontact/send_welcome_msg")) == calls


def test_an_event_nobody_knew_is_kept_and_replayed_to_a_handler_that_comes_later(
    server: Server,
) -> None:
    server.simulator.push(
        an_app_plaintext(Event="event_of_tomorrow", Flavour="umami").decode(), event="tomorrow"
    )
    (kept,) = wait_for(
        lambda: server.journal.deliveries(event="event_of_tomorrow"), "the event is kept"
    )
    assert kept.status == "ignored"
    assert b"umami" in kept.payload

    with (server.folder / "my_handlers.py").open("a", encoding="utf-8") as module:
        module.write(LATER)
    server.kill(ONE_WORKER)
    server.start(ONE_WORKER)
    replayed = run_command(server.settings, "events", "replay", str(kept.id))

    assert "my_handlers.note_what_is_new" in replayed.stdout
    new = server.folder / "new.txt"
    wait_for(new.exists, "the new handler has run")
    assert new.read_text() == "umami"


def _json(server: Server, *arguments: str) -> dict[str, Any]:
    ended = run_command(server.settings, *arguments)
    assert ended.returncode == 0, ended.stderr
    document: dict[str, Any] = json.loads(ended.stdout)
    return document


def _json_lines(server: Server, *arguments: str) -> list[dict[str, Any]]:
    ended = run_command(server.settings, *arguments)
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]
