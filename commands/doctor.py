"""`doctor`: every check in turn, told to people or to machines."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.table import Table
from rich.text import Text as Shown

import doctor
import events
from app import build_router
from commands.push import local_url
from commands.suites import unknown_corps
from doctor import Finding, Platform
from doctor.exchange import exchange
from handlers import read_rules
from journal import Journal
from language import Language
from observation import ALIVE
from opening import utc_now
from settings import AppSettings, Settings
from wecom import Client

MakeClient = Callable[[Settings, AppSettings], Client]

_MARKS = {"ok": "✓", "warning": "!", "fault": "✗", "skipped": "–"}
_COLOURS = {"ok": "green", "warning": "yellow", "fault": "red", "skipped": "dim"}
_SUMMARY = {
    "en": "{ok} in order, {warning} warnings, {fault} faults, {skipped} not looked at",
    "zh": "正常 {ok} 项，警告 {warning} 项，故障 {fault} 项，跳过 {skipped} 项",
}
_SUBJECT_WIDTH = 20
_LOOKED_AT = 20  # others may examine this server as well
_OK = 200


def examine(
    config: str | None, environ: Mapping[str, str], make_client: MakeClient
) -> Iterator[Finding]:
    """Ask every question that can be asked; what cannot be looked at any more is left out."""
    settings, findings = doctor.check_settings_file(config, environ)
    yield from findings
    if settings is None:
        return
    yield from doctor.check_apps(settings)
    yield from doctor.check_code_and_rules(
        lambda: build_router(settings), lambda: read_rules(settings.rules_path)
    )
    yield from doctor.check_disk(settings)
    yield from doctor.check_redis(settings)
    journal, findings = doctor.check_database(settings)
    yield from findings
    if journal is not None:
        with closing(journal):
            yield from doctor.check_processes(_alive(journal), _waits(journal))
            for app in settings.apps:
                yield from doctor.check_authorisations(app, unknown_corps(app, journal))
            yield from _outside(settings, journal, make_client)


def _outside(settings: Settings, journal: Journal, make_client: MakeClient) -> Iterator[Finding]:
    platform = Platform(
        api_base_url=settings.server.api_base_url,
        make_client=lambda app: make_client(settings, app),
        rules=_rule_tables(settings),
    )
    reached = doctor.check_api(platform)
    yield from reached
    if all(finding.verdict != "fault" for finding in reached):
        for app in settings.apps:
            yield from doctor.check_app(app, platform)
    for app in settings.apps:
        yield from doctor.check_callback(
            app,
            [other for other in settings.apps if other is not app],
            settings.server.public_url,
            rejections=lambda name=app.name: _rejections(settings, name),  # type: ignore[misc]
            arrived=lambda name, plaintext: _arrived(journal, name, plaintext),
        )


def print_findings(console: Console, findings: Iterable[Finding], language: Language) -> int:
    """Print each finding as it comes, then how many there are of each kind; return the faults."""
    counts = dict.fromkeys(_MARKS, 0)
    for finding in findings:
        counts[finding.verdict] += 1
        console.print(_lines(finding, language))
    told = _SUMMARY[language].format(**counts)
    console.print()
    console.print(Shown(told, style="bold red" if counts["fault"] else "bold green"))
    return counts["fault"]


def finding_as_json(finding: Finding) -> dict[str, Any]:
    """Return one finding for machines, with its texts in both languages."""
    remedy = finding.remedy
    return {
        "subject": finding.subject,
        "code": finding.code,
        "verdict": finding.verdict,
        "evidence": {"en": finding.evidence["en"], "zh": finding.evidence["zh"]},
        "remedy": {"en": remedy["en"], "zh": remedy["zh"]} if remedy else None,
    }


def _lines(finding: Finding, language: Language) -> Table:
    colour = _COLOURS[finding.verdict]
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1)
    grid.add_column(width=_SUBJECT_WIDTH, overflow="fold")
    grid.add_column(overflow="fold")
    grid.add_row(
        Shown(_MARKS[finding.verdict], style=colour),
        Shown(finding.subject, style="bold"),
        Shown(finding.evidence[language]),
    )
    if finding.remedy is not None:
        grid.add_row("", "", Shown(f"→ {finding.remedy[language]}", style=colour))
    return grid


def _alive(journal: Journal) -> dict[str, int]:
    """Count the processes seen lately, web ones as "web" and workers by lane."""
    since = utc_now() - ALIVE
    return dict(
        Counter(
            place
            for node in journal.nodes()
            if node.seen_at >= since
            for place in (node.lanes if node.role == "worker" else (node.role,))
        )
    )


def _waits(journal: Journal) -> dict[str, timedelta]:
    """Return how long the run that waits longest does, by lane."""
    now = utc_now()
    return {
        lane.lane: now - lane.oldest_due_at
        for lane in journal.backlogs(now)
        if lane.oldest_due_at is not None
    }


def _arrived(journal: Journal, app: str, plaintext: bytes) -> bool:
    newest = journal.deliveries(app=app, event=events.parse(plaintext).name, limit=_LOOKED_AT)
    return any(delivery.payload == plaintext for delivery in newest)


def _rejections(settings: Settings, app: str) -> dict[str, float] | None:
    """Return how often the running server refused a callback, by reason; None when it is silent."""
    token = settings.server.metrics_token
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = exchange(f"{local_url(settings)}/metrics", headers=headers)
    if answer.status != _OK:
        return None
    families = text_string_to_metric_families(answer.body.decode(errors="replace"))
    return {
        sample.labels["outcome"]: sample.value
        for family in families
        if family.name == "wecom_callbacks"
        for sample in family.samples
        if sample.labels.get("app") == app
    }


def _rule_tables(settings: Settings) -> frozenset[str]:
    """Return the kinds of rules there are; a broken file is the business of `rules check`."""
    try:
        return frozenset(tomllib.loads(settings.rules_path.read_text(encoding="utf-8-sig")))
    except (OSError, ValueError):
        return frozenset()
