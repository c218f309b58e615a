"""The tables of the journal; `migrations/` makes them, a test compares the two."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import sqlite

from language import Text as Statement

RunStatus = Literal["pending", "running", "retry", "done", "failed", "expired"]
DeliveryStatus = Literal["open", "done", "failed", "ignored"]

PENDING: RunStatus = "pending"  # recorded; not claimed yet
RUNNING: RunStatus = "running"  # pending, retry -> running: a worker claimed it and holds the lease
RETRY: RunStatus = "retry"  # running -> retry: failed for now, due again at `due_at`
DONE: RunStatus = "done"  # running -> done: the handler returned
FAILED: RunStatus = "failed"  # running -> failed: refused for good, or out of attempts
EXPIRED: RunStatus = "expired"  # any open one -> expired: the deadline passed
OPEN_STATUSES: tuple[RunStatus, ...] = (PENDING, RUNNING, RETRY)

_IDENTIFIER_LENGTH = 255


class _SQLiteDateTime(sqlite.DATETIME):
    """Writes what SQLAlchemy's type writes, in a fraction of the time; a callback has ten."""

    def bind_processor(self, dialect: Any) -> Callable[[datetime | None], str | None]:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        """Return what writes an aware UTC time without its zone."""
        return _written


def _written(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat(" ", "microseconds").removesuffix("+00:00")


class InBothLanguages(TypeDecorator[Statement]):
    """What people are told. Up to 0.1.0 there was English alone, as it is."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Statement | None, _dialect: Any) -> str | None:  # noqa: ANN401 - SQLAlchemy's signature
        """Write both languages."""
        return None if value is None else json.dumps([value.en, value.zh], ensure_ascii=False)

    def process_result_value(self, value: str | None, _dialect: Any) -> Statement | None:  # noqa: ANN401 - SQLAlchemy's signature
        """Read them."""
        if value is None:
            return None
        try:
            english, chinese = json.loads(value)
        except (TypeError, ValueError):
            return Statement.same(value)
        return Statement(en=english, zh=chinese)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC time, also on SQLite, which knows no time zones."""

    impl = DateTime(timezone=True).with_variant(_SQLiteDateTime, "sqlite")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        """Refuse naive times."""
        if value is None or value.tzinfo is UTC:
            return value
        if value.tzinfo is None:
            raise ValueError("The journal keeps aware times only.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ANN401 - SQLAlchemy's signature
        """Make what SQLite gives back aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


# SQLite numbers rows by itself only in a column declared INTEGER.
_RowId = BigInteger().with_variant(Integer, "sqlite")
_Identifier = String(_IDENTIFIER_LENGTH)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("app", _Identifier, nullable=False),
    Column("corpid", _Identifier, nullable=False),
    Column(
        "event_key", String(64), nullable=False, unique=True
    ),  # of the whole content: identity.py
    Column("event", _Identifier, nullable=False),  # change_external_contact.add_external_contact
    Column("userid", _Identifier, nullable=False),
    Column("subject", _Identifier, nullable=False),  # external_userid, chat_id, job id ...
    Column("occurred_at", UTCDateTime, nullable=True),
    Column("received_at", UTCDateTime, nullable=False, index=True),
    Column("repeats", Integer, nullable=False, server_default="0"),
    Column("payload", LargeBinary, nullable=False),  # the decrypted text exactly as received
    Column("status", String(16), nullable=False),  # open -> done | failed; ignored: no handler
    Index("ix_deliveries_subject", "subject", "id"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("delivery_id", _RowId, ForeignKey(deliveries.c.id, ondelete="CASCADE"), nullable=False),
    Column("handler", _Identifier, nullable=False),
    Column("lane", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("due_at", UTCDateTime, nullable=False),  # not before
    Column("deadline_at", UTCDateTime, nullable=True),  # not after
    Column("published_at", UTCDateTime, nullable=True),  # None: handed back to the sweepers
    Column("lease_until", UTCDateTime, nullable=True),
    Column("sweep_at", UTCDateTime, nullable=False),  # open runs: when a sweeper looks after it
    Column("result", String(64), nullable=True),  # the handler's word: sent, too_late ...
    Column("errcode", Integer, nullable=True),
    Column("error", Text, nullable=True),
    UniqueConstraint("delivery_id", "handler"),
)

# Spelled out, not bound: only so can a database see that the index of open runs serves.
IS_OPEN = text("status IN ('pending', 'running', 'retry')")
Index(
    "ix_runs_open",
    runs.c.lane,
    runs.c.sweep_at,
    sqlite_where=IS_OPEN,
    postgresql_where=IS_OPEN,
)

IS_GIVEN_UP = text("status IN ('failed', 'expired')")
Index("ix_runs_given_up", runs.c.id, sqlite_where=IS_GIVEN_UP, postgresql_where=IS_GIVEN_UP)

attempts = Table(
    "attempts",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("run_id", _RowId, ForeignKey(runs.c.id, ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("started_at", UTCDateTime, nullable=True),
    Column("finished_at", UTCDateTime, nullable=True),
    Column("outcome", String(16), nullable=False),  # a run status, or `lost`: its worker died
    Column("outcome_unknown", Boolean, nullable=False),  # it may have acted all the same
    Column("result", String(64), nullable=True),
    Column("errcode", Integer, nullable=True),
    Column("error", Text, nullable=True),
    Column("calls", JSON, nullable=False),  # [[endpoint, milliseconds, errcode], ...]
    UniqueConstraint("run_id", "number"),
)

chats = Table(
    "chats",
    metadata,
    Column("corpid", _Identifier, primary_key=True),
    Column("chat_id", _Identifier, primary_key=True),
    Column("name", Text, nullable=False),
    Column("owner", _Identifier, nullable=False),
    Column("member_version", _Identifier, nullable=False),
    Column("read_at", UTCDateTime, nullable=False, index=True),  # when WeCom gave this picture
    Column("dismissed_at", UTCDateTime, nullable=True),
)

chat_members = Table(
    "chat_members",
    metadata,
    Column("corpid", _Identifier, primary_key=True),
    Column("chat_id", _Identifier, primary_key=True),
    Column("userid", _Identifier, primary_key=True),  # userid or external_userid
    Column("type", Integer, nullable=False),  # 1 member of the corp, 2 external
    Column("join_time", UTCDateTime, nullable=True),
    Column("join_scene", Integer, nullable=True),
    Column("invitor", _Identifier, nullable=False),
    Column("state", _Identifier, nullable=False),
)

chat_changes = Table(
    "chat_changes",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("corpid", _Identifier, nullable=False),
    Column("chat_id", _Identifier, nullable=False),
    Column("userid", _Identifier, nullable=False),
    Column("change", String(16), nullable=False),  # joined | left
    Column("happened_at", UTCDateTime, nullable=False),
    Column("scene", Integer, nullable=True),  # JoinScene or QuitScene of the event
    Index("ix_chat_changes_chat", "corpid", "chat_id", "happened_at"),
)

batch_jobs = Table(
    "batch_jobs",
    metadata,
    Column("corpid", _Identifier, primary_key=True),
    Column("job_id", _Identifier, primary_key=True),
    Column("job_type", _Identifier, nullable=False),
    Column("errcode", Integer, nullable=False),
    Column("errmsg", Text, nullable=False),
    Column("total", Integer, nullable=True),
    Column("result", JSON, nullable=False),  # one object per row, as WeCom gives it
    Column("finished_at", UTCDateTime, nullable=False),
)

kf_cursors = Table(
    "kf_cursors",
    metadata,
    Column("corpid", _Identifier, primary_key=True),
    Column("open_kfid", _Identifier, primary_key=True),
    Column("cursor", _Identifier, nullable=False),  # all before it is recorded
    Column("saved_at", UTCDateTime, nullable=False),
)

duties = Table(
    "duties",
    metadata,
    Column("app", _Identifier, primary_key=True),
    Column("corpid", _Identifier, primary_key=True),
    Column("name", _Identifier, primary_key=True),
    Column("due_at", UTCDateTime, nullable=False),  # the next turn
    Column("lease_until", UTCDateTime, nullable=True),  # a worker is at it until then
    Column("turn", Integer, nullable=False, server_default="0"),  # counts the claims
    Column("last_started", UTCDateTime, nullable=True),
    Column("last_finished", UTCDateTime, nullable=True),
    Column("last_outcome", String(64), nullable=True),  # the duty's word, `failed` or `lost`
    Column("last_error", Text, nullable=True),
)

nodes = Table(
    "nodes",
    metadata,
    Column("id", String(64), primary_key=True),  # made anew by each process
    Column("name", _Identifier, nullable=False),  # host:pid
    Column("role", String(16), nullable=False),  # web | worker
    Column("lanes", _Identifier, nullable=False),  # separated by commas
    Column("started_at", UTCDateTime, nullable=False),
    Column("seen_at", UTCDateTime, nullable=False),
    Column("version", String(64), nullable=False),
)

batch_submissions = Table(
    "batch_submissions",
    metadata,
    Column("corpid", _Identifier, primary_key=True),
    Column("job_id", _Identifier, primary_key=True),
    Column("app", _Identifier, nullable=False),
    Column("job_type", _Identifier, nullable=False),
    Column("file", Text, nullable=False),  # the import's name, or where an export goes
    Column("lines", JSON, nullable=False),  # [[line of the file, userid or department id], ...]
    Column("submitted_at", UTCDateTime, nullable=False, index=True),
)
Index("ix_batch_jobs_finished_at", batch_jobs.c.finished_at)
Index("ix_chat_changes_happened_at", chat_changes.c.happened_at)
Index("ix_chat_members_userid", chat_members.c.corpid, chat_members.c.userid)

# Who was added and who left, read out of the deliveries; it outlives them.
contact_changes = Table(
    "contact_changes",
    metadata,
    Column("delivery_id", _RowId, primary_key=True, autoincrement=False),
    Column("app", _Identifier, nullable=False),
    Column("corpid", _Identifier, nullable=False),
    Column("userid", _Identifier, nullable=False),
    Column("external_userid", _Identifier, nullable=False),
    Column("change", String(16), nullable=False),  # added | deleted
    Column("state", _Identifier, nullable=False),
    Column("happened_at", UTCDateTime, nullable=False),
    Index("ix_contact_changes_pair", "corpid", "userid", "external_userid", "happened_at"),
    Index("ix_contact_changes_happened_at", "happened_at", "change", "app", "state"),
    Index("ix_contact_changes_state", "app", "corpid", "change", "state"),
    Index("ix_contact_changes_delivery", "state", "delivery_id"),
)

tallies = Table(
    "tallies",
    metadata,
    Column("name", _Identifier, primary_key=True),
    Column("up_to", _RowId, nullable=False),  # the delivery before which nothing is new
)

channels = Table(
    "channels",
    metadata,
    Column("app", _Identifier, primary_key=True),
    Column("corpid", _Identifier, primary_key=True),
    Column("name", _Identifier, primary_key=True),
    Column("state", _Identifier, nullable=False),
    Column("config_id", _Identifier, nullable=False),  # "" until WeCom's answer is written down
    Column("qr_code", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False),  # of what was sent last
    Column("claimed_until", UTCDateTime, nullable=True),  # somebody is making or changing it
    Column("asked_at", UTCDateTime, nullable=True),  # when it was first asked for; answer unknown
    Column("synced_at", UTCDateTime, nullable=True),
    Column("error", InBothLanguages, nullable=True),
)

group_welcomes = Table(
    "group_welcomes",
    metadata,
    Column("app", _Identifier, primary_key=True),
    Column("corpid", _Identifier, primary_key=True),
    Column("name", _Identifier, primary_key=True),
    Column("template_id", _Identifier, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("claimed_until", UTCDateTime, nullable=True),
    Column("asked_at", UTCDateTime, nullable=True),
    Column("synced_at", UTCDateTime, nullable=True),
    Column("error", InBothLanguages, nullable=True),
)

missed_contacts = Table(
    "missed_contacts",
    metadata,
    Column("corpid", _Identifier, primary_key=True),
    Column("userid", _Identifier, primary_key=True),
    Column("external_userid", _Identifier, primary_key=True),
    Column("change", String(16), primary_key=True),  # added | deleted
    Column("happened_at", UTCDateTime, primary_key=True),  # deleted: of the add that was undone
    Column("app", _Identifier, nullable=False),
    Column("state", _Identifier, nullable=False),
    Column("found_at", UTCDateTime, nullable=False, index=True),
    Column("told_at", UTCDateTime, nullable=True),  # operators heard of it
    Column("applied", JSON, nullable=False),  # the rules that were made up for: tag, remark
)

reconciliations = Table(
    "reconciliations",
    metadata,
    Column("app", _Identifier, primary_key=True),
    Column("corpid", _Identifier, primary_key=True),
    Column("since", UTCDateTime, nullable=False),  # what happened before is no loss
    Column("finished_at", UTCDateTime, nullable=True),
    Column("members", Integer, nullable=False),
    Column("listed", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
)

console_users = Table(
    "console_users",
    metadata,
    Column("name", _Identifier, primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("permissions", _Identifier, nullable=False),  # separated by commas
    Column("changed_at", UTCDateTime, nullable=False),
)

console_sessions = Table(
    "console_sessions",
    metadata,
    Column("id", String(64), primary_key=True),  # a hash of what the browser has
    Column("name", _Identifier, nullable=False),
    Column("source", String(16), nullable=False),  # password | wecom
    Column("started_at", UTCDateTime, nullable=False),
    Column("seen_at", UTCDateTime, nullable=False),
)

console_throttle = Table(
    "console_throttle",
    metadata,
    Column("id", String(64), primary_key=True),  # a hash of an address or a name
    Column("since", UTCDateTime, nullable=False),
    Column("failures", Integer, nullable=False),
)

console_audit = Table(
    "console_audit",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("at", UTCDateTime, nullable=False),
    Column("name", _Identifier, nullable=False),
    Column("address", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("target", _Identifier, nullable=False),
    Column("outcome", String(64), nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("app", _Identifier, primary_key=True),
    Column("corpid", _Identifier, primary_key=True),
    Column("path", _Identifier, primary_key=True),  # as the rules write it
    Column("type", String(16), primary_key=True),  # image, video, file; refused: path is a media_id
    Column("sha256", String(64), nullable=False),  # of the content that was uploaded
    Column("media_id", Text, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),  # it lives three days
)

# What was told, so that nobody is told twice.
tellings = Table(
    "tellings",
    metadata,
    Column("corpid", _Identifier, primary_key=True),
    Column("subject", _Identifier, primary_key=True),
    Column("told_at", UTCDateTime, nullable=False, index=True),
)

# Customers' names, for notices about customers whom WeCom no longer tells of.
names = Table(
    "names",
    metadata,
    Column("corpid", _Identifier, primary_key=True),
    Column("external_userid", _Identifier, primary_key=True),
    Column("name", Text, nullable=False),
    Column("seen_at", UTCDateTime, nullable=False, index=True),
)

suite_tickets = Table(
    "suite_tickets",
    metadata,
    Column("suite_id", _Identifier, primary_key=True),
    Column("suite_ticket", LargeBinary, nullable=False),  # sealed
    Column("issued_at", UTCDateTime, nullable=False),  # by WeCom's clock
)

AuthorisationState = Literal["authorised", "cancelled"]

AUTHORISED: AuthorisationState = "authorised"  # the corp installed the suite
CANCELLED: AuthorisationState = "cancelled"  # authorised -> cancelled: it removed the suite

authorisations = Table(
    "authorisations",
    metadata,
    Column("suite_id", _Identifier, primary_key=True),
    Column("corpid", _Identifier, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("since", UTCDateTime, nullable=False),  # by WeCom's clock
    Column("agentid", BigInteger, nullable=True),
    Column("permanent_code", LargeBinary, nullable=True),  # sealed
    Column("auth_code_digest", String(64), nullable=False),  # of the code it was had for
)
