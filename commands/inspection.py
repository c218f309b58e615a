"""`events`: what arrived and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

import events
from commands.names import in_short
from events import Event
from events.secrecy import SECRET_FIELDS
from journal import Attempt, Delivery, Journal, PlannedRun, Run

Plan = Callable[[Event, datetime], tuple[PlannedRun, ...]]

_COLOURS = {
    "done": "green",
    "open": "cyan",
    "pending": "cyan",
    "running": "cyan",
    "retry": "yellow",
    "failed": "red",
    "expired": "red",
    "ignored": "dim",
    "lost": "red",
}
_WIDE = 110  # columns that every fact of a table fits into


def deliveries_table(deliveries: list[Delivery], width: int) -> Table:
    """Show deliveries, the newest first, with the word each handler ended on."""
    is_wide = width >= _WIDE
    has_apps = len({delivery.app for delivery in deliveries}) > 1
    table = _table(
        "id",
        "received",
        *(["app"] if has_apps else []),
        "event",
        "userid",
        *(["subject"] if is_wide else []),
        "outcome",
    )
    today = datetime.now().astimezone().date()
    for delivery in deliveries:
        repeated = f" ×{delivery.repeats + 1}" if delivery.repeats else ""
        table.add_row(
            str(delivery.id),
            _clock(delivery.received_at, today),
            *([delivery.app] if has_apps else []),
            in_short(delivery.event) + repeated,
            Text(delivery.userid),
            *([Text(delivery.subject)] if is_wide else []),
            Text("\n").join(_outcome(run) for run in delivery.runs) or _status(delivery.status),
        )
    return table


def delivery_view(delivery: Delivery) -> Group:
    """Show one delivery whole: its fields, its runs, every attempt and API call."""
    event = events.parse(delivery.payload)
    facts = Table.grid(padding=(0, 2))
    rows: tuple[tuple[str, str | Text], ...] = (
        ("event", f"{delivery.event}  {event.chinese_name}"),
        ("app", delivery.app),
        ("corpid", delivery.corpid),
        ("occurred", _local(delivery.occurred_at)),
        ("received", _local(delivery.received_at)),
        ("pushed", f"{delivery.repeats + 1} ×"),
        ("status", _status(delivery.status)),
    )
    for name, value in rows:
        facts.add_row(Text(name, style="dim"), value)
    fields = Table.grid(padding=(0, 2))
    for tag, content in event.fields.items():
        shown = "***" if tag in SECRET_FIELDS else str(content)
        fields.add_row(Text(str(tag), style="dim"), Text(shown))
    return Group(
        Panel(facts, title=f"delivery {delivery.id}", title_align="left"),
        Panel(fields, title="fields", title_align="left"),
        *(_run_panel(run, delivery.received_at) for run in delivery.runs),
    )


def delivery_as_json(delivery: Delivery) -> dict[str, Any]:
    """Return the same for machines; the payload is left out, it may hold secrets."""
    return {
        "id": delivery.id,
        "app": delivery.app,
        "corpid": delivery.corpid,
        "event": delivery.event,
        "userid": delivery.userid,
        "subject": delivery.subject,
        "occurred_at": _iso(delivery.occurred_at),
        "received_at": _iso(delivery.received_at),
        "repeats": delivery.repeats,
        "status": delivery.status,
        "runs": [
            {
                "handler": run.handler,
                "lane": run.lane,
                "status": run.status,
                "result": run.result,
                "attempt": run.attempt,
                "deadline_at": _iso(run.deadline_at),
                "errcode": run.errcode,
                "error": run.error,
                "attempts": [
                    {
                        "number": attempt.number,
                        "started_at": _iso(attempt.started_at),
                        "finished_at": _iso(attempt.finished_at),
                        "outcome": attempt.outcome,
                        "result": attempt.result,
                        "errcode": attempt.errcode,
                        "error": attempt.error,
                        "calls": attempt.calls,
                    }
                    for attempt in run.attempts
                ],
            }
            for run in delivery.runs
        ],
    }


def replay(journal: Journal, delivery: Delivery, plan: Plan, now: datetime) -> list[str]:
    """Run the handlers of a delivery again, new ones included; return their names.

    Those whose deadline has passed stay as they are: a welcome is never sent late.
    """
    event = events.parse(delivery.payload)
    planned = plan(event, delivery.received_at)
    return [run.handler for run in journal.replay(delivery.id, planned, now=now)]


def print_deliveries(console: Console, deliveries: list[Delivery]) -> None:
    """Print a table, or say that there is nothing."""
    if deliveries:
        console.print(deliveries_table(deliveries, console.width))
    else:
        console.print("no deliveries fit")


def _run_panel(run: Run, received_at: datetime) -> Panel:
    grid = Table.grid(padding=(0, 2))
    grid.add_row("lane", run.lane)
    grid.add_row("status", _status(run.status))
    if run.deadline_at:
        seconds = (run.deadline_at - received_at).total_seconds()
        grid.add_row("deadline", f"{_local(run.deadline_at)} ({seconds:.1f} s after receipt)")
    for attempt in run.attempts:
        grid.add_row(f"attempt {attempt.number}", _attempt_line(attempt, received_at))
    title = Text(f"{run.handler}  {run.result or ''}".rstrip())
    return Panel(grid, title=title, title_align="left", border_style=_COLOURS[run.status])


def _attempt_line(attempt: Attempt, received_at: datetime) -> Text:
    line = Text(attempt.outcome, style=_COLOURS.get(attempt.outcome, ""))
    if attempt.started_at and attempt.finished_at:
        begun = (attempt.started_at - received_at).total_seconds()
        took = (attempt.finished_at - attempt.started_at).total_seconds() * 1000
        line.append(f"  +{begun:.3f} s, {took:.0f} ms", style="dim")
    if attempt.error:
        line.append(f"  {attempt.error}")
    for endpoint, milliseconds, errcode in attempt.calls:
        answer = "no answer" if errcode is None else f"errcode {errcode}"
        line.append(f"\n  {endpoint}  {milliseconds:.0f} ms  {answer}", style="dim")
    return line


def _table(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for heading in headings:
        last = heading == headings[-1]
        table.add_column(heading, no_wrap=not last, overflow="fold" if last else "ellipsis")
    return table


def _outcome(run: Run) -> Text:
    name = run.handler.rpartition(".")[2]
    word = run.result or run.status
    return Text(f"{name} ").append(word, style=_COLOURS[run.status])


def _status(status: str) -> Text:
    return Text(status, style=_COLOURS.get(status, ""))


def _local(at: datetime | None) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if at else "-"


def _clock(at: datetime, today: date) -> str:
    local = at.astimezone()
    return local.strftime("%H:%M:%S" if local.date() == today else "%m-%d %H:%M")


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
