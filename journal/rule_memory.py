"""What rules remember: uploaded files, what was told to whom, the names of customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from journal.operations import indexable, insert_ignoring_conflicts, storable, upsert
from journal.tables import deliveries, names, tellings, uploads

_MOST_LOSSES = 2000


@dataclass(frozen=True, kw_only=True)
class UploadRecord:
    """A file as it was uploaded; sha256 tells which content."""

    app: str
    corpid: str
    path: str
    type: str
    sha256: str
    media_id: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Telling:
    """Something to be told once; again_before: told earlier than that it may be told again."""

    corpid: str
    subject: str
    now: datetime
    again_before: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Loss:
    """A delivery that told of a customer's loss."""

    external_userid: str
    received_at: datetime
    payload: bytes


def keep_upload(connection: sa.Connection, wanted: Sequence[UploadRecord]) -> list[None]:
    """Keep the newest upload of each file."""
    key = ("app", "corpid", "path", "type")
    for each in sorted(wanted, key=lambda upload: (upload.app, upload.corpid, upload.path)):
        row = vars(each) | {"path": indexable(each.path), "corpid": indexable(each.corpid)}
        connection.execute(upsert(connection, uploads, key, newest_by="created_at"), [row])
    return [None] * len(wanted)


def drop_upload(connection: sa.Connection, wanted: Sequence[tuple[str, str, str]]) -> list[None]:
    """Forget uploads (app, corpid, media_id) that WeCom does not know any more."""
    for app, corpid, media_id in sorted(wanted):
        connection.execute(
            sa.delete(uploads).where(
                uploads.c.app == app,
                uploads.c.corpid == indexable(corpid),
                uploads.c.media_id == media_id,
            )
        )
    return [None] * len(wanted)


def uploads_of(connection: sa.Connection, app: str, corpid: str) -> list[UploadRecord]:
    """Return what was uploaded for one app and corp."""
    rows = connection.execute(
        sa.select(uploads).where(uploads.c.app == app, uploads.c.corpid == indexable(corpid))
    )
    return [UploadRecord(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's documented way to the columns


def tell(connection: sa.Connection, wanted: Sequence[Telling]) -> list[bool]:
    """Take the right to tell something; False for what was told already."""
    in_order = sorted(
        range(len(wanted)), key=lambda place: (wanted[place].corpid, wanted[place].subject)
    )
    told = {place: _tell(connection, wanted[place]) for place in in_order}
    return [told[place] for place in range(len(wanted))]


def untell(connection: sa.Connection, wanted: Sequence[tuple[str, str]]) -> list[None]:
    """Give the right back: (corpid, subject) could not be told."""
    for corpid, subject in sorted(wanted):
        connection.execute(sa.delete(tellings).where(_is_telling(corpid, subject)))
    return [None] * len(wanted)


def keep_name(
    connection: sa.Connection, wanted: Sequence[tuple[str, str, str, datetime]]
) -> list[None]:
    """Keep the newest name of each customer (corpid, external_userid, name, at)."""
    key = ("corpid", "external_userid")
    for corpid, external_userid, name, at in sorted(wanted):
        row = {
            "corpid": indexable(corpid),
            "external_userid": indexable(external_userid),
            "name": storable(name),
            "seen_at": at,
        }
        connection.execute(upsert(connection, names, key, newest_by="seen_at"), [row])
    return [None] * len(wanted)


def name_of(connection: sa.Connection, corpid: str, external_userid: str) -> str:
    """Return the name a customer was last seen under, "" for a stranger."""
    known = names.c.corpid == indexable(corpid)
    query = sa.select(names.c.name).where(
        known, names.c.external_userid == indexable(external_userid)
    )
    return connection.scalar(query) or ""


def forget_before(
    connection: sa.Connection, wanted: Sequence[tuple[datetime, datetime]]
) -> list[int]:
    """Delete names not seen since, and tellings before (names, tellings); return how many."""
    gone = []
    for names_before, tellings_before in wanted:
        old_names = connection.execute(sa.delete(names).where(names.c.seen_at < names_before))
        old = connection.execute(sa.delete(tellings).where(tellings.c.told_at < tellings_before))
        gone.append(old_names.rowcount + old.rowcount)
    return gone


def losses(
    connection: sa.Connection, app: str, userid: str, event: str, *, since: datetime
) -> list[Loss]:
    """Return what one member lost since then, by deliveries of this event, the newest first.

    They are found by their time, which is indexed: members are not.
    """
    columns = deliveries.c
    rows = connection.execute(
        sa.select(columns.subject, columns.received_at, columns.payload)
        .where(columns.received_at >= since, columns.userid == indexable(userid))
        .where(columns.event == event, columns.app == app)
        .order_by(columns.received_at.desc())
        .limit(_MOST_LOSSES)
    )
    return [
        Loss(external_userid=row.subject, received_at=row.received_at, payload=row.payload)
        for row in rows
    ]


def _tell(connection: sa.Connection, wanted: Telling) -> bool:
    key = {"corpid": indexable(wanted.corpid), "subject": indexable(wanted.subject)}
    inserted = connection.execute(
        insert_ignoring_conflicts(connection, tellings)
        .values(**key, told_at=wanted.now)
        .returning(tellings.c.subject)
    )
    if inserted.first() is not None:
        return True
    if wanted.again_before is None:
        return False
    renewed = connection.execute(
        sa.update(tellings)
        .where(
            _is_telling(wanted.corpid, wanted.subject), tellings.c.told_at <= wanted.again_before
        )
        .values(told_at=wanted.now)
    )
    return renewed.rowcount == 1


def _is_telling(corpid: str, subject: str) -> sa.ColumnElement[bool]:
    return sa.and_(tellings.c.corpid == indexable(corpid), tellings.c.subject == indexable(subject))
