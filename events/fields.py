"""How an event class names its fields: one line each, the converter and the tags it reads.

    userid: str = text("UserID")
    job_id: str = text("BatchJob/JobId", "JobId")      # the first tag that is there counts

Ids are text, counts and codes are int, moments are aware UTC. A field that is missing or malformed
gets the empty value of its converter and the event is parsed all the same. Where one node is
expected and several came, the first counts; `Event.fields` has them all.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Self, TypeVar, cast, dataclass_transform

from events.wire import Tree

T = TypeVar("T")
R = TypeVar("R", bound="Record")
Reader = Callable[[Tree], object]

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?")
_COMMA = re.compile(",")
_COMMA_OR_BAR = re.compile("[,|]")
_INT64 = range(-(2**63), 2**63)
_FIRST_SECOND_OF_9999 = 253370764800  # what lies beyond has no time in every zone


def text(*tags: str, subject: bool = False) -> str:
    """One text, "" when missing. subject: the journal files the event under it."""
    return _declared(as_text, tags, "", subject=subject)


def texts(*tags: str, subject: bool = False) -> tuple[str, ...]:
    """Many texts: repeated nodes, a node of nodes, an array, or one separated by commas."""
    return _declared(_texts, tags, (), subject=subject)


def userids(*tags: str) -> tuple[str, ...]:
    """Many userids, which some samples separate by bars instead of commas (doc 90970)."""
    return _declared(_userids, tags, ())


def integer(*tags: str) -> int | None:
    """One whole number of at most 64 bits."""
    return _declared(_integer, tags, None)


def integers(*tags: str) -> tuple[int, ...]:
    """Many whole numbers; what is none is left out."""
    return _declared(_integers, tags, ())


def number(*tags: str) -> float | None:
    """One decimal number, such as a latitude."""
    return _declared(_number, tags, None)


def flag(*tags: str) -> bool | None:
    """One yes or no: true, false, 1 or 0."""
    return _declared(_flag, tags, None)


def moment(*tags: str) -> datetime | None:
    """One moment: seconds since the epoch, or ISO 8601 with an offset."""
    return _declared(_moment, tags, None)


def sender(*tags: str) -> str:
    """The member who acted; the `sys` of a system event is nobody."""
    return _declared(_sender, tags, "")


def record(kind: type[R], *tags: str) -> R:
    """One nested record, an empty one when missing."""
    return _declared(kind.read, tags, kind(), kind=kind)


def records(kind: type[R], *tags: str) -> tuple[R, ...]:
    """Many nested records."""
    return _declared(kind.read_all, tags, (), kind=kind)


@dataclass_transform(
    kw_only_default=True,
    frozen_default=True,
    field_specifiers=(
        field,
        text,
        texts,
        userids,
        integer,
        integers,
        number,
        flag,
        moment,
        sender,
        record,
        records,
    ),
)
class Record:
    """A frozen dataclass that reads itself from a tree; its subclasses only name their fields.

    It brings its own __init__ and __setattr__: what dataclass would compile for each of the
    hundreds of subclasses costs a tenth of a second at every start.
    """

    readers: ClassVar[tuple[tuple[str, Reader], ...]] = ()
    empty: ClassVar[Tree] = {}

    def __init_subclass__(cls) -> None:
        """Make the subclass a dataclass and gather what reads its fields, once."""
        dataclass(kw_only=True, init=False, eq=False, repr=False)(cls)
        declared = dataclasses.fields(cast("Any", cls))
        cls.readers = tuple((f.name, f.metadata["read"]) for f in declared if "read" in f.metadata)
        cls.empty = {f.name: f.default for f in declared}

    def __init__(self, **values: object) -> None:
        if not values.keys() <= self.empty.keys():
            unknown = ", ".join(sorted(values.keys() - self.empty.keys()))
            raise TypeError(f"{type(self).__name__} has no field {unknown}.")
        vars(self).update(self.empty, **values)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: what happened does not change."""
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        """Refuse: what happened does not change."""
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    @classmethod
    def read(cls, value: object) -> Self:
        """Return the record of one node."""
        node = _first(value)
        if not isinstance(node, dict):
            return cls()
        return cls(**{name: reader(node) for name, reader in cls.readers})

    @classmethod
    def read_all(cls, value: object) -> tuple[Self, ...]:
        """Return the records of repeated nodes."""
        nodes = value if isinstance(value, list) else [value]
        return tuple(cls.read(node) for node in nodes if isinstance(node, dict))

    def __eq__(self, other: object) -> bool:
        """Tell whether both say the same."""
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        """Return a hash that agrees with equality."""
        return hash(tuple(vars(self).values()))

    def __repr__(self) -> str:
        """Show no value; it may be personal."""
        return f"<{type(self).__name__}>"


