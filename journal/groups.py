"""Customer groups in numbers, members who are in several, and the welcomes groups can have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

import sqlalchemy as sa

from journal.days import days_until
from journal.operations import indexable, insert_ignoring_conflicts, storable_in_both
from journal.tables import chat_changes, chat_members, chats, group_welcomes
from language import Text

CUSTOMER = 2  # type of a member who is not of the corp


@dataclass(frozen=True, kw_only=True)
class GroupCount:
    """One customer group in numbers.

    per_day: (day, joined, left) of each day asked for, oldest first. members, customers: now.
    """

    corpid: str
    chat_id: str
    name: str
    owner: str
    members: int
    customers: int
    dismissed_at: datetime | None
    per_day: tuple[tuple[date, int, int], ...]

    @property
    def joined_today(self) -> int:
        """Who joined on the last day asked for."""
        return self.per_day[-1][1] if self.per_day else 0

    @property
    def left_today(self) -> int:
        """Who left on the last day asked for."""
        return self.per_day[-1][2] if self.per_day else 0


@dataclass(frozen=True, kw_only=True)
class DuplicateMember:
    """A customer who is in several groups of one corp."""

    corpid: str
    userid: str
    chat_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class GroupWelcomeRecord:
    """One welcome for groups (入群欢迎语素材) as it was sent; template_id: "" while unknown."""

    app: str
    corpid: str
    name: str
    template_id: str
    fingerprint: str
    claimed_until: datetime | None
    asked_at: datetime | None
    synced_at: datetime | None
    error: Text | None


@dataclass(frozen=True, kw_only=True)
class GroupWelcomeClaim:
    """Somebody is about to make or change a welcome."""

    app: str
    corpid: str
    name: str
    now: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True)
class GroupWelcomeSync:
    """How an attempt ended; template_id and fingerprint: None where they stay."""

    app: str
    corpid: str
    name: str
    at: datetime
    template_id: str | None = None
    fingerprint: str | None = None
    error: Text | None = None


def group_counts(
    connection: sa.Connection, *, days: int, now: datetime, zone: tzinfo
) -> list[GroupCount]:
    """Return every group: who is in it, and who came and went in the last `days`.

    One query a day, so that a day ends at midnight of the zone in either database.
    """
    spans = list(days_until(now, days, zone))
    changes = [_changes_between(connection, start, end) for _, start, end in spans]
    members = _members(connection)
    rows = connection.execute(sa.select(chats).order_by(chats.c.corpid, chats.c.chat_id))
    return [
        GroupCount(
            corpid=row.corpid,
            chat_id=row.chat_id,
            name=row.name,
            owner=row.owner,
            members=sum(
                members[row.corpid, row.chat_id, is_customer] for is_customer in (False, True)
            ),
            customers=members[row.corpid, row.chat_id, True],
            dismissed_at=row.dismissed_at,
            per_day=tuple(
                (
                    day,
                    of_day[row.corpid, row.chat_id, "joined"],
                    of_day[row.corpid, row.chat_id, "left"],
                )
                for (day, _, _), of_day in zip(spans, changes, strict=True)
            ),
        )
        for row in rows
    ]


def changes_since(
    connection: sa.Connection, corpid: str, chat_id: str, since: datetime
) -> dict[str, int]:
    """Return how many joined and left one group since a time, by the word."""
    rows = connection.execute(
        sa.select(chat_changes.c.change, sa.func.count().label("number"))
        .where(
            chat_changes.c.corpid == indexable(corpid),
            chat_changes.c.chat_id == indexable(chat_id),
            chat_changes.c.happened_at >= since,
        )
        .group_by(chat_changes.c.change)
    )
    return {row.change: row.number for row in rows}


def duplicate_members(connection: sa.Connection, corpid: str) -> Iterator[DuplicateMember]:
    """Yield the customers who are in more than one group that is not dismissed, by userid."""
    rows = connection.execution_options(yield_per=1000).execute(
        sa.select(chat_members.c.userid, chat_members.c.chat_id)
        .join(
            chats,
            sa.and_(
                chats.c.corpid == chat_members.c.corpid,
                chats.c.chat_id == chat_members.c.chat_id,
            ),
        )
        .where(
            chat_members.c.corpid == indexable(corpid),
            chat_members.c.type == CUSTOMER,
            chats.c.dismissed_at.is_(None),
        )
        .order_by(chat_members.c.userid, chat_members.c.chat_id)
    )
    userid, found = "", list[str]()
    for row in rows:
        if row.userid != userid:
            yield from _duplicate(corpid, userid, found)
            userid, found = row.userid, []
        found.append(row.chat_id)
    yield from _duplicate(corpid, userid, found)


def claim_group_welcome(
    connection: sa.Connection, wanted: Sequence[GroupWelcomeClaim]
) -> list[GroupWelcomeRecord | None]:
    """Give each welcome to its claimer as it stood; None where somebody else is at it."""
    in_order = sorted(range(len(wanted)), key=lambda place: _key(wanted[place]))
    claimed = {place: _claim(connection, wanted[place]) for place in in_order}
    return [claimed[place] for place in range(len(wanted))]


def store_group_welcome(
    connection: sa.Connection, wanted: Sequence[GroupWelcomeSync]
) -> list[None]:
    """Write down how attempts ended, and let go of the welcomes."""
    for sync in sorted(wanted, key=_key):
        values: dict[str, object] = {
            "claimed_until": None,
            "error": storable_in_both(sync.error),
        }
        if sync.template_id is not None:
            values["template_id"] = indexable(sync.template_id)
        if sync.fingerprint is not None:
            values["fingerprint"] = sync.fingerprint
        if sync.error is None:
            values["synced_at"] = sync.at
        connection.execute(sa.update(group_welcomes).where(*_is(sync)).values(**values))
    return [None] * len(wanted)


def all_group_welcomes(
    connection: sa.Connection, app: str | None = None
) -> list[GroupWelcomeRecord]:
    """Return the welcomes of an app, or of all, by app, corp and name."""
    columns = group_welcomes.c
    query = sa.select(group_welcomes).order_by(columns.app, columns.corpid, columns.name)
    if app is not None:
        query = query.where(columns.app == indexable(app))
    return [GroupWelcomeRecord(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's documented way to the columns


def _changes_between(
    connection: sa.Connection, start: datetime, end: datetime
) -> Counter[tuple[str, str, str]]:
    columns = chat_changes.c
    key = (columns.corpid, columns.chat_id, columns.change)
    rows = connection.execute(
        sa.select(*key, sa.func.count().label("number"))
        .where(columns.happened_at >= start, columns.happened_at < end)
        .group_by(*key)
    )
    return Counter({(row.corpid, row.chat_id, row.change): row.number for row in rows})


def _members(connection: sa.Connection) -> Counter[tuple[str, str, bool]]:
    columns = chat_members.c
    key = (columns.corpid, columns.chat_id, columns.type)
    counted: Counter[tuple[str, str, bool]] = Counter()
    for row in connection.execute(sa.select(*key, sa.func.count().label("number")).group_by(*key)):
        counted[row.corpid, row.chat_id, row.type == CUSTOMER] += row.number
    return counted


def _duplicate(corpid: str, userid: str, chat_ids: Sequence[str]) -> Iterator[DuplicateMember]:
    if len(chat_ids) > 1:
        yield DuplicateMember(corpid=corpid, userid=userid, chat_ids=tuple(chat_ids))


def _claim(connection: sa.Connection, claim: GroupWelcomeClaim) -> GroupWelcomeRecord | None:
    app, corpid, name = _key(claim)
    connection.execute(
        insert_ignoring_conflicts(connection, group_welcomes).values(
            app=app, corpid=corpid, name=name, template_id="", fingerprint=""
        )
    )
    before = connection.execute(
        sa.select(group_welcomes).where(*_is(claim)).with_for_update()
    ).one()
    if before.claimed_until is not None and before.claimed_until > claim.now:
        return None
    connection.execute(
        sa.update(group_welcomes)
        .where(*_is(claim))
        .values(claimed_until=claim.until, asked_at=before.asked_at or claim.now)
    )
    return GroupWelcomeRecord(**before._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to the columns


def _is(place: GroupWelcomeClaim | GroupWelcomeSync) -> tuple[sa.ColumnElement[bool], ...]:
    app, corpid, name = _key(place)
    columns = group_welcomes.c
    return columns.app == app, columns.corpid == corpid, columns.name == name


def _key(place: GroupWelcomeClaim | GroupWelcomeSync) -> tuple[str, str, str]:
    return indexable(place.app), indexable(place.corpid), indexable(place.name)
