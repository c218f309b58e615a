"""Whose turn it is at a duty, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from journal import DutyClaim, DutyEnd, DutyKey, DutyTurn, Journal

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEASE = timedelta(seconds=20)
KEY = DutyKey(app="contacts", corpid="ww1", name="sync")


def ask(
    journal: Journal,
    at: datetime = AT,
    *,
    key: DutyKey = KEY,
    interval: timedelta = HOUR,
    first_due: datetime = AT,
) -> DutyTurn:
    return journal.claim_duty(
        DutyClaim(key=key, now=at, lease=LEASE, interval=interval, first_due=first_due)
    )


def end(journal: Journal, turn: int, at: datetime = AT, *, error: str | None = None) -> bool:
    return journal.finish_duty(
        DutyEnd(
            key=KEY,
            turn=turn,
            finished_at=at,
            due_at=at + HOUR,
            outcome="failed" if error else "done",
            error=error,
        )
    )


def test_a_duty_that_is_due_is_somebodys_turn(journal: Journal) -> None:
    assert ask(journal).turn == 1


def test_while_somebody_is_at_it_nobody_else_is(journal: Journal) -> None:
    ask(journal)

    assert ask(journal, AT + LEASE / 2) == DutyTurn(turn=None, look_again_at=AT + LEASE)


def test_before_its_time_it_is_nobodys_turn(journal: Journal) -> None:
    later = AT + HOUR

    assert ask(journal, first_due=later) == DutyTurn(turn=None, look_again_at=later)
    assert ask(journal, later, first_due=later + HOUR).turn == 1


def test_after_the_end_the_next_turn_comes_an_interval_later(journal: Journal) -> None:
    end(journal, ask(journal).turn or 0)

    assert ask(journal, AT + HOUR / 2) == DutyTurn(turn=None, look_again_at=AT + HOUR)
    assert ask(journal, AT + HOUR).turn == 2


def test_a_turn_whose_worker_died_is_taken_over(journal: Journal) -> None:
    ask(journal)

    assert ask(journal, AT + LEASE).turn == 2
    (record,) = journal.duties()
    assert (record.last_outcome, record.last_finished) == ("lost", None)


def test_who_was_taken_over_cannot_end_the_turn(journal: Journal) -> None:
    lost = ask(journal).turn or 0
    taken_over = ask(journal, AT + LEASE).turn or 0

    assert not end(journal, lost)
    assert end(journal, taken_over)


def test_a_renewed_lease_keeps_others_away(journal: Journal) -> None:
    turn = ask(journal).turn or 0

    journal.renew_duty(KEY, turn, AT + 2 * LEASE)

    assert ask(journal, AT + LEASE).turn is None


def test_a_turn_that_ended_or_was_lost_is_not_renewed(journal: Journal) -> None:
    first = ask(journal).turn or 0
    second = ask(journal, AT + LEASE).turn or 0
    journal.renew_duty(KEY, first, AT + HOUR)
    end(journal, second, AT + LEASE)
    journal.renew_duty(KEY, second, AT + HOUR)

    (record,) = journal.duties()
    assert record.lease_until is None


def test_a_failure_is_kept_until_the_next_turn(journal: Journal) -> None:
    end(journal, ask(journal).turn or 0, error="APIUnreachable: \0 gone \ud800")

    (failed,) = journal.duties()
    ask(journal, AT + HOUR)
    (again,) = journal.duties()

    assert (failed.last_outcome, failed.last_error) == ("failed", "APIUnreachable:  gone ?")
    assert again.last_error is None


def test_an_interval_made_shorter_counts_from_now(journal: Journal) -> None:
    end(journal, ask(journal).turn or 0)
    minute = timedelta(minutes=1)

    assert ask(journal, interval=minute).look_again_at == AT + minute


def test_each_app_corp_and_name_has_turns_of_its_own(journal: Journal) -> None:
    keys = [KEY, *(replace(KEY, **{name: "other"}) for name in ("app", "corpid", "name"))]

    assert [ask(journal, key=key).turn for key in keys] == [1] * 4
    assert len(journal.duties()) == 4


def test_of_many_who_ask_at_once_one_gets_the_turn(journal: Journal, database_url: str) -> None:
    other = Journal(database_url)
    try:
        with ThreadPoolExecutor(8) as pool:
            turns = list(pool.map(lambda n: ask((journal, other)[n % 2]).turn, range(40)))
    finally:
        other.close()

    assert sorted(turn for turn in turns if turn) == [1]


def test_a_lease_of_a_clock_set_back_since_lasts_no_longer_than_any(journal: Journal) -> None:
    ask(journal, AT + 24 * HOUR)

    assert ask(journal) == DutyTurn(turn=None, look_again_at=AT + LEASE)
    assert ask(journal, AT + LEASE).turn == 2


def test_who_lives_keeps_the_turn_when_the_clock_is_set_back(journal: Journal) -> None:
    turn = ask(journal, AT + 24 * HOUR).turn or 0
    ask(journal)

    journal.renew_duty(KEY, turn, AT + 2 * LEASE)

    assert ask(journal, AT + LEASE).turn is None
    assert end(journal, turn)
