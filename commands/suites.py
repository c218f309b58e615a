"""`suites`: who authorised the third-party apps, and the key that seals their codes."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.text import Text as Shown

from commands.screen import Rows
from journal import Authorisation, Journal
from language import Language, Text
from settings import AppSettings, Settings

_HEADINGS = {
    "app": Text(en="app", zh="应用"),
    "suite_id": Text.same("suite_id"),
    "corpid": Text.same("corpid"),
    "agentid": Text.same("agentid"),
    "state": Text(en="state", zh="状态"),
    "since": Text(en="since", zh="起始日期"),
}
_NOBODY = Text(en="no corp has authorised a suite", zh="还没有企业授权第三方应用")


def rows(settings: Settings, journal: Journal) -> list[dict[str, Any]]:
    """Return every corp that authorised a configured suite, or did once, or whose code was lost."""
    names = {app.suite_id: app.name for app in settings.apps if app.kind == "suite"}
    return [
        *(_row(names.get(each.suite_id, ""), each) for each in journal.authorisations()),
        *(_lost(app, corpid) for app in settings.apps for corpid in unknown_corps(app, journal)),
    ]


def unknown_corps(app: AppSettings, journal: Journal) -> list[str]:
    """Return the corps that a suite heard of lately and has no permanent code of."""
    if app.kind != "suite":
        return []
    heard = journal.unknown_corps(app.suite_id, app.name)
    return [corpid for corpid in heard if corpid != app.corpid]


def print_rows(console: Console, found: list[dict[str, Any]], language: Language) -> None:
    """Show them, one corp a line."""
    if not found:
        console.print(_NOBODY[language])
        return
    table = Rows(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for name in found[0]:
        table.add_column(_HEADINGS[name][language], overflow="fold")
    for row in found:
        shown = {**row, "since": row["since"][: len("2026-01-01")]}
        table.add_row(*(Shown(str(value or "")) for value in shown.values()))
    console.print(table)


def as_line(row: dict[str, Any]) -> str:
    """Return one of them as JSON."""
    return json.dumps(row, ensure_ascii=False)


def _lost(app: AppSettings, corpid: str) -> dict[str, Any]:
    """Return a corp that is to authorise the suite again."""
    return {
        "app": app.name,
        "suite_id": app.suite_id,
        "corpid": corpid,
        "agentid": None,
        "state": "code_lost",
        "since": "",
    }


def _row(app: str, authorisation: Authorisation) -> dict[str, Any]:
    return {
        "app": app,
        "suite_id": authorisation.suite_id,
        "corpid": authorisation.corpid,
        "agentid": authorisation.agentid,
        "state": authorisation.state,
        "since": authorisation.since.isoformat(timespec="seconds"),
    }
