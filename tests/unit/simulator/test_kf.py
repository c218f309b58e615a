"""WeChat customer service in the simulator (微信客服, docs 94670, 94677 and 95122)."""

from __future__ import annotations

from typing import Any

import pytest
import xmltodict
from simulated import Caller, errcodes

from errors import ActionImpossible
from simulator import Simulator

SYNC = "kf/sync_msg"
ON_EVENT = "kf/send_msg_on_event"
DAY_SECONDS = 24 * 3600


@pytest.fixture
def account(sim: Simulator) -> str:
    return sim.add_kf_account("售后", app="contacts")


def text_message(**fields: object) -> dict[str, object]:
    return {"msgtype": "text", "text": {"content": "您好"}, **fields}


def token_of(sim: Simulator) -> str:
    """Return the token of the newest notification."""
    token: str = xmltodict.parse(sim.tenant.pushes[-1].plaintext)["xml"]["Token"]
    return token


def after_two_days(sim: Simulator, caller: Caller) -> None:
    """Let the time pass; access_tokens do not last so long."""
    sim.advance(2 * DAY_SECONDS + 1)
    caller.access_token = caller.gettoken()["access_token"]


def code_of(contacts: Caller, account: str) -> str:
    code: str = contacts.post(SYNC, open_kfid=account)["msg_list"][-1]["event"]["welcome_code"]
    return code


def test_a_notification_names_the_account_and_no_sender(sim: Simulator, account: str) -> None:
    sim.kf_enter(account)

    fields = xmltodict.parse(sim.tenant.pushes[-1].plaintext)["xml"]

    assert fields.keys() == {"ToUserName", "CreateTime", "MsgType", "Event", "Token", "OpenKfId"}
    assert (fields["Event"], fields["OpenKfId"]) == ("kf_msg_or_event", account)


def test_all_since_the_cursor_comes_in_order_and_in_pages(
    sim: Simulator, contacts: Caller, account: str
) -> None:
    visitor = sim.kf_enter(account, scene="shop")
    msgids = [sim.kf_write(account, visitor, str(number)) for number in range(4)]
    sim.set_limits({"kf_page_items": 2})

    pages, cursor, more = [], "", 1
    while more:
        page = contacts.post(SYNC, open_kfid=account, cursor=cursor)
        pages.append([item["msgid"] for item in page["msg_list"]])
        cursor, more = page["next_cursor"], page["has_more"]

    assert [len(page) for page in pages] == [2, 2, 1]
    assert [msgid for page in pages for msgid in page][1:] == msgids
    assert contacts.post(SYNC, open_kfid=account, cursor=cursor)["msg_list"] == []


def test_forgetting_records_keeps_cursors_right(
    sim: Simulator, contacts: Caller, account: str
) -> None:
    visitor = sim.kf_enter(account)
    cursor = contacts.post(SYNC, open_kfid=account)["next_cursor"]

    sim.forget_records()
    msgid = sim.kf_write(account, visitor, "later")

    (item,) = contacts.post(SYNC, open_kfid=account, cursor=cursor)["msg_list"]
    assert item["msgid"] == msgid


def test_what_is_older_than_three_days_is_gone(
    sim: Simulator, contacts: Caller, account: str
) -> None:
    sim.kf_enter(account)

    sim.advance(3 * DAY_SECONDS)
    contacts.access_token = contacts.gettoken()["access_token"]
    answer = contacts.post(SYNC, open_kfid=account)

    assert answer["errcode"] == 0
    assert answer["msg_list"] == []


def test_a_token_lives_ten_minutes(sim: Simulator, contacts: Caller, account: str) -> None:
    sim.kf_enter(account)
    token = token_of(sim)

    answers = [contacts.post(SYNC, open_kfid=account, token=token)]
    sim.advance(600)
    answers.append(contacts.post(SYNC, open_kfid=account, token=token))
    answers.append(contacts.post(SYNC, open_kfid=account, token="another"))

    assert errcodes(*answers) == [0, 95007, 95007]


def test_few_pulls_are_taken_without_a_token(
    sim: Simulator, contacts: Caller, account: str
) -> None:
    sim.kf_enter(account)
    sim.set_limits({"kf_without_token_per_minute": 2})

    bare = [contacts.post(SYNC, open_kfid=account) for _ in range(3)]
    token = contacts.post(SYNC, open_kfid=account, token=token_of(sim))

    assert errcodes(*bare, token) == [0, 0, 45009, 0]


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"open_kfid": "wkUnknown"}, 95000),
        ({"cursor": "rubbish"}, 50100),
        ({"cursor": "K" + "0" * 64}, 40058),
        ({"cursor": 7}, 40058),
        ({"limit": 1001}, 40058),
        ({"limit": "many"}, 40058),
        ({"token": "x" * 129}, 40058),
        ({"voice_format": 2}, 40058),
    ],
)
def test_a_wrong_pull_is_refused(
    contacts: Caller, account: str, body: dict[str, Any], errcode: int
) -> None:
    assert contacts.post(SYNC, **{"open_kfid": account, **body})["errcode"] == errcode


