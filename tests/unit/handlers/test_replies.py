"""What a reply looks like before it is encrypted (docs 90241 and 101031)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import xmltodict

import events
from errors import ArgumentRejected
from events import Event, UnknownEvent, app, robot
from factories import CORPID, a_text_message, an_app_plaintext
from handlers import replies
from handlers.replies import (
    Article,
    ButtonUpdate,
    ImageReply,
    NewsReply,
    Reply,
    RobotStream,
    RobotStreamWithTemplateCard,
    RobotTemplateCard,
    RobotTemplateCardUpdate,
    RobotText,
    StreamImage,
    TaskCardUpdate,
    TemplateCardUpdate,
    TextReply,
    VideoReply,
    VoiceReply,
    replies_to,
)

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MESSAGE = a_text_message(userid="zhangsan")
CARD = {
    "CardType": "text_notice",
    "MainTitle": {"Title": "t", "Desc": "]]>"},
    "HorizontalContentList": [{"KeyName": "a", "Type": 1}, {"KeyName": "b"}],
}
ROBOT_CARD = {"card_type": "text_notice", "main_title": {"title": "好"}}
ROBOT_MESSAGE = events.parse(b'{"msgid":"m","msgtype":"text","text":{"content":"hi"}}')


def xml(reply: Reply, event: Event = MESSAGE) -> dict[str, Any]:
    """Return what an XML parser makes of it."""
    fields: dict[str, Any] = xmltodict.parse(reply.write(event, NOW))["xml"]
    return fields


def document(reply: Reply) -> Any:  # noqa: ANN401 - JSON
    return json.loads(reply.write(ROBOT_MESSAGE, NOW))


def test_sender_and_receiver_change_places() -> None:
    assert xml(TextReply(text="你好")) == {
        "ToUserName": "zhangsan",
        "FromUserName": CORPID,
        "CreateTime": str(int(NOW.timestamp())),
        "MsgType": "text",
        "Content": "你好",
    }


@pytest.mark.parametrize(
    ("reply", "msgtype", "content"),
    [
        (ImageReply(media_id="M"), "image", {"Image": {"MediaId": "M"}}),
        (VoiceReply(media_id="M"), "voice", {"Voice": {"MediaId": "M"}}),
        (
            VideoReply(media_id="M", title="t", description="d"),
            "video",
            {"Video": {"MediaId": "M", "Title": "t", "Description": "d"}},
        ),
        (
            ButtonUpdate(replace_name="已办"),
            "update_button",
            {"Button": {"ReplaceName": "已办"}},
        ),
        (
            TaskCardUpdate(replace_name="done"),
            "update_taskcard",
            {"TaskCard": {"ReplaceName": "done"}},
        ),
        (
            TemplateCardUpdate(template_card=CARD),
            "update_template_card",
            {
                "TemplateCard": {
                    "CardType": "text_notice",
                    "MainTitle": {"Title": "t", "Desc": "]]>"},
                    "HorizontalContentList": [{"KeyName": "a", "Type": "1"}, {"KeyName": "b"}],
                }
            },
        ),
    ],
)
def test_each_kind_has_its_own_content(reply: Reply, msgtype: str, content: dict[str, Any]) -> None:
    fields = xml(reply)

    assert fields["MsgType"] == msgtype
    assert {name: fields[name] for name in content} == content


def test_articles_are_counted_and_repeated_as_items() -> None:
    articles = tuple(Article(title=f"t{n}", url="https://x/?a=1&b=2") for n in range(8))

    fields = xml(NewsReply(articles=articles))

    assert fields["ArticleCount"] == "8"
    assert [item["Title"] for item in fields["Articles"]["item"]] == [f"t{n}" for n in range(8)]
    assert fields["Articles"]["item"][0]["Url"] == "https://x/?a=1&b=2"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("x" * 2048, "x" * 2048),
        ("x" * 2049, "x" * 2048),
        ("好" * 683, "好" * 682),
        ("x" + "😀" * 1_000_000, "x" + "😀" * 511),
    ],
)
def test_a_text_is_cut_at_2048_bytes_between_two_characters(text: str, kept: str) -> None:
    assert xml(TextReply(text=text))["Content"] == kept


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("]]>", "]]>"),
        ("]]]]>>", "]]]]>>"),
        ("a]]><Content>b</Content>", "a]]><Content>b</Content>"),
        ("<![CDATA[x]]>", "<![CDATA[x]]>"),
        ("&amp; &lt;", "&amp; &lt;"),
        ("a\x00b\x1bc\ufffe", "abc"),
        ("half \ud83d", "half ?"),
    ],
)
def test_no_text_breaks_out_of_its_element(text: str, read: str) -> None:
    fields = xml(TextReply(text=text))

    assert fields["Content"] == read
    assert len(fields) == 5


def test_what_was_asked_in_json_is_answered_in_json() -> None:
    asked = {
        "ToUserName": CORPID,
        "FromUserName": "zhangsan",
        "CreateTime": 1,
        "MsgType": "text",
        "Content": "hi",
        "MsgId": 7,
    }

    written = TextReply(text="]]> 好").write(events.parse(json.dumps(asked)), NOW)

    assert json.loads(written) == {
        "ToUserName": "zhangsan",
        "FromUserName": CORPID,
        "CreateTime": int(NOW.timestamp()),
        "MsgType": "text",
        "Content": "]]> 好",
    }


def test_a_system_event_has_nobody_to_answer() -> None:
    event = events.parse(an_app_plaintext(Event="enter_agent"))

    with pytest.raises(ArgumentRejected):
        TextReply(text="hi").write(event, NOW)


@pytest.mark.parametrize(
    "make",
    [
        lambda: TextReply(text=""),
        lambda: ImageReply(media_id=""),
        lambda: VoiceReply(media_id=""),
        lambda: VideoReply(media_id=""),
        lambda: VideoReply(media_id="M", title="好" * 43),
        lambda: VideoReply(media_id="M", description="x" * 513),
        lambda: NewsReply(articles=()),
        lambda: NewsReply(articles=(Article(title="t", url="u"),) * 9),
        lambda: Article(title="", url="u"),
        lambda: Article(title="t", url=""),
        lambda: Article(title="x" * 129, url="u"),
        lambda: Article(title="t", url="u", description="x" * 513),
        lambda: ButtonUpdate(replace_name=""),
        lambda: TaskCardUpdate(replace_name=""),
        lambda: TemplateCardUpdate(template_card={}),
        lambda: TemplateCardUpdate(template_card="card"),  # type: ignore[arg-type]  # hostile
        lambda: TemplateCardUpdate(template_card={"a b": "x"}),
        lambda: TemplateCardUpdate(template_card={"a><b": "x"}),
        lambda: TemplateCardUpdate(template_card={1: "x"}),  # type: ignore[dict-item]  # hostile
        lambda: TemplateCardUpdate(template_card={"a": None}),
        lambda: TemplateCardUpdate(template_card={"a": 1.5}),
        lambda: TemplateCardUpdate(template_card={"a": [b"x"]}),
        lambda: TemplateCardUpdate(template_card=endless()),
        lambda: RobotText(content=""),
        lambda: RobotTemplateCard(template_card={}),
        lambda: RobotTemplateCardUpdate(template_card={}),
        lambda: RobotStream(id=""),
        lambda: RobotStream(id="s", content="好" * 6827),
        lambda: RobotStream(id="s", finish=True),
        lambda: RobotStream(id="s", msg_item=(StreamImage(image=b"x"),)),
        lambda: RobotStream(id="s", finish=True, msg_item=(StreamImage(image=b"x"),) * 11),
        lambda: StreamImage(image=b""),
        lambda: StreamImage(image=bytes(10 * 1024 * 1024 + 1)),
        lambda: RobotStreamWithTemplateCard(stream=RobotStream(id="s"), template_card={}),
    ],
)
def test_what_breaks_a_documented_limit_is_refused(make: Callable[[], Reply]) -> None:
    with pytest.raises(ArgumentRejected):
        make()


def endless() -> dict[str, Any]:
    card: dict[str, Any] = {}
    card["inner"] = card
    return card


def test_a_robot_answers_with_a_text() -> None:
    assert document(RobotText(content="欢迎")) == {"msgtype": "text", "text": {"content": "欢迎"}}


def test_a_robot_answers_with_a_card() -> None:
    assert document(RobotTemplateCard(template_card=ROBOT_CARD)) == {
        "msgtype": "template_card",
        "template_card": ROBOT_CARD,
    }


def test_a_stream_grows_and_ends_with_pictures() -> None:
    image = b"\x89PNG"

    growing = document(RobotStream(id="s1", content="思"))
    ended = document(
        RobotStream(id="s1", content="思考", finish=True, msg_item=(StreamImage(image=image),))
    )

    assert growing == {
        "msgtype": "stream",
        "stream": {"id": "s1", "finish": False, "content": "思"},
    }
    assert ended["stream"]["finish"] is True
    assert ended["stream"]["msg_item"] == [
        {
            "msgtype": "image",
            "image": {
                "base64": base64.b64encode(image).decode(),
                "md5": hashlib.md5(image, usedforsecurity=False).hexdigest(),
            },
        }
    ]


def test_a_stream_may_bring_a_card() -> None:
    reply = RobotStreamWithTemplateCard(stream=RobotStream(id="s1"), template_card=ROBOT_CARD)

    assert document(reply) == {
        "msgtype": "stream_with_template_card",
        "stream": {"id": "s1", "finish": False, "content": ""},
        "template_card": ROBOT_CARD,
    }


@pytest.mark.parametrize(
    ("userids", "more"), [((), {}), (("zhangsan", "lisi"), {"userids": ["zhangsan", "lisi"]})]
)
def test_a_robot_replaces_a_card(userids: tuple[str, ...], more: dict[str, Any]) -> None:
    reply = RobotTemplateCardUpdate(template_card=ROBOT_CARD, userids=userids)

    assert document(reply) == {
        "response_type": "update_template_card",
        "template_card": ROBOT_CARD,
        **more,
    }


ANSWERABLE = {
    "subscribe",
    "enter_agent",
    "LOCATION",
    "click",
    "view",
    "view_miniprogram",
    "scancode_waitmsg",
    "template_card_menu_event",
    "template_card_event",
    "taskcard_click",
}


def test_only_what_the_documents_name_can_be_answered() -> None:
    answerable = {cls.event_name for cls in events.catalogue() if replies_to(cls)}

    assert {name for name in answerable if "." not in name} == ANSWERABLE
    assert {name.partition(".")[0] for name in answerable if "." in name} == {"message", "robot"}
    assert not replies_to(robot.RobotFeedbackGiven)
    assert not replies_to(robot.RobotDisconnected)


@pytest.mark.parametrize("cls", [Event, UnknownEvent, app.AppEvent, app.MenuEvent])
def test_a_base_of_what_cannot_be_answered_cannot_be_answered(cls: type[Event]) -> None:
    assert replies_to(cls) == ()


def test_a_message_of_tomorrow_can_be_answered() -> None:
    event = events.parse(an_app_plaintext(MsgType="hologram", FromUserName="zhangsan"))

    assert isinstance(event, UnknownEvent)
    assert TextReply in replies_to(type(event))


def test_every_kind_of_reply_answers_something() -> None:
    kinds = {kind for cls in events.catalogue() for kind in replies_to(cls)}

    concrete = {
        cls
        for cls in vars(replies).values()
        if isinstance(cls, type)
        and issubclass(cls, Reply)
        and cls not in {Reply, replies.AppReply, replies.RobotReply}
    }
    assert kinds == concrete
