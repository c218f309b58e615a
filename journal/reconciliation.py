"""What WeCom lists and the journal never heard of: the events that did not arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from journal.operations import indexable, insert_ignoring_conflicts
from journal.tables import deliveries, missed_contacts, reconciliations

_KEY = ("corpid", "userid", "external_userid", "change", "happened_at")
_TOLD = (
    sa.update(missed_contacts)
    .where(*(missed_contacts.c[name] == sa.bindparam(f"{name}_") for name in _KEY))
    .values(told_at=sa.func.coalesce(missed_contacts.c.told_at, sa.bindparam("at_")))
)


@dataclass(frozen=True, kw_only=True)
class MissedContact:
    """One event that never arrived.

    change: added or deleted. happened_at: of an add as WeCom tells it; of a deletion the add that
    was undone, for nobody tells when. applied: the kinds of rules that were made up for.
    """

    app: str
    corpid: str
    userid: str
    external_userid: str
    change: str
    happened_at: datetime
    state: str
    found_at: datetime
    told_at: datetime | None = None
    applied: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """How the last comparison of an app with WeCom went; since: older things are no loss.

    finished_at: None when none ever came to its end.
    """

    app: str
    corpid: str
    since: datetime
    finished_at: datetime | None
    members: int
    listed: int
    missed: int


def begin_reconciliation(
    connection: sa.Connection, wanted: Sequence[tuple[str, str, datetime]]
) -> list[Reconciliation]:
    """Return what is known of apps (app, corpid, now) before they are compared again.

    The first time, what lies before the app's oldest delivery is declared no loss.
    """
    return [_begin(connection, *each) for each in wanted]


def end_reconciliation(connection: sa.Connection, wanted: Sequence[Reconciliation]) -> list[None]:
    """Write down how comparisons ended."""
    for each in sorted(wanted, key=lambda each: (each.app, each.corpid)):
        connection.execute(
            sa.update(reconciliations)
            .where(*_is_of(each.app, each.corpid))
            .values(
                finished_at=each.finished_at,
                members=each.members,
                listed=each.listed,
                missed=each.missed,
            )
        )
    return [None] * len(wanted)


def store_missed_contact(connection: sa.Connection, wanted: Sequence[MissedContact]) -> list[bool]:
    """Note events that never arrived; False for one that is known already."""
    inserted = connection.execute(
        insert_ignoring_conflicts(connection, missed_contacts).returning(
            *(missed_contacts.c[name] for name in _KEY)
        ),
        [_row(missed) for missed in wanted],
    )
    new = {tuple(row) for row in inserted}
    return [tuple(_key(missed).values()) in new for missed in wanted]


def mark_missed_contact(
    connection: sa.Connection, wanted: Sequence[tuple[MissedContact, datetime | None, str | None]]
) -> list[None]:
    """Note that operators were told (at), or that a kind of rules was made up for."""
    told = [_key(missed) | {"at": told_at} for missed, told_at, _ in wanted if told_at]
    if told:
        connection.execute(
            _TOLD, [{f"{name}_": value for name, value in row.items()} for row in told]
        )
    for missed, _, applied in wanted:
        if applied is None:
            continue
        row = connection.execute(
            sa.select(missed_contacts.c.applied).where(*_is(missed)).with_for_update()
        ).one()
        connection.execute(
            sa.update(missed_contacts)
            .where(*_is(missed))
            .values(applied=list(dict.fromkeys([*row.applied, applied])))
        )
    return [None] * len(wanted)


def missed_contacts_newest(
    connection: sa.Connection, limit: int, app: str | None = None
) -> list[MissedContact]:
    """Return the events that never arrived, those found last first."""
    query = sa.select(missed_contacts).order_by(missed_contacts.c.found_at.desc()).limit(limit)
    if app is not None:
        query = query.where(missed_contacts.c.app == indexable(app))
    return [
        MissedContact(**dict(row._mapping) | {"applied": tuple(row.applied)})  # noqa: SLF001 - SQLAlchemy's documented way to the columns
        for row in connection.execute(query)
    ]


def missed_contacts_of(connection: sa.Connection, corpid: str, userid: str) -> list[MissedContact]:
    """Return the events that never arrived of one member."""
    rows = connection.execute(
        sa.select(missed_contacts).where(
            missed_contacts.c.corpid == indexable(corpid),
            missed_contacts.c.userid == indexable(userid),
        )
    )
    return [
        MissedContact(**dict(row._mapping) | {"applied": tuple(row.applied)})  # noqa: SLF001 - SQLAlchemy's documented way to the columns
        for row in rows
    ]


def all_reconciliations(connection: sa.Connection) -> list[Reconciliation]:
    """Return the last comparison of each app."""
    rows = connection.execute(
        sa.select(reconciliations).order_by(reconciliations.c.app, reconciliations.c.corpid)
    )
    return [Reconciliation(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's documented way to the columns


def _begin(connection: sa.Connection, app: str, corpid: str, now: datetime) -> Reconciliation:
    query = sa.select(reconciliations).where(*_is_of(app, corpid))
    row = connection.execute(query).one_or_none()
    if row is None:
        connection.execute(
            insert_ignoring_conflicts(connection, reconciliations).values(
                app=indexable(app),
                corpid=indexable(corpid),
                since=_first_delivery(connection) or now,
                members=0,
                listed=0,
                missed=0,
            )
        )
        row = connection.execute(query).one()
    return Reconciliation(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to the columns


def _first_delivery(connection: sa.Connection) -> datetime | None:
    first: datetime | None = connection.scalar(
        sa.select(deliveries.c.received_at).order_by(deliveries.c.received_at).limit(1)
    )
    return first


def _row(missed: MissedContact) -> dict[str, object]:
    return _key(missed) | {
        "app": indexable(missed.app),
        "state": indexable(missed.state),
        "found_at": missed.found_at,
        "told_at": missed.told_at,
        "applied": list(missed.applied),
    }


def _key(missed: MissedContact) -> dict[str, object]:
    return {
        "corpid": indexable(missed.corpid),
        "userid": indexable(missed.userid),
        "external_userid": indexable(missed.external_userid),
        "change": missed.change,
        "happened_at": missed.happened_at,
    }


def _is(missed: MissedContact) -> tuple[sa.ColumnElement[bool], ...]:
    return tuple(missed_contacts.c[name] == value for name, value in _key(missed).items())


def _is_of(app: str, corpid: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        reconciliations.c.app == indexable(app),
        reconciliations.c.corpid == indexable(corpid),
    )
