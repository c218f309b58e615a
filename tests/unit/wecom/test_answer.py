"""Answers are read leniently."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from wecom.answer import FieldMissing, Page, nothing, only, paged, record, several
from wecom.group_message import GET_GROUPMSG_LIST_V2
from wecom.intercept import GET_INTERCEPT_RULE


@dataclass(frozen=True, kw_only=True)
class Inner:
    userid: str = ""


@dataclass(frozen=True, kw_only=True)
class Outer:
    id: str
    count: int = 7
    flag: bool = False
    at: datetime | None = None
    inner: Inner | None = None
    many: tuple[Inner, ...] = ()
    words: tuple[str, ...] = ("unread",)
    lasts: timedelta | None = None
    share: float | None = None


READ = record(Outer)


def test_reads_every_kind_of_field() -> None:
    answer = {
        "id": "a",
        "count": 3,
        "flag": 1,
        "at": 1_700_000_000,
        "inner": {"userid": "zhang"},
        "many": [{"userid": "li"}],
        "words": ["x"],
        "lasts": 86400,
        "share": 60.25,
    }

    assert READ(answer) == Outer(
        id="a",
        count=3,
        flag=True,
        at=datetime.fromtimestamp(1_700_000_000, UTC),
        inner=Inner(userid="zhang"),
        many=(Inner(userid="li"),),
        words=("x",),
        lasts=timedelta(days=1),
        share=60.25,
    )


def test_drops_unknown_fields() -> None:
    assert READ({"id": "a", "new_in_2027": {"x": [1]}}) == Outer(id="a")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"id": 12}, Outer(id="12")),
        ({"id": "a", "count": "5"}, Outer(id="a", count=5)),
        ({"id": "a", "flag": "1"}, Outer(id="a", flag=True)),
        ({"id": "a", "flag": "0"}, Outer(id="a", flag=False)),
        ({"id": "a", "at": "0"}, Outer(id="a", at=datetime(1970, 1, 1, tzinfo=UTC))),
        ({"id": "a", "many": []}, Outer(id="a")),
        ({"id": "a", "many": [None, {}]}, Outer(id="a", many=(Inner(),))),
    ],
)
def test_reads_numbers_as_text_and_the_other_way_round(
    answer: Mapping[str, Any], expected: Outer
) -> None:
    assert READ(answer) == expected


@pytest.mark.parametrize(
    "broken",
    [
        {"count": "many"},
        {"count": {}},
        {"count": None},
        {"flag": "perhaps"},
        {"flag": [0]},
        {"at": "yesterday"},
        {"at": 10**30},
        {"inner": "zhang"},
        {"inner": []},
        {"many": {}},
        {"many": "li"},
        {"many": ["li"]},
        {"words": 3},
        {"lasts": "a while"},
        {"lasts": 10**30},
        {"share": "most"},
    ],
)
def test_an_unreadable_field_takes_its_default(broken: Mapping[str, Any]) -> None:
    assert READ({"id": "a", **broken}) == Outer(id="a")


def test_an_unreadable_item_costs_no_other() -> None:
    answer = {"id": "a", "many": ["li", {"userid": "wang"}, None, 7], "words": ["x", {}, "y"]}

    assert READ(answer) == Outer(id="a", many=(Inner(userid="wang"),), words=("x", "y"))


def test_the_limits_of_what_is_sent_do_not_count_for_what_is_read() -> None:
    people = [f"u{number}" for number in range(1001)]
    program = {"title": "商城", "appid": "wx1", "page": "/index"}

    rule = GET_INTERCEPT_RULE.returns(
        {"rule": {"rule_id": "r", "applicable_range": {"user_list": people}}}
    )
    page = GET_GROUPMSG_LIST_V2.returns(
        {
            "group_msg_list": [
                {
                    "msgid": "m",
                    "attachments": [{"msgtype": "miniprogram", "miniprogram": program}],
                }
            ]
        }
    )

    assert rule.applicable_range.user_list == tuple(people)
    [attached] = page.items[0].attachments
    assert attached.miniprogram is not None
    assert attached.miniprogram.page == "/index"


@pytest.mark.parametrize("answer", [{}, {"id": None}, {"id": []}, {"id": {"x": 1}}])
def test_a_field_without_default_must_come(answer: Mapping[str, Any]) -> None:
    with pytest.raises(FieldMissing, match=r"^id$"):
        READ(answer)


def test_nothing_is_read_from_a_plain_ok() -> None:
    read: Callable[[dict[str, Any]], object] = nothing

    assert read({"errcode": 0, "surprise": 1}) is None


def test_a_kind_of_field_without_reader_is_refused_at_once() -> None:
    @dataclass(frozen=True)
    class Odd:
        when: complex

    with pytest.raises(TypeError, match="no reader"):
        record(Odd)


def test_the_one_field_that_matters_is_read_and_must_be_there() -> None:
    read = only("count", int)

    assert read({"count": "3", "other": 1}) == 3
    for answer in ({}, {"count": None}, {"count": "many"}):
        with pytest.raises(FieldMissing, match="count"):
            read(answer)


@pytest.mark.parametrize(
    ("answer", "items"),
    [
        ({"ids": ["a", 2, None, []]}, ("a", "2")),
        ({"ids": None}, ()),
        ({"ids": "a"}, ()),
        ({}, ()),
    ],
)
def test_a_list_is_read_as_far_as_it_can_be(
    answer: dict[str, object], items: tuple[str, ...]
) -> None:
    assert several("ids", str)(answer) == items
    assert paged("ids", str)({**answer, "next_cursor": "c"}) == Page(items=items, next_cursor="c")


@pytest.mark.parametrize("cursor", [{}, {"next_cursor": None}, {"next_cursor": []}])
def test_a_page_without_a_readable_cursor_is_the_last(cursor: dict[str, object]) -> None:
    assert paged("ids", str)({"ids": ["a"], **cursor}).next_cursor == ""
