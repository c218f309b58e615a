"""The envelopes of events."""

from __future__ import annotations

import json

import pytest
import xmltodict

from simulator.plaintext import app_event, cdata, suite_event, write


def test_writes_an_event_as_wecom_formats_it() -> None:
    event = app_event("ww1", "batch_job_result", 1700000000.9, {"BatchJob": {"ErrCode": 0}})

    assert write(event, "xml") == (
        b"<xml><ToUserName><![CDATA[ww1]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName>"
        b"<CreateTime>1700000000</CreateTime><MsgType><![CDATA[event]]></MsgType>"
        b"<Event><![CDATA[batch_job_result]]></Event><BatchJob><ErrCode>0</ErrCode></BatchJob></xml>"
    )


def test_a_suite_event_has_its_own_envelope() -> None:
    event = suite_event("wwsuite", "ww1", "change_external_contact", 1700000000, {"UserID": "li"})

    assert xmltodict.parse(write(event, "xml"))["xml"] == {
        "SuiteId": "wwsuite",
        "AuthCorpId": "ww1",
        "InfoType": "change_external_contact",
        "TimeStamp": "1700000000",
        "UserID": "li",
    }


def test_lists_repeat_their_element() -> None:
    xml = write({"MemChangeList": {"Item": ["a", "b"]}}, "xml")

    assert xml == (
        b"<xml><MemChangeList><Item><![CDATA[a]]></Item><Item><![CDATA[b]]></Item>"
        b"</MemChangeList></xml>"
    )


def test_json_has_the_same_names() -> None:
    text = write({"Event": "x", "Name": "张三", "Count": 1}, "json")

    assert json.loads(text) == {"Event": "x", "Name": "张三", "Count": 1}
    assert "张三".encode() in text


@pytest.mark.parametrize("text", ["]]>", "a]]>b]]>", "<xml>&amp;", "]]", "", "汉字 😀"])
def test_any_text_survives_its_cdata(text: str) -> None:
    parsed = xmltodict.parse(f"<xml>{cdata(text)}</xml>", strip_whitespace=False)["xml"]

    assert (parsed or "") == text


def test_what_xml_cannot_carry_is_dropped() -> None:
    assert cdata("a\x00b\x1b") == "<![CDATA[ab]]>"
