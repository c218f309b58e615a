"""Which asynchronous jobs were asked for, beside how they ended (`effects.store_batch_job`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from journal.operations import indexable, insert_ignoring_conflicts, storable
from journal.tables import batch_jobs, batch_submissions


@dataclass(frozen=True, kw_only=True)
class BatchSubmission:
    """A job that was handed to WeCom.

    file: the name of the import, or where an export goes. lines: (line of the file, userid or
    department id) of each row, empty for exports.
    """

    corpid: str
    job_id: str
    app: str
    job_type: str
    file: str
    lines: tuple[tuple[int, str], ...]
    submitted_at: datetime


@dataclass(frozen=True, kw_only=True)
class BatchJobSummary:
    """One job as an operator sees it in a list.

    submitted_at, app, file: None or "" for a job that was started elsewhere. finished_at: None
    while it runs. failed_rows: how many rows were refused.
    """

    corpid: str
    job_id: str
    job_type: str
    app: str
    file: str
    submitted_at: datetime | None
    finished_at: datetime | None
    errcode: int | None
    total: int | None
    failed_rows: int


def store_batch_submission(
    connection: sa.Connection, wanted: Sequence[BatchSubmission]
) -> list[None]:
    """Note what was asked for, once for each job."""
    for submission in sorted(wanted, key=lambda each: (each.corpid, each.job_id)):
        connection.execute(
            insert_ignoring_conflicts(connection, batch_submissions).values(
                corpid=indexable(submission.corpid),
                job_id=indexable(submission.job_id),
                app=indexable(submission.app),
                job_type=indexable(submission.job_type),
                file=storable(submission.file),
                lines=[[line, storable(key)] for line, key in submission.lines],
                submitted_at=submission.submitted_at,
            )
        )
    return [None] * len(wanted)


def batch_submission(connection: sa.Connection, corpid: str, job_id: str) -> BatchSubmission | None:
    """Return what one job was asked with; None for one that was started elsewhere."""
    row = connection.execute(
        sa.select(batch_submissions).where(
            batch_submissions.c.corpid == indexable(corpid),
            batch_submissions.c.job_id == indexable(job_id),
        )
    ).one_or_none()
    return None if row is None else _submission(row)


def batch_jobs_newest(connection: sa.Connection, limit: int) -> list[BatchJobSummary]:
    """Return the newest jobs, those that run and those that ended, the newest first."""
    asked = connection.execute(
        sa.select(*(column for column in batch_submissions.c if column.name != "lines"))
        .order_by(batch_submissions.c.submitted_at.desc())
        .limit(limit)
    ).all()
    ended = list(
        connection.execute(
            sa.select(batch_jobs).order_by(batch_jobs.c.finished_at.desc()).limit(limit)
        )
    )
    jobs: dict[tuple[str, str], dict[str, Any]] = {}
    for row in asked:
        jobs[row.corpid, row.job_id] = _unfinished(row)
    ended += _outcomes_of(connection, jobs.keys() - {(row.corpid, row.job_id) for row in ended})
    for row in ended:
        jobs.setdefault((row.corpid, row.job_id), _unknown(row)).update(_outcome(row))
    summaries = [BatchJobSummary(**each) for each in jobs.values()]
    return sorted(summaries, key=_age, reverse=True)[:limit]


def _outcomes_of(
    connection: sa.Connection, keys: set[tuple[str, str]]
) -> list[sa.Row[tuple[Any, ...]]]:
    if not keys:
        return []
    place = sa.tuple_(batch_jobs.c.corpid, batch_jobs.c.job_id)
    return list(connection.execute(sa.select(batch_jobs).where(place.in_(sorted(keys)))).all())


def _submission(row: sa.Row[Any]) -> BatchSubmission:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to the columns
    values["lines"] = tuple((line, key) for line, key in row.lines)
    return BatchSubmission(**values)


def _unfinished(row: sa.Row[Any]) -> dict[str, Any]:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to the columns
    return values | {"finished_at": None, "errcode": None, "total": None, "failed_rows": 0}


def _unknown(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "corpid": row.corpid,
        "job_id": row.job_id,
        "job_type": row.job_type,
        "app": "",
        "file": "",
        "submitted_at": None,
    }


def _outcome(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "finished_at": row.finished_at,
        "errcode": row.errcode,
        "total": row.total,
        "failed_rows": sum(1 for each in row.result if each.get("errcode")),
    }


def _age(job: BatchJobSummary) -> tuple[datetime, str]:
    at = job.submitted_at or job.finished_at
    assert at is not None  # noqa: S101 - it was asked for or it ended
    return at, job.job_id
