"""The runs that were given up, put together by what they died of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from journal.tables import IS_GIVEN_UP, deliveries, runs

MOST_FAILURES = 3000  # of the newest, that are put together


@dataclass(frozen=True, kw_only=True)
class FailureGroup:
    """Runs of one handler that ended alike; delivery_ids: the newest first.

    cause: errcode as text, else the class of the error, else the handler's word.
    example: the error of the newest of them. retryable: how many may be run again.
    """

    handler: str
    status: str
    cause: str
    errcode: int | None
    example: str | None
    delivery_ids: tuple[int, ...]
    retryable: int
    first_at: datetime
    last_at: datetime


def failure_groups(
    connection: sa.Connection, now: datetime
) -> tuple[tuple[FailureGroup, ...], bool]:
    """Return the groups, the latest first, and whether older failures were left out."""
    rows = connection.execute(
        sa.select(
            runs.c.delivery_id,
            runs.c.handler,
            runs.c.status,
            runs.c.result,
            runs.c.errcode,
            runs.c.error,
            runs.c.deadline_at,
        )
        .where(IS_GIVEN_UP)
        .order_by(runs.c.id.desc())
        .limit(MOST_FAILURES)
    ).all()
    alike: dict[tuple[str, str, str], list[Any]] = {}
    for row in rows:
        cause = _cause(row.errcode, row.error, row.result)
        alike.setdefault((row.handler, row.status, cause), []).append(row)
    edges = {row.delivery_id for group in alike.values() for row in (group[0], group[-1])}
    received = {
        row.id: row.received_at
        for row in connection.execute(
            sa.select(deliveries.c.id, deliveries.c.received_at).where(deliveries.c.id.in_(edges))
        )
    }
    groups = [
        FailureGroup(
            handler=handler,
            status=status,
            cause=cause,
            errcode=group[0].errcode,
            example=group[0].error,
            delivery_ids=tuple(row.delivery_id for row in group),
            retryable=sum(row.deadline_at is None or row.deadline_at > now for row in group),
            first_at=received[group[-1].delivery_id],
            last_at=received[group[0].delivery_id],
        )
        for (handler, status, cause), group in alike.items()
        if {group[0].delivery_id, group[-1].delivery_id} <= received.keys()  # not purged meanwhile
    ]
    groups.sort(key=lambda group: group.last_at, reverse=True)
    return tuple(groups), len(rows) == MOST_FAILURES


def _cause(errcode: int | None, error: str | None, result: str | None) -> str:
    if errcode is not None:
        return str(errcode)
    if error:
        return error.partition(":")[0]
    return result or ""
