"""Messages taken back, cards changed, counted (doc 91579, 92369, 94867, 94888, 90250, 91609)."""

from __future__ import annotations

from typing import Any

import pytest
from simulated import Caller, errcodes, events

from errors import ActionImpossible
from simulator import DEFAULT_CORPID, Simulator

AGENTID = 1000002
TEXT = {"agentid": AGENTID, "msgtype": "text", "text": {"content": "好"}}
BUTTONS = {
    "card_type": "button_interaction",
    "task_id": "t1",
    "button_list": [{"text": "好", "key": "yes"}, {"text": "不", "key": "no"}],
}
MENU_ACTION = {"text": "不再推送", "key": "stop"}
OPTIONS = [{"id": "1", "text": "一"}, {"id": "2", "text": "二"}]
SUBMIT = {"text": "交", "key": "submit"}
VOTE = {
    "card_type": "vote_interaction",
    "task_id": "t1",
    "checkbox": {"question_key": "q", "option_list": OPTIONS},
    "submit_button": SUBMIT,
}
CHOICE = {
    "card_type": "multiple_interaction",
    "task_id": "t1",
    "select_list": [{"question_key": "q", "option_list": OPTIONS}],
    "submit_button": SUBMIT,
}
NOTICE = {
    "card_type": "text_notice",
    "main_title": {"title": "t"},
    "card_action": {"type": 1, "url": "https://example.com"},
}
TASK = {
    "title": "t",
    "description": "d",
    "task_id": "old1",
    "btn": [{"key": "yes", "name": "好"}],
}
UPDATE = {"agentid": AGENTID, "userids": ["lisi"], "button": {"replace_name": "已办"}}


def send(caller: Caller, msgtype: str, content: object, to: str = "lisi") -> dict[str, Any]:
    """Send a message to one member."""
    return caller.post(
        "message/send", agentid=AGENTID, touser=to, msgtype=msgtype, **{msgtype: content}
    )


def test_a_message_is_taken_back_within_a_day(sim: Simulator, contacts: Caller) -> None:
    first = contacts.post("message/send", **TEXT, touser="lisi")["msgid"]
    second = contacts.post("message/send", **TEXT, touser="lisi")["msgid"]

    recalled = contacts.post("message/recall", msgid=first)
    sim.advance(86_401)
    contacts.access_token = contacts.gettoken()["access_token"]
    late = contacts.post("message/recall", msgid=second)

    assert errcodes(recalled, late) == [0, 42052]
    assert [each["recalled"] for each in sim.messages()] == [False, True]


def test_a_message_of_another_app_stays(contacts: Caller, marketing: Caller) -> None:
    msgid = contacts.post("message/send", **TEXT, touser="lisi")["msgid"]

    answers = [
        marketing.post("message/recall", msgid=msgid),
        contacts.post("message/recall", msgid="made up"),
        contacts.post("message/recall"),
    ]

    assert errcodes(*answers) == [40058, 40058, 40058]