def as_text(value: object) -> str:
    """Return the text of a node, without the broken CDATA wrapper of some samples (doc 95796)."""
    if type(value) is str:
        if value.startswith("![CDATA[") and value.endswith("]]"):
            return value[8:-2].strip()
        return value
    if value is None:
        return ""
    if isinstance(value, list):
        return as_text(_first(value))
    if isinstance(value, dict):
        return as_text(value.get("#text"))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _declared(
    convert: Callable[[object], T],
    tags: tuple[str, ...],
    empty: T,
    *,
    subject: bool = False,
    kind: type[Record] | None = None,
) -> T:
    metadata = {"read": _reader(convert, tags), "tags": tags, "subject": subject, "kind": kind}
    return field(default=empty, metadata=metadata)


def _reader(convert: Callable[[object], T], tags: tuple[str, ...]) -> Callable[[Tree], T]:
    if len(tags) == 1 and "/" not in tags[0]:
        tag = tags[0]
        return lambda tree: convert(tree.get(tag))
    paths = [tag.split("/") for tag in tags]
    return lambda tree: convert(_found(tree, paths))


def _found(tree: Tree, paths: list[list[str]]) -> object:
    for path in paths:
        node: object = tree
        for tag in path:
            node = _first(node)
            node = node.get(tag) if isinstance(node, dict) else None
        if node is not None:
            return node
    return None


def _first(value: object) -> object:
    if not isinstance(value, list):
        return value
    return value[0] if value else None


def _texts(value: object) -> tuple[str, ...]:
    return _several(value, _COMMA)


def _userids(value: object) -> tuple[str, ...]:
    return _several(value, _COMMA_OR_BAR)


def _several(value: object, separator: re.Pattern[str]) -> tuple[str, ...]:
    """Return the texts of many nodes whole: the id of a card's option may hold a comma."""
    structured = isinstance(value, (dict, list))
    parts = _leaves(value) if structured else separator.split(as_text(value))
    return tuple(part.strip() for part in parts if part.strip())


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        value = [child for tag, child in value.items() if not tag.startswith("@")]
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield as_text(value)


def _integer(value: object) -> int | None:
    if value is None:
        return None
    if type(value) is int:
        return value if value in _INT64 else None
    digits = as_text(value)
    if not _INTEGER.fullmatch(digits):
        return None
    return _integer(int(digits))


def _integers(value: object) -> tuple[int, ...]:
    numbers = (_integer(part) for part in _texts(value))
    return tuple(n for n in numbers if n is not None)


def _number(value: object) -> float | None:
    digits = as_text(value)
    if not _NUMBER.fullmatch(digits):
        return None
    result = float(digits)
    return result if math.isfinite(result) else None


def _flag(value: object) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(as_text(value).lower())


def _moment(value: object) -> datetime | None:
    seconds = _integer(value)
    if seconds is None:
        seconds = _iso_seconds(as_text(value))
    if not 0 < seconds < _FIRST_SECOND_OF_9999:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _iso_seconds(value: str) -> int:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return 0
    return int(found.timestamp()) if found.tzinfo else 0


def _sender(value: object) -> str:
    userid = as_text(value)
    return "" if userid == "sys" else userid
