from __future__ import annotations

import dataclasses
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import datetime

import journal_processes
import pytest
from journal_writer import held_up

from journal import ChatDifference, ChatMember, ChatNews, ChatPicture, Journal, effects
from journal_factories import CHAT_ID, CORPID, NOW, a_picture, seconds

LATER = NOW + seconds(60)


def test_an_unknown_chat_has_no_picture(journal: Journal) -> None:
    assert journal.chat(CORPID, CHAT_ID) is None
    assert journal.chat_changes(CORPID, CHAT_ID) == []


def test_the_first_picture_is_kept_and_nobody_came_or_went(journal: Journal) -> None:
    member = ChatMember(
        userid="wm1", type=2, join_time=NOW, join_scene=3, invitor="zhangsan", state="spring"
    )
    picture = dataclasses.replace(a_picture("zhangsan"), members=(member,))

    assert journal.store_chat(picture) == ChatDifference(first=True)

    assert journal.chat(CORPID, CHAT_ID) == picture
    assert journal.chat_changes(CORPID, CHAT_ID) == []


def test_a_newer_picture_tells_who_came_and_who_went(journal: Journal) -> None:
    journal.store_chat(a_picture("zhangsan", "lisi", "wm1"))

    difference = journal.store_chat(
        a_picture("zhangsan", "wm2", "wm3", name="renamed", owner="lisi", read_at=LATER),
        ChatNews(change="joined", happened_at=NOW, userids=("wm2",), scene=3),
    )

    assert difference == ChatDifference(
        joined=frozenset({"wm2", "wm3"}), left=frozenset({"lisi", "wm1"})
    )
    assert journal.chat_changes(CORPID, CHAT_ID) == [
        ("wm2", "joined", 3),
        ("wm3", "joined", None),
        ("lisi", "left", None),
        ("wm1", "left", None),
    ]
    kept = journal.chat(CORPID, CHAT_ID)
    assert kept is not None
    assert (kept.name, kept.owner, kept.read_at) == ("renamed", "lisi", LATER)
    assert [member.userid for member in kept.members] == ["wm2", "wm3", "zhangsan"]


def joined(*userids: str, at: datetime = NOW, scene: int | None = 3) -> ChatNews:
    return ChatNews(change="joined", happened_at=at, userids=userids, scene=scene)


def left(*userids: str, at: datetime = NOW, scene: int | None = 0) -> ChatNews:
    return ChatNews(change="left", happened_at=at, userids=userids, scene=scene)


@pytest.mark.parametrize("read_at", [NOW, LATER], ids=["older picture", "newer picture"])
def test_a_scene_finds_the_change_that_another_event_brought(
    journal: Journal, read_at: datetime
) -> None:
    journal.store_chat(a_picture("zhangsan", read_at=NOW))
    journal.store_chat(a_picture("zhangsan", "wm1", read_at=LATER))

    journal.store_chat(a_picture("zhangsan", "wm1", read_at=read_at), joined("wm1", scene=3))
    journal.store_chat(a_picture("zhangsan", "wm1", read_at=read_at), joined("wm1", scene=0))

    assert journal.chat_changes(CORPID, CHAT_ID) == [("wm1", "joined", 3)]


def test_who_the_event_names_is_recorded_though_the_picture_is_the_first(journal: Journal) -> None:
    difference = journal.store_chat(a_picture("zhangsan", "wm1"), joined("wm1"))

    assert difference == ChatDifference(first=True)
    assert journal.chat_changes(CORPID, CHAT_ID) == [("wm1", "joined", 3)]


def test_a_visit_between_two_pictures_is_known_by_its_events(journal: Journal) -> None:
    journal.store_chat(a_picture("zhangsan"))
    journal.store_chat(a_picture("zhangsan", read_at=LATER), left("wm1", at=NOW + seconds(2)))
    journal.store_chat(a_picture("zhangsan", read_at=LATER), joined("wm1", at=NOW + seconds(1)))

    assert journal.chat_changes(CORPID, CHAT_ID) == [("wm1", "joined", 3), ("wm1", "left", 0)]


def test_who_comes_back_is_recorded_again(journal: Journal) -> None:
    journal.store_chat(a_picture("zhangsan"))
    for second, told in enumerate((joined, left, joined), start=1):
        at = NOW + seconds(second)
        members = ("zhangsan", "wm1") if told is joined else ("zhangsan",)
        journal.store_chat(a_picture(*members, read_at=at), told("wm1", at=at))

    assert [change for _, change, _ in journal.chat_changes(CORPID, CHAT_ID)] == [
        "joined",
        "left",
        "joined",
    ]


def test_an_older_picture_is_left_out(journal: Journal) -> None:
    journal.store_chat(a_picture("zhangsan", read_at=LATER))

    assert journal.store_chat(a_picture("lisi", read_at=NOW)) == ChatDifference()

    kept = journal.chat(CORPID, CHAT_ID)
    assert kept is not None
    assert [member.userid for member in kept.members] == ["zhangsan"]


def test_the_same_picture_again_changes_nothing(journal: Journal) -> None:
    journal.store_chat(a_picture("zhangsan"))

    assert journal.store_chat(a_picture("zhangsan")) == ChatDifference()

    assert journal.chat_changes(CORPID, CHAT_ID) == []


