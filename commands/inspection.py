"""`events`: what arrived and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Column, Table
from rich.text import Text as Shown

import events
from commands.names import in_short
from commands.screen import Rows
from events import Event
from events.secrecy import SECRET_FIELDS
from journal import Attempt, Delivery, Journal, PlannedRun, Run
from language import Language, Text

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
_RECEIVED = Text(en="received", zh="收到时间")
_APP = Text(en="app", zh="应用")
_EVENT = Text(en="event", zh="事件")
_STATUS = Text(en="status", zh="状态")
_NO_ANSWER = Text(en="no answer", zh="无应答")


def deliveries_table(deliveries: list[Delivery], width: int, language: Language = "en") -> Table:
    """Show deliveries, the newest first, with the word each handler ended on."""
    is_wide = width >= _WIDE
    has_apps = len({delivery.app for delivery in deliveries}) > 1
    headings = (
        Text.same("id"),
        _RECEIVED,
        *([_APP] if has_apps else []),
        _EVENT,
        Text.same("userid"),
        *([Text(en="subject", zh="对象")] if is_wide else []),
        Text(en="outcome", zh="结果"),
    )
    table = _table(*(heading[language] for heading in headings))
    today = datetime.now().astimezone().date()
    for delivery in deliveries:
        repeated = f" ×{delivery.repeats + 1}" if delivery.repeats else ""
        table.add_row(
            str(delivery.id),
            _clock(delivery.received_at, today),
            *([delivery.app] if has_apps else []),
            in_short(delivery.event) + repeated,
            Shown(delivery.userid),
            *([Shown(delivery.subject)] if is_wide else []),
            Shown("\n").join(_outcome(run) for run in delivery.runs) or _status(delivery.status),
        )
    return table


def delivery_view(delivery: Delivery, language: Language = "en") -> Group:
    """Show one delivery whole: its fields, its runs, every attempt and API call."""
    event = events.parse(delivery.payload)
    facts = _pairs()
    pushes = delivery.repeats + 1
    rows: tuple[tuple[Text, str | Shown], ...] = (
        (_EVENT, f"{delivery.event}  {event.chinese_name}"),
        (_APP, delivery.app),
        (Text.same("corpid"), delivery.corpid),
        (Text(en="occurred", zh="发生时间"), _local(delivery.occurred_at)),
        (_RECEIVED, _local(delivery.received_at)),
        (Text(en="pushed", zh="推送次数"), Text(en=f"{pushes} ×", zh=f"{pushes} 次")[language]),
        (_STATUS, _status(delivery.status)),
    )
    for name, value in rows:
        facts.add_row(Shown(name[language], style="dim"), value)
    fields = _pairs()
    for tag, content in event.fields.items():
        shown = "***" if tag in SECRET_FIELDS else str(content)
        fields.add_row(Shown(str(tag), style="dim"), Shown(shown))
    title = Text(en=f"delivery {delivery.id}", zh=f"投递 {delivery.id}")
    return Group(
        Panel(facts, title=title[language], title_align="left"),
        Panel(fields, title=Text(en="fields", zh="字段")[language], title_align="left"),
        *(_run_panel(run, delivery.received_at, language) for run in delivery.runs),
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


def print_deliveries(console: Console, deliveries: list[Delivery], language: Language) -> None:
    """Print a table, or say that there is nothing."""
    if deliveries:
        console.print(deliveries_table(deliveries, console.width, language))
    else:
        console.print(Text(en="no deliveries fit", zh="没有符合条件的投递")[language])


def _since_receipt(span: timedelta) -> Text:
    seconds = f"{abs(span.total_seconds()):.1f}"
    if span < timedelta(0):
        return Text(en=f" ({seconds} s before receipt)", zh=f"（收到前 {seconds} 秒）")
    return Text(en=f" ({seconds} s after receipt)", zh=f"（收到后 {seconds} 秒）")


def _run_panel(run: Run, received_at: datetime, language: Language) -> Panel:
    grid = _pairs()
    grid.add_row(Text(en="lane", zh="通道")[language], run.lane)
    grid.add_row(_STATUS[language], _status(run.status))
    if run.deadline_at:
        deadline = _local(run.deadline_at) + _since_receipt(run.deadline_at - received_at)[language]
        grid.add_row(Text(en="deadline", zh="时限")[language], deadline)
    for attempt in run.attempts:
        number = Text(en=f"attempt {attempt.number}", zh=f"第 {attempt.number} 次尝试")
        grid.add_row(number[language], _attempt_line(attempt, received_at, language))
    title = Shown(f"{run.handler}  {run.result or ''}".rstrip())
    return Panel(grid, title=title, title_align="left", border_style=_COLOURS[run.status])


def _attempt_line(attempt: Attempt, received_at: datetime, language: Language) -> Shown:
    line = Shown(attempt.outcome, style=_COLOURS.get(attempt.outcome, ""))
    if attempt.started_at and attempt.finished_at:
        begun = (attempt.started_at - received_at).total_seconds()
        took = (attempt.finished_at - attempt.started_at).total_seconds() * 1000
        line.append(f"  +{begun:.3f} s, {took:.0f} ms", style="dim")
    if attempt.error:
        line.append(f"  {attempt.error}")
    if attempt.errcode and language == "zh":
        line.append(f"\n  {_meaning(attempt.errcode)[language]}")
    for endpoint, milliseconds, errcode in attempt.calls:
        answer = _NO_ANSWER[language] if errcode is None else f"errcode {errcode}"
        line.append(f"\n  {endpoint}  {milliseconds:.0f} ms  {answer}", style="dim")
    return line


def _meaning(errcode: int) -> Text:
    """Return what an errcode says and what to do, which the error itself tells in English."""
    from wecom import errcodes

    meaning = errcodes.describe(errcode)
    return meaning.text + Text(en="; ", zh="；") + meaning.hint if meaning.hint else meaning.text


def _pairs() -> Table:
    """Return a table for names and what they stand for, of which nothing is cut off."""
    return Table.grid("", Column(overflow="fold"), padding=(0, 2))


def _table(*headings: str) -> Table:
    table = Rows(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for heading in headings:
        last = heading == headings[-1]
        table.add_column(heading, no_wrap=not last, overflow="fold" if last else "ellipsis")
    return table


def _outcome(run: Run) -> Shown:
    name = run.handler.rpartition(".")[2]
    word = run.result or run.status
    return Shown(f"{name} ").append(word, style=_COLOURS[run.status])


def _status(status: str) -> Shown:
    return Shown(status, style=_COLOURS.get(status, ""))


def _local(at: datetime | None) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if at else "-"


def _clock(at: datetime, today: date) -> str:
    local = at.astimezone()
    return local.strftime("%H:%M:%S" if local.date() == today else "%m-%d %H:%M")


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
