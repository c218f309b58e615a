"""Every API by the names people know it by: of our functions, of its path, of the official list."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from errors import WeComError
from language import Language, Text
from wecom import Entry, catalogue, official
from wecom.endpoint import Endpoint, Local

Simulated = Literal["stateful", "validated", "no", "local"]
"""The simulated WeCom keeps state, only checks the call, does not know it; nothing is called."""

_CHINESE_TITLE = re.compile(r"\s*\(([^()]*[\u4e00-\u9fff][^()]*)\)")
_NO_TITLE = re.compile(r", doc \d+$")
_MOST_SUGGESTIONS = 5


@dataclass(frozen=True, kw_only=True)
class Api:
    """One row of the official list, or a function for what the list does not have.

    group: the chapter, of the list or of the client. row: None outside the list. entry: None where
    nothing calls it yet.
    """

    group: str
    method: str
    path: str
    doc: int
    row: official.Row | None
    entry: Entry | None

    @property
    def name(self) -> str:
        """The function that calls it, else what the official list calls it."""
        if self.entry is not None:
            return self.entry.name
        return self.official_name

    @property
    def official_name(self) -> str:
        """What the official list calls it; empty outside the list."""
        return self.row.name if self.row else ""

    @property
    def names(self) -> tuple[str, ...]:
        """Everything it can be asked for by."""
        names = (self.entry.name if self.entry else "", self.path, self.official_name)
        return tuple(filter(None, names))

    @property
    def elsewhere(self) -> Mapping[str, tuple[str, ...]]:
        """Its names in other systems."""
        return self.row.names_elsewhere if self.row else {}

    @property
    def endpoint(self) -> Endpoint[Any] | Local | None:
        """What is called, or computed."""
        return self.entry.endpoint if self.entry else None

    @property
    def simulated(self) -> Simulated:
        """What the simulated WeCom makes of it."""
        from simulator.api import ENDPOINTS

        if self.method == "LOCAL":
            return "local"
        endpoint = ENDPOINTS.get(self.path)
        if endpoint is None:
            return "no"
        return "stateful" if endpoint.stateful else "validated"

    @property
    def title(self) -> str:
        """What it is for, in a few English words."""
        told, _, _ = self._first_line().partition(";")
        return _CHINESE_TITLE.sub("", told).strip().removesuffix(".")

    @property
    def chinese_title(self) -> str:
        """The vendor's title."""
        found = _CHINESE_TITLE.search(self._first_line())
        return _NO_TITLE.sub("", found[1]) if found else ""

    def title_in(self, language: str) -> str:
        """Return the title a reader of that language wants."""
        return self.chinese_title or self.title if language == "zh" else self.title

    def _first_line(self) -> str:
        text = inspect.getdoc(self.entry.function) if self.entry else ""
        return (text or "").partition("\n\n")[0].replace("\n", " ")


@cache
def apis() -> tuple[Api, ...]:
    """Return the official list, row by row, and after it what only the client has."""
    listed = [_of_row(row) for row in official.rows()]
    known = {api.entry.name for api in listed if api.entry}
    return (*listed, *(_of_entry(entry) for entry in catalogue() if entry.name not in known))


def api_named(name: str, language: Language = "en") -> Api:
    """Return the API a person means. Raises WeComError with the closest names."""
    wanted = name.strip().strip("/").removeprefix("cgi-bin/")
    for api in apis():
        if wanted in api.names:
            return api
    told = Text(en=f"there is no API {name}; ", zh=f"没有接口 {name}，") + _suggestions(wanted)
    raise WeComError(told[language])


def apis_like(words: str) -> Iterator[Api]:
    """Yield what has each of the words in one of its names or titles, in any system."""
    wanted = words.lower().split()
    for api in apis():
        elsewhere = (each for names in api.elsewhere.values() for each in names)
        told = (api.group, *api.names, api.title, api.chinese_title, str(api.doc), *elsewhere)
        text = "\n".join(told).lower()
        if all(word in text for word in wanted):
            yield api


def _suggestions(wanted: str) -> Text:
    names = dict.fromkeys(name for api in apis() for name in api.names)
    last_words = {name.rpartition("/")[2].rpartition(".")[2]: name for name in reversed(names)}
    close = difflib.get_close_matches(wanted, names, _MOST_SUGGESTIONS)
    last_word = wanted.rpartition("/")[2].rpartition(".")[2]
    close += [
        last_words[each]
        for each in difflib.get_close_matches(last_word, last_words, _MOST_SUGGESTIONS)
    ]
    if not close:
        return Text(
            en="`wecom-callback endpoints` lists all", zh="`wecom-callback endpoints` 可列出全部"
        )
    return Text(en="perhaps ", zh="是否指 ") + ", ".join(
        list(dict.fromkeys(close))[:_MOST_SUGGESTIONS]
    )


def _of_row(row: official.Row) -> Api:
    return Api(
        group=row.group,
        method=row.method,
        path=row.path,
        doc=row.doc,
        row=row,
        entry=official.entry_of(row),
    )


def _of_entry(entry: Entry) -> Api:
    endpoint = entry.endpoint
    return Api(
        group=entry.name.partition(".")[0],
        method=endpoint.method,
        path=endpoint.path,
        doc=endpoint.doc,
        row=None,
        entry=entry,
    )
