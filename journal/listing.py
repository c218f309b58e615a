"""Customer groups a page at a time; who came and went there, and by which channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from journal.operations import indexable
from journal.tables import chat_changes, chat_members, chats, contact_changes


@dataclass(frozen=True, kw_only=True)
class ChatLine:
    """One customer group as a list shows it."""

    corpid: str
    chat_id: str
    name: str
    owner: str
    read_at: datetime
    dismissed_at: datetime | None
    staff: int
    customers: int


@dataclass(frozen=True, kw_only=True)
class ChatChange:
    """Somebody who joined or left a group."""

    chat_id: str
    userid: str
    change: str
    happened_at: datetime
    scene: int | None


def list_chats(
    connection: sa.Connection, *, before: datetime | None, owner: str | None, limit: int
) -> list[ChatLine]:
    """Return groups, those read last first."""
    query = sa.select(chats).order_by(chats.c.read_at.desc()).limit(limit)
    if before is not None:
        query = query.where(chats.c.read_at < before)
    if owner is not None:
        query = query.where(chats.c.owner == indexable(owner))
    rows = connection.execute(query).all()
    members = _members_of(connection, rows)
    return [
        ChatLine(
            corpid=row.corpid,
            chat_id=row.chat_id,
            name=row.name,
            owner=row.owner,
            read_at=row.read_at,
            dismissed_at=row.dismissed_at,
            staff=members.get((row.corpid, row.chat_id, 1), 0),
            customers=members.get((row.corpid, row.chat_id, 2), 0),
        )
        for row in rows
    ]


def _members_of(
    connection: sa.Connection, groups: Sequence[sa.Row[Any]]
) -> dict[tuple[str, str, int], int]:
    """Return how many of each type are in each of these groups."""
    if not groups:
        return {}
    columns = chat_members.c
    these = (
        sa.and_(columns.corpid == each.corpid, columns.chat_id == each.chat_id) for each in groups
    )
    key = (columns.corpid, columns.chat_id, columns.type)
    rows = connection.execute(
        sa.select(*key, sa.func.count().label("number")).where(sa.or_(*these)).group_by(*key)
    )
    return {(row.corpid, row.chat_id, row.type): row.number for row in rows}


def count_changes(connection: sa.Connection, since: datetime, until: datetime) -> tuple[int, int]:
    """Return how many joined and how many left in a span of time."""
    rows = connection.execute(
        sa.select(chat_changes.c.change, sa.func.count().label("number"))
        .where(chat_changes.c.happened_at >= since, chat_changes.c.happened_at < until)
        .group_by(chat_changes.c.change)
    )
    numbers = {row.change: row.number for row in rows}
    return numbers.get("joined", 0), numbers.get("left", 0)


def count_adds(
    connection: sa.Connection, since: datetime, until: datetime
) -> dict[tuple[str, str], int]:
    """Return how many customers each state brought to each app, as far as they are tallied."""
    columns = contact_changes.c
    rows = connection.execute(
        sa.select(columns.app, columns.state, sa.func.count().label("number"))
        .where(columns.happened_at >= since, columns.happened_at < until, columns.change == "added")
        .group_by(columns.app, columns.state)
    )
    return {(row.app, row.state): row.number for row in rows}


def newest_changes(
    connection: sa.Connection, corpid: str, chat_id: str, *, limit: int
) -> list[ChatChange]:
    """Return who joined and left one group last."""
    names = tuple(ChatChange.__dataclass_fields__)
    rows = connection.execute(
        sa.select(*(chat_changes.c[name] for name in names))
        .where(
            chat_changes.c.corpid == indexable(corpid),
            chat_changes.c.chat_id == indexable(chat_id),
        )
        .order_by(chat_changes.c.happened_at.desc(), chat_changes.c.id.desc())
        .limit(limit)
    )
    return [ChatChange(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's documented way to the columns
