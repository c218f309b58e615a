"""Arguments beyond a documented limit are refused by name; the value is never told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from errors import ArgumentRejected, WeComError
from wecom import arguments


def test_counts_bytes_not_characters() -> None:
    arguments.at_most_bytes(6, text="你好")

    with pytest.raises(ArgumentRejected, match=r"^text: at most 5 bytes of UTF-8, got 6$"):
        arguments.at_most_bytes(5, text="你好")


def test_counts_a_lone_surrogate_as_the_one_byte_it_is_sent_as() -> None:
    assert arguments.utf8_length("a\ud83d") == 2


def test_counts_an_emoji_as_one_character() -> None:
    arguments.at_most_chars(1, remark="🎉")

    with pytest.raises(ArgumentRejected, match=r"^remark: at most 1 characters, got 2$"):
        arguments.at_most_chars(1, remark="🎉🎉")


@pytest.mark.parametrize("count", [9, 0])
def test_accepts_as_many_items_as_allowed(count: int) -> None:
    arguments.at_most_items(9, attachments=[1] * count)


def test_refuses_one_item_more() -> None:
    with pytest.raises(ArgumentRejected) as refused:
        arguments.at_most_items(9, attachments=[1] * 10)

    assert refused.value.argument == "attachments"
    assert refused.value.limit == "at most 9 items, got 10"


def test_leaves_out_what_is_not_given() -> None:
    arguments.at_most_bytes(1, text=None)
    arguments.at_most_chars(1, text=None)
    arguments.at_most_items(1, text=None)
    arguments.within(1, 2, order=None)


@pytest.mark.parametrize("value", ["", [], ()])
def test_refuses_an_empty_value(value: str) -> None:
    with pytest.raises(ArgumentRejected, match=r"^userid: must not be empty$"):
        arguments.not_empty(userid=value)


def test_one_of_several_is_enough() -> None:
    arguments.at_least_one(text="", attachments=[1])
    arguments.any_given(remark="", description=None)


def test_refuses_none_of_several() -> None:
    with pytest.raises(ArgumentRejected, match=r"^text or attachments: at least one"):
        arguments.at_least_one(text="", attachments=None)
    with pytest.raises(ArgumentRejected, match=r"^remark or description: at least one"):
        arguments.any_given(remark=None, description=None)


@pytest.mark.parametrize("order", [-1, 2**32])
def test_refuses_a_number_outside(order: int) -> None:
    with pytest.raises(ArgumentRejected, match=r"^order: must lie in"):
        arguments.within(0, 2**32 - 1, order=order)


def test_refuses_a_choice_that_is_none() -> None:
    with pytest.raises(ArgumentRejected, match=r"^type: must be one of file, image$"):
        arguments.one_of(frozenset({"image", "file"}), type="picture")


def test_a_length_has_a_lowest_and_a_highest_number() -> None:
    arguments.bytes_between(4, 6, description="你好", note=None)
    arguments.chars_between(1, 2, name="你好", alias=None)

    with pytest.raises(ArgumentRejected, match=r"^name: must take 4..6 bytes of UTF-8, got 3$"):
        arguments.bytes_between(4, 6, name="你")
    with pytest.raises(ArgumentRejected, match=r"^name: must have 1..2 characters, got 3$"):
        arguments.chars_between(1, 2, name="你好吗")


@pytest.mark.parametrize(("button", "card"), [("", None), ("x", "y")])
def test_either_of_two_is_neither_none_nor_both(button: str, card: str | None) -> None:
    arguments.exactly_one(button="x", card=None)

    with pytest.raises(ArgumentRejected, match=r"^button or card: exactly one must be given$"):
        arguments.exactly_one(button=button, card=card)


def test_a_text_is_no_list_of_its_characters() -> None:
    with pytest.raises(ArgumentRejected, match=r"^userid_list: must be a list, not one text$"):
        arguments.at_most_items(100, userid_list="zhangsan")


def test_none_or_one_of_several_may_be_given() -> None:
    arguments.at_most_one(image=None, link="", miniprogram=None)
    arguments.at_most_one(image="x", link=None)

    with pytest.raises(ArgumentRejected, match=r"^image or link: at most one may be given$"):
        arguments.at_most_one(image="x", link="y")


def test_refuses_a_moment_without_time_zone() -> None:
    arguments.aware(start_time=None, end_time=datetime(2026, 1, 1, tzinfo=UTC))

    with pytest.raises(ArgumentRejected, match=r"^start_time: must be an aware datetime$"):
        arguments.aware(start_time=datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused


def test_moments_may_be_as_far_apart_as_that() -> None:
    start, china = datetime(2026, 1, 1, tzinfo=UTC), timezone(timedelta(hours=8))
    end = (start + timedelta(days=30)).astimezone(china)

    arguments.apart(timedelta(days=30), start_time=start, end_time=start)
    arguments.apart(timedelta(days=30), start_time=start, end_time=end)

    with pytest.raises(ArgumentRejected, match=r"^until: at most 30 days after since$"):
        arguments.apart(timedelta(days=30), since=start, until=end + timedelta(seconds=1))
    with pytest.raises(ArgumentRejected, match=r"^until: must not be before since$"):
        arguments.apart(timedelta(days=30), since=end, until=start)


@pytest.mark.parametrize("duration", [timedelta(0), timedelta(days=-1), timedelta(days=15)])
def test_refuses_a_duration_that_is_none_or_too_long(duration: timedelta) -> None:
    arguments.lasting(timedelta(days=14), expires_in=None, again=timedelta(days=14))

    with pytest.raises(ArgumentRejected, match=r"^expires_in: between one second and 14 days$"):
        arguments.lasting(timedelta(days=14), expires_in=duration)


def test_a_refusal_is_both_ours_and_a_value_error() -> None:
    refusal = ArgumentRejected("text", "at most 1 byte")

    assert isinstance(refusal, WeComError)
    assert isinstance(refusal, ValueError)


def test_never_tells_the_value() -> None:
    with pytest.raises(ArgumentRejected) as refused:
        arguments.at_most_chars(3, remark="王小明的秘密")

    assert "王小明" not in str(refused.value)
