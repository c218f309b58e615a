"""The official list of APIs, row by row as endpoints.csv holds it, and what calls each."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from wecom.catalogue import Entry, catalogue

COLUMNS = {"wechatpy": "in_wechatpy", "WxJava": "in_wxjava", "PowerWeChat": "in_powerwechat"}
"""The systems whose method names the list tells, and where."""

_CREDENTIALS = {"access_token", "suite_access_token", "provider_access_token"}
_ARGUMENT = re.compile(r"([A-Za-z]\w*)(?:\[\])?(?:[\[({].*)?(?: in query)?")
_BRACKETED = re.compile(r"\([^()]*\)|\{[^{}]*\}")
_METHODS = re.compile(
    r"[YN] \((?:library source only: |heading only: |section shown with |section )?(.+)\)"
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One API of the list.

    method: GET, POST, or LOCAL where nothing is called; path: then the name of the computation.
    sends_file, answers_file: what is sent, or comes back, is a file.
    required, optional, answer, limits: as the documents tell them, in short.
    names_elsewhere: of each of COLUMNS that has it, what it is called there.
    """

    group: str
    name: str
    method: str
    path: str
    sends_file: bool
    answers_file: bool
    required: str
    optional: str
    answer: str
    limits: str
    doc: int
    names_elsewhere: Mapping[str, tuple[str, ...]]

    @property
    def required_names(self) -> tuple[str, ...]:
        """The arguments no call can do without; where either of two will do, neither."""
        return tuple(name for name, _ in _plain(self.required))

    @property
    def optional_names(self) -> tuple[str, ...]:
        """The arguments a call can do without, where the list names them plainly."""
        return tuple(name for name, _ in _plain(self.optional))

    @property
    def query_names(self) -> frozenset[str]:
        """The arguments of a POST that stand in its query nevertheless."""
        return frozenset(name for name, piece in _plain(self.required) if "query" in piece)


@cache
def rows() -> tuple[Row, ...]:
    """Return every row."""
    with resources.files("wecom").joinpath("endpoints.csv").open(encoding="utf-8") as file:
        return tuple(map(_row, csv.DictReader(file)))


def entry_of(row: Row) -> Entry | None:
    """Return what calls it, or None when nothing does."""
    return _entries().get((row.method, row.path))


@cache
def _entries() -> Mapping[tuple[str, str], Entry]:
    return {(entry.endpoint.method, entry.endpoint.path): entry for entry in catalogue()}


def _row(cells: Mapping[str, str]) -> Row:
    method, _, form = cells["http_method"].partition(" ")
    is_local = method == "LOCAL"
    return Row(
        group=cells["group"],
        name=cells["method_name"],
        method=method,
        path=cells["method_name"] if is_local else cells["path"].partition(" ")[0],
        sends_file=form == "multipart",
        answers_file=cells["response_fields"].startswith("binary"),
        required=cells["required_params"],
        optional=cells["optional_params"],
        answer=cells["response_fields"],
        limits=cells["limits_and_notes"],
        doc=int(cells["doc_id"].partition(" ")[0]),
        names_elsewhere={
            system: names for system in COLUMNS if (names := _names(cells[COLUMNS[system]]))
        },
    )


def _plain(arguments: str) -> Iterator[tuple[str, str]]:
    """Yield each argument that is named alone, and what is told of it."""
    for piece in arguments.split("; "):
        found = _ARGUMENT.fullmatch(piece)
        if found and " or " not in _BRACKETED.sub("", piece) and found[1] not in _CREDENTIALS:
            yield found[1], piece


def _names(cell: str) -> tuple[str, ...]:
    """Return the method names in a cell, without what is said of their arguments."""
    found = _METHODS.fullmatch(cell)
    if found is None:
        return ()
    told = _BRACKETED.sub("", found[1]).partition(";")[0]
    return tuple(name.strip() for name in told.split(","))
