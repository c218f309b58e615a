"""A process is on the journal's list while it lives."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from journal import Journal
from worker import Heartbeat, heartbeat


def now() -> datetime:
    return datetime.now(UTC)


def test_beats_until_it_is_stopped(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.01)
    beating = Heartbeat(journal, role="worker", lanes=("urgent",), now=now)

    beating.start()
    until = time.monotonic() + 10
    while not (seen := journal.nodes()) or seen[0].seen_at == seen[0].started_at:
        assert time.monotonic() < until
        time.sleep(0.01)
    beating.stop()

    assert (seen[0].role, seen[0].lanes) == ("worker", ("urgent",))
    assert journal.nodes() == []


def test_outlives_a_journal_that_is_away(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, logged: list[dict[str, object]]
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.01)
    journal.close()
    beating = Heartbeat(journal, role="web", now=now)

    beating.start()
    until = time.monotonic() + 10
    while len(logged) < 2:
        assert time.monotonic() < until
        time.sleep(0.01)
    beating.stop()

    assert {entry["event"] for entry in logged} == {"journal_unavailable"}


def test_one_that_never_began_can_be_stopped(journal: Journal) -> None:
    Heartbeat(journal, role="web", now=now).stop()

    assert journal.nodes() == []