def test_all_may_leave(journal: Journal) -> None:
    journal.store_chat(a_picture("zhangsan", "lisi"))

    difference = journal.store_chat(a_picture(read_at=LATER))

    assert difference.left == {"zhangsan", "lisi"}


def test_a_member_listed_twice_is_one(journal: Journal) -> None:
    journal.store_chat(a_picture("zhangsan", "zhangsan"))

    kept = journal.chat(CORPID, CHAT_ID)
    assert kept is not None
    assert len(kept.members) == 1


def test_a_very_large_chat(journal: Journal) -> None:
    before = [f"wm{number:04}" for number in range(500)]
    after = [f"wm{number:04}" for number in range(250, 750)]
    journal.store_chat(a_picture(*before))

    difference = journal.store_chat(a_picture(*after, read_at=LATER))

    assert (len(difference.joined), len(difference.left)) == (250, 250)
    kept = journal.chat(CORPID, CHAT_ID)
    assert kept is not None
    assert [member.userid for member in kept.members] == after
    assert len(journal.chat_changes(CORPID, CHAT_ID)) == 500


@pytest.mark.parametrize("odd", ["a\0b", "\ud800", "长" * 300, "😀" * 100])
def test_any_words_of_others_are_kept(journal: Journal, odd: str) -> None:
    whole = odd.replace("\0", "").encode("utf-8", "replace").decode()
    member = ChatMember(userid="wm1", type=2, invitor=odd, state=odd)
    picture = dataclasses.replace(a_picture(name=odd, owner=odd), members=(member,))

    journal.store_chat(picture)
    difference = journal.store_chat(dataclasses.replace(picture, read_at=LATER))

    assert difference == ChatDifference()
    kept = journal.chat(CORPID, CHAT_ID)
    assert kept is not None
    assert (kept.name, kept.owner) == (whole, whole[:255])
    assert (kept.members[0].invitor, kept.members[0].state) == (whole[:255], whole[:255])


@pytest.mark.parametrize("odd", ["a\0b", "\ud800", "长" * 300])
def test_any_chat_id_is_found_again(journal: Journal, odd: str) -> None:
    journal.store_chat(a_picture("zhangsan", chat_id=odd))

    difference = journal.store_chat(a_picture("lisi", chat_id=odd, read_at=LATER))

    assert difference.joined == {"lisi"}
    kept = journal.chat(CORPID, odd)
    assert kept is not None
    assert len(journal.chat_changes(CORPID, odd)) == 2


def test_chats_are_kept_apart(journal: Journal) -> None:
    journal.store_chat(a_picture("zhangsan", chat_id="wr1"))
    journal.store_chat(a_picture("lisi", chat_id="wr2"))

    first = journal.chat(CORPID, "wr1")

    assert first is not None
    assert [member.userid for member in first.members] == ["zhangsan"]
    assert journal.chat("ww2", "wr1") is None


def test_a_dismissed_chat_keeps_its_last_picture(journal: Journal) -> None:
    picture = a_picture("zhangsan")
    journal.store_chat(picture)

    journal.dismiss_chat(CORPID, CHAT_ID, LATER)

    assert journal.chat(CORPID, CHAT_ID) == dataclasses.replace(picture, dismissed_at=LATER)


def test_a_chat_never_seen_can_be_dismissed(journal: Journal) -> None:
    journal.dismiss_chat(CORPID, CHAT_ID, NOW)

    kept = journal.chat(CORPID, CHAT_ID)
    assert kept is not None
    assert (kept.dismissed_at, kept.members) == (NOW, ())


def test_a_picture_read_before_the_dismissal_does_not_revive_the_chat(journal: Journal) -> None:
    journal.dismiss_chat(CORPID, CHAT_ID, LATER)

    assert journal.store_chat(a_picture("zhangsan", read_at=NOW)) == ChatDifference()

    kept = journal.chat(CORPID, CHAT_ID)
    assert kept is not None
    assert kept.dismissed_at == LATER


def test_pictures_in_one_transaction_are_taken_in_turn(journal: Journal) -> None:
    pictures: list[tuple[ChatPicture, ChatNews]] = [
        (a_picture("zhangsan", chat_id="wr2"), joined()),
        (a_picture("zhangsan", chat_id="wr1"), joined()),
        (a_picture("lisi", chat_id="wr2", read_at=LATER), joined()),
    ]

    with held_up(journal):
        futures = [journal._writer.submit(effects.store_chat, each) for each in pictures]

    assert [future.result(10).first for future in futures] == [True, True, False]
    assert futures[2].result().joined == {"lisi"}


def test_of_many_threads_one_stores_the_first_picture(journal: Journal) -> None:
    with ThreadPoolExecutor(16) as threads:
        differences = list(
            threads.map(lambda _: journal.store_chat(a_picture("zhangsan")), range(32))
        )

    assert sum(difference.first for difference in differences) == 1


def test_of_two_processes_one_stores_the_first_picture(
    journal: Journal, database_url: str, processes: ProcessPoolExecutor
) -> None:
    start_at = journal_processes.soon()

    futures = [
        processes.submit(
            journal_processes.store_chats, database_url, start_at, ["zhangsan", "lisi"]
        )
        for _ in range(2)
    ]

    firsts = zip(*(future.result(timeout=60) for future in futures), strict=True)
    assert [sorted(pair) for pair in firsts] == [[False, True]] * 20
    assert journal.chat_changes(CORPID, "wr0") == []
