from __future__ import annotations

import pytest

import events
from factories import CORPID, an_app_plaintext, an_external_contact_added, xml_of
from journal import event_key


def _key(plaintext: bytes, app: str = "contacts") -> str:
    return event_key(app, events.parse(plaintext))


def test_is_the_same_for_the_same_event_pushed_again() -> None:
    assert event_key("contacts", an_external_contact_added()) == event_key(
        "contacts", an_external_contact_added()
    )


def test_fits_the_column() -> None:
    assert len(event_key("contacts", an_external_contact_added())) == 64


def test_tells_two_customers_of_the_same_second_apart() -> None:
    first = an_external_contact_added(external_userid="wm1")
    second = an_external_contact_added(external_userid="wm2")

    assert event_key("contacts", first) != event_key("contacts", second)


@pytest.mark.parametrize(
    "field",
    [
        "ToUserName",
        "FromUserName",
        "CreateTime",
        "Event",
        "ChangeType",
        "UserID",
        "ExternalUserID",
        "State",
        "WelcomeCode",
        "AFieldOfTomorrow",
    ],
)
def test_differs_when_any_field_differs(field: str) -> None:
    fields = {
        "Event": "change_external_contact",
        "ChangeType": "add_external_contact",
        "UserID": "zhangsan",
        "ExternalUserID": "wm1",
        "State": "spring",
        "WelcomeCode": "CODE",
        "AFieldOfTomorrow": "1",
    }

    assert _key(an_app_plaintext(**fields)) != _key(
        an_app_plaintext(**fields | {field: "1700000001"})
    )


def test_differs_when_a_field_is_missing() -> None:
    assert _key(an_app_plaintext(Event="e", State="s")) != _key(an_app_plaintext(Event="e"))


def test_differs_between_apps() -> None:
    event = an_external_contact_added()

    assert event_key("contacts", event) != event_key("sales", event)


def test_an_app_name_and_content_cannot_be_shifted_into_each_other() -> None:
    event = an_external_contact_added()

    assert event_key("contacts\n", event) != event_key("contacts", event)


@pytest.mark.parametrize(
    "again",
    [
        b"<xml><ToUserName><![CDATA[ww1]]></ToUserName><Event><![CDATA[e]]></Event></xml>",
        b"<xml>\n  <ToUserName>ww1</ToUserName>\n  <Event> e </Event>\n</xml>\n",
        b"<xml><Event>e</Event><ToUserName>ww1</ToUserName></xml>",
        b"\xef\xbb\xbf<?xml version='1.0'?><xml><ToUserName>ww1</ToUserName><Event>e</Event></xml>",
    ],
    ids=["cdata", "white space", "order of siblings", "mark and declaration"],
)
def test_does_not_depend_on_how_the_xml_is_written(again: bytes) -> None:
    assert _key(b"<xml><ToUserName>ww1</ToUserName><Event>e</Event></xml>") == _key(again)


def test_keeps_the_order_of_items_of_one_list() -> None:
    ascending = an_app_plaintext(Event="e", Item=["1", "2"])
    descending = an_app_plaintext(Event="e", Item=["2", "1"])

    assert _key(ascending) != _key(descending)


def test_of_a_message_is_its_msgid() -> None:
    first = an_app_plaintext(MsgType="text", Content="hello", MsgId="1", AgentID="1")
    again = an_app_plaintext(MsgType="text", Content="hello, retold", MsgId="1", AgentID="1")

    assert _key(first) == _key(again)


def test_tells_messages_of_the_same_text_apart() -> None:
    first = an_app_plaintext(MsgType="text", Content="hello", MsgId="1", AgentID="1")
    second = an_app_plaintext(MsgType="text", Content="hello", MsgId="2", AgentID="1")

    assert _key(first) != _key(second)


def test_of_a_message_differs_between_corps() -> None:
    first = an_app_plaintext(MsgType="text", Content="x", MsgId="1", ToUserName="ww1")
    second = an_app_plaintext(MsgType="text", Content="x", MsgId="1", ToUserName="ww2")

    assert _key(first) != _key(second)


def test_of_a_message_cannot_be_shifted_between_corp_and_msgid() -> None:
    first = an_app_plaintext(MsgType="text", Content="x", MsgId="2 3", ToUserName="ww1")
    second = an_app_plaintext(MsgType="text", Content="x", MsgId="3", ToUserName="ww1 2")

    assert _key(first) != _key(second)


@pytest.mark.parametrize(
    "plaintext", [b"", b"\0", b"<xml>", b"not xml", b'{"text": "\\ud800"}', b"\xff\xfe\x00"]
)
def test_is_made_of_anything(plaintext: bytes) -> None:
    assert len(_key(plaintext)) == 64


def test_tells_two_unreadable_plaintexts_apart() -> None:
    assert _key(b"<xml><a>") != _key(b"<xml><b>")


def test_of_an_event_does_not_collide_with_a_message() -> None:
    event = xml_of(ToUserName=CORPID, Event="e")
    message = an_app_plaintext(MsgType="text", Content="x", MsgId="1")

    assert _key(event) != _key(message)
