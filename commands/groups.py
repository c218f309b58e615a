"""`groups`: customer groups in numbers, who is in several, and the welcomes groups can have."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from commands.clients import duty_contexts
from handlers import read_rules
from handlers.groups import Outcome, sync_group_welcomes
from journal import DuplicateMember, GroupWelcomeRecord, Journal
from settings import Settings


def groups_table(settings: Settings, journal: Journal, now: datetime, days: int) -> Table:
    """Show every group with its members, and who came and went."""
    zone = ZoneInfo(read_rules(settings.rules_path).document.timezone)
    span = f"{days} days"
    table = Table(
        "group", "name", "owner", "members", "customers", "today", span, "status", box=None
    )
    for group in journal.group_counts(days, now=now, zone=zone):
        joined = sum(each for _, each, _ in group.per_day)
        left = sum(each for _, _, each in group.per_day)
        table.add_row(
            Text(group.chat_id, overflow="fold"),
            Text(group.name),
            Text(group.owner),
            str(group.members),
            str(group.customers),
            f"+{group.joined_today} -{group.left_today}",
            f"+{joined} -{left}",
            Text("dismissed", style="dim") if group.dismissed_at else Text(""),
        )
    return table


def duplicates_table(found: Iterable[DuplicateMember]) -> Table:
    """Show customers who are in several groups."""
    table = Table("customer", "groups", "which", box=None)
    for each in found:
        table.add_row(
            Text(each.userid, overflow="fold"),
            str(len(each.chat_ids)),
            Text(", ".join(each.chat_ids), overflow="fold"),
        )
    return table


def welcomes_table(welcomes: Iterable[GroupWelcomeRecord]) -> Table:
    """Show the welcomes that were made."""
    table = Table("welcome", "app", "template", "status", box=None)
    for each in welcomes:
        status = Text(each.error, style="red") if each.error else Text("kept", style="green")
        table.add_row(Text(each.name), each.app, Text(each.template_id, overflow="fold"), status)
    return table


def sync(settings: Settings, journal: Journal, app: str | None, again: str) -> list[Outcome]:
    """Do now what the workers do by themselves."""
    return [
        outcome
        for ctx in duty_contexts(settings, journal, "groups")
        if app is None or ctx.app.name == app
        for outcome in sync_group_welcomes(ctx, again=again)
    ]
