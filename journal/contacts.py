"""Who was added by whom and who left, read out of the deliveries in the background.

`tally` reads what is new since its last turn, by the key of the deliveries, so an event costs
nothing more when it arrives, however full the journal is. What it noted outlives the deliveries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

import events
from events.external_contact import (
    ExternalContactAdded,
    ExternalContactDeleted,
    FollowUserDeleted,
    HalfExternalContactAdded,
)
from journal.operations import indexable, insert_ignoring_conflicts
from journal.tables import contact_changes, deliveries, tallies

ADDED, HALF_ADDED, DELETED = "added", "half_added", "deleted"
_CHANGES = {
    ExternalContactAdded.event_name: ADDED,
    HalfExternalContactAdded.event_name: HALF_ADDED,
    ExternalContactDeleted.event_name: DELETED,
    FollowUserDeleted.event_name: DELETED,
}
_NAME = "contact_changes"
_AT_ONCE = 1000

# A transaction may commit later than one with a higher number: so long the tally looks back.
SETTLED_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class ContactChange:
    """The newest that the journal knows of one member and one customer.

    change: added, half_added (the customer added the member, not the other way round) or deleted.
    """

    external_userid: str
    change: str
    happened_at: datetime
    state: str


def tally_contacts(connection: sa.Connection, wanted: Sequence[datetime]) -> list[int]:
    """Note the changes in the next deliveries; return how many deliveries were looked at.

    wanted: the time now. Called until it returns less than a full turn. A delivery is noted once.
    """
    return [_tally(connection, now) for now in wanted]


def is_full_turn(looked_at: int) -> bool:
    """Whether there may be more to look at."""
    return looked_at >= _AT_ONCE


def contact_changes_of(
    connection: sa.Connection, corpid: str, userid: str
) -> Iterator[ContactChange]:
    """Yield the newest change of each customer of one member, by external_userid."""
    columns = contact_changes.c
    rows = connection.execution_options(yield_per=_AT_ONCE).execute(
        sa.select(columns.external_userid, columns.change, columns.happened_at, columns.state)
        .where(columns.corpid == indexable(corpid), columns.userid == indexable(userid))
        .order_by(columns.external_userid, columns.happened_at, columns.delivery_id)
    )
    newest: ContactChange | None = None
    for row in rows:
        if newest is not None and newest.external_userid != row.external_userid:
            yield newest
        newest = ContactChange(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to the columns
    if newest is not None:
        yield newest


def _tally(connection: sa.Connection, now: datetime) -> int:
    up_to = _position(connection)
    rows = connection.execute(
        sa.select(deliveries.c.id, deliveries.c.event, deliveries.c.received_at)
        .where(deliveries.c.id > up_to)
        .order_by(deliveries.c.id)
        .limit(_AT_ONCE)
    ).all()
    wanted = [row.id for row in rows if row.event in _CHANGES]
    noted = _changes(connection, wanted)
    if noted:
        connection.execute(insert_ignoring_conflicts(connection, contact_changes), noted)
    settled = _settled(rows, now)
    if settled is not None:
        connection.execute(
            sa.update(tallies)
            .where(tallies.c.name == _NAME, tallies.c.up_to < settled)
            .values(up_to=settled)
        )
    # What has not settled is looked at again: so long there is no next turn.
    return len(rows) if rows and rows[-1].id == settled else 0


def _position(connection: sa.Connection) -> int:
    connection.execute(insert_ignoring_conflicts(connection, tallies).values(name=_NAME, up_to=0))
    position = connection.scalar(
        sa.select(tallies.c.up_to).where(tallies.c.name == _NAME).with_for_update()
    )
    return int(position or 0)


def _settled(rows: Iterable[Any], now: datetime) -> int | None:
    settled = None
    for row in rows:
        if row.received_at > now - SETTLED_AFTER:
            break
        settled = row.id
    return settled


def _changes(connection: sa.Connection, delivery_ids: Sequence[int]) -> list[dict[str, Any]]:
    if not delivery_ids:
        return []
    rows = connection.execute(
        sa.select(
            deliveries.c.id,
            deliveries.c.app,
            deliveries.c.corpid,
            deliveries.c.event,
            deliveries.c.userid,
            deliveries.c.subject,
            deliveries.c.occurred_at,
            deliveries.c.received_at,
            deliveries.c.payload,
        ).where(deliveries.c.id.in_(delivery_ids))
    )
    return [
        {
            "delivery_id": row.id,
            "app": row.app,
            "corpid": row.corpid,
            "userid": row.userid,
            "external_userid": row.subject,
            "change": _CHANGES[row.event],
            "state": indexable(getattr(events.parse(row.payload), "state", "")),
            "happened_at": row.occurred_at or row.received_at,
        }
        for row in rows
    ]
