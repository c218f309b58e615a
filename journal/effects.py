"""What handlers leave in the journal database: pictures of groups, results of jobs, cursors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from journal.operations import indexable, insert_ignoring_conflicts, storable, upsert
from journal.records import (
    BatchJobRecord,
    ChatDifference,
    ChatMember,
    ChatNews,
    ChatPicture,
)
from journal.tables import batch_jobs, chat_members, chats, kf_cursors
from journal.tables import chat_changes as changes


def store_chat(
    connection: sa.Connection, wanted: Sequence[tuple[ChatPicture, ChatNews]]
) -> list[ChatDifference]:
    """Replace each chat's picture by a newer one and record the difference.

    A picture older than the one kept is left out: two readings may arrive in either order.
    """
    # Always in the same order, so that two processes do not wait for each other in a circle.
    in_order = sorted(range(len(wanted)), key=lambda place: _key(wanted[place][0]))
    differences = {place: _store_chat(connection, *wanted[place]) for place in in_order}
    return [differences[place] for place in range(len(wanted))]


def dismiss_chat(
    connection: sa.Connection, wanted: Sequence[tuple[str, str, datetime]]
) -> list[None]:
    """Mark chats as dismissed; one never seen before gets a row as well."""
    for corpid, chat_id, at in sorted(wanted):
        connection.execute(
            insert_ignoring_conflicts(connection, chats).values(
                corpid=indexable(corpid),
                chat_id=indexable(chat_id),
                name="",
                owner="",
                member_version="",
                read_at=at,
            )
        )
        connection.execute(
            sa.update(chats).where(_is(chats, corpid, chat_id)).values(dismissed_at=at)
        )
    return [None] * len(wanted)


def store_batch_job(connection: sa.Connection, wanted: Sequence[BatchJobRecord]) -> list[None]:
    """Keep the newest outcome of each job; one that knows no rows replaces nothing.

    WeCom keeps the result of the last five jobs only, and may tell of one again later.
    """
    for job in sorted(wanted, key=lambda job: (job.corpid, job.job_id)):
        row = vars(job) | {"errmsg": storable(job.errmsg)}
        statement = (
            insert_ignoring_conflicts(connection, batch_jobs)
            if job.total is None
            else upsert(connection, batch_jobs, ("corpid", "job_id"), newest_by="finished_at")
        )
        connection.execute(statement, [row])
    return [None] * len(wanted)


def advance_kf_cursor(
    connection: sa.Connection, wanted: Sequence[tuple[str, str, str, str, datetime]]
) -> list[str]:
    """Move cursors (corpid, open_kfid, past, to, at); return those that stand then.

    One that does not stand at `past` any more stays: another worker has gone on.
    """
    # Always in the same order, so that two processes do not wait for each other in a circle.
    in_order = sorted(range(len(wanted)), key=lambda place: wanted[place][:2])
    standing = {place: _advance(connection, wanted[place]) for place in in_order}
    return [standing[place] for place in range(len(wanted))]


def kf_cursor(connection: sa.Connection, corpid: str, open_kfid: str) -> str:
    """Return the cursor of one customer service account, "" when nothing was pulled yet."""
    return connection.scalar(_kf_cursor(corpid, open_kfid)) or ""


def chat(connection: sa.Connection, corpid: str, chat_id: str) -> ChatPicture | None:
    """Return the newest picture of one chat."""
    row = connection.execute(sa.select(chats).where(_is(chats, corpid, chat_id))).one_or_none()
    if row is None:
        return None
    members = connection.execute(
        sa.select(chat_members)
        .where(_is(chat_members, corpid, chat_id))
        .order_by(chat_members.c.userid)
    )
    return ChatPicture(
        corpid=corpid,
        chat_id=chat_id,
        name=row.name,
        owner=row.owner,
        member_version=row.member_version,
        read_at=row.read_at,
        dismissed_at=row.dismissed_at,
        members=tuple(
            ChatMember(**{name: getattr(each, name) for name in ChatMember.__dataclass_fields__})
            for each in members
        ),
    )


def chat_changes(
    connection: sa.Connection, corpid: str, chat_id: str
) -> list[tuple[str, str, int | None]]:
    """Return who joined and left, oldest first."""
    rows = connection.execute(
        sa.select(changes.c.userid, changes.c.change, changes.c.scene)
        .where(_is(changes, corpid, chat_id))
        .order_by(changes.c.happened_at, changes.c.id)
    )
    return [(row.userid, row.change, row.scene) for row in rows]


def batch_job(connection: sa.Connection, corpid: str, job_id: str) -> BatchJobRecord | None:
    """Return the kept outcome of one job."""
    row = connection.execute(
        sa.select(batch_jobs).where(batch_jobs.c.corpid == corpid, batch_jobs.c.job_id == job_id)
    ).one_or_none()
    return None if row is None else BatchJobRecord(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to the columns


def _kf_cursor(corpid: str, open_kfid: str) -> sa.Select[tuple[str]]:
    return sa.select(kf_cursors.c.cursor).where(
        kf_cursors.c.corpid == indexable(corpid), kf_cursors.c.open_kfid == indexable(open_kfid)
    )


def _advance(connection: sa.Connection, wanted: tuple[str, str, str, str, datetime]) -> str:
    corpid, open_kfid, past, to, at = wanted
    key = {"corpid": indexable(corpid), "open_kfid": indexable(open_kfid)}
    connection.execute(
        insert_ignoring_conflicts(connection, kf_cursors).values(**key, cursor="", saved_at=at)
    )
    connection.execute(
        sa.update(kf_cursors)
        .where(*(kf_cursors.c[name] == value for name, value in key.items()))
        .where(kf_cursors.c.cursor == past)
        .values(cursor=to, saved_at=at)
    )
    return connection.scalar(_kf_cursor(corpid, open_kfid)) or ""


def _is(table: sa.Table, corpid: str, chat_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.corpid == indexable(corpid), table.c.chat_id == indexable(chat_id))


def _key(picture: ChatPicture) -> tuple[str, str]:
    return picture.corpid, picture.chat_id


def _store_chat(connection: sa.Connection, picture: ChatPicture, told: ChatNews) -> ChatDifference:
    first = _make_room(connection, picture)
    kept = connection.execute(
        sa.select(chats).where(_is(chats, picture.corpid, picture.chat_id)).with_for_update()
    ).one()
    if kept.read_at > picture.read_at:
        _add_told(connection, picture, told)
        return ChatDifference()
    before = frozenset(
        connection.scalars(
            sa.select(chat_members.c.userid).where(
                _is(chat_members, picture.corpid, picture.chat_id)
            )
        )
    )
    members = {row["userid"]: row for row in map(_member_row, picture.members)}
    after = frozenset(members)
    _replace_picture(connection, picture, list(members.values()))
    difference = (
        ChatDifference(first=True)
        if first
        else ChatDifference(joined=after - before, left=before - after)
    )
    _record_changes(connection, picture, difference)
    _add_told(connection, picture, told)
    return difference


def _make_room(connection: sa.Connection, picture: ChatPicture) -> bool:
    """Make sure that there is a row to lock; True when there was none."""
    inserted = connection.execute(
        insert_ignoring_conflicts(connection, chats).returning(chats.c.chat_id),
        [_chat_row(picture)],
    )
    return inserted.first() is not None


def _chat_row(picture: ChatPicture) -> dict[str, Any]:
    return {
        **_chat_key(picture),
        "name": storable(picture.name),
        "owner": indexable(picture.owner),
        "member_version": indexable(picture.member_version),
        "read_at": picture.read_at,
    }


def _chat_key(picture: ChatPicture) -> dict[str, str]:
    return {"corpid": indexable(picture.corpid), "chat_id": indexable(picture.chat_id)}


def _member_row(member: ChatMember) -> dict[str, Any]:
    texts = ("userid", "invitor", "state")
    return vars(member) | {name: indexable(getattr(member, name)) for name in texts}


def _replace_picture(
    connection: sa.Connection, picture: ChatPicture, members: Sequence[dict[str, Any]]
) -> None:
    key = _chat_key(picture)
    connection.execute(sa.update(chats).where(_is(chats, **key)).values(**_chat_row(picture)))
    connection.execute(sa.delete(chat_members).where(_is(chat_members, **key)))
    if members:
        connection.execute(sa.insert(chat_members), [key | member for member in members])


def _record_changes(
    connection: sa.Connection,
    picture: ChatPicture,
    difference: ChatDifference,
) -> None:
    rows = [
        {
            **_chat_key(picture),
            "userid": userid,
            "change": change,
            "happened_at": picture.read_at,
        }
        for change, userids in (("joined", difference.joined), ("left", difference.left))
        for userid in sorted(userids)
    ]
    if rows:
        connection.execute(sa.insert(changes), rows)


def _add_told(connection: sa.Connection, picture: ChatPicture, told: ChatNews) -> None:
    """Complete the history by what an event says itself.

    A change it names was seen in some picture since, which lacks the scene; or in none, because
    the picture before was the first, or the member came and went between two of them.
    """
    for userid in sorted(told.userids):
        of_member = (
            _is(changes, picture.corpid, picture.chat_id),
            changes.c.userid == indexable(userid),
            changes.c.change == told.change,
            changes.c.happened_at >= told.happened_at,
        )
        seen = connection.scalar(
            sa.select(changes.c.id).where(*of_member).order_by(changes.c.happened_at).limit(1)
        )
        if seen is None:
            row = _chat_key(picture) | vars(told) | {"userid": indexable(userid)}
            del row["userids"]
            connection.execute(sa.insert(changes), [row])
        else:
            connection.execute(
                sa.update(changes)
                .where(changes.c.id == seen, changes.c.scene.is_(None))
                .values(scene=told.scene)
            )
