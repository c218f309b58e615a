"""Which processes are alive: each web and worker process writes its name here every few seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from journal.operations import indexable, upsert
from journal.tables import nodes

FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Node:
    """One process of the server; role: web or worker, lanes: of a worker."""

    id: str
    name: str
    role: str
    lanes: tuple[str, ...]
    started_at: datetime
    seen_at: datetime
    version: str


def beat(connection: sa.Connection, wanted: Sequence[Node]) -> list[None]:
    """Note that processes are alive, and forget those not seen for a day."""
    for node in sorted(wanted, key=lambda node: node.id):
        row = vars(node) | {"name": indexable(node.name), "lanes": ",".join(node.lanes)}
        connection.execute(upsert(connection, nodes, ("id",), newest_by="seen_at"), [row])
        connection.execute(sa.delete(nodes).where(nodes.c.seen_at < node.seen_at - FORGOTTEN_AFTER))
    return [None] * len(wanted)


def leave(connection: sa.Connection, wanted: Sequence[str]) -> list[None]:
    """Forget processes that ended as they should."""
    connection.execute(sa.delete(nodes).where(nodes.c.id.in_(wanted)))
    return [None] * len(wanted)


def all_nodes(connection: sa.Connection) -> list[Node]:
    """Return every process seen within a day, by name."""
    rows = connection.execute(sa.select(nodes).order_by(nodes.c.role.desc(), nodes.c.name))
    return [
        Node(**(dict(row._mapping) | {"lanes": tuple(filter(None, row.lanes.split(",")))}))  # noqa: SLF001 - SQLAlchemy's documented way to the columns
        for row in rows
    ]
