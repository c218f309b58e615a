"""Answers that come in pages: asked for one at a time, none kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Protocol, TypeVar

from wecom.answer import Page
from wecom.client import Client
from wecom.endpoint import Endpoint


class Paged(Protocol):
    """An answer that names the one after it, or nothing."""

    @property
    def next_cursor(self) -> str:
        """What to ask with; empty at the end."""


P = TypeVar("P", bound=Paged)
Item = TypeVar("Item")


def pages(
    api: Client,
    endpoint: Endpoint[P],
    arguments: Mapping[str, object],
    *,
    cursor_field: str = "cursor",
) -> Iterator[P]:
    """Yield page after page; each is asked for when the one before is used up.

    A page may be empty before the end. A cursor that comes again would never end, so it ends.
    """
    place = "json" if endpoint.method == "POST" else "query"
    cursor = landmark = ""
    for number in count(1):
        asked = {**arguments, cursor_field: cursor} if cursor else arguments
        page = api.call(endpoint, **{place: asked})  # type: ignore[arg-type]  # json or query
        yield page
        cursor = page.next_cursor
        if cursor in {"", landmark}:
            return
        # The landmark moves at each power of two: any circle of cursors meets it, however long.
        if number.bit_count() == 1:
            landmark = cursor


def every(
    api: Client, endpoint: Endpoint[Page[Item]], arguments: Mapping[str, object]
) -> Iterator[Item]:
    """Yield the items of page after page."""
    for page in pages(api, endpoint, arguments):
        yield from page.items


def by_offset(
    api: Client,
    endpoint: Endpoint[tuple[Item, ...]],
    arguments: Mapping[str, object],
    *,
    limit: int,
) -> Iterator[Item]:
    """Yield the items of answers that are asked for by offset and limit, to the empty one.

    One that is not full may hold an item that could not be read, so it is not the last for that.
    One that comes again would never end, so it ends.
    """
    before: tuple[Item, ...] = ()
    for offset in count(0, limit):
        asked = {**arguments, "offset": offset, "limit": limit}
        found = api.call(endpoint, json=asked)
        if found in ((), before):
            return
        yield from found
        before = found
