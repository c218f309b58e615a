"""The converters: what they read, and what they answer when there is nothing to read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from events.fields import (
    Record,
    flag,
    integer,
    integers,
    moment,
    number,
    record,
    records,
    sender,
    text,
    texts,
    userids,
)
from events.wire import Tree


class Inner(Record):
    name: str = text("Name")


class Outer(Record):
    word: str = text("Word", "Old/Word")
    words: tuple[str, ...] = texts("Words")
    people: tuple[str, ...] = userids("People")
    count: int | None = integer("Count")
    counts: tuple[int, ...] = integers("Counts")
    degrees: float | None = number("Degrees")
    open: bool | None = flag("Open")
    at: datetime | None = moment("At")
    by: str = sender("By")
    inner: Inner = record(Inner, "Inner")
    inners: tuple[Inner, ...] = records(Inner, "Inners")


EMPTY = Outer.read({})


@pytest.mark.parametrize(
    ("tree", "name", "value"),
    [
        ({"Word": "a"}, "word", "a"),
        ({"Old": {"Word": "a"}}, "word", "a"),
        ({"Old": [{"Word": "a"}, {"Word": "b"}]}, "word", "a"),
        ({"Word": "a", "Old": {"Word": "b"}}, "word", "a"),
        ({"Word": 7}, "word", "7"),
        ({"Word": True}, "word", "true"),
        ({"Word": {"@lang": "zh", "#text": "a"}}, "word", "a"),
        ({"Words": "a,b"}, "words", ("a", "b")),
        ({"Words": ["a", "b,c"]}, "words", ("a", "b,c")),
        ({"Words": {"Item": "b,c"}}, "words", ("b,c",)),
        ({"Words": {"Item": "a", "@kind": "x"}}, "words", ("a",)),
        ({"Words": [1, 2]}, "words", ("1", "2")),
        ({"People": "a|b,c"}, "people", ("a", "b", "c")),
        ({"Count": "-7"}, "count", -7),
        ({"Count": 7}, "count", 7),
        ({"Count": str(2**63 - 1)}, "count", 2**63 - 1),
        ({"Counts": "1,x,2"}, "counts", (1, 2)),
        ({"Degrees": "-23.50"}, "degrees", -23.5),
        ({"Degrees": 23}, "degrees", 23.0),
        ({"Degrees": "1e-3"}, "degrees", 0.001),
        ({"Open": "True"}, "open", True),
        ({"Open": 0}, "open", False),
        ({"At": "1700000000"}, "at", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ({"At": "2026-01-01T00:00:00+08:00"}, "at", datetime(2025, 12, 31, 16, tzinfo=UTC)),
        ({"At": "2026-01-01T00:00:00Z"}, "at", datetime(2026, 1, 1, tzinfo=UTC)),
        ({"By": "li"}, "by", "li"),
        ({"Inner": {"Name": "a"}}, "inner", Inner(name="a")),
        ({"Inner": [{"Name": "a"}, {"Name": "b"}]}, "inner", Inner(name="a")),
        ({"Inners": {"Name": "a"}}, "inners", (Inner(name="a"),)),
        ({"Inners": [{"Name": "a"}, "x", {}]}, "inners", (Inner(name="a"), Inner(name=""))),
    ],
)
def test_it_reads(tree: Tree, name: str, value: object) -> None:
    assert getattr(Outer.read(tree), name) == value


@pytest.mark.parametrize(
    "tree",
    [
        {},
        None,
        "text",
        [],
        {"Word": None, "Words": None, "Inner": None, "Inners": None, "At": None, "By": None},
        {"Word": [], "Words": [], "Inner": [], "Inners": [], "At": [], "Count": []},
        {"Old": "text", "Inner": "text", "Inners": "text"},
        {"Words": " , ,", "People": "|", "Counts": "a,b"},
        {"Count": "1.5", "Degrees": "north", "Open": "perhaps", "At": "soon"},
        {"Count": True, "Degrees": "nan", "At": "2026-01-01T00:00:00", "By": "sys"},
        {"Count": 2**63, "Degrees": "1e999", "At": "0001-01-01T00:00:00+14:00"},
        {"At": "9999-12-31T23:59:59-12:00"},
        {"Degrees": "inf", "At": 2**62, "Count": 1.5},
    ],
)
def test_what_is_missing_or_malformed_is_empty(tree: object) -> None:
    assert Outer.read(tree) == EMPTY
