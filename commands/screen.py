"""Where commands print, and how: strangers' words do nothing, and tables fit any terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.table import Column, Table

# What a name of a group could do to a terminal: move, recolour, rename, turn the line around.
_CONTROLS = (*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0))
_TURNS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_DEEDS = dict.fromkeys((*_CONTROLS, *_TURNS))

_FOLDED_CELLS = 16  # what is left of a long id in a column that may be folded
_GAP_CELLS = 2


class Screen(Console):
    """A console without markup and without the control characters of others."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - what rich takes
        super().__init__(markup=False, emoji=False, **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield what is shown; only rich itself controls the terminal."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=_harmless(segment.text))


class Rows(Table):
    """A table that becomes a list, each row a paragraph, on a terminal too narrow for it."""

    def __init__(self, *headers: str, **options: Any) -> None:  # noqa: ANN401 - what rich takes
        super().__init__(*headers, **options)
        for column in self.columns:
            column.overflow = "fold"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table, or the list."""
        needed = sum(_needed(column, console, options) + _GAP_CELLS for column in self.columns)
        if needed - _GAP_CELLS <= options.max_width:
            yield from super().__rich_console__(console, options)
            return
        for row in zip(*(column.cells for column in self.columns), strict=True):
            paragraph = Table.grid(padding=(0, 1, 0, 0))
            paragraph.add_column(style="dim", overflow="fold")
            paragraph.add_column(overflow="fold")
            for column, cell in zip(self.columns, row, strict=True):
                if str(cell):
                    paragraph.add_row(column.header, cell)
            yield paragraph
            yield ""


def _needed(column: Column, console: Console, options: ConsoleOptions) -> int:
    """Return how wide a column has to be so that nobody misses anything."""
    widths = [Measurement.get(console, options, each) for each in (column.header, *column.cells)]
    if column.no_wrap:
        return max(width.maximum for width in widths)
    longest = max(width.minimum for width in widths)
    return min(longest, _FOLDED_CELLS) if column.overflow == "fold" else longest


def _harmless(text: str) -> str:
    return text.translate(_DEEDS)