@pytest.mark.parametrize(
    ("card", "change", "errcode"),
    [
        (NOTICE, {}, 0),
        (BUTTONS, {}, 0),
        (VOTE, {}, 0),
        (CHOICE, {}, 0),
        (NOTICE, {"card_type": "poster"}, 42014),
        (NOTICE, {"card_type": ["text_notice"]}, 42014),
        (NOTICE, {"main_title": {}}, 42027),
        (NOTICE, {"card_action": {}}, 42027),
        (NOTICE, {"card_action": {"type": 2}}, 42027),
        (NOTICE, {"card_action": {"type": 3}}, 40058),
        (NOTICE, {"horizontal_content_list": [{"keyname": "k"}] * 7}, 42028),
        (NOTICE, {"horizontal_content_list": [{}]}, 42027),
        (NOTICE, {"jump_list": [{"title": "t"}] * 4}, 42028),
        (NOTICE, {"action_menu": {"action_list": [MENU_ACTION]}}, 42014),
        (BUTTONS, {"action_menu": {"action_list": [MENU_ACTION] * 3}}, 0),
        (BUTTONS, {"action_menu": {"action_list": []}}, 42027),
        (BUTTONS, {"action_menu": {"action_list": [{"text": "t"}]}}, 42027),
        (BUTTONS, {"action_menu": {"action_list": [MENU_ACTION] * 4}}, 42028),
        (BUTTONS, {"task_id": None}, 42014),
        (BUTTONS, {"task_id": "with space"}, 42014),
        (BUTTONS, {"button_list": []}, 42027),
        (BUTTONS, {"button_list": [{"text": "t", "key": "k"}] * 7}, 42028),
        (BUTTONS, {"button_list": [{"text": "t"}]}, 42027),
        (BUTTONS, {"button_list": "text"}, 40058),
        (VOTE, {"checkbox": {}}, 42027),
        (VOTE, {"checkbox": {"question_key": "q", "option_list": OPTIONS * 11}}, 42028),
        (VOTE, {"submit_button": {}}, 42027),
        (CHOICE, {"select_list": []}, 42027),
        (CHOICE, {"select_list": [{"question_key": "q", "option_list": []}]}, 42027),
        (CHOICE, {"select_list": CHOICE["select_list"] * 4}, 42028),  # type: ignore[operator]  # a list
    ],
)
def test_a_card_has_all_its_kind_needs(
    sim: Simulator, contacts: Caller, card: dict[str, Any], change: dict[str, Any], errcode: int
) -> None:
    answer = send(contacts, "template_card", {**card, **change})

    assert answer["errcode"] == errcode
    assert len(sim.messages()) == (0 if errcode else 1)


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({}, 0),
        ({"task_id": ""}, 42014),
        ({"task_id": "x" * 129}, 42014),
        ({"title": ""}, 41016),
        ({"description": ""}, 41033),
        ({"btn": []}, 42019),
        ({"btn": [{"name": "n"}]}, 42019),
        ({"btn": [{"key": "k"}]}, 42020),
        ({"btn": [{"key": "k", "name": "n"}] * 2}, 42018),
        ({"btn": [{"key": "k", "name": "n"}] * 3}, 42018),
    ],
)
def test_an_old_card_has_a_task_and_buttons(
    contacts: Caller, change: dict[str, Any], errcode: int
) -> None:
    assert send(contacts, "taskcard", {**TASK, **change})["errcode"] == errcode


def test_a_task_is_there_once_in_an_app(contacts: Caller) -> None:
    answers = [send(contacts, "template_card", BUTTONS) for _ in range(2)]

    assert errcodes(*answers) == [0, 42014]


@pytest.mark.parametrize(
    ("msgtype", "content", "errcode"),
    [
        ("textcard", {"title": "t", "description": "d", "url": "example.com"}, 45034),
        (
            "textcard",
            {"title": "t", "description": "d", "url": "https://a", "btntxt": "更多更多吧"},
            40058,
        ),
        ("miniprogram_notice", {"title": "开会啦!"}, 90200),
        ("miniprogram_notice", {"appid": "wx1", "title": "短"}, 40058),
        (
            "miniprogram_notice",
            {"appid": "wx1", "title": "开会啦!", "content_item": [{"key": "k", "value": "v"}] * 11},
            90201,
        ),
        (
            "miniprogram_notice",
            {"appid": "wx1", "title": "开会啦!", "content_item": [{"key": "k" * 11, "value": "v"}]},
            90202,
        ),
        (
            "miniprogram_notice",
            {"appid": "wx1", "title": "开会啦!", "content_item": [{"key": "k", "value": ""}]},
            90203,
        ),
        ("news", {"articles": [{"title": "t", "url": "example.com"}]}, 45034),
    ],
)
def test_refuses_contents_that_cannot_be(
    contacts: Caller, msgtype: str, content: object, errcode: int
) -> None:
    assert send(contacts, msgtype, content)["errcode"] == errcode


@pytest.mark.parametrize(("safe", "errcode"), [(1, 40074), (3, 40058), ("x", 40058)])
def test_safe_is_not_for_news(contacts: Caller, safe: object, errcode: int) -> None:
    news = {"articles": [{"title": "t", "url": "https://example.com"}]}

    answer = contacts.post(
        "message/send", agentid=AGENTID, touser="lisi", msgtype="news", news=news, safe=safe
    )

    assert answer["errcode"] == errcode


