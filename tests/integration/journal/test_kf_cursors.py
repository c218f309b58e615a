"""Up to where customer service accounts were pulled, on both databases (微信客服)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from journal import Journal

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def advance(journal: Journal, past: str, to: str, *, open_kfid: str = "wkA") -> str:
    return journal.advance_kf_cursor("ww1", open_kfid, past=past, to=to, at=AT)


def test_nothing_was_pulled_at_first(journal: Journal) -> None:
    assert journal.kf_cursor("ww1", "wkA") == ""


def test_a_cursor_moves_from_where_it_stands(journal: Journal) -> None:
    assert advance(journal, "", "c1") == "c1"
    assert advance(journal, "c1", "c2") == "c2"
    assert journal.kf_cursor("ww1", "wkA") == "c2"


def test_a_cursor_that_moved_meanwhile_stays(journal: Journal) -> None:
    advance(journal, "", "c2")

    assert advance(journal, "", "c1") == "c2"
    assert journal.kf_cursor("ww1", "wkA") == "c2"


def test_a_cursor_that_does_not_move_is_no_conflict(journal: Journal) -> None:
    advance(journal, "", "c1")

    assert advance(journal, "c1", "c1") == "c1"


def test_each_account_of_each_corp_has_its_own(journal: Journal) -> None:
    advance(journal, "", "c1")
    advance(journal, "", "c7", open_kfid="wkB")

    cursors = [
        journal.kf_cursor(corpid, open_kfid)
        for corpid, open_kfid in (("ww1", "wkA"), ("ww1", "wkB"), ("ww2", "wkA"))
    ]

    assert cursors == ["c1", "c7", ""]


def test_an_account_with_a_strange_name_is_kept(journal: Journal) -> None:
    name = "wk\0\ud800" + "x" * 300

    advance(journal, "", "c1", open_kfid=name)

    assert journal.kf_cursor("ww1", name) == "c1"


def test_of_many_at_once_one_moves_it(journal: Journal) -> None:
    with ThreadPoolExecutor(8) as pool:
        standing = set(pool.map(lambda n: advance(journal, "", f"c{n}"), range(40)))

    assert standing == {journal.kf_cursor("ww1", "wkA")}


def test_two_journals_agree_who_moved_it(journal: Journal, database_url: str) -> None:
    other = Journal(database_url)
    try:
        with ThreadPoolExecutor(2) as pool:
            both = [
                pool.submit(advance, each, "", to) for each, to in ((journal, "a"), (other, "b"))
            ]
            standing = {each.result() for each in both}
    finally:
        other.close()

    assert standing == {journal.kf_cursor("ww1", "wkA")}
