"""`routes`: every event with who handles it, and who answers it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.text import Text as Shown

import events
from commands.names import in_short
from events import Event, UnknownEvent
from handlers import ReplyRoute, Route, Router
from language import Language, Text

_HEADINGS = {
    "en": ("event", "事件", "handler", "lane"),
    "zh": ("事件", "名称", "处理函数", "通道"),
}
_CHINESE_TITLE = re.compile(r"\(([^()]+)\)")
_REPLY = "reply"  # in place of a lane
_GAP = 2
_WIDEST = (40, 26, 80, 11)  # what few names exceed does not push the others aside


@dataclass(frozen=True, kw_only=True)
class Row:
    """One event, its handlers in the order they are planned in, and what answers it (被动回复)."""

    event: type[Event]
    routes: tuple[Route, ...]
    reply: ReplyRoute | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether anything reacts to the event."""
        return bool(self.routes or self.reply)

    @property
    def name(self) -> str:
        """The event's name; for what is no event of the catalogue, what it stands for."""
        return {Event: "*", UnknownEvent: "unknown"}.get(self.event, self.event.event_name)

    @property
    def chinese_name(self) -> str:
        """The vendor's title."""
        titles = {Event: "任何事件", UnknownEvent: "未知事件"}
        return titles.get(self.event, self.event.chinese_name)


def rows(router: Router, *, unhandled: bool = False) -> list[Row]:
    """Return the events that are handled, and on demand the others too.

    A handler of any event at all has a row of its own instead of a place in every row.
    """
    found = [
        Row(event=cls, routes=tuple(_fetched(router, cls)), reply=router.reply_to(cls))
        for cls in events.catalogue()
    ]
    listed = {route.name for row in found for route in row.routes}
    others = [route for route in router if route.name not in listed]
    found += [
        Row(event=cls, routes=tuple(route for route in others if route.event is cls))
        for cls in dict.fromkeys(route.event for route in others)
    ]
    return [row for row in found if row.is_wanted or unhandled]


def row_as_json(row: Row) -> dict[str, Any]:
    """Return one row for machines."""
    return {
        "event": row.name,
        "chinese_name": row.chinese_name,
        "class": row.event.__name__,
        "docs": list(row.event.docs),
        "handlers": [
            {
                "handler": route.name,
                "lane": route.lane,
                "within_seconds": route.within.total_seconds() if route.within else None,
            }
            for route in row.routes
        ],
        "reply": row.reply.name if row.reply else None,
    }


def print_routes(
    console: Console, router: Router, language: Language = "en", *, unhandled: bool = False
) -> None:
    """Print a table where it fits, else a list; then how many events have handlers of their own."""
    shown = rows(router, unhandled=unhandled)
    table = _wide(shown, console.width, language) or _narrow(shown, language)
    console.print(table, soft_wrap=True)
    every = events.catalogue()
    handled = sum(any(_fetched(router, cls)) for cls in every)
    hint = "" if unhandled else Text(en=" (--all lists them)", zh="（--all 可列出）")[language]
    told = Text(
        en=f"{handled} of {len(every)} known events have handlers of their own."
        f" The others{hint} are kept, and can be replayed once they have one.",
        zh=f"已知事件 {len(every)} 种，其中 {handled} 种有专门的处理函数。"
        f"其余{hint}也会保存，有了处理函数之后可以重放。",
    )
    console.print(f"\n{told[language]}", style="dim")


def chapter_title(module: str) -> str:
    """Return what a chapter is about, in both languages: the first line of its docstring."""
    return (sys.modules[module].__doc__ or module).partition("\n")[0].removesuffix(".")


def chapter_heading(module: str) -> Text:
    """Return the title for a terminal: as it is in English, what its brackets hold in Chinese."""
    title = chapter_title(module)
    chinese = _CHINESE_TITLE.search(title)
    return Text(en=title, zh=chinese[1] if chinese else "其他")


def _fetched(router: Router, cls: type[Event]) -> Iterator[Route]:
    return (route for route in router.fetch(cls) if route.event is not Event)


def _wide(shown: list[Row], width: int, language: Language) -> Group | None:
    """Return aligned columns, or None where they do not fit."""
    headings = _HEADINGS[language]
    lines = [line for row in shown for line in _lines(row)]
    columns = zip(headings, *lines, strict=True)
    widths = [
        min(widest, max(map(cell_len, column)))
        for widest, column in zip(_WIDEST, columns, strict=True)
    ]
    if sum(widths) + _GAP * (len(widths) - 1) > width:
        return None
    parts: list[RenderableType] = [
        Shown(_aligned(headings, widths), style="bold"),
        Shown("─" * (sum(widths) + _GAP * (len(widths) - 1)), style="dim"),
    ]
    for chapter, members in _chapters(shown, language):
        parts += ["", Shown(chapter, style="bold")] if chapter else []
        parts += [
            Shown(_aligned(line, widths), style="" if row.is_wanted else "dim")
            for row in members
            for line in _lines(row)
        ]
    return Group(*parts)


def _narrow(shown: list[Row], language: Language) -> Group:
    longest = min(_WIDEST[0], max(len(in_short(row.name)) for row in shown))
    parts: list[RenderableType] = []
    for chapter, members in _chapters(shown, language):
        parts += ["", Shown(chapter, style="bold")] if chapter else []
        for row in members:
            name = f"{in_short(row.name):{longest}}  {row.chinese_name}"
            parts.append(Shown(name, style="cyan" if row.is_wanted else "dim"))
            parts += [f"  {route.lane:7} {_within(route):>5}  {route.name}" for route in row.routes]
            parts += [f"  {_REPLY:13}  {row.reply.name}"] if row.reply else []
    return Group(*parts)


def _chapters(shown: list[Row], language: Language) -> Iterator[tuple[str, list[Row]]]:
    """Group many rows under the titles of their chapters; a few need none."""
    if all(row.is_wanted for row in shown):
        yield "", shown
        return
    for module, members in groupby(shown, key=lambda row: row.event.__module__):
        yield chapter_heading(module)[language], list(members)


def _lines(row: Row) -> Iterator[tuple[str, ...]]:
    """Give the cells of each line of one event; the first names it."""
    cells = [(route.name, f"{route.lane} {_within(route)}") for route in row.routes]
    cells += [(row.reply.name, _REPLY)] if row.reply else []
    for number, line in enumerate(cells or [("-", "")]):
        name = ("", "") if number else (in_short(row.name), row.chinese_name)
        yield *name, *line


def _aligned(cells: tuple[str, ...], widths: list[int]) -> str:
    """Return one line; a Chinese character takes two columns."""
    padded = (
        cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True)
    )
    return (" " * _GAP).join(padded).rstrip()


def _within(route: Route) -> str:
    return f"{route.within.total_seconds():g} s" if route.within else ""
