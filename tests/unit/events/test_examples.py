"""One example of every event, each with every field it holds."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import events
from events.fields import Record

EXAMPLES = Path(__file__).parents[2] / "examples"
AT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
APP = "<ToUserName>wwCORP</ToUserName><CreateTime>1700000000</CreateTime><MsgType>event</MsgType>"
SUITE = "<SuiteId>wwSUITE</SuiteId><AuthCorpId>wwCORP</AuthCorpId><TimeStamp>1700000000</TimeStamp>"
PROVIDER = (
    "<ServiceCorpId>wwPROVIDER</ServiceCorpId><AuthCorpId>wwCORP</AuthCorpId>"
    "<TimeStamp>1700000000</TimeStamp>"
)
NOT_READ = {"fields", "raw"}


def _examples() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for path in sorted(EXAMPLES.glob("*.toml")):
        chapter = tomllib.loads(path.read_text(encoding="utf-8"))
        assert not found.keys() & chapter.keys(), path
        found |= chapter
    return found


ALL = _examples()


def _plaintext(example: dict[str, object]) -> str:
    match example:
        case {"plaintext": str(whole)}:
            return whole
        case {"suite": str(inner)}:
            return f"<xml>{SUITE}{inner}</xml>"
        case {"provider": str(inner)}:
            return f"<xml>{PROVIDER}{inner}</xml>"
        case {"app": str(inner)}:
            sender = "" if "<FromUserName>" in inner else "<FromUserName>sys</FromUserName>"
            app = APP.replace("<MsgType>event</MsgType>", "") if "<MsgType>" in inner else APP
            return f"<xml>{app}{sender}{inner}</xml>"
    raise AssertionError(example)


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Record):
        return _held(value)
    return value


def _held(record: Record) -> dict[str, object]:
    plain = {name: _plain(getattr(record, name)) for name in record.empty.keys() - NOT_READ}
    return {name: value for name, value in plain.items() if value not in ("", None, [], {})}


def _expected(example: dict[str, object]) -> dict[str, object]:
    held: dict[str, object] = {"corpid": "wwCORP", "occurred_at": AT}
    if "suite" in example:
        held["suite_id"] = "wwSUITE"
    fields = example["fields"]
    assert isinstance(fields, dict)
    return {name: value for name, value in (held | fields).items() if value != ""}


@pytest.mark.parametrize("cls", events.catalogue(), ids=lambda cls: cls.__name__)
def test_every_event_is_read_with_all_its_fields(cls: type[events.Event]) -> None:
    example = ALL[cls.__name__]

    event = events.parse(_plaintext(example))

    assert type(event) is cls
    assert event.name == cls.event_name
    assert _held(event) == _expected(example)
    assert event.subject == example.get("subject", "")


def test_no_example_is_left_over() -> None:
    assert ALL.keys() == {cls.__name__ for cls in events.catalogue()}


def _records(record: Record) -> Iterator[Record]:
    yield record
    for name in record.empty.keys() - NOT_READ:
        value = getattr(record, name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Record):
                yield from _records(item)


def _definer(cls: type[Record], name: str) -> tuple[str, str]:
    definers = [base for base in cls.__mro__ if name in vars(base).get("__annotations__", {})]
    return definers[0].__name__, name


def test_every_declared_field_is_shown_by_some_example() -> None:
    parsed = [events.parse(_plaintext(example)) for example in ALL.values()]
    records = [record for event in parsed for record in _records(event)]

    declared = {_definer(type(r), field.name) for r in records for field in dataclasses.fields(r)}  # type: ignore[arg-type]
    shown = {_definer(type(r), name) for r in records for name in _held(r)}

    assert declared - shown == {("Event", "message_id"), ("Event", "fields"), ("Event", "raw")}


def test_an_example_without_blanks_and_one_with_them_are_the_same_event() -> None:
    for example in ALL.values():
        plaintext = _plaintext(example)
        spread = (
            plaintext.replace("><", ">\n  <") if plaintext.startswith("<") else f" {plaintext}\n"
        )

        assert events.canonical(events.parse(spread)) == events.canonical(events.parse(plaintext))


def test_repr_shows_identifiers_only() -> None:
    for example in ALL.values():
        event = events.parse(_plaintext(example))

        assert repr(event) == (
            f"<{type(event).__name__} {event.name} corpid={event.corpid!r}"
            f" userid={event.userid!r} subject={event.subject!r}>"
        )
