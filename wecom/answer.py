"""Reads the records out of an answer, leniently: the platform adds and omits fields at any time."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar, Union, cast, get_args, get_origin, get_type_hints

_UNREADABLE = (TypeError, ValueError, OverflowError, AttributeError)

T = TypeVar("T")
Reader = Callable[[Any], Any]


class FieldMissing(ValueError):
    """A field that every answer carries is absent or unreadable."""


def nothing(answer: Mapping[str, Any]) -> None:
    """Read an answer that says nothing beside "done"."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """Some of a list, and the cursor of what comes after; empty at the end."""

    items: tuple[T, ...] = ()
    next_cursor: str = ""


def only(name: str, kind: type[T]) -> Callable[[Mapping[str, Any]], T]:
    """Return the reader of answers in which one field matters; FieldMissing without it."""
    reader = _reader(kind)

    def read(answer: Mapping[str, Any]) -> T:
        value = _value(reader, answer.get(name))
        if value is None:
            raise FieldMissing(name)
        return cast("T", value)

    return read


def several(name: str, kind: type[T]) -> Callable[[Mapping[str, Any]], tuple[T, ...]]:
    """Return the reader of answers in which one list matters; without it there is nothing."""
    reader = _tuple(_reader(kind))

    def read(answer: Mapping[str, Any]) -> tuple[T, ...]:
        return _value(reader, answer.get(name)) or ()

    return read


def paged(name: str, kind: type[T]) -> Callable[[Mapping[str, Any]], Page[T]]:
    """Return the reader of answers that bring a list page by page."""
    some = several(name, kind)

    def read(answer: Mapping[str, Any]) -> Page[T]:
        cursor = _value(_text, answer.get("next_cursor")) or ""
        return Page(items=some(answer), next_cursor=cursor)

    return read


def record(cls: type[T]) -> Callable[[Mapping[str, Any]], T]:
    """Return the reader of one frozen dataclass.

    Unknown fields are dropped, and so are items of a list that cannot be read. A field that is
    absent, null or of an unreadable kind takes its default; without one FieldMissing is raised.
    Integers may arrive as text and the other way round; a datetime is read from seconds since the
    epoch, a timedelta from seconds; a Mapping is taken as it comes.

    __post_init__ is left out: the limits it checks are those of what is sent.
    """
    fields = _fields(cls)

    def read(answer: Mapping[str, Any]) -> T:
        values = {}
        for name, reader, default in fields:
            value = _value(reader, answer.get(name))
            values[name] = default() if value is None else value
        made = object.__new__(cls)
        vars(made).update(values)
        return made

    return read


def _value(reader: Reader, value: Any) -> Any:  # noqa: ANN401 - the wire is untyped
    """Return what is read; None for what is not there or cannot be read."""
    try:
        return None if value is None else reader(value)
    except _UNREADABLE:
        return None


def _fields(cls: type) -> tuple[tuple[str, Reader, Callable[[], object]], ...]:
    hints = get_type_hints(cls)
    return tuple(
        (field.name, _reader(hints[field.name]), _default(field))
        for field in dataclasses.fields(cls)
    )


def _default(field: dataclasses.Field[Any]) -> Callable[[], object]:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory

    def default() -> object:
        if field.default is dataclasses.MISSING:
            raise FieldMissing(field.name)
        return field.default

    return default


def _reader(hint: Any) -> Reader:  # noqa: ANN401 - a type hint may be anything
    if hint in _SCALARS:
        return _SCALARS[hint]
    if dataclasses.is_dataclass(hint):
        return record(hint)  # type: ignore[arg-type]  # a dataclass hint is its class
    if get_origin(hint) is tuple:
        return _tuple(_reader(get_args(hint)[0]))
    if get_origin(hint) is Mapping:
        return _mapping
    if get_origin(hint) in {types.UnionType, Union}:
        return _reader(next(part for part in get_args(hint) if part is not type(None)))
    raise TypeError(f"no reader for {hint!r}")


def _tuple(reader: Reader) -> Reader:
    def read(value: Any) -> tuple[Any, ...]:  # noqa: ANN401 - the wire is untyped
        if not isinstance(value, list):
            raise TypeError
        return tuple(_readable(reader, value))

    return read


def _readable(reader: Reader, items: list[Any]) -> Iterator[Any]:
    """Read the items that can be read: one that cannot must not cost the others."""
    for item in items:
        try:
            if item is not None:
                yield reader(item)
        except _UNREADABLE:
            continue


def _text(value: Any) -> str:  # noqa: ANN401 - the wire is untyped
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    raise TypeError


def _mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - the wire is untyped
    if not isinstance(value, dict):
        raise TypeError
    return value


def _flag(value: Any) -> bool:  # noqa: ANN401 - the wire is untyped
    return bool(int(value))


def _moment(value: Any) -> datetime:  # noqa: ANN401 - the wire is untyped
    return datetime.fromtimestamp(int(value), UTC)


def _duration(value: Any) -> timedelta:  # noqa: ANN401 - the wire is untyped
    return timedelta(seconds=int(value))


_SCALARS: dict[Any, Reader] = {
    str: _text,
    int: int,
    float: float,
    bool: _flag,
    datetime: _moment,
    timedelta: _duration,
}
