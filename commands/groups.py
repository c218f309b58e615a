"""`groups`: customer groups in numbers, who is in several, and the welcomes groups can have."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text as Shown

from commands.clients import duty_contexts
from commands.screen import Rows
from handlers import read_rules
from handlers.groups import Outcome, sync_group_welcomes
from journal import DuplicateMember, GroupCount, GroupWelcomeRecord, Journal
from language import Language, Text
from settings import Settings

_HEADS = (
    Text(en="group", zh="客户群"),
    Text(en="owner", zh="群主"),
    Text(en="people", zh="群人数"),
    Text(en="customers", zh="客户"),
    Text(en="today", zh="今天"),
)
_STATUS = Text(en="status", zh="状态")
_DISMISSED = Text(en="dismissed", zh="已解散")
_DUPLICATE_HEADS = (
    Text(en="customer", zh="客户"),
    Text(en="groups", zh="群数"),
    Text(en="which", zh="所在的群"),
)
_WELCOME_HEADS = (
    Text(en="welcome", zh="入群欢迎语"),
    Text(en="app", zh="应用"),
    Text(en="template", zh="模板"),
    _STATUS,
)
_KEPT = Text(en="kept", zh="已同步")


def groups_table(
    settings: Settings, journal: Journal, now: datetime, days: int, language: Language
) -> Table:
    """Show every group with its members, and who came and went."""
    zone = ZoneInfo(read_rules(settings.rules_path).document.timezone)
    span = Text(en=f"{days} days", zh=f"{days} 天")
    table = Rows(*(head[language] for head in (*_HEADS, span)), box=None)
    for group in journal.group_counts(days, now=now, zone=zone):
        joined = sum(each for _, each, _ in group.per_day)
        left = sum(each for _, _, each in group.per_day)
        table.add_row(
            _title(group, language),
            Shown(group.owner),
            str(group.members),
            str(group.customers),
            f"+{group.joined_today} -{group.left_today}",
            f"+{joined} -{left}",
        )
    return table


def _title(group: GroupCount, language: Language) -> Shown:
    """Put the id below the name, where it stays whole and can be copied."""
    ended = f"({_DISMISSED[language]})" if group.dismissed_at else ""
    name = " ".join(each for each in (group.name, ended) if each)
    return Shown("\n".join(each for each in (name, group.chat_id) if each), overflow="fold")


def duplicates_table(found: Iterable[DuplicateMember], language: Language) -> Table:
    """Show customers who are in several groups."""
    table = Rows(*(head[language] for head in _DUPLICATE_HEADS), box=None)
    for each in found:
        table.add_row(
            Shown(each.userid, overflow="fold"),
            str(len(each.chat_ids)),
            Shown("\n".join(each.chat_ids), overflow="fold"),
        )
    return table


def welcomes_table(welcomes: Iterable[GroupWelcomeRecord], language: Language) -> Table:
    """Show the welcomes that were made."""
    table = Rows(*(head[language] for head in _WELCOME_HEADS), box=None)
    for each in welcomes:
        status = (
            Shown(each.error[language], style="red")
            if each.error
            else Shown(_KEPT[language], style="green")
        )
        table.add_row(Shown(each.name), each.app, Shown(each.template_id, overflow="fold"), status)
    return table


def sync(settings: Settings, journal: Journal, app: str | None, again: str) -> list[Outcome]:
    """Do now what the workers do by themselves."""
    return [
        outcome
        for ctx in duty_contexts(settings, journal, "groups")
        if app is None or ctx.app.name == app
        for outcome in sync_group_welcomes(ctx, again=again)
    ]
