"""What is pulled goes the way of what is called back, once (微信客服)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from events import Event
from handlers import Router, customer_service
from journal import Journal, PlannedRun, PublishableRun
from worker import plan
from worker.inbox import Inbox

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MARGIN = timedelta(seconds=1)
ROUTER = Router(customer_service.router)


def planned(event: Event, received_at: datetime) -> tuple[PlannedRun, ...]:
    return plan(ROUTER, event, received_at, margin=MARGIN)


@dataclass
class Pulled:
    """An inbox, and the runs it had published."""

    journal: Journal
    published: list[PublishableRun] = field(default_factory=list)

    def publish(self, runs: Sequence[PublishableRun]) -> None:
        self.published.extend(runs)

    def inbox(self, *, lag: timedelta = timedelta(0), app: str = "contacts") -> Inbox:
        return Inbox(
            self.journal,
            app=app,
            corpid="ww1",
            lag=lag,
            plan=planned,
            publish=self.publish,
            now=lambda: NOW,
        )


@pytest.fixture
def pulled(journal: Journal) -> Pulled:
    return Pulled(journal)


def entered(msgid: str = "m1", *, age_seconds: float = 0) -> bytes:
    sent = int(NOW.timestamp() - age_seconds)
    return json.dumps(
        {
            "msgid": msgid,
            "send_time": sent,
            "msgtype": "event",
            "event": {
                "event_type": "enter_session",
                "open_kfid": "wkA",
                "external_userid": "wmX",
                "welcome_code": "WC",
            },
        }
    ).encode()


def a_text(msgid: str) -> bytes:
    return json.dumps(
        {"msgid": msgid, "open_kfid": "wkA", "external_userid": "wmX", "msgtype": "text"}
    ).encode()


def deadline(journal: Journal) -> datetime | None:
    (delivery,) = journal.deliveries()
    (run,) = delivery.runs
    return run.deadline_at


def test_an_event_is_journalled_whole_and_its_run_published(pulled: Pulled) -> None:
    new = pulled.inbox().record([entered()])

    (delivery,) = pulled.journal.deliveries()
    assert new == 1
    assert (delivery.app, delivery.corpid, delivery.event) == (
        "contacts",
        "ww1",
        "kf.enter_session",
    )
    assert (delivery.subject, delivery.payload) == ("wmX", entered())
    assert [run.handler for run in pulled.published] == ["handlers.customer_service.greet_visitor"]
    assert [run.run_id for run in pulled.published] == [run.id for run in delivery.runs]


def test_a_message_nobody_handles_is_kept(pulled: Pulled) -> None:
    pulled.inbox().record([a_text("m1")])

    (delivery,) = pulled.journal.deliveries()
    assert (delivery.event, delivery.status) == ("kf.text", "ignored")


def test_what_is_pulled_twice_is_one(pulled: Pulled) -> None:
    inbox = pulled.inbox()

    counts = [
        inbox.record([entered("m1"), a_text("m2")]),
        inbox.record([a_text("m2"), a_text("m3")]),
    ]

    assert counts == [2, 1]
    assert len(pulled.journal.deliveries()) == 3
    assert len(pulled.published) == 1


def test_one_pull_by_many_workers_at_once_is_one(pulled: Pulled) -> None:
    items = [entered(f"m{n}") for n in range(50)]

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: pulled.inbox().record(items), range(4)))

    assert sum(counts) == 50
    assert len(pulled.published) == 50
    assert len(pulled.journal.deliveries(limit=1000)) == 50


def test_two_apps_keep_what_each_of_them_pulled(pulled: Pulled) -> None:
    pulled.inbox(app="one").record([a_text("m1")])
    pulled.inbox(app="two").record([a_text("m1")])

    assert {each.app for each in pulled.journal.deliveries()} == {"one", "two"}


@pytest.mark.parametrize("age_seconds", [0, 15, 3600, 2 * 86400])
def test_a_welcome_ends_twenty_seconds_after_the_event_however_late_it_is_pulled(
    pulled: Pulled, age_seconds: float
) -> None:
    pulled.inbox().record([entered(age_seconds=age_seconds)])

    assert deadline(pulled.journal) == NOW - timedelta(seconds=age_seconds) + timedelta(seconds=19)


@pytest.mark.parametrize("lag_seconds", [600, -600])
def test_where_the_clocks_differ_the_notification_tells_by_how_much(
    pulled: Pulled, lag_seconds: float
) -> None:
    inbox = pulled.inbox(lag=timedelta(seconds=lag_seconds))

    inbox.record([entered(age_seconds=lag_seconds + 5)])

    assert deadline(pulled.journal) == NOW + timedelta(seconds=14)


def test_an_event_of_the_future_does_not_live_longer(pulled: Pulled) -> None:
    pulled.inbox().record([entered(age_seconds=-86400)])

    assert deadline(pulled.journal) == NOW + timedelta(seconds=19)


@pytest.mark.parametrize(
    "plaintext",
    [b"null", b"7", b'"text"', b"[]", b"{}", b"", b"{", b'{"msgid":"\\ud800"}', b"\xff"],
)
def test_whatever_was_pulled_is_kept(pulled: Pulled, plaintext: bytes) -> None:
    pulled.inbox().record([plaintext, plaintext])

    (delivery,) = pulled.journal.deliveries()
    assert delivery.payload == plaintext


def test_nothing_pulled_is_nothing_written(pulled: Pulled) -> None:
    assert pulled.inbox().record([]) == 0
    assert pulled.journal.deliveries() == []


def test_the_cursor_is_kept_in_the_journal(pulled: Pulled) -> None:
    inbox = pulled.inbox()

    moved = [inbox.advance("wkA", past="", to="c1"), inbox.advance("wkA", past="", to="c0")]

    assert moved == ["c1", "c1"]
    assert pulled.inbox().cursor("wkA") == "c1"
