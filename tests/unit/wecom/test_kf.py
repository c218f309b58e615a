"""Pulling and answering, as the documents say (微信客服, docs 94670, 94677 and 95122)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from wecom_api import Asked, WeCom

from errors import ArgumentRejected
from wecom import Client, kf


@pytest.fixture
def wecom() -> WeCom:
    return WeCom()


def pages(wecom: WeCom, answers: dict[str, dict[str, Any]]) -> None:
    def answer(asked: Asked) -> dict[str, Any]:
        return {"errcode": 0, "errmsg": "ok", **answers[asked.json.get("cursor", "")]}

    wecom.on("kf/sync_msg", answer)


def test_pages_are_asked_for_one_at_a_time(wecom: WeCom) -> None:
    pages(
        wecom,
        {
            "": {"next_cursor": "a", "has_more": 1, "msg_list": [{"msgid": "1"}]},
            "a": {"next_cursor": "b", "has_more": 0, "msg_list": []},
        },
    )

    pulled = kf.sync_msg(wecom.client(), "wkA", token="TK", limit=1)
    first = next(pulled)
    asked = len(wecom.to("kf/sync_msg"))
    rest = list(pulled)

    assert (first.msg_list, first.next_cursor, first.has_more) == (({"msgid": "1"},), "a", True)
    assert asked == 1
    assert [page.next_cursor for page in rest] == ["b"]


@pytest.mark.parametrize("has_more", [True, "1", 1])
def test_whether_there_is_more_may_be_spelled_in_any_way(wecom: WeCom, has_more: object) -> None:
    pages(
        wecom,
        {"": {"next_cursor": "a", "has_more": has_more}, "a": {"next_cursor": "a"}},
    )

    assert len(list(kf.sync_msg(wecom.client()))) == 2


def test_cursors_in_a_circle_end(wecom: WeCom) -> None:
    pages(
        wecom,
        {
            "": {"next_cursor": "a", "has_more": 1},
            "a": {"next_cursor": "b", "has_more": 1},
            "b": {"next_cursor": "a", "has_more": 1},
        },
    )

    assert len(list(kf.sync_msg(wecom.client()))) == 3


def test_a_text_to_a_customer(wecom: WeCom) -> None:
    wecom.on("kf/send_msg", {"errcode": 0, "msgid": "M"})

    sent = kf.send_msg(wecom.client(), "wmX", "wkA", text="您好", msgid="mine-1")

    assert sent == kf.KfSent(msgid="M")
    assert wecom.to("kf/send_msg")[0].json == {
        "touser": "wmX",
        "open_kfid": "wkA",
        "msgid": "mine-1",
        "msgtype": "text",
        "text": {"content": "您好"},
    }


def test_the_answer_to_an_event(wecom: WeCom) -> None:
    kf.send_msg_on_event(wecom.client(), "CODE", text="再见")

    assert wecom.to("kf/send_msg_on_event")[0].json == {
        "code": "CODE",
        "msgtype": "text",
        "text": {"content": "再见"},
    }


@pytest.mark.parametrize(
    "call",
    [
        lambda api: next(kf.sync_msg(api, limit=0)),
        lambda api: next(kf.sync_msg(api, limit=1001)),
        lambda api: next(kf.sync_msg(api, token="x" * 129)),
        lambda api: kf.send_msg(api, "", "wkA", text="x"),
        lambda api: kf.send_msg(api, "wmX", "", text="x"),
        lambda api: kf.send_msg(api, "wmX", "wkA", text=""),
        lambda api: kf.send_msg(api, "wmX", "wkA", text="好" * 683),
        lambda api: kf.send_msg(api, "wmX", "wkA", text="x", msgid="x" * 33),
        lambda api: kf.send_msg(api, "wmX", "wkA", text="x", msgid="a b"),
        lambda api: kf.send_msg_on_event(api, "", text="x"),
        lambda api: kf.send_msg_on_event(api, "CODE", text=""),
        lambda api: kf.send_msg_on_event(api, "CODE", text="x" * 2049),
        lambda api: kf.send_msg_on_event(api, "CODE", text="x", msgid="消息"),
    ],
)
def test_what_breaks_a_documented_limit_is_not_sent(
    wecom: WeCom, call: Callable[[Client], object]
) -> None:
    with pytest.raises(ArgumentRejected):
        call(wecom.client())

    assert wecom.asked == []


def test_nothing_shows_what_customers_wrote() -> None:
    page = kf.KfPage(next_cursor="c", has_more=False, msg_list=({"text": "secret"},))

    assert "secret" not in repr(page)
