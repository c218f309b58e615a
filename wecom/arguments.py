"""Checks of arguments against documented limits, made before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from datetime import datetime, timedelta

from errors import ArgumentRejected


def utf8_length(text: str) -> int:
    """Return the bytes the text takes on the wire; a lone surrogate is sent as one `?`."""
    return len(text.encode("utf-8", "replace"))


def not_empty(**values: Sized) -> None:
    """Require each value to have something in it."""
    for argument, value in values.items():
        if not value:
            raise ArgumentRejected(argument, "must not be empty")


def at_least_one(**values: Sized | None) -> None:
    """Require one of the values, or more, to be given."""
    if not any(value is not None and len(value) for value in values.values()):
        raise ArgumentRejected(" or ".join(values), "at least one must be given")


def any_given(**values: object) -> None:
    """Require one of the values to be there at all; an empty one clears a field."""
    if all(value is None for value in values.values()):
        raise ArgumentRejected(" or ".join(values), "at least one must be given")


def at_most_one(**values: object) -> None:
    """Require no two of the values to be given."""
    if sum(1 for value in values.values() if value) > 1:
        raise ArgumentRejected(" or ".join(values), "at most one may be given")


def at_most_bytes(limit: int, **values: str | None) -> None:
    """Require each text to take at most `limit` bytes of UTF-8."""
    for argument, value in values.items():
        if value is not None and utf8_length(value) > limit:
            raise ArgumentRejected(
                argument, f"at most {limit} bytes of UTF-8, got {utf8_length(value)}"
            )


def at_most_chars(limit: int, **values: str | None) -> None:
    """Require each text to have at most `limit` characters."""
    for argument, value in values.items():
        if value is not None and len(value) > limit:
            raise ArgumentRejected(argument, f"at most {limit} characters, got {len(value)}")


def bytes_between(lowest: int, highest: int, **values: str | None) -> None:
    """Require each text to take so many bytes of UTF-8, both numbers included."""
    for argument, value in values.items():
        if value is not None and not lowest <= utf8_length(value) <= highest:
            raise ArgumentRejected(
                argument, f"must take {lowest}..{highest} bytes of UTF-8, got {utf8_length(value)}"
            )


def chars_between(lowest: int, highest: int, **values: str | None) -> None:
    """Require each text to have so many characters, both numbers included."""
    for argument, value in values.items():
        if value is not None and not lowest <= len(value) <= highest:
            raise ArgumentRejected(
                argument, f"must have {lowest}..{highest} characters, got {len(value)}"
            )


def at_most_items(limit: int, **values: Sized | None) -> None:
    """Require each collection to have at most `limit` items; a text is none, but one of them."""
    for argument, value in values.items():
        if isinstance(value, str):
            raise ArgumentRejected(argument, "must be a list, not one text")
        if value is not None and len(value) > limit:
            raise ArgumentRejected(argument, f"at most {limit} items, got {len(value)}")


def within(lowest: int, highest: int, **values: int | None) -> None:
    """Require each number to lie between the two, both included."""
    for argument, value in values.items():
        if value is not None and not lowest <= value <= highest:
            raise ArgumentRejected(argument, f"must lie in {lowest}..{highest}, got {value}")


def exactly_one(**values: object) -> None:
    """Require one of the values to be given, and no more."""
    if sum(1 for value in values.values() if value) != 1:
        raise ArgumentRejected(" or ".join(values), "exactly one must be given")


def one_of(choices: Mapping[str, object] | frozenset[str], **values: str) -> None:
    """Require each value to be one of the choices."""
    for argument, value in values.items():
        if value not in choices:
            raise ArgumentRejected(argument, f"must be one of {', '.join(sorted(choices))}")


def aware(**values: datetime | None) -> None:
    """Require each moment to say its time zone."""
    for argument, value in values.items():
        if value is not None and value.tzinfo is None:
            raise ArgumentRejected(argument, "must be an aware datetime")


def apart(most: timedelta, **values: datetime) -> None:
    """Require the second of two moments not to come before the first, nor too long after it."""
    aware(**values)
    (start, started), (end, ended) = values.items()
    if ended < started:
        raise ArgumentRejected(end, f"must not be before {start}")
    if ended - started > most:
        raise ArgumentRejected(end, f"at most {most.days} days after {start}")


def lasting(most: timedelta, **values: timedelta | None) -> None:
    """Require each duration to last at least a second and at most as long as that."""
    for argument, value in values.items():
        if value is not None and not timedelta(seconds=1) <= value <= most:
            raise ArgumentRejected(argument, f"between one second and {most.days} days")
