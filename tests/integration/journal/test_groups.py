from __future__ import annotations

from datetime import UTC, datetime, timedelta

from journal import (
    ChatMember,
    ChatNews,
    ChatPicture,
    GroupWelcomeClaim,
    GroupWelcomeSync,
    Journal,
)
from journal_factories import CORPID, NOW, a_picture, seconds
from language import Text


def a_group(
    chat_id: str, *customers: str, read_at: datetime = NOW, owner: str = "zhangsan"
) -> ChatPicture:
    return ChatPicture(
        corpid=CORPID,
        chat_id=chat_id,
        name="群",
        owner=owner,
        member_version="v",
        read_at=read_at,
        members=(
            ChatMember(userid=owner, type=1),
            *(ChatMember(userid=each, type=2) for each in customers),
        ),
    )


def test_a_group_is_counted_by_day(journal: Journal) -> None:
    yesterday = NOW - timedelta(days=1)
    journal.store_chat(a_group("g1", "wm1", read_at=yesterday - seconds(5)))
    journal.store_chat(a_group("g1", "wm1", "wm2", read_at=yesterday))
    journal.store_chat(a_group("g1", "wm2", "wm3", "wm4", read_at=NOW))

    (count,) = journal.group_counts(2, now=NOW)

    assert (count.members, count.customers, count.owner) == (4, 3, "zhangsan")
    assert [(joined, left) for _, joined, left in count.per_day] == [(1, 0), (2, 1)]
    assert (count.joined_today, count.left_today) == (2, 1)


def test_a_group_without_anything_is_counted_too(journal: Journal) -> None:
    journal.dismiss_chat(CORPID, "g1", NOW)

    (count,) = journal.group_counts(1, now=NOW)

    assert (count.members, count.dismissed_at, count.per_day) == (
        0,
        NOW,
        ((NOW.astimezone(UTC).date(), 0, 0),),
    )


def test_changes_since_a_time_are_those_of_one_group(journal: Journal) -> None:
    journal.store_chat(a_group("g1"))
    told = ChatNews(change="joined", happened_at=NOW, userids=("wm1",), scene=1)
    journal.store_chat(a_group("g1", "wm1", read_at=NOW + seconds(1)), told)
    journal.store_chat(a_group("g1", read_at=NOW + seconds(9)))
    journal.store_chat(a_group("g2", "wm1"))

    assert journal.group_changes_since(CORPID, "g1", NOW) == {"joined": 1, "left": 1}
    assert journal.group_changes_since(CORPID, "g1", NOW + seconds(5)) == {"left": 1}
    assert journal.group_changes_since(CORPID, "g2", NOW - timedelta(days=1)) == {}


def test_customers_in_several_groups_are_found_members_and_dismissed_groups_are_not(
    journal: Journal,
) -> None:
    journal.store_chat(a_group("g1", "wm1", "wm2"))
    journal.store_chat(a_group("g2", "wm1", "wm3"))
    journal.store_chat(a_group("g3", "wm2"))
    journal.dismiss_chat(CORPID, "g3", NOW)
    journal.store_chat(a_picture("wm9"))

    found = list(journal.duplicate_members(CORPID))

    assert [(each.userid, each.chat_ids) for each in found] == [("wm1", ("g1", "g2"))]
    assert list(journal.duplicate_members("ww2")) == []


def a_claim(now: datetime = NOW) -> GroupWelcomeClaim:
    return GroupWelcomeClaim(
        app="contacts", corpid=CORPID, name="hello", now=now, until=now + seconds(60)
    )


def test_a_welcome_is_one_claimers_until_it_is_stored(journal: Journal) -> None:
    first = journal.claim_group_welcome(a_claim())
    second = journal.claim_group_welcome(a_claim())
    journal.store_group_welcome(
        GroupWelcomeSync(
            app="contacts", corpid=CORPID, name="hello", at=NOW, template_id="t1", fingerprint="f"
        )
    )
    third = journal.claim_group_welcome(a_claim())

    assert first is not None
    assert second is None
    assert third is not None
    assert (first.asked_at, third.template_id, third.asked_at) == (None, "t1", NOW)


def test_a_failure_of_a_welcome_is_kept_with_what_was(journal: Journal) -> None:
    journal.claim_group_welcome(a_claim())
    sync = GroupWelcomeSync(
        app="contacts", corpid=CORPID, name="hello", at=NOW, error=Text.same("41055")
    )

    journal.store_group_welcome(sync)

    (kept,) = journal.group_welcomes("contacts")
    assert (kept.error, kept.synced_at, kept.claimed_until) == (Text.same("41055"), None, None)
    assert journal.group_welcomes("other") == []
