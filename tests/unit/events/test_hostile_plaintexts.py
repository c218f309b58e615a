"""Plaintexts that are broken or meant to break: kept whole, never an exception."""

from __future__ import annotations

import json

import pytest

import events
from factories import an_app_plaintext, xml_of

BOMB = (
    '<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    "<xml><Event>click</Event><EventKey>&c;</EventKey></xml>"
)
UNREADABLE = {
    "nothing": b"",
    "blanks": b" \n\t",
    "text": b"hello",
    "truncated XML": an_app_plaintext(Event="click")[:-4],
    "truncated tag": b"<xml><Event",
    "truncated JSON": b'{"Event":"click"',
    "two roots": b"<xml/><xml/>",
    "wrong end": b"<xml><a></b></xml>",
    "empty root": b"<xml/>",
    "entity bomb": BOMB.encode(),
    "external entity": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml>&e;</xml>',
    "bare DOCTYPE": b"<!DOCTYPE xml><xml><Event>click</Event></xml>",
    "unknown entity": b"<xml><Event>&click;</Event></xml>",
    "NUL": b"<xml><Event>cl\x00ick</Event></xml>",
    "NUL by number": b"<xml><Event>&#0;</Event></xml>",
    "only NUL": b"\x00" * 64,
    "invalid UTF-8": b"<xml><Event>\xff\xfe</Event></xml>",
    "invalid UTF-8 in JSON": b'{"Event":"\xff"}',
    "surrogate in bytes": b"<xml><Event>\xed\xa0\x80</Event></xml>",
    "other encoding": '<?xml version="1.0" encoding="utf-16"?><xml/>'.encode("utf-16"),
    "JSON list": b'["Event"]',
    "JSON text": b'"Event"',
    "JSON empty": b"{}",
    "JSON null": b"null",
    "key twice": b'{"Event":"click","Event":"view"}',
    "not a number": b'{"Event":"click","x":NaN}',
    "infinite": b'{"Event":"click","x":-Infinity}',
    "too large to tell": b'{"Event":"click","x":1e999}',
    "5000 digits": b'{"Event":"click","x":' + b"9" * 5000 + b"}",
    "100,000 tags": b"<a>" * 100_000 + b"</a>" * 100_000,
    "100,000 open tags": b"<a>" * 100_000,
    "100,000 arrays": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "100,000 objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "65 tags": b"<a>" * 66 + b"x" + b"</a>" * 66,
    "500 arrays": b'{"a":' + b"[" * 500 + b"]" * 500 + b"}",
}


@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_cannot_be_read_is_kept_as_bytes(raw: bytes) -> None:
    event = events.parse(raw)

    assert type(event) is events.UnknownEvent
    assert event.name == "unknown"
    assert event.raw == raw
    assert not event.fields
    assert events.canonical(event) == json.dumps(raw.decode("latin-1"))
    assert repr(event) == "<UnknownEvent unknown corpid='' userid='' subject=''>"


def test_two_unreadable_plaintexts_are_never_taken_for_one() -> None:
    canonical = {events.canonical(events.parse(raw)) for raw in UNREADABLE.values()}

    assert len(canonical) == len(UNREADABLE)


def test_the_canonical_text_of_bytes_is_not_that_of_fields() -> None:
    fields = events.canonical(events.parse(b'{"a":"1"}'))

    assert events.canonical(events.parse(b'["a","1"]')) != fields
    assert fields == '{"a":"1"}'


def test_a_text_may_speak_of_doctypes_and_entities() -> None:
    event = events.parse(
        xml_of(MsgType="text", Content="<!DOCTYPE html> <!ENTITY x> &amp; ]]> ![CDATA[ {}")
    )

    assert isinstance(event, events.TextMessage)
    assert event.content == "<!DOCTYPE html> <!ENTITY x> &amp; ]]> ![CDATA[ {}"


def test_a_lone_surrogate_of_json_is_data() -> None:
    event = events.parse('{"Event":"click","EventKey":"a\\ud800\\u0000b"}')

    assert event.fields["EventKey"] == "a\ud800\x00b"
    assert events.canonical(event).isascii()
    assert "\\ud800" in events.canonical(event)


