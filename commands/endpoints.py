"""`endpoints`: every API, what calls it here, and what the simulated WeCom makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Shown

from commands.apis import Api, Simulated, apis
from language import Language, Text

_WIDE = 110
_FUNCTION = Text(en="function", zh="函数")
_PATH = Text(en="path", zh="路径")
_CLIENT = Text(en="client", zh="客户端")
_SIMULATOR = Text(en="simulator", zh="模拟器")
_YES = Text(en="yes", zh="有")
_NO = Text(en="no", zh="无")
_SHARED = {  # functions for which the list has several rows, one for each kind of message
    name for name, count in Counter(api.name for api in apis()).items() if count > 1
}
_COLOURS: dict[Simulated, str] = {
    "stateful": "green",
    "validated": "yellow",
    "no": "dim",
    "local": "dim",
}


def api_as_json(api: Api) -> dict[str, Any]:
    """Return one API for machines."""
    return {
        "group": api.group,
        "name": api.official_name,
        "method": api.method,
        "path": api.path,
        "function": api.entry.name if api.entry else None,
        "title": api.title,
        "chinese_title": api.chinese_title,
        "doc": api.doc,
        "client": api.entry is not None,
        "simulator": api.simulated,
        "listed": api.row is not None,
        "elsewhere": {system: list(names) for system, names in api.elsewhere.items()},
    }


def print_apis(console: Console, shown: Sequence[Api], language: Language) -> None:
    """Print a table on a terminal, else a line for each API with tabs in between."""
    if not console.is_terminal:
        for api in shown:
            click.echo("\t".join(_cells(api, language)))
        return
    if not shown:
        told = Text(en="nothing of that name", zh="没有这样的接口")
        console.print(told[language], style="dim")
        return
    console.print(_table(shown, language, is_wide=console.width >= _WIDE))
    console.print(f"\n{summary()[language]}", style="dim")


def summary() -> Text:
    """Return how much of the official list there is."""
    listed = [api for api in apis() if api.row]
    callable_ = sum(api.entry is not None for api in listed)
    simulated = Counter(api.simulated for api in listed)
    others = len(apis()) - len(listed)
    return Text(
        en=f"{callable_} of {len(listed)} rows of the official list have a function,"
        f" and {others} functions stand beside it."
        f" The simulated WeCom keeps state for {simulated['stateful']},"
        f" only checks the call of {simulated['validated']},"
        f" and does not know {simulated['no']};"
        f" {simulated['local']} are computed without a call.",
        zh=f"官方清单共 {len(listed)} 项，{callable_} 项有函数，另有 {others} 个函数不在清单内。"
        f"模拟器对 {simulated['stateful']} 项保存状态，对 {simulated['validated']} 项只检查调用，"
        f"{simulated['no']} 项不支持；"
        f"{simulated['local']} 项在本地计算，无需调用。",
    )


def _cells(api: Api, language: Language) -> tuple[str, ...]:
    return (
        api.name,
        api.method,
        api.path,
        api.official_name,
        api.title_in(language),
        str(api.doc),
        "yes" if api.entry else "no",
        api.simulated,
    )


def _table(shown: Sequence[Api], language: Language, *, is_wide: bool) -> Table:
    """Return name and title of each API, and path and document: beside them, or below them."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    for heading in (_FUNCTION, *([_PATH] if is_wide else [])):
        table.add_column(heading[language], overflow="fold")
    for heading in (_CLIENT, _SIMULATOR):
        table.add_column(heading[language], no_wrap=True)
    group = ""
    for api in shown:
        if api.group != group:
            group = api.group
            table.add_row(Shown(f"\n{group}", style="bold"))
        client = (
            Shown(_YES[language], style="green") if api.entry else Shown(_NO[language], style="red")
        )
        simulated = Shown(api.simulated, style=_COLOURS[api.simulated])
        table.add_row(*_names(api, language, is_wide=is_wide), client, simulated)
    return table


def _names(api: Api, language: Language, *, is_wide: bool) -> tuple[RenderableType, ...]:
    name = Shown(api.name, style="cyan")
    if api.entry and api.entry.name in _SHARED:
        name.append(f"  {api.official_name}", style="dim")
    title, path, doc = (
        api.title_in(language),
        f"{api.method} {api.path}",
        Text(en=f"doc {api.doc}", zh=f"文档 {api.doc}"),
    )
    if is_wide:
        return _above(name, title), _above(Shown(path), doc[language])
    return (_above(name, title, f"{path}  {doc[language]}"),)


def _above(first: Shown, *others: str) -> Group:
    """Return a line with others below it, set back also where they are folded."""
    return Group(first, *(Padding(Shown(each, style="dim"), (0, 0, 0, 2)) for each in others))
