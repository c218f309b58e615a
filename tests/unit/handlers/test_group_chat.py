"""Customer groups: the list counts, the event only says that it changed (doc 92130)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog
from handler_context import NOW, Stage

from errors import APIError, HandlerRetry
from events import GroupChatChanged
from factories import (
    CORPID,
    a_group_chat_created,
    a_group_chat_dismissed,
    a_group_chat_updated,
    group_chat_members_joined,
    group_chat_members_left,
)
from handlers.group_chat import follow_group_chat

GET = "externalcontact/groupchat/get"
CHAT_ID = "wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA"
KEY = (CORPID, CHAT_ID)
OLD, NEW = "9c3f97c2ada667dfb5f6d03308d963e1", "71217227bbd112ecfe3a49c482195cb4"


def shows(stage: Stage, *userids: str, member_version: str = NEW) -> None:
    stage.wecom.on(
        GET,
        {
            "errcode": 0,
            "group_chat": {
                "chat_id": CHAT_ID,
                "name": "秘密的群名",
                "member_version": member_version,
                "member_list": [{"userid": userid, "type": 2} for userid in userids],
            },
        },
    )


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (a_group_chat_created(), None),
        (group_chat_members_joined(members=("wmB",), join_scene=3), ("joined", ("wmB",), 3)),
        (group_chat_members_joined(members=("wmB",), join_scene=0), ("joined", ("wmB",), 0)),
        (group_chat_members_left(members=("wmB",), quit_scene=1), ("left", ("wmB",), 1)),
        (group_chat_members_left(members=("wmB",), quit_scene=0), ("left", ("wmB",), 0)),
        (a_group_chat_updated(update_detail="change_owner"), None),
        (a_group_chat_updated(update_detail="change_of_tomorrow"), None),
    ],
)
def test_keeps_a_new_picture_after_every_change(
    stage: Stage, event: GroupChatChanged, told: tuple[str, tuple[str, ...], int] | None
) -> None:
    shows(stage, "wmA", "wmB")
    ctx = stage.context()

    follow_group_chat(event, ctx)

    assert stage.bodies(GET) == [{"chat_id": CHAT_ID, "need_name": 0}]
    assert [member.userid for member in stage.chats.pictures[KEY].member_list] == ["wmA", "wmB"]
    (news,) = stage.chats.told
    assert (news and (news.change, news.userids, news.scene)) == told
    assert ctx.conclusion == "followed"


def test_the_picture_is_as_old_as_the_question(stage: Stage) -> None:
    shows(stage, "wmA")
    ctx = stage.context()
    times = iter((NOW, NOW + timedelta(seconds=4)))
    ctx = replace(ctx, now=lambda: next(times))

    follow_group_chat(a_group_chat_created(), ctx)

    assert stage.chats.read_at == [NOW]


def test_logs_how_many_came_and_went_and_no_names(stage: Stage) -> None:
    shows(stage, "wmA", "wmB")
    follow_group_chat(a_group_chat_created(), stage.context())
    shows(stage, "wmB", "wmC", "wmD")

    with structlog.testing.capture_logs() as logged:
        follow_group_chat(group_chat_members_joined(), stage.context())

    assert logged == [{"event": "group_chat_followed", "log_level": "info", "joined": 2, "left": 1}]


@pytest.mark.parametrize("event", [group_chat_members_joined(), group_chat_members_left()])
@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_waits_while_the_list_is_the_old_one(
    stage: Stage, event: GroupChatChanged, attempt: int
) -> None:
    shows(stage, "wmA", member_version=OLD)

    with pytest.raises(HandlerRetry) as retry:
        follow_group_chat(event, stage.context(attempt=attempt))

    assert retry.value.after == timedelta(seconds=2)
    assert stage.chats.pictures == {}


def test_takes_the_old_list_when_patience_ends(stage: Stage) -> None:
    shows(stage, "wmA", member_version=OLD)
    ctx = stage.context(attempt=4)

    follow_group_chat(group_chat_members_joined(), ctx)

    assert KEY in stage.chats.pictures
    assert ctx.conclusion == "followed"


@pytest.mark.parametrize("member_version", ["", NEW, "another, newer still"])
def test_takes_any_other_list_at_once(stage: Stage, member_version: str) -> None:
    shows(stage, "wmA", member_version=member_version)

    follow_group_chat(group_chat_members_joined(), stage.context())

    assert KEY in stage.chats.pictures


def test_an_event_that_changed_no_members_has_nothing_to_wait_for(stage: Stage) -> None:
    shows(stage, "wmA", member_version="")

    follow_group_chat(a_group_chat_updated(update_detail="change_name"), stage.context())

    assert KEY in stage.chats.pictures


def test_a_dismissed_group_is_not_asked_for(stage: Stage) -> None:
    ctx = stage.context()

    follow_group_chat(a_group_chat_dismissed(), ctx)

    assert stage.wecom.asked == []
    assert stage.chats.dismissed == {KEY: NOW}
    assert ctx.conclusion == "dismissed"


def test_a_group_that_is_gone_when_asked_for_is_dismissed(stage: Stage) -> None:
    stage.wecom.on(GET, {"errcode": 49008, "errmsg": "chat dismissed"})
    ctx = stage.context()

    follow_group_chat(group_chat_members_joined(), ctx)

    assert stage.chats.dismissed == {KEY: NOW}
    assert ctx.conclusion == "dismissed"


@pytest.mark.parametrize("errcode", [-1, 40050, 60011])
def test_other_refusals_are_for_the_worker(stage: Stage, errcode: int) -> None:
    stage.wecom.on(GET, {"errcode": errcode})
    ctx = stage.context()

    with pytest.raises(APIError):
        follow_group_chat(group_chat_members_joined(), ctx)

    assert (stage.chats.pictures, stage.chats.dismissed, ctx.conclusion) == ({}, {}, None)


def test_the_order_of_two_events_does_not_matter(stage: Stage) -> None:
    shows(stage, "wmA", "wmB")
    events: list[Any] = [group_chat_members_left(), group_chat_members_joined()]

    for event in events:
        follow_group_chat(event, stage.context())

    assert [member.userid for member in stage.chats.pictures[KEY].member_list] == ["wmA", "wmB"]
