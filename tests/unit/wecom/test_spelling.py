"""Records become JSON without what holds nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta, timezone

from wecom_tables import at

from wecom.spelling import changes, listed, replacing, seconds, spelled, without_empty


@dataclass(frozen=True, kw_only=True)
class Inner:
    name: str = ""
    flag: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Outer:
    inner: Inner | None = None
    many: tuple[Inner, ...] = ()
    count: int | None = None


def test_leaves_out_what_holds_nothing_at_any_depth() -> None:
    assert spelled(Outer()) == {}
    assert spelled(Outer(inner=Inner(), many=())) == {}
    assert without_empty({"a": {"b": {"c": []}}, "d": "", "e": None}) == {}


def test_keeps_false_and_zero() -> None:
    assert spelled(Outer(inner=Inner(flag=False), count=0)) == {
        "inner": {"flag": False},
        "count": 0,
    }


def test_writes_a_tuple_of_records_as_a_list() -> None:
    assert spelled(Outer(many=(Inner(name="x"), Inner()))) == {"many": [{"name": "x"}, {}]}


def test_an_empty_list_is_left_out_but_where_it_replaces() -> None:
    assert listed([]) is None
    assert listed(None) is None
    assert listed(("a",)) == ["a"]
    assert replacing([]) == []
    assert replacing(None) is None


def test_a_change_to_nothing_is_kept_and_no_change_left_out() -> None:
    assert changes(Outer(inner=Inner(), many=())) == {"inner": {}, "many": []}
    assert changes(Inner(name="")) == {"name": ""}


def test_counts_seconds_in_any_time_zone() -> None:
    china = timezone(timedelta(hours=8))

    assert seconds(at(1_700_000_000).astimezone(china)) == 1_700_000_000
    assert seconds(None) is None