def test_a_notice_of_a_mini_program_is_not_for_everyone(contacts: Caller) -> None:
    notice = {"appid": "wx1", "title": "开会啦!"}

    assert send(contacts, "miniprogram_notice", notice, "@all")["errcode"] == 40058


def test_a_card_changes_once_with_the_code_of_its_answer(sim: Simulator, contacts: Caller) -> None:
    code = send(contacts, "template_card", BUTTONS)["response_code"]

    answers = [
        contacts.post("message/update_template_card", **UPDATE, response_code=code)
        for _ in range(2)
    ]

    assert errcodes(*answers) == [0, 60140]
    assert sim.messages()[0]["content"]["replace_name"] == "已办"


@pytest.mark.parametrize(
    ("change", "errcode", "invalid"),
    [
        ({"userids": ["lisi", "nobody"]}, 0, ["nobody"]),
        ({"userids": [], "atall": 1}, 0, []),
        ({"userids": [], "partyids": [2]}, 0, []),
        ({"button": None, "template_card": NOTICE}, 0, []),
        ({"agentid": 1000003}, 301002, []),
        ({"response_code": "made up"}, 60140, []),
        ({"response_code": ""}, 60140, []),
        ({"userids": []}, 82001, []),
        ({"userids": ["nobody"]}, 81013, []),
        ({"userids": ["a"] * 1001}, 40032, []),
        ({"partyids": [1] * 101}, 82002, []),
        ({"tagids": [1] * 101}, 82003, []),
        ({"button": None}, 40058, []),
        ({"template_card": {"card_type": "poster"}}, 42014, []),
    ],
)
def test_a_refused_change_leaves_the_code_good(
    contacts: Caller, change: dict[str, Any], errcode: int, invalid: list[str]
) -> None:
    code = send(contacts, "template_card", BUTTONS)["response_code"]
    body = {**UPDATE, "response_code": code}

    answer = contacts.post("message/update_template_card", **{**body, **change})
    then = contacts.post("message/update_template_card", **body)

    assert (answer["errcode"], answer["invaliduser"]) == (errcode, invalid)
    assert then["errcode"] == (0 if errcode else 60140)


def test_a_code_lives_for_72_hours_and_for_one_app(
    sim: Simulator, contacts: Caller, marketing: Caller
) -> None:
    sim.set_limits({"token_seconds": 1_000_000})
    sim.revoke_tokens()
    for caller in (contacts, marketing):
        caller.access_token = caller.gettoken()["access_token"]
    code = send(contacts, "template_card", BUTTONS)["response_code"]

    other = marketing.post(
        "message/update_template_card", **{**UPDATE, "agentid": 1000003, "response_code": code}
    )
    sim.advance(72 * 3600)
    late = contacts.post("message/update_template_card", **UPDATE, response_code=code)

    assert errcodes(other, late) == [42015, 60140]


def test_a_pressed_card_is_told_with_a_code_of_its_own(sim: Simulator, contacts: Caller) -> None:
    msgid = send(contacts, "template_card", VOTE)["msgid"]

    sim.press_card("lisi", msgid, "submit", selected_items={"q": ["1", "2"]})

    [event] = events(sim)
    assert (event["Event"], event["EventKey"], event["TaskId"], event["CardType"]) == (
        "template_card_event",
        "submit",
        "t1",
        "vote_interaction",
    )
    assert event["SelectedItems"]["SelectedItem"]["OptionIds"] == {"OptionId": ["1", "2"]}
    answer = contacts.post(
        "message/update_template_card", **UPDATE, response_code=event["ResponseCode"]
    )
    assert answer["errcode"] == 0


def test_a_choice_from_the_menu_of_a_card_is_an_event_of_its_own(
    sim: Simulator, contacts: Caller
) -> None:
    menu = {"desc": "更多", "action_list": [MENU_ACTION]}
    msgid = send(contacts, "template_card", {**VOTE, "action_menu": menu})["msgid"]

    sim.press_card("lisi", msgid, "stop", selected_items={"q": ["1"]})

    [event] = events(sim)
    assert (event["Event"], event["EventKey"]) == ("template_card_menu_event", "stop")
    assert event["ResponseCode"]
    assert "SelectedItems" not in event


