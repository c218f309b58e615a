"""App messages (发送应用消息, doc 90236)."""

from __future__ import annotations

import pytest
from simulated import Caller, errcodes

from simulator import Simulator

PATH = "message/send"
NOTICE = {
    "card_type": "text_notice",
    "main_title": {"title": "t"},
    "card_action": {"type": 1, "url": "https://example.com"},
}
BUTTONS = {
    "card_type": "button_interaction",
    "task_id": "t1",
    "button_list": [{"text": "yes", "key": "y"}, {"text": "no", "key": "n"}],
}
TEXT = {"agentid": 1000002, "msgtype": "text", "text": {"content": "你好"}}


def test_reaches_members_departments_and_everyone(sim: Simulator, contacts: Caller) -> None:
    contacts.post(PATH, **TEXT, touser="zhangsan|lisi")
    contacts.post(PATH, **TEXT, toparty="3")
    contacts.post(PATH, **TEXT, touser="@all")

    everyone, department, two = sim.messages()

    assert two["userids"] == ["zhangsan", "lisi"]
    assert department["userids"] == ["wangwu", "zhaoliu"]
    assert len(everyone["userids"]) == 5
    assert sim.messages(userid="wangwu") == [everyone, department]


def test_partly_invalid_receivers_are_told(contacts: Caller) -> None:
    answer = contacts.post(PATH, **TEXT, touser="zhangsan|Nobody", toparty="2|99|²", totag="7|²")

    assert answer["errcode"] == 0
    assert answer["msgid"]
    assert (answer["invaliduser"], answer["invalidparty"], answer["invalidtag"]) == (
        "nobody",
        "99|²",
        "7|²",
    )


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"touser": ""}, 82001),
        ({"touser": "nobody"}, 81013),
        ({"touser": "|".join(["zhangsan"] * 1001)}, 40032),
        ({"toparty": "|".join(["1"] * 101)}, 82002),
        ({"totag": "|".join(["1"] * 101)}, 82003),
        ({"agentid": "x"}, 40056),
        ({"agentid": "²"}, 40056),
        ({"agentid": 1000003}, 301002),
        ({"msgtype": ""}, 40008),
        ({"msgtype": "telegram"}, 40008),
        ({"text": "hi"}, 40063),
        ({"text": {"content": ""}}, 44004),
        ({"msgtype": "markdown", "markdown": {"content": "x" * 2049}}, 45002),
        ({"msgtype": "image", "image": {}}, 41006),
        ({"msgtype": "image", "image": {"media_id": "unknown"}}, 40007),
        ({"msgtype": "textcard", "textcard": {"title": "t"}}, 41033),
        ({"msgtype": "news", "news": {"articles": []}}, 45008),
        ({"msgtype": "news", "news": {"articles": [{"title": "t"}] * 9}}, 45008),
        ({"msgtype": "template_card", "template_card": {"card_type": "poster"}}, 42014),
    ],
)
def test_refuses_messages_the_platform_refuses(
    sim: Simulator, contacts: Caller, change: dict[str, object], errcode: int
) -> None:
    answer = contacts.post(PATH, **{**TEXT, "touser": "zhangsan", **change})

    assert answer["errcode"] == errcode
    assert sim.messages() == []


@pytest.mark.parametrize(
    "message",
    [
        {"msgtype": "markdown", "markdown": {"content": "**hi**"}},
        {
            "msgtype": "textcard",
            "textcard": {"title": "t", "description": "d", "url": "https://example.com"},
        },
        {"msgtype": "news", "news": {"articles": [{"title": "t", "url": "https://example.com"}]}},
        {"msgtype": "template_card", "template_card": NOTICE},
    ],
)
def test_other_kinds_are_delivered(
    sim: Simulator, contacts: Caller, message: dict[str, object]
) -> None:
    answer = contacts.post(PATH, agentid=1000002, touser="zhangsan", **message)

    assert answer["errcode"] == 0
    assert sim.messages()[0]["msgtype"] == message["msgtype"]