def test_another_app_sees_nothing_of_the_account(
    sim: Simulator, contacts: Caller, marketing: Caller, account: str
) -> None:
    sim.kf_enter(account)
    code = code_of(contacts, account)

    pulled = marketing.post(SYNC)
    named = marketing.post(SYNC, open_kfid=account)
    sent = marketing.post(ON_EVENT, **text_message(code=code))

    assert pulled["msg_list"] == []
    assert errcodes(named, sent) == [95000, 40029]


def test_a_welcome_code_works_once_and_for_twenty_seconds(
    sim: Simulator, contacts: Caller, account: str
) -> None:
    first = sim.kf_enter(account)
    answers = [contacts.post(ON_EVENT, **text_message(code=code_of(contacts, account)))]
    answers.append(contacts.post(ON_EVENT, **text_message(code=code_of(contacts, account))))
    sim.kf_enter(account)
    late = code_of(contacts, account)
    sim.advance(21)
    answers.append(contacts.post(ON_EVENT, **text_message(code=late)))

    assert errcodes(*answers) == [0, 40029, 40029]
    assert [each["external_userid"] for each in sim.kf_messages()] == [first]


@pytest.mark.parametrize("greeted", [True, False])
def test_who_was_greeted_or_wrote_within_two_days_brings_no_code(
    sim: Simulator, contacts: Caller, account: str, *, greeted: bool
) -> None:
    visitor = sim.kf_enter(account)
    if greeted:
        contacts.post(ON_EVENT, **text_message(code=code_of(contacts, account)))
    else:
        sim.kf_write(account, visitor, "hi")

    sim.kf_enter(account, external_userid=visitor)
    after_two_days(sim, contacts)
    sim.kf_enter(account, external_userid=visitor)

    events = [
        item["event"]
        for item in contacts.post(SYNC, open_kfid=account)["msg_list"]
        if item["msgtype"] == "event"
    ]
    assert ["welcome_code" in event for event in events] == [True, False, True]


def test_a_customer_who_wrote_can_be_written_to_five_times_in_two_days(
    sim: Simulator, contacts: Caller, account: str
) -> None:
    visitor = sim.kf_enter(account)
    to_visitor = text_message(touser=visitor, open_kfid=account)

    unasked = contacts.post("kf/send_msg", **to_visitor)
    sim.kf_write(account, visitor, "hi")
    sent = [contacts.post("kf/send_msg", **to_visitor, msgid=f"m{n}") for n in range(6)]
    sim.kf_write(account, visitor, "again")
    after_two_days(sim, contacts)
    late = contacts.post("kf/send_msg", **to_visitor)

    assert errcodes(unasked, *sent, late) == [95002, 0, 0, 0, 0, 0, 95001, 95002]
    assert [answer.get("msgid") for answer in sent[:2]] == ["m0", "m1"]


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"touser": ""}, 41035),
        ({"touser": "wmNobody"}, 40096),
        ({"open_kfid": "wkUnknown"}, 95000),
        ({"msgtype": "image"}, 40008),
        ({"text": "hi"}, 44004),
        ({"text": {"content": ""}}, 44004),
        ({"text": {"content": "好" * 683}}, 45002),
        ({"msgid": "with blank"}, 40058),
        ({"msgid": "x" * 33}, 40058),
    ],
)
def test_a_wrong_message_is_refused(
    sim: Simulator, contacts: Caller, account: str, change: dict[str, Any], errcode: int
) -> None:
    sim.kf_write(account, "wmX", "hi")
    body = text_message(touser="wmX", open_kfid=account) | change

    assert contacts.post("kf/send_msg", **body)["errcode"] == errcode
    assert sim.kf_messages() == []


def test_there_is_no_visiting_an_unknown_account(sim: Simulator) -> None:
    with pytest.raises(ActionImpossible):
        sim.kf_enter("wkUnknown")


def test_a_lost_notification_pushes_nothing(sim: Simulator, account: str) -> None:
    sim.kf_enter(account, notify=False)

    assert sim.pushes() == []
