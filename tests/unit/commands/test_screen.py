"""What strangers wrote reaches the terminal as text, never as a command."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.panel import Panel
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from commands.screen import Rows, Screen

NAUGHTY = "a\x1b[31mb\x1b]0;title\x07c\x9b31md\u202ee\u2066f\x08g\x7fh\ri[red]j[/red]:smile:"
SHOWN = "a[31mb]0;titlec31mdefghi[red]j[/red]:smile:"


def printed(what: object, *, terminal: bool = False) -> str:
    file = io.StringIO()
    Screen(file=file, width=200, force_terminal=terminal, color_system=None).print(what)
    return file.getvalue()


@pytest.mark.parametrize("make", [str, Text, Panel], ids=["str", "Text", "Panel"])
def test_the_controls_of_others_are_left_out(make: type) -> None:
    assert SHOWN in printed(make(NAUGHTY))


def test_a_cell_of_a_table_keeps_its_width() -> None:
    table = Table("name", "number", box=None)
    table.add_row(Text(NAUGHTY), "1")
    table.add_row(Text("x" * len(SHOWN)), "1")

    _, first, second = printed(table).splitlines()

    assert (first.index(" 1"), first.split()[0]) == (second.index(" 1"), SHOWN)


def test_lines_and_accents_and_colours_of_our_own_stay() -> None:
    file = io.StringIO()
    screen = Screen(file=file, force_terminal=True, color_system="standard")

    screen.print("一\n二 é 👨‍👩‍👧", style="red")

    assert file.getvalue().count("\x1b[31m") == 2
    assert "👨‍👩‍👧" in file.getvalue()


def test_a_progress_bar_still_moves_the_cursor() -> None:
    file = io.StringIO()

    with Progress(console=Screen(file=file, force_terminal=True), auto_refresh=False) as progress:
        progress.add_task(NAUGHTY, total=1)
        progress.refresh()
        progress.refresh()

    assert "\x1b[1A" in file.getvalue() or "\x1b[2K" in file.getvalue()
    assert "\x1b]0;title" not in file.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_cell_of_a_table_is_cut_off_however_narrow(width: int) -> None:
    cells = ("春季活动展会渠道", "wmAJ2GCAAAXtWyujaWJHDDGi0mACAAAA", "渠道活码已在别处删除", "3")
    table = Rows("渠道", "customer", "status", "today", box=None)
    table.add_row(*cells)
    file = io.StringIO()

    Screen(file=file, width=width, color_system=None).print(table)

    assert max(map(cell_len, file.getvalue().splitlines())) <= width
    left = file.getvalue()
    for cell in cells:
        assert _appears(cell, left)


def _appears(cell: str, shown: str) -> bool:
    """Whether the signs of a cell are all there, in this order, whatever stands between lines."""
    rest = iter(shown)
    return "…" not in shown and all(sign in rest for sign in cell)
