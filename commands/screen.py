"""Where commands print: what strangers wrote is shown as it is, and does nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

# What a name of a group could do to a terminal: move, recolour, rename, turn the line around.
_CONTROLS = (*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0))
_TURNS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_DEEDS = dict.fromkeys((*_CONTROLS, *_TURNS))


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


def _harmless(text: str) -> str:
    return text.translate(_DEEDS)
