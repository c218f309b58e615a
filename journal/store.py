"""The door to the journal: what the other rooms may ask of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from errors import ConfigurationError, JournalUnavailable
from journal import effects, operations, rule_memory
from journal.automations import Automations
from journal.backlog import LaneBacklog, backlogs, size_bytes
from journal.database import connect
from journal.desk import Desk
from journal.duties import (
    DutyClaim,
    DutyEnd,
    DutyKey,
    DutyRecord,
    DutyTurn,
    all_duties,
    claim_duty,
    finish_duty,
    renew_duty,
)
from journal.group_commit import GroupCommit
from journal.nodes import Node, all_nodes, beat, leave
from journal.operations import Claim, Renewal, Replay, Sweep
from journal.records import (
    Attempt,
    BatchJobRecord,
    ChatDifference,
    ChatNews,
    ChatPicture,
    ClaimedRun,
    Conclusion,
    Delivery,
    NewDelivery,
    PlannedRun,
    PublishableRun,
    Recorded,
    Run,
)
from journal.rule_memory import Loss, Telling, UploadRecord
from journal.suites import Suites, Vault
from journal.tables import IS_OPEN, attempts, deliveries, runs
from language import Text

MIGRATIONS = Path(__file__).parent / "migrations"

_GREATEST_ID = 2**63 - 1
_ANSWER_SECONDS = 4.0  # WeCom waits five for an answer (doc 90930)


class Journal(Automations, Desk, Suites):
    """Deliveries, runs and attempts in one database.

    Writes of all threads share commits (`group_commit`); each method returns when its own part is
    committed. Every method raises JournalUnavailable when the database cannot be reached.
    vault: seals what must not lie open; None where nothing is confidential.
    """

    def __init__(self, database_url: str, vault: Vault | None = None) -> None:
        self._vault = vault
        self._engine = connect(database_url)
        self._writer = GroupCommit(self._engine, operations.IN_ORDER)

    def close(self) -> None:
        """Commit what is waiting and let go of the database."""
        self._writer.close()
        self._engine.dispose()

    # --- the way of one callback

    def record(self, delivery: NewDelivery) -> Recorded:
        """Write one event and its runs; the journal is the truth from here on.

        Raises JournalUnavailable while WeCom still waits. The event is written all the same when
        the database is back, for WeCom may have given up; a repeat of it changes nothing.
        """
        return self._writer.insist(
            operations.record,
            self._sealed(delivery),
            seconds=_ANSWER_SECONDS,
            late=self._hand_back,
        )

    def record_all(self, deliveries: Iterable[NewDelivery]) -> list[Recorded]:
        """Write many events, in as few commits as they need."""
        sealed = map(self._sealed, deliveries)
        futures = [self._writer.submit(operations.record, each) for each in sealed]
        return [future.result() for future in futures]

    def claim(self, run_id: int, *, now: datetime, lease: timedelta) -> ClaimedRun | None:
        """Take one run for execution; None when another has it, or nothing is left to do."""
        claim = Claim(run_id=run_id, now=now, lease=lease)
        return self._writer.submit(operations.claim, claim).result()

    def renew(self, claimed: Iterable[ClaimedRun], lease_until: datetime) -> None:
        """Prolong the leases of runs this worker is still executing."""
        futures = [
            self._writer.submit(
                operations.renew,
                Renewal(run_id=run.run_id, attempt=run.attempt, lease_until=lease_until),
            )
            for run in claimed
        ]
        for future in futures:
            future.result()

    def cut_leases(self, lane: str, latest: datetime) -> None:
        """Let no lease of a lane end after `latest`: a clock that was set back since wrote it."""
        self._writer.submit(operations.cut_leases, (lane, latest)).result()

    def conclude(self, conclusion: Conclusion) -> None:
        """Write down how an attempt ended."""
        self._writer.submit(operations.conclude, conclusion).result()

    def sweep(
        self, lanes: Iterable[str], *, now: datetime, limit: int = 1000
    ) -> list[PublishableRun]:
        """Take the runs of these lanes that nobody looks after, `limit` of each lane."""
        sweep = Sweep(lanes=tuple(lanes), now=now, limit=limit)
        if not self._anything_to_sweep(sweep):
            return []
        return self._writer.submit(operations.sweep, sweep).result()

    def release(self, run_ids: Iterable[int]) -> None:
        """Hand back runs that were not published, or queued here and not begun."""
        self._writer.submit(operations.release, tuple(run_ids)).result()

    # --- what handlers leave behind

    def store_chat(self, picture: ChatPicture, told: ChatNews | None = None) -> ChatDifference:
        """Keep a new picture of a customer group and record who came and went.

        told: what the event says of it that led to the picture.
        """
        told = told or ChatNews(change="joined", happened_at=picture.read_at)
        return self._writer.submit(effects.store_chat, (picture, told)).result()

    def dismiss_chat(self, corpid: str, chat_id: str, at: datetime) -> None:
        """Record that a customer group is no more."""
        self._writer.submit(effects.dismiss_chat, (corpid, chat_id, at)).result()

    def store_batch_job(self, job: BatchJobRecord) -> None:
        """Keep the outcome of an asynchronous job."""
        self._writer.submit(effects.store_batch_job, job).result()

    def advance_kf_cursor(
        self, corpid: str, open_kfid: str, *, past: str, to: str, at: datetime
    ) -> str:
        """Move the cursor of a customer service account; return the one that stands then.

        It stays when it does not stand at `past` any more: another worker has gone on.
        """
        wanted = (corpid, open_kfid, past, to, at)
        return self._writer.submit(effects.advance_kf_cursor, wanted).result()

    def kf_cursor(self, corpid: str, open_kfid: str) -> str:
        """Return up to where a customer service account was pulled, "" at first."""
        with self._reading() as connection:
            return effects.kf_cursor(connection, corpid, open_kfid)

    # --- what is done every so often

    def claim_duty(self, claim: DutyClaim) -> DutyTurn:
        """Ask for the turn at a duty; of all processes one gets it."""
        return self._writer.submit(claim_duty, claim).result()

    def renew_duty(self, key: DutyKey, turn: int, lease_until: datetime) -> None:
        """Prolong the lease of a turn that is still ours."""
        self._writer.submit(renew_duty, (key, turn, lease_until)).result()

    def finish_duty(self, end: DutyEnd) -> bool:
        """Write down how a turn ended; False when another worker has taken it over."""
        return self._writer.submit(finish_duty, end).result()

    def duties(self) -> list[DutyRecord]:
        """Return every duty and how its last turn went."""
        with self._reading() as connection:
            return all_duties(connection)

    # --- who is alive

    def beat(self, node: Node) -> None:
        """Note that a process is alive."""
        self._writer.submit(beat, node).result()

    def leave(self, node_id: str) -> None:
        """Forget a process that ended as it should."""
        self._writer.submit(leave, node_id).result()

    def nodes(self) -> list[Node]:
        """Return the processes seen within a day; `seen_at` tells which are alive."""
        with self._reading() as connection:
            return all_nodes(connection)

    # --- what rules remember

    def keep_upload(self, upload: UploadRecord) -> None:
        """Keep under which media_id a file was uploaded."""
        self._writer.submit(rule_memory.keep_upload, upload).result()

    def drop_upload(self, app: str, corpid: str, media_id: str) -> None:
        """Forget an upload that WeCom does not know any more."""
        self._writer.submit(rule_memory.drop_upload, (app, corpid, media_id)).result()

    def uploads(self, app: str, corpid: str) -> list[UploadRecord]:
        """Return what was uploaded for one app and corp."""
        with self._reading() as connection:
            return rule_memory.uploads_of(connection, app, corpid)

    def tell(self, telling: Telling) -> bool:
        """Take the right to tell something once; False when it was told already."""
        return self._writer.submit(rule_memory.tell, telling).result()

    def untell(self, corpid: str, subject: str) -> None:
        """Give that right back: it could not be told."""
        self._writer.submit(rule_memory.untell, (corpid, subject)).result()

    def keep_name(self, corpid: str, external_userid: str, name: str, at: datetime) -> None:
        """Keep the name of a customer, for the day when WeCom does not tell it any more."""
        self._writer.submit(rule_memory.keep_name, (corpid, external_userid, name, at)).result()

    def name_of(self, corpid: str, external_userid: str) -> str:
        """Return the name a customer was last seen under, "" for a stranger."""
        with self._reading() as connection:
            return rule_memory.name_of(connection, corpid, external_userid)

    def forget_before(self, names: datetime, tellings: datetime) -> int:
        """Delete names not seen since, and tellings of before; return how many."""
        return self._writer.submit(rule_memory.forget_before, (names, tellings)).result()

    def losses(self, app: str, userid: str, event: str, *, since: datetime) -> list[Loss]:
        """Return the deliveries of one event that a member has had since then."""
        with self._reading() as connection:
            return rule_memory.losses(connection, app, userid, event, since=since)

    # --- for operators

    def deliveries(
        self,
        *,
        limit: int = 50,
        before_id: int | None = None,
        app: str | None = None,
        event: str | None = None,
        userid: str | None = None,
        subject: str | None = None,
        status: str | None = None,
    ) -> list[Delivery]:
        """Return the newest deliveries that fit; `event` may end in `*`."""
        query = sa.select(deliveries).order_by(deliveries.c.id.desc()).limit(limit)
        equal = {"app": app, "userid": userid, "subject": subject, "status": status}
        for name, value in equal.items():
            if value is not None:
                query = query.where(deliveries.c[name] == operations.indexable(value))
        if before_id is not None:
            query = query.where(deliveries.c.id < min(before_id, _GREATEST_ID))
        if event is not None:
            query = query.where(_matches(deliveries.c.event, operations.indexable(event)))
        with self._reading() as connection:
            rows = connection.execute(query).all()
            runs_of = _runs_of(connection, [row.id for row in rows])
        return [self._delivery(row, runs_of.get(row.id, ())) for row in rows]

    def delivery(self, delivery_id: int) -> Delivery | None:
        """Return one delivery with its runs and every attempt."""
        with self._reading() as connection:
            row = connection.execute(
                sa.select(deliveries).where(deliveries.c.id == min(delivery_id, _GREATEST_ID))
            ).one_or_none()
            if row is None:
                return None
            runs_of = _runs_of(connection, [row.id])
        return self._delivery(row, runs_of.get(row.id, ()))

    def replay(
        self, delivery_id: int, plan: Iterable[PlannedRun], *, now: datetime
    ) -> list[PublishableRun]:
        """Run the handlers of one delivery again, those that still make sense."""
        replay = Replay(delivery_id=delivery_id, plan=tuple(plan), now=now)
        return self._writer.submit(operations.replay, replay).result()

    def batch_job(self, corpid: str, job_id: str) -> BatchJobRecord | None:
        """Return the outcome of one asynchronous job."""
        with self._reading() as connection:
            return effects.batch_job(connection, corpid, job_id)

    def chat(self, corpid: str, chat_id: str) -> ChatPicture | None:
        """Return the newest picture of a customer group."""
        with self._reading() as connection:
            return effects.chat(connection, corpid, chat_id)

    def chat_changes(self, corpid: str, chat_id: str) -> list[tuple[str, str, int | None]]:
        """Return who joined and left a customer group, oldest first: (userid, change, scene)."""
        with self._reading() as connection:
            return effects.chat_changes(connection, corpid, chat_id)

    def backlogs(self, now: datetime) -> list[LaneBacklog]:
        """Return how much lies before each lane that has anything to do."""
        with self._reading() as connection:
            return backlogs(connection, now)

    def size_bytes(self) -> int:
        """Return what the journal takes on disk."""
        with self._reading() as connection:
            return size_bytes(connection)

    def count(self) -> dict[str, int]:
        """Return how many runs stand in each status."""
        with self._reading() as connection:
            rows = connection.execute(
                sa.select(runs.c.status, sa.func.count().label("number")).group_by(runs.c.status)
            )
            return {row.status: row.number for row in rows}

    def purge(self, before: datetime) -> int:
        """Delete closed deliveries received before a time, with all that hangs on them.

        In small transactions, so that callbacks never wait long. Returns how many went.
        """
        gone = 0
        while chunk := self._writer.submit(operations.purge, before).result():
            gone += chunk
        return gone

    # --- state of the database itself

    def is_migrated(self) -> bool:
        """Whether the tables are those of this version."""
        from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - rarely needed, slow
        from alembic.script import ScriptDirectory  # noqa: PLC0415 - the same

        newest = ScriptDirectory(str(MIGRATIONS)).get_current_head()
        with self._reading() as connection:
            return MigrationContext.configure(connection).get_current_revision() == newest

    def migrate(self) -> None:
        """Bring the tables to this version; several processes may try at once.

        Raises ConfigurationError when the database belongs to another program or a newer version.
        """
        from alembic.util import CommandError  # noqa: PLC0415 - alembic is slow to import

        from journal.migrations.upgrade import upgrade  # noqa: PLC0415 - the same

        try:
            upgrade(self._engine)
        except CommandError as error:
            raise ConfigurationError(
                Text(
                    en="database_url names a database of another program, or of a newer"
                    " wecom-callback.",
                    zh="database_url 指向的数据库属于其他程序，或由更新版本的 wecom-callback 建立",
                )
            ) from error
        except (SQLAlchemyError, OSError) as error:
            raise JournalUnavailable(
                f"The journal cannot be migrated: {type(error).__name__}."
            ) from error

    def _hand_back(self, recorded: Recorded) -> None:
        """Leave to the sweepers what was written when nobody waited for it any more."""
        with contextlib.suppress(JournalUnavailable):
            self._writer.submit(operations.release, tuple(run.run_id for run in recorded.runs))

    def _anything_to_sweep(self, sweep: Sweep) -> bool:
        query = sa.select(
            sa.exists().where(IS_OPEN, runs.c.lane.in_(sweep.lanes), runs.c.sweep_at <= sweep.now)
        )
        with self._reading() as connection:
            return bool(connection.scalar(query))

    def _delivery(self, row: sa.Row[Any], runs_of_it: Sequence[Run]) -> Delivery:
        values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to the columns
        del values["event_key"]
        values["payload"] = self._shown(values["payload"])
        return Delivery(**values, runs=tuple(runs_of_it))

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise JournalUnavailable(
                f"The journal cannot be read: {type(error).__name__}."
            ) from error


def _matches(column: sa.Column[Any], pattern: str) -> sa.ColumnElement[bool]:
    if pattern.endswith("*"):
        return column.startswith(pattern[:-1], autoescape=True)
    return column == pattern


def _runs_of(connection: sa.Connection, delivery_ids: Sequence[int]) -> dict[int, list[Run]]:
    rows = connection.execute(
        sa.select(runs).where(runs.c.delivery_id.in_(delivery_ids)).order_by(runs.c.id)
    ).all()
    tries: dict[int, list[Attempt]] = {}
    for row in connection.execute(
        sa.select(attempts)
        .where(attempts.c.run_id.in_([row.id for row in rows]))
        .order_by(attempts.c.number)
    ):
        values = {name: getattr(row, name) for name in Attempt.__dataclass_fields__}
        tries.setdefault(row.run_id, []).append(Attempt(**values))
    found: dict[int, list[Run]] = {}
    for row in rows:
        values = {
            name: getattr(row, name) for name in Run.__dataclass_fields__ if name != "attempts"
        }
        found.setdefault(row.delivery_id, []).append(
            Run(**values, attempts=tuple(tries.get(row.id, ())))
        )
    return found
