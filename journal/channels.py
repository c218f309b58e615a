"""Channels (渠道活码): which contact way each has, and how many customers it brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

import sqlalchemy as sa

from journal.contacts import ADDED
from journal.days import days_until
from journal.operations import indexable, insert_ignoring_conflicts, storable, storable_in_both
from journal.tables import channels, contact_changes
from language import Text


@dataclass(frozen=True, kw_only=True)
class ChannelRecord:
    """One channel and its contact way.

    config_id: "" while there is none, or WeCom's answer was lost. asked_at: when a way was first
    asked for. fingerprint: of what was sent last. error: why the last try failed.
    """

    app: str
    corpid: str
    name: str
    state: str
    config_id: str
    qr_code: str
    fingerprint: str
    claimed_until: datetime | None
    asked_at: datetime | None
    synced_at: datetime | None
    error: Text | None


@dataclass(frozen=True, kw_only=True)
class ChannelClaim:
    """Somebody is about to make or change the contact way of a channel."""

    app: str
    corpid: str
    name: str
    state: str
    now: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True)
class ChannelSync:
    """How an attempt ended; config_id, qr_code and fingerprint: None where they stay."""

    app: str
    corpid: str
    name: str
    at: datetime
    config_id: str | None = None
    qr_code: str | None = None
    fingerprint: str | None = None
    error: Text | None = None


@dataclass(frozen=True, kw_only=True)
class ChannelCount:
    """How many customers came with one state to one app.

    per_day: (day, adds) of each day asked for, oldest first. total: of all times.
    """

    app: str
    corpid: str
    state: str
    per_day: tuple[tuple[date, int], ...]
    total: int

    @property
    def today(self) -> int:
        """The adds of the last day asked for."""
        return self.per_day[-1][1] if self.per_day else 0


def claim_channel(
    connection: sa.Connection, wanted: Sequence[ChannelClaim]
) -> list[ChannelRecord | None]:
    """Give each channel to its claimer as it stood; None where somebody else is at it.

    The claim is noted before WeCom is asked: who finds `asked_at` and no config_id knows that a
    contact way may be there already.
    """
    in_order = sorted(range(len(wanted)), key=lambda place: _key(wanted[place]))
    claimed = {place: _claim(connection, wanted[place]) for place in in_order}
    return [claimed[place] for place in range(len(wanted))]


def store_channel(connection: sa.Connection, wanted: Sequence[ChannelSync]) -> list[None]:
    """Write down how attempts ended, and let go of the channels."""
    for sync in sorted(wanted, key=_key):
        given = {
            "config_id": None if sync.config_id is None else indexable(sync.config_id),
            "qr_code": None if sync.qr_code is None else storable(sync.qr_code),
            "fingerprint": sync.fingerprint,
        }
        values = {name: value for name, value in given.items() if value is not None}
        if sync.error is None:
            values["synced_at"] = sync.at  # type: ignore[assignment]  # a column of another type
        connection.execute(
            sa.update(channels)
            .where(*_is(sync))
            .values(
                **values,
                error=storable_in_both(sync.error),
                claimed_until=None,
            )
        )
    return [None] * len(wanted)


def forget_channel(connection: sa.Connection, wanted: Sequence[tuple[str, str, str]]) -> list[None]:
    """Delete channels (app, corpid, name) whose contact way is gone."""
    for app, corpid, name in sorted(wanted):
        connection.execute(
            sa.delete(channels).where(
                channels.c.app == indexable(app),
                channels.c.corpid == indexable(corpid),
                channels.c.name == indexable(name),
            )
        )
    return [None] * len(wanted)


def all_channels(connection: sa.Connection, app: str | None = None) -> list[ChannelRecord]:
    """Return the channels of an app, or of all, by app, corp and name."""
    query = sa.select(channels).order_by(channels.c.app, channels.c.corpid, channels.c.name)
    if app is not None:
        query = query.where(channels.c.app == indexable(app))
    return [ChannelRecord(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's documented way to the columns


def channel_counts(
    connection: sa.Connection, *, days: int, now: datetime, zone: tzinfo
) -> list[ChannelCount]:
    """Return the adds of each state: per day for the last `days`, and in all.

    One query a day, so that a day ends at midnight of the zone in either database.
    """
    columns = contact_changes.c
    key = (columns.app, columns.corpid, columns.state)
    adds = sa.select(*key, sa.func.count().label("adds")).where(columns.change == ADDED)
    totals = {
        (row.app, row.corpid, row.state): row.adds
        for row in connection.execute(adds.group_by(*key).order_by(*key))
    }
    per_day: dict[tuple[str, str, str], list[tuple[date, int]]] = {each: [] for each in totals}
    for day, start, end in days_until(now, days, zone):
        spanned = adds.where(columns.happened_at >= start, columns.happened_at < end)
        found = {
            (row.app, row.corpid, row.state): row.adds
            for row in connection.execute(spanned.group_by(*key))
        }
        for each, counted in per_day.items():
            counted.append((day, found.get(each, 0)))
    return [
        ChannelCount(
            app=app,
            corpid=corpid,
            state=state,
            per_day=tuple(per_day[app, corpid, state]),
            total=total,
        )
        for (app, corpid, state), total in totals.items()
    ]


def _claim(connection: sa.Connection, claim: ChannelClaim) -> ChannelRecord | None:
    connection.execute(
        insert_ignoring_conflicts(connection, channels).values(
            app=indexable(claim.app),
            corpid=indexable(claim.corpid),
            name=indexable(claim.name),
            state="",
            config_id="",
            qr_code="",
            fingerprint="",
        )
    )
    before = connection.execute(sa.select(channels).where(*_is(claim)).with_for_update()).one()
    if before.claimed_until is not None and before.claimed_until > claim.now:
        return None
    connection.execute(
        sa.update(channels)
        .where(*_is(claim))
        .values(
            state=indexable(claim.state),
            claimed_until=claim.until,
            asked_at=before.asked_at or claim.now,
        )
    )
    return ChannelRecord(**before._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to the columns


def _is(place: ChannelClaim | ChannelSync) -> tuple[sa.ColumnElement[bool], ...]:
    app, corpid, name = _key(place)
    return channels.c.app == app, channels.c.corpid == corpid, channels.c.name == name


def _key(place: ChannelClaim | ChannelSync) -> tuple[str, str, str]:
    return indexable(place.app), indexable(place.corpid), indexable(place.name)
