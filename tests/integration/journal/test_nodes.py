"""Which processes are alive, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from journal import Journal, Node

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
WEB = Node(id="a", name="host:1", role="web", lanes=(), started_at=AT, seen_at=AT, version="0.1.0")
WORKER = replace(WEB, id="b", name="host:2", role="worker", lanes=("default", "bulk"))


def test_every_process_is_on_the_list(journal: Journal) -> None:
    journal.beat(WEB)
    journal.beat(WORKER)

    assert journal.nodes() == [WORKER, WEB]


def test_a_beat_moves_the_time_a_process_was_seen(journal: Journal) -> None:
    journal.beat(WEB)
    later = replace(WEB, seen_at=AT + timedelta(seconds=10))

    journal.beat(later)

    assert journal.nodes() == [later]


def test_one_that_ends_as_it_should_is_gone(journal: Journal) -> None:
    journal.beat(WEB)
    journal.beat(WORKER)

    journal.leave(WEB.id)

    assert journal.nodes() == [WORKER]


def test_one_that_was_killed_is_forgotten_after_a_day(journal: Journal) -> None:
    journal.beat(WEB)

    journal.beat(replace(WORKER, seen_at=AT + timedelta(hours=23)))
    assert [node.id for node in journal.nodes()] == ["b", "a"]
    journal.beat(replace(WORKER, seen_at=AT + timedelta(hours=25)))

    assert [node.id for node in journal.nodes()] == ["b"]
