"""Writes records and moments the way the platform spells them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any


def spelled(record: Any) -> Any:  # noqa: ANN401 - what JSON can hold
    """Return a record as JSON: fields without content are left out, False and 0 stay."""
    if dataclasses.is_dataclass(record):
        fields = dataclasses.fields(record)
        return without_empty({field.name: getattr(record, field.name) for field in fields})
    if isinstance(record, Mapping):
        return without_empty(record)
    if isinstance(record, tuple | list):
        return [spelled(each) for each in record]
    return record


def changes(record: Any) -> dict[str, Any]:  # noqa: ANN401 - any of our records
    """Return a record's fields as JSON; only None leaves one out, what is empty clears it."""
    fields = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
    return {name: spelled(value) for name, value in fields.items() if value is not None}


def without_empty(fields: Mapping[str, object]) -> dict[str, object]:
    """Return an object without the fields that hold nothing."""
    written = {name: spelled(value) for name, value in fields.items()}
    return {name: value for name, value in written.items() if value not in (None, "", [], {})}


def listed(values: Iterable[object] | None) -> list[Any] | None:
    """Return the values as a list; None, which leaves the field out, when there are none."""
    return [spelled(each) for each in values or ()] or None


def replacing(values: Iterable[object] | None) -> list[Any] | None:
    """Return the values as a list that replaces what there is; only None leaves the field out."""
    return None if values is None else [spelled(each) for each in values]


def seconds(moment: datetime | None) -> int | None:
    """Return the seconds since the epoch."""
    return None if moment is None else int(moment.timestamp())