def test_files_are_delivered_and_their_kind_is_checked(sim: Simulator, contacts: Caller) -> None:
    picture = contacts.upload()["media_id"]
    file = contacts.upload(b"a list", kind="file", filename="a.txt")["media_id"]
    video = contacts.upload(b"\0\0\0\x18ftypmp42" + bytes(20), kind="video")["media_id"]
    voice = contacts.upload(b"#!AMR\n" + bytes(20), kind="voice")["media_id"]
    note = {"appid": "wx1", "title": "开会啦!"}
    article = {"title": "t", "content": "c", "thumb_media_id": picture}
    messages: list[dict[str, object]] = [
        {"msgtype": "image", "image": {"media_id": picture}},
        {"msgtype": "file", "file": {"media_id": file}},
        {"msgtype": "video", "video": {"media_id": video, "title": "t"}},
        {"msgtype": "voice", "voice": {"media_id": voice}},
        {"msgtype": "mpnews", "mpnews": {"articles": [article]}},
        {"msgtype": "miniprogram_notice", "miniprogram_notice": note},
        {"msgtype": "voice", "voice": {"media_id": picture}},
        {"msgtype": "mpnews", "mpnews": {"articles": ["t"]}},
        {"msgtype": "video", "video": {"media_id": video, "title": 3}},
        {"msgtype": "video", "video": {"media_id": video, "title": "t" * 129}},
    ]

    answers = [contacts.post(PATH, agentid=1000002, touser="lisi", **each) for each in messages]

    assert errcodes(*answers) == [0] * 6 + [40007, 40058, 40058, 45002]


def test_an_agentid_may_come_as_digits(contacts: Caller) -> None:
    answer = contacts.post(PATH, **{**TEXT, "agentid": "1000002"}, touser="zhangsan")

    assert answer["errcode"] == 0


def test_an_interactive_card_needs_a_task_id(contacts: Caller) -> None:
    card = {"card_type": "button_interaction"}

    answer = contacts.post(
        PATH, agentid=1000002, touser="lisi", msgtype="template_card", template_card=card
    )

    assert answer["errcode"] == 42014


def test_an_interactive_card_gets_a_response_code(contacts: Caller) -> None:
    answer = contacts.post(
        PATH, agentid=1000002, touser="zhangsan", msgtype="template_card", template_card=BUTTONS
    )

    assert answer["response_code"]


def test_too_long_a_text_is_cut(sim: Simulator, contacts: Caller) -> None:
    contacts.post(PATH, **{**TEXT, "text": {"content": "汉" * 1000}}, touser="zhangsan")

    assert sim.messages()[0]["content"]["content"] == "汉" * 682


def test_a_duplicate_is_dropped_where_the_check_is_on(sim: Simulator, contacts: Caller) -> None:
    checked = {**TEXT, "touser": "zhangsan", "enable_duplicate_check": 1}
    for _ in range(2):
        contacts.post(PATH, **checked)
    sim.advance(1800)
    contacts.post(PATH, **checked)

    unchecked = [contacts.post(PATH, **TEXT, touser="lisi") for _ in range(2)]

    assert errcodes(*unchecked) == [0, 0]
    assert len(sim.messages(userid="zhangsan")) == 2
    assert len(sim.messages(userid="lisi")) == 2


def test_more_than_thirty_a_minute_are_dropped_in_silence(sim: Simulator, contacts: Caller) -> None:
    answers = [contacts.post(PATH, **TEXT, touser="zhangsan") for _ in range(31)]

    assert set(errcodes(*answers)) == {0}
    assert len(sim.messages()) == 30


def test_more_than_a_thousand_an_hour_are_dropped_in_silence(
    sim: Simulator, contacts: Caller
) -> None:
    for _ in range(34):
        for _ in range(30):
            contacts.post(PATH, **TEXT, touser="zhangsan")
        sim.advance(60)

    assert len(sim.messages(limit=2000)) == 1000


def test_the_contact_assistant_sends_no_messages(contact_sync: Caller) -> None:
    assert contact_sync.post(PATH, **TEXT, touser="zhangsan")["errcode"] == 48002
