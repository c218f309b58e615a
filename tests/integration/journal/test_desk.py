"""What the console asks of the journal, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from journal import Journal, lookup
from journal.lookup import Wanted
from journal.people import Deed, Session, Try, User
from journal_factories import (
    CHAT_ID,
    CORPID,
    GREET,
    NOW,
    TAG,
    a_claimed_run,
    a_conclusion,
    a_delivery,
    a_picture,
    a_planned_run,
    a_recorded_run,
    a_welcome,
    seconds,
)

HOUR = timedelta(hours=1)
USER = User(name="li", password_hash="h", permissions=frozenset({"audit"}), changed_at=NOW)
SESSION = Session(id="s" * 64, name="li", source="password", started_at=NOW, seen_at=NOW)


def found(journal: Journal, **wanted: object) -> list[int]:
    return [line.id for line in journal.find(Wanted(**wanted)).lines]  # type: ignore[arg-type]  # of any field


def test_the_received_are_counted_from_and_before(journal: Journal) -> None:
    for after in (0, 60, 119, 120):
        journal.record(a_delivery(received_at=NOW + seconds(after)))

    assert journal.received_between(NOW, NOW + seconds(120)) == 3


def test_each_lane_tells_what_waits_and_since_when(journal: Journal) -> None:
    a_recorded_run(journal, a_planned_run(lane="bulk"))
    a_claimed_run(journal)
    retried = a_claimed_run(journal)
    journal.conclude(a_conclusion(retried, "retry", due_at=NOW + seconds(60)))

    urgent, default, bulk = journal.lane_states(("urgent", "default", "bulk"), NOW + seconds(5))

    assert (urgent.waiting, urgent.oldest_at) == (0, None)
    assert (default.running, default.later, default.oldest_at) == (1, 1, None)
    assert (bulk.waiting, bulk.oldest_at, bulk.full) == (1, NOW, False)


def test_recent_work_tells_outcomes_times_and_errcodes(journal: Journal) -> None:
    sent = a_claimed_run(journal, a_welcome(deadline_at=NOW + seconds(18)))
    journal.conclude(a_conclusion(sent, result="sent", finished_at=NOW + seconds(0.5)))
    failed = a_claimed_run(journal)
    journal.conclude(a_conclusion(failed, "failed", errcode=84061))

    work = journal.recent_work(NOW - HOUR)

    assert {(each.status, each.result, each.number) for each in work.outcomes} == {
        ("done", "sent", 1),
        ("failed", None, 1),
    }
    assert work.greeted_after_seconds == (0.5,)
    assert work.errcodes == {84061: 1}
    assert not work.capped
    assert journal.recent_work(NOW + HOUR).outcomes == ()


def test_deliveries_are_found_by_what_is_known(journal: Journal) -> None:
    journal.record(a_delivery(userid="li", subject="wmA", event="a.b", received_at=NOW))
    journal.record(a_delivery(userid="wang", subject="wmB", event="a.c", received_at=NOW + HOUR))

    assert found(journal) == [2, 1]
    assert found(journal, userid="li") == [1]
    assert found(journal, subject="wmB") == [2]
    assert found(journal, event="a.*") == [2, 1]
    assert found(journal, event="a.c") == [2]
    assert found(journal, app="none") == []
    assert found(journal, status="open", userid="wang") == [2]
    assert found(journal, since=NOW + seconds(1)) == [2]
    assert found(journal, until=NOW + HOUR) == [1]
    assert found(journal, since=NOW + 2 * HOUR) == []
    assert found(journal, until=NOW - HOUR) == []


def test_pages_follow_each_other_without_gap(journal: Journal) -> None:
    journal.record_all(a_delivery() for _ in range(7))

    first = journal.find(Wanted(), limit=3)
    second = journal.find(Wanted(), before_id=first.before_id, limit=3)
    third = journal.find(Wanted(), before_id=second.before_id, limit=3)

    pages = [[line.id for line in page.lines] for page in (first, second, third)]
    assert pages == [[7, 6, 5], [4, 3, 2], [1]]
    assert third.before_id is None


def test_a_search_stops_and_says_from_where_to_go_on(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "MOST_EXAMINED", 4)
    journal.record(a_delivery(userid="rare", received_at=NOW))
    journal.record_all(a_delivery(userid="li", received_at=NOW + HOUR) for _ in range(6))

    first = journal.find(Wanted(userid="rare"))
    second = journal.find(Wanted(userid="rare"), before_id=first.before_id)

    assert (first.lines, first.before_id, first.examined_at) == ((), 4, NOW + HOUR)
    assert [line.id for line in second.lines] == [1]
    assert second.before_id is None


def test_failures_are_grouped_and_those_out_of_time_are_not_to_be_retried(journal: Journal) -> None:
    for errcode in (84061, 84061, 45009):
        claimed = a_claimed_run(journal, a_planned_run(handler=TAG))
        journal.conclude(a_conclusion(claimed, "failed", errcode=errcode, error="E: text"))
    late = a_claimed_run(journal, a_welcome(deadline_at=NOW + seconds(18)))
    journal.conclude(a_conclusion(late, "failed", errcode=60020))

    groups, more = journal.failure_groups(NOW + HOUR)

    told = {(group.cause, len(group.delivery_ids), group.retryable) for group in groups}
    assert told == {("84061", 2, 2), ("45009", 1, 1), ("60020", 1, 0)}
    assert not more


def test_only_the_failed_run_of_one_handler_is_tried_again(journal: Journal) -> None:
    plan = (a_planned_run(handler=TAG), a_planned_run(handler=GREET))
    runs = journal.record(a_delivery(plan=plan)).runs
    for run, status in zip(runs, ("failed", "done"), strict=True):
        claimed = journal.claim(run.run_id, now=NOW, lease=HOUR)
        assert claimed is not None
        journal.conclude(a_conclusion(claimed, "failed" if status == "failed" else "done"))

    assert [run.handler for run in journal.retry([1, 99], TAG, now=NOW)] == [TAG]
    assert journal.retry([1], GREET, now=NOW) == []
    assert journal.retry([1], TAG, now=NOW) == []


def test_groups_are_listed_and_their_changes_counted(journal: Journal) -> None:
    journal.store_chat(a_picture("li", "wmA", read_at=NOW))
    journal.store_chat(a_picture("li", "wmB", read_at=NOW + HOUR))

    (chat,) = journal.list_chats()

    assert (chat.chat_id, chat.staff, chat.customers) == (CHAT_ID, 2, 0)
    assert journal.list_chats(owner="nobody") == []
    assert journal.list_chats(before=NOW) == []
    assert journal.count_chat_changes(NOW, NOW + 2 * HOUR) == (1, 1)
    changes = journal.newest_chat_changes(CORPID, CHAT_ID)
    assert {(each.userid, each.change) for each in changes} == {("wmA", "left"), ("wmB", "joined")}


def test_users_come_and_go_with_their_sessions(journal: Journal) -> None:
    journal.store_user(USER)
    journal.begin_session(SESSION, longest=HOUR)

    assert journal.users() == [USER]
    assert journal.session(SESSION.id) == SESSION
    assert journal.remove_user("li")
    assert not journal.remove_user("li")
    assert journal.session(SESSION.id) is None


def test_sessions_are_touched_ended_and_forgotten_when_they_are_old(journal: Journal) -> None:
    journal.begin_session(SESSION, longest=HOUR)
    journal.touch_session(SESSION.id, NOW + seconds(5))
    kept = journal.session(SESSION.id)
    assert kept is not None
    assert kept.seen_at == NOW + seconds(5)

    later = Session(
        id="t", name="li", source="wecom", started_at=NOW + 2 * HOUR, seen_at=NOW + 2 * HOUR
    )
    journal.begin_session(later, longest=HOUR)

    assert journal.session(SESSION.id) is None
    journal.end_session("t")
    assert journal.session("t") is None


def test_tries_are_counted_in_a_window_and_forgiven(journal: Journal) -> None:
    def may(after: float = 0) -> bool:
        return journal.count_try(Try(key="k", now=NOW + seconds(after), window=HOUR, most=2))

    assert [may(), may(), may()] == [True, True, False]
    assert may(3600)
    assert [may(3601), may(3602)] == [True, False]
    journal.forgive("k")
    assert may(3603)


def test_an_attempt_that_was_right_is_not_counted(journal: Journal) -> None:
    def may() -> bool:
        return journal.count_try(Try(key="k", now=NOW, window=HOUR, most=2))

    for _ in range(5):
        assert may()
        journal.take_back("k")
    journal.take_back("k")
    journal.take_back("nobody")

    assert [may(), may(), may()] == [True, True, False]


def test_deeds_are_kept_in_order(journal: Journal) -> None:
    for target in ("1", "2\0", "3" * 400):
        deed = Deed(at=NOW, name="li", address="::1", action="replay", target=target, outcome="x")
        journal.note_deed(deed)

    assert [deed.target for deed in journal.deeds()] == ["3" * 255, "2", "1"]
    assert [deed.id for deed in journal.deeds(before_id=3, limit=1)] == [2]


def test_deeds_older_than_they_are_kept_go(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("journal.people._PURGE_CHUNK", 2)
    for second in (-5, -4, -3, -2, -1, 0, 1):
        at = NOW + seconds(second)
        journal.note_deed(
            Deed(at=at, name="li", address="::1", action="replay", target="1", outcome="done")
        )

    assert [journal.purge_deeds(NOW) for _ in range(2)] == [5, 0]

    assert [deed.at for deed in journal.deeds()] == [NOW + seconds(1), NOW]
