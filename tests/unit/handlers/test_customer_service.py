"""Pulling what customers write, and greeting them (微信客服, docs 94670 and 95122)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from handler_context import NOW, InboxInMemory, Stage
from wecom_api import Asked

import events
from errors import APIError, APIUnreachable, RateLimited
from events.customer_service import KfMessagesArrived, KfSessionEntered
from factories import xml_of
from handlers.customer_service import greet_visitor, pull_messages, router

SYNC = "kf/sync_msg"
SEND = "kf/send_msg_on_event"
RULES = '[[kf_welcome]]\ntext = "您好 {{ event.scene }}"'


def notified(*, age_seconds: float = 0, open_kfid: str = "wkA") -> KfMessagesArrived:
    created = int(NOW.timestamp() - age_seconds)
    event = events.parse(
        xml_of(
            ToUserName="ww1234567890abcdef",
            CreateTime=created,
            MsgType="event",
            Event="kf_msg_or_event",
            Token="TK",
            OpenKfId=open_kfid,
        )
    )
    assert isinstance(event, KfMessagesArrived)
    return event


def entered(**fields: str) -> KfSessionEntered:
    inner = {"event_type": "enter_session", "open_kfid": "wkA", "external_userid": "wmX", **fields}
    item = {"msgid": "m1", "send_time": 1, "msgtype": "event", "event": inner}
    event = events.parse(json.dumps(item))
    assert isinstance(event, KfSessionEntered)
    return event


def item(number: int) -> dict[str, Any]:
    return {"msgid": f"m{number}", "open_kfid": "wkA", "msgtype": "text", "text": {"content": "好"}}


def serve(stage: Stage, pages: dict[str, dict[str, Any]]) -> None:
    """Answer each cursor with its page."""

    def answer(asked: Asked) -> dict[str, Any]:
        return {"errcode": 0, "errmsg": "ok", **pages[asked.json.get("cursor", "")]}

    stage.wecom.on(SYNC, answer)


def page(cursor: str, *items: Any, more: int = 0) -> dict[str, Any]:  # noqa: ANN401 - the wire
    return {"next_cursor": cursor, "has_more": more, "msg_list": list(items)}


def test_pulls_page_after_page_and_keeps_the_items_as_they_are(stage: Stage) -> None:
    serve(stage, {"": page("c1", item(1), item(2), more=1), "c1": page("c2", item(3))})
    ctx = stage.context()

    pull_messages(notified(), ctx)

    assert [json.loads(each) for each in stage.inbox.kept] == [item(1), item(2), item(3)]
    assert stage.inbox.cursors == {"wkA": "c2"}
    assert stage.bodies(SYNC) == [
        {"token": "TK", "open_kfid": "wkA", "limit": 1000},
        {"cursor": "c1", "token": "TK", "open_kfid": "wkA", "limit": 1000},
    ]
    assert ctx.conclusion == "pulled"


def test_goes_on_where_the_last_pull_ended(stage: Stage) -> None:
    stage.inbox.cursors["wkA"] = "c1"
    serve(stage, {"c1": page("c1")})
    ctx = stage.context()

    pull_messages(notified(), ctx)

    assert stage.bodies(SYNC)[0]["cursor"] == "c1"
    assert ctx.conclusion == "nothing_new"


def test_an_empty_page_is_not_the_last_one(stage: Stage) -> None:
    serve(stage, {"": page("c1", more=1), "c1": page("c2", item(1))})

    pull_messages(notified(), stage.context())

    assert len(stage.inbox.kept) == 1


@pytest.mark.parametrize("cursor", ["", "c0"])
def test_a_cursor_that_does_not_move_ends_the_pull(stage: Stage, cursor: str) -> None:
    serve(stage, {"": page("c0", item(1), more=1), "c0": page(cursor, item(2), more=1)})

    pull_messages(notified(), stage.context())

    assert len(stage.bodies(SYNC)) == 2
    assert len(stage.inbox.kept) == 2


def test_pulls_again_without_a_token_that_is_refused(stage: Stage) -> None:
    def answer(asked: Asked) -> dict[str, Any]:
        if "token" in asked.json:
            return {"errcode": 95007, "errmsg": "invalid msg token"}
        return {"errcode": 0, **page("c1", item(1))}

    stage.wecom.on(SYNC, answer)

    pull_messages(notified(), stage.context())

    assert ["token" in body for body in stage.bodies(SYNC)] == [True, False]
    assert len(stage.inbox.kept) == 1


def test_does_not_show_a_token_older_than_ten_minutes(stage: Stage) -> None:
    serve(stage, {"": page("c1")})

    pull_messages(notified(age_seconds=600), stage.context())

    assert "token" not in stage.bodies(SYNC)[0]


def test_begins_anew_where_the_cursor_is_refused(stage: Stage) -> None:
    stage.inbox.cursors["wkA"] = "old"
    stage.inbox.kept.append(json.dumps(item(1), ensure_ascii=False, separators=(",", ":")).encode())

    def answer(asked: Asked) -> dict[str, Any]:
        if asked.json.get("cursor") == "old":
            return {"errcode": 50100, "errmsg": "invalid cursor"}
        return {"errcode": 0, **page("c2", item(1), item(2))}

    stage.wecom.on(SYNC, answer)

    pull_messages(notified(), stage.context())

    assert len(stage.inbox.kept) == 2
    assert stage.inbox.cursors == {"wkA": "c2"}


@pytest.mark.parametrize(
    ("errcode", "error"), [(95000, APIError), (45009, RateLimited), (48002, APIError)]
)
def test_a_refusal_of_both_is_told(stage: Stage, errcode: int, error: type[APIError]) -> None:
    stage.inbox.cursors["wkA"] = "c1"
    stage.wecom.on(SYNC, {"errcode": errcode, "errmsg": "no"})

    with pytest.raises(error):
        pull_messages(notified(), stage.context())

    assert stage.inbox.cursors == {"wkA": "c1"}


@pytest.mark.parametrize(
    "answer",
    [
        {"next_cursor": 7, "msg_list": []},
        {"next_cursor": "c", "msg_list": "none"},
        {"next_cursor": "x" * 300, "msg_list": []},
        {"next_cursor": "a\0b", "msg_list": []},
    ],
)
def test_an_answer_of_the_wrong_shape_moves_nothing(stage: Stage, answer: dict[str, Any]) -> None:
    stage.wecom.on(SYNC, {"errcode": 0, **answer})

    with pytest.raises(APIUnreachable):
        pull_messages(notified(), stage.context())

    assert stage.inbox.cursors == {}


@pytest.mark.parametrize("strange", [None, 7, "text", [], {}, {"msgid": None}])
def test_an_item_of_any_shape_is_kept(stage: Stage, strange: object) -> None:
    serve(stage, {"": page("c1", strange, item(1))})

    pull_messages(notified(), stage.context())

    assert len(stage.inbox.kept) == 2


def test_a_notification_without_an_account_pulls_all_of_them(stage: Stage) -> None:
    serve(stage, {"": page("c1", item(1))})

    pull_messages(notified(open_kfid=""), stage.context())

    assert "open_kfid" not in stage.bodies(SYNC)[0]
    assert stage.inbox.cursors == {"": "c1"}


def test_goes_on_where_another_worker_has_got_to(stage: Stage) -> None:
    class Overtaken(InboxInMemory):
        def advance(self, open_kfid: str, *, past: str, to: str) -> str:
            if not self.cursors:
                self.cursors[open_kfid] = "c5"
            return super().advance(open_kfid, past=past, to=to)

    stage.inbox = Overtaken()
    serve(stage, {"": page("c1", item(1), more=1), "c5": page("c6", item(6))})

    pull_messages(notified(), stage.context())

    assert [json.loads(each)["msgid"] for each in stage.inbox.kept] == ["m1", "m6"]
    assert stage.inbox.cursors == {"wkA": "c6"}


def test_a_page_is_kept_before_the_cursor_moves(stage: Stage) -> None:
    class Dying(InboxInMemory):
        def advance(self, open_kfid: str, *, past: str, to: str) -> str:
            raise SystemExit(open_kfid, past, to)

    stage.inbox = Dying()
    serve(stage, {"": page("c1", item(1))})

    with pytest.raises(SystemExit):
        pull_messages(notified(), stage.context())

    assert len(stage.inbox.kept) == 1
    assert stage.inbox.cursors == {}


def test_greets_with_the_code_of_the_event(stage: Stage) -> None:
    ctx = stage.context(RULES)

    greet_visitor(entered(welcome_code="WC", scene="shop"), ctx)

    assert stage.bodies(SEND) == [
        {"code": "WC", "msgtype": "text", "text": {"content": "您好 shop"}}
    ]
    assert ctx.conclusion == "sent"


@pytest.mark.parametrize(
    ("rules", "event", "word"),
    [
        (RULES, entered(), "no_welcome_code"),
        ("", entered(welcome_code="WC"), "no_rule"),
        (RULES + '\napp = "x"', entered(welcome_code="WC"), "no_rule"),
        (RULES + '\nopen_kfid = "wkB"', entered(welcome_code="WC"), "no_rule"),
        (RULES + '\nscene = ["a", "b*"]', entered(welcome_code="WC", scene="c"), "no_rule"),
        (
            '[[kf_welcome]]\ntext = "{{ event.scene }}"',
            entered(welcome_code="WC"),
            "empty_text",
        ),
    ],
)
def test_stays_silent_where_there_is_nothing_to_say(
    stage: Stage, rules: str, event: KfSessionEntered, word: str
) -> None:
    ctx = stage.context(rules)

    greet_visitor(event, ctx)

    assert stage.wecom.asked == []
    assert ctx.conclusion == word


def test_the_first_rule_that_matches_greets(stage: Stage) -> None:
    rules = (
        '[[kf_welcome]]\nscene = "shop*"\nopen_kfid = "wk?"\napp = "contacts"\ntext = "商城"\n'
        '[[kf_welcome]]\ntext = "其他"'
    )

    greet_visitor(entered(welcome_code="A", scene="shop-1"), stage.context(rules))
    greet_visitor(entered(welcome_code="B", scene="home"), stage.context(rules))

    assert [body["text"]["content"] for body in stage.bodies(SEND)] == ["商城", "其他"]


def test_a_refused_welcome_is_told(stage: Stage) -> None:
    stage.wecom.on(SEND, {"errcode": 40029, "errmsg": "invalid code"})
    ctx = stage.context(RULES)

    with pytest.raises(APIError):
        greet_visitor(entered(welcome_code="WC"), ctx)

    assert ctx.conclusion is None


def test_a_welcome_that_grew_too_long_is_cut(stage: Stage) -> None:
    ctx = stage.context('[[kf_welcome]]\ntext = "' + "{{ event.scene }}" * 3 + '"')

    greet_visitor(entered(welcome_code="WC", scene="好" * 1000), ctx)

    (body,) = stage.bodies(SEND)
    assert body["text"]["content"] == "好" * 682


def test_the_pull_and_the_welcome_go_first() -> None:
    pull, greet = router

    assert (pull.lane, pull.within) == ("urgent", None)
    assert (greet.lane, greet.within) == ("urgent", timedelta(seconds=20))