def test_a_lone_surrogate_of_a_text_is_kept_in_the_bytes() -> None:
    event = events.parse("<xml><Event>\ud800</Event></xml>")

    assert event.raw == b"<xml><Event>\xed\xa0\x80</Event></xml>"
    assert event == events.parse(event.raw)


@pytest.mark.parametrize(
    "seconds",
    ["0", "-1", "1e9", "9" * 12, "9" * 19, "9" * 5000, "soon", "0x10", "１７", "1_000", "", "--5"],
)
def test_an_absurd_time_is_no_time(seconds: str) -> None:
    event = events.parse(an_app_plaintext(Event="click", CreateTime=seconds))

    assert event.occurred_at is None
    assert event.name == "click"


@pytest.mark.parametrize(
    "value", ["9" * 19, "-" + "9" * 19, "9" * 5000, "1.0", "１", "0x1", " ", "--1"]
)
def test_a_number_beyond_64_bits_or_reason_is_none(value: str) -> None:
    event = events.parse(an_app_plaintext(Event="click", AgentID=value))

    assert event.agentid is None


@pytest.mark.parametrize(
    "wrong",
    ["[]", "[[]]", "{}", "[{}]", "null", "true", "1.5", '{"a":[{"b":["c"]}]}', '[null,"x"]', '""'],
)
def test_wrong_types_everywhere_are_no_exception(wrong: str) -> None:
    tags = ["ToUserName", "CreateTime", "UserID", "ChatId", "AgentID", "MemChangeList", "JoinScene"]
    tags += ["BatchJob", "ExtAttr", "Department", "ApprovalInfo", "SelectedItems", "CurMemVer"]
    for happened, change in [
        ("change_external_chat", "update"),
        ("change_contact", "create_user"),
        ("sys_approval_change", "x"),
        ("template_card_event", "x"),
        ("batch_job_result", "x"),
    ]:
        wrongs = ",".join(f'"{tag}":{wrong}' for tag in tags)

        event = events.parse(f'{{{wrongs},"Event":"{happened}","ChangeType":"{change}"}}')

        assert event.name.startswith(happened)
        assert repr(event)
        assert hash(event) == hash(event)


@pytest.mark.parametrize(
    "wrong", ["[]", "{}", "null", "1", '[{"event_type":1}]', '{"event_type":{}}']
)
def test_wrong_types_of_the_keys_are_no_exception(wrong: str) -> None:
    for tag in ("MsgType", "Event", "InfoType", "msgtype", "event", "base_info", "resource"):
        assert events.parse(f'{{"{tag}":{wrong},"aibotid":{wrong}}}').raw


@pytest.mark.parametrize(
    "value", ["a." * 200_000, "." * 400_000, "a" * 400_000], ids=["words", "dots", "one word"]
)
def test_values_of_any_length_are_looked_up_at_once(value: str) -> None:
    payment = events.parse(f'{{"resource":1,"event_type":"{value}"}}')
    change = events.parse(an_app_plaintext(Event=value, ChangeType=value, UpdateDetail=value))

    assert isinstance(payment, events.UnknownEvent)
    assert isinstance(change, events.UnknownEvent)
    assert change.name == "unknown"


def test_a_node_inside_a_value_does_not_hide_it() -> None:
    event = events.parse("<xml><Event>cl<b>!</b>ick</Event></xml>")

    assert event.name == "click"


def test_sixty_levels_are_fine() -> None:
    event = events.parse(b"<a>" * 60 + b"x" + b"</a>" * 60)

    assert event.fields
    assert "x" in events.canonical(event)


@pytest.mark.parametrize(
    "raw",
    [
        b"<xml><a>" + b"> ![CDATA[" * 50_000 + b"</a></xml>",
        b"<xml><a>" + b">" + b" " * 500_000 + b"</a></xml",
        b"<xml>" + b"<a/>" * 100_000 + b"</xml",
        b'{"a":"' + b" " * 500_000,
    ],
    ids=["broken CDATA", "blanks", "siblings", "JSON blanks"],
)
def test_the_search_for_broken_cdata_ends(raw: bytes) -> None:
    event = events.parse(raw)  # a search that starts anew at each bracket would take minutes

    assert isinstance(event, events.UnknownEvent)
    assert event.raw == raw
