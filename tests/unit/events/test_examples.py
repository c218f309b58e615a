"""One example of every event, each with every field it holds."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import events
from events.examples import examples
from events.fields import Record

FOLDER = Path(events.__file__).parent / "examples"
NOT_READ = {"fields", "raw"}


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Record):
        return _held(value)
    return value


def _held(record: Record) -> dict[str, object]:
    plain = {name: _plain(getattr(record, name)) for name in record.empty.keys() - NOT_READ}
    return {name: value for name, value in plain.items() if value not in ("", None, [], {})}


@pytest.mark.parametrize("cls", events.catalogue(), ids=lambda cls: cls.__name__)
def test_every_event_is_read_with_all_its_fields(cls: type[events.Event]) -> None:
    example = examples()[cls]

    event = events.parse(example.plaintext)

    assert type(event) is cls
    assert event.name == cls.event_name
    assert _held(event) == example.fields
    assert event.subject == example.subject


def test_an_example_stands_in_the_file_of_its_chapter_in_the_order_of_the_classes() -> None:
    for chapter in {cls.__module__.partition(".")[2] for cls in events.catalogue()}:
        file = FOLDER / f"{chapter}.toml"

        names = list(tomllib.loads(file.read_text(encoding="utf-8")))

        assert names == [
            cls.__name__ for cls in events.catalogue() if cls.__module__ == f"events.{chapter}"
        ]


def test_no_file_of_examples_is_left_over() -> None:
    chapters = {cls.__module__.partition(".")[2] for cls in events.catalogue()}

    assert {path.stem for path in FOLDER.glob("*.toml")} == chapters


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
    parsed = [events.parse(example.plaintext) for example in examples().values()]
    records = [record for event in parsed for record in _records(event)]

    declared = {_definer(type(r), field.name) for r in records for field in dataclasses.fields(r)}  # type: ignore[arg-type]
    shown = {_definer(type(r), name) for r in records for name in _held(r)}

    assert declared - shown == {("Event", "message_id"), ("Event", "fields"), ("Event", "raw")}


def test_an_example_without_blanks_and_one_with_them_are_the_same_event() -> None:
    for example in examples().values():
        plaintext = example.plaintext
        spread = (
            plaintext.replace("><", ">\n  <") if plaintext.startswith("<") else f" {plaintext}\n"
        )

        assert events.canonical(events.parse(spread)) == events.canonical(events.parse(plaintext))


def test_repr_shows_identifiers_only() -> None:
    for example in examples().values():
        event = events.parse(example.plaintext)

        assert repr(event) == (
            f"<{type(event).__name__} {event.name} corpid={event.corpid!r}"
            f" userid={event.userid!r} subject={event.subject!r}>"
        )
