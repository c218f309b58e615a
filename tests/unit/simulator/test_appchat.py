"""Chats of apps (应用发送消息到群聊会话, doc 90245-90248)."""

from __future__ import annotations

import pytest
from simulated import Caller, errcodes

from simulator import Simulator

NEW = {"chatid": "c1", "name": "讨论", "owner": "lisi", "userlist": ["zhangsan", "lisi"]}
TEXT = {"chatid": "c1", "msgtype": "text", "text": {"content": "好"}}


@pytest.fixture
def chatid(contacts: Caller) -> str:
    """A chat of zhangsan and lisi."""
    made: str = contacts.post("appchat/create", **NEW)["chatid"]
    return made


def test_a_chat_is_made_changed_and_read(contacts: Caller, chatid: str) -> None:
    contacts.post(
        "appchat/update",
        chatid=chatid,
        name="新名",
        owner="wangwu",
        add_user_list=["wangwu", "zhaoliu"],
        del_user_list=["lisi"],
    )

    chat = contacts.get("appchat/get", chatid=chatid)["chat_info"]

    assert (chat["name"], chat["owner"]) == ("新名", "wangwu")
    assert chat["userlist"] == ["zhangsan", "wangwu", "zhaoliu"]


def test_what_is_not_given_is_made_up(contacts: Caller) -> None:
    chatid = contacts.post("appchat/create", userlist=["lisi", "zhangsan"])["chatid"]

    chat = contacts.get("appchat/get", chatid=chatid)["chat_info"]

    assert (chat["owner"], chat["name"]) == ("lisi", "")


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"chatid": "with space"}, 86001),
        ({"chatid": "x" * 33}, 86001),
        ({"chatid": "c1"}, 86215),
        ({"name": "x" * 51}, 86004),
        ({"owner": "wangwu"}, 86005),
        ({"userlist": ["lisi"]}, 86006),
        ({"userlist": ["lisi", "lisi"]}, 86006),
        ({"userlist": []}, 86006),
        ({"userlist": ["lisi", "nobody"]}, 86216),
        ({"userlist": "lisi"}, 40058),
    ],
)
@pytest.mark.usefixtures("chatid")
def test_refuses_chats_that_cannot_be(
    contacts: Caller, change: dict[str, object], errcode: int
) -> None:
    answer = contacts.post("appchat/create", **{**NEW, "chatid": "c2", **change})

    assert answer["errcode"] == errcode
    assert contacts.get("appchat/get", chatid="c2")["errcode"] == 86003


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"chatid": ""}, 86001),
        ({"chatid": "c9"}, 86003),
        ({"del_user_list": ["zhangsan"]}, 86006),
        ({"add_user_list": ["nobody"]}, 86216),
        ({"owner": "wangwu"}, 86005),
        ({"name": "x" * 51}, 86004),
    ],
)
def test_refuses_changes_that_cannot_be(
    contacts: Caller, chatid: str, change: dict[str, object], errcode: int
) -> None:
    answer = contacts.post("appchat/update", **{"chatid": chatid, **change})

    assert answer["errcode"] == errcode
    assert contacts.get("appchat/get", chatid=chatid)["chat_info"]["owner"] == "lisi"


def test_a_message_reaches_all_members(sim: Simulator, contacts: Caller, chatid: str) -> None:
    answer = contacts.post("appchat/send", **TEXT)

    [message] = sim.messages()
    assert answer["errcode"] == 0
    assert (message["chatid"], message["userids"]) == (chatid, ["zhangsan", "lisi"])


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"chatid": "c9"}, 86003),
        ({"msgtype": "template_card", "template_card": {}}, 40008),
        ({"msgtype": "taskcard", "taskcard": {}}, 40008),
        ({"text": {}}, 44004),
        ({"safe": 3}, 40058),
    ],
)
@pytest.mark.usefixtures("chatid")
def test_refuses_messages_that_cannot_be(
    sim: Simulator, contacts: Caller, change: dict[str, object], errcode: int
) -> None:
    assert contacts.post("appchat/send", **{**TEXT, **change})["errcode"] == errcode
    assert sim.messages() == []


@pytest.mark.usefixtures("chatid")
def test_chats_belong_to_the_app_that_made_them(marketing: Caller) -> None:
    answers = [
        marketing.get("appchat/get", chatid="c1"),
        marketing.post("appchat/update", chatid="c1"),
        marketing.post("appchat/send", **TEXT),
    ]

    assert errcodes(*answers) == [86008, 86008, 86008]


def test_only_an_app_that_everybody_sees_has_chats(
    sim: Simulator, contacts: Caller, contact_sync: Caller
) -> None:
    sim.change_app("contacts", visible_departments=[2])

    answers = [contacts.post("appchat/create", **NEW), contact_sync.post("appchat/create", **NEW)]

    assert errcodes(*answers) == [60011, 48002]


@pytest.mark.usefixtures("chatid")
def test_what_a_member_gets_too_often_is_dropped_in_silence(
    sim: Simulator, contacts: Caller
) -> None:
    answers = [contacts.post("appchat/send", **TEXT) for _ in range(201)]

    assert set(errcodes(*answers)) == {0}
    assert len(sim.messages()) == 200


def test_chats_are_made_and_changed_only_so_often(sim: Simulator, contacts: Caller) -> None:
    sim.set_limits({"appchat_create_per_day": 1, "appchat_update_per_hour": 1})

    answers = [
        contacts.post("appchat/create", **NEW),
        contacts.post("appchat/create", **{**NEW, "chatid": "c2"}),
        contacts.post("appchat/update", chatid="c1"),
        contacts.post("appchat/update", chatid="c1"),
    ]
    sim.advance(3600)
    later = contacts.post("appchat/update", chatid="c1")

    assert errcodes(*answers, later) == [0, 45009, 0, 45009, 0]
