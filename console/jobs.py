"""Batch jobs: the asynchronous jobs and what became of each row (异步任务)."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, g
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from console import charts, page
from console.access import Access
from console.disclosure import disclosed
from console.parts import Parts

_NEWEST = 100
_DAYS = 14
_MOST_ROWS = 500


def add(blueprint: Blueprint, parts: Parts, access: Access) -> None:  # noqa: ARG001 - every page is added alike
    """Add the pages."""

    @blueprint.get("/jobs")
    def list_jobs() -> AnyResponse:
        """Show the newest jobs, running and ended."""
        jobs = parts.journal.batch_jobs(_NEWEST)
        today = parts.now().astimezone(page.zone()).date()
        days = [today - timedelta(days=back) for back in reversed(range(_DAYS))]
        ended = [
            (job.finished_at.astimezone(page.zone()).date(), bool(job.errcode or job.failed_rows))
            for job in jobs
            if job.finished_at
        ]
        return page.render(
            "jobs",
            jobs=jobs,
            newest=_NEWEST,
            meaning=parts.meaning,
            per_day=charts.pairs(
                [
                    (day.strftime("%m-%d"), ended.count((day, False)), ended.count((day, True)))
                    for day in days
                ]
            ),
            days=_DAYS,
        )

    @blueprint.get("/jobs/<corpid>/<job_id>")
    def job(corpid: str, job_id: str) -> AnyResponse:
        """Show one finished job row by row, the refused rows first."""
        found = parts.journal.batch_job(corpid, job_id)
        if found is None:
            raise NotFound
        refused = [row for row in found.result if row.get("errcode")]
        ordered = [*refused, *(row for row in found.result if not row.get("errcode"))]
        personal = g.operator.may("personal")
        return page.render(
            "job",
            job=found,
            refused=len(refused),
            rows=[
                (row.get("errcode", 0), disclosed(row, personal=personal))
                for row in ordered[:_MOST_ROWS]
            ],
            left_out=max(len(ordered) - _MOST_ROWS, 0),
            meaning=parts.meaning,
        )
