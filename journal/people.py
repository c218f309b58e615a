"""Who may use the console: users, sessions, failed attempts to sign in, and what they did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from journal.operations import indexable, insert_ignoring_conflicts, upsert
from journal.tables import console_audit, console_sessions, console_throttle, console_users

_ADDRESS_LENGTH = 64
_PURGE_CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class User:
    """Somebody who signs in by a password."""

    name: str
    password_hash: str = field(repr=False)
    permissions: frozenset[str]
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Session:
    """Somebody who is signed in; id: a hash of what their browser has. source: password, wecom."""

    id: str
    name: str
    source: str
    started_at: datetime
    seen_at: datetime


@dataclass(frozen=True, kw_only=True)
class Try:
    """An attempt to sign in: what it counts against, and how often that may fail in a window."""

    key: str
    now: datetime
    window: timedelta
    most: int


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One line of the record of what was done."""

    at: datetime
    name: str
    address: str
    action: str
    target: str
    outcome: str
    id: int | None = None


def store_user(connection: sa.Connection, wanted: Sequence[User]) -> list[None]:
    """Make users or replace them; their sessions end."""
    for user in sorted(wanted, key=lambda user: user.name):
        row = vars(user) | {"permissions": ",".join(sorted(user.permissions))}
        connection.execute(
            upsert(connection, console_users, ("name",), newest_by="changed_at"), [row]
        )
        connection.execute(
            sa.delete(console_sessions).where(
                console_sessions.c.name == user.name, console_sessions.c.source == "password"
            )
        )
    return [None] * len(wanted)


def remove_user(connection: sa.Connection, wanted: Sequence[str]) -> list[bool]:
    """Remove users and end their sessions; False for one that there is not."""
    removed = []
    for name in wanted:
        connection.execute(sa.delete(console_sessions).where(console_sessions.c.name == name))
        gone = connection.execute(sa.delete(console_users).where(console_users.c.name == name))
        removed.append(gone.rowcount == 1)
    return removed


def users(connection: sa.Connection) -> list[User]:
    """Return every user, by name."""
    return [
        User(
            name=row.name,
            password_hash=row.password_hash,
            permissions=frozenset(filter(None, row.permissions.split(","))),
            changed_at=row.changed_at,
        )
        for row in connection.execute(sa.select(console_users).order_by(console_users.c.name))
    ]


def begin_session(
    connection: sa.Connection, wanted: Sequence[tuple[Session, timedelta]]
) -> list[None]:
    """Keep sessions, and forget those that began longer ago than any may last."""
    for session, longest in wanted:
        connection.execute(
            sa.delete(console_sessions).where(
                console_sessions.c.started_at < session.started_at - longest
            )
        )
        connection.execute(sa.insert(console_sessions), [vars(session)])
    return [None] * len(wanted)


def touch_session(connection: sa.Connection, wanted: Sequence[tuple[str, datetime]]) -> list[None]:
    """Note that sessions were used."""
    for session_id, at in sorted(wanted):
        connection.execute(
            sa.update(console_sessions)
            .where(console_sessions.c.id == session_id)
            .values(seen_at=at)
        )
    return [None] * len(wanted)


def end_session(connection: sa.Connection, wanted: Sequence[str]) -> list[None]:
    """Forget sessions."""
    connection.execute(sa.delete(console_sessions).where(console_sessions.c.id.in_(wanted)))
    return [None] * len(wanted)


def session(connection: sa.Connection, session_id: str) -> Session | None:
    """Return one session."""
    row = connection.execute(
        sa.select(console_sessions).where(console_sessions.c.id == session_id)
    ).one_or_none()
    return None if row is None else Session(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to the columns


def count_try(connection: sa.Connection, wanted: Sequence[Try]) -> list[bool]:
    """Count attempts; True for those that may go on, because not too many came before."""
    in_order = sorted(range(len(wanted)), key=lambda place: wanted[place].key)
    allowed = {place: _count(connection, wanted[place]) for place in in_order}
    return [allowed[place] for place in range(len(wanted))]


def forgive(connection: sa.Connection, wanted: Sequence[str]) -> list[None]:
    """Forget what was counted against these keys: it was them after all."""
    connection.execute(sa.delete(console_throttle).where(console_throttle.c.id.in_(wanted)))
    return [None] * len(wanted)


def take_back(connection: sa.Connection, wanted: Sequence[str]) -> list[None]:
    """Count one attempt less for each of these keys: it was right."""
    for key in sorted(wanted):
        connection.execute(
            sa.update(console_throttle)
            .where(console_throttle.c.id == key, console_throttle.c.failures > 0)
            .values(failures=console_throttle.c.failures - 1)
        )
    return [None] * len(wanted)


def note_deed(connection: sa.Connection, wanted: Sequence[Deed]) -> list[None]:
    """Write down what was done."""
    connection.execute(
        sa.insert(console_audit),
        [
            {
                "at": deed.at,
                "name": indexable(deed.name),
                "address": indexable(deed.address)[:_ADDRESS_LENGTH],
                "action": deed.action,
                "target": indexable(deed.target),
                "outcome": deed.outcome,
            }
            for deed in wanted
        ],
    )
    return [None] * len(wanted)


def deeds(connection: sa.Connection, *, before_id: int | None, limit: int) -> list[Deed]:
    """Return what was done, the newest first."""
    query = sa.select(console_audit).order_by(console_audit.c.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(console_audit.c.id < min(before_id, 2**63 - 1))
    return [Deed(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's documented way to the columns


def purge_deeds(connection: sa.Connection, purges: Sequence[datetime]) -> list[int]:
    """Delete some of what was done before a time; returns how many lines went.

    Looks at the oldest lines only: they are written in order of time, and have no index by it.
    """
    oldest = sa.select(console_audit.c.id).order_by(console_audit.c.id).limit(_PURGE_CHUNK)
    return [
        connection.execute(
            sa.delete(console_audit).where(
                console_audit.c.id.in_(oldest), console_audit.c.at < before
            )
        ).rowcount
        for before in purges
    ]


def _count(connection: sa.Connection, wanted: Try) -> bool:
    is_it = console_throttle.c.id == wanted.key
    connection.execute(
        sa.delete(console_throttle).where(console_throttle.c.since <= wanted.now - wanted.window)
    )
    connection.execute(
        insert_ignoring_conflicts(connection, console_throttle).values(
            id=wanted.key, since=wanted.now, failures=0
        )
    )
    failures = connection.scalar(
        sa.update(console_throttle)
        .where(is_it)
        .values(failures=console_throttle.c.failures + 1)
        .returning(console_throttle.c.failures)
    )
    return failures is not None and failures <= wanted.most