def test_only_who_got_a_card_presses_it(sim: Simulator, contacts: Caller) -> None:
    msgid = send(contacts, "template_card", VOTE)["msgid"]

    for userid, card in (("wangwu", msgid), ("lisi", "made up")):
        with pytest.raises(ActionImpossible):
            sim.press_card(userid, card, "submit")


def test_an_old_card_is_pressed_and_marked(sim: Simulator, contacts: Caller) -> None:
    msgid = send(contacts, "taskcard", TASK)["msgid"]
    sim.press_card("lisi", msgid, "yes")
    body = {"agentid": AGENTID, "userids": ["lisi", "wangwu"], "task_id": "old1"}

    answers = [
        contacts.post("message/update_taskcard", **{**body, **change})
        for change in (
            {"clicked_key": "yes"},
            {"replace_name": "已办"},
            {},
            {"clicked_key": "maybe"},
            {"clicked_key": "yes", "task_id": "none"},
            {"clicked_key": "yes", "userids": []},
        )
    ]

    [event] = events(sim)
    assert (event["Event"], event["EventKey"], event["TaskId"]) == ("taskcard_click", "yes", "old1")
    assert answers[0]["invaliduser"] == ["wangwu"]
    assert errcodes(*answers) == [0, 0, 42019, 42017, 42016, 82001]


def test_messages_are_counted_by_day_and_app(sim: Simulator, contacts: Caller) -> None:
    contacts.post("message/send", **TEXT, touser="lisi|wangwu")
    today = contacts.post("message/get_statistics")
    sim.advance(86_400)
    contacts.access_token = contacts.gettoken()["access_token"]
    later = [contacts.post("message/get_statistics", time_type=each) for each in (0, 1, 2)]

    counted = [{"agentid": AGENTID, "app_name": "contacts", "count": 2}]
    assert today["statistics"] == counted
    assert [each["statistics"] for each in later] == [[], counted, []]
    assert errcodes(*later) == [0, 0, 40058]


@pytest.mark.parametrize(
    ("to", "answer", "reached"),
    [
        ({"touser": ["lisi", f"{DEFAULT_CORPID}/wangwu"]}, {"invaliduser": []}, 2),
        ({"touser": ["lisi", "wwother/li"]}, {"invaliduser": ["wwother/li"]}, 1),
        ({"toparty": [f"{DEFAULT_CORPID}/3", "x"]}, {"invalidparty": ["x"]}, 2),
        ({"toall": 1}, {"errcode": 0}, 5),
        ({}, {"errcode": 82001}, 0),
        ({"touser": ["nobody"]}, {"errcode": 81013}, 0),
        ({"touser": "lisi"}, {"errcode": 40058}, 0),
        ({"touser": ["a"] * 1001}, {"errcode": 40032}, 0),
        ({"touser": ["lisi"], "msgtype": "taskcard"}, {"errcode": 40008}, 0),
    ],
)
def test_linked_corps_are_written_to_with_lists(
    sim: Simulator, contacts: Caller, to: dict[str, Any], answer: dict[str, Any], reached: int
) -> None:
    got = contacts.post("linkedcorp/message/send", **{**TEXT, **to})

    assert got.items() >= answer.items()
    assert sum(len(each["userids"]) for each in sim.messages()) == reached


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({}, 0),
        ({"to_external_user": []}, 82001),
        ({"to_external_user": ["wm-nobody"]}, 81013),
        ({"to_parent_userid": ["a"] * 1001}, 40032),
        ({"to_party": ["1"] * 101}, 82002),
        ({"recv_scope": 3}, 40058),
        ({"msgtype": "markdown", "markdown": {"content": "x"}}, 40008),
        ({"msgtype": "miniprogram_notice", "miniprogram_notice": {"appid": "wx1"}}, 40008),
        ({"msgtype": "miniprogram", "miniprogram": {"appid": "wx1", "pagepath": "/"}}, 41006),
        ({"agentid": 1000003}, 301002),
    ],
)
def test_notices_of_schools_are_checked(
    sim: Simulator, contacts: Caller, change: dict[str, Any], errcode: int
) -> None:
    body = {**TEXT, "to_external_user": [sim.add_customer("lisi"), "wm-nobody"], **change}

    answer = contacts.post("externalcontact/message/send", **body)

    assert answer["errcode"] == errcode
    if not errcode:
        assert answer["invalid_external_user"] == ["wm-nobody"]
