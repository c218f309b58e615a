"""Picks up the outcome of finished asynchronous jobs (异步任务完成)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from errors import HandlerRetry, JobUnknown
from events import BatchJobFinished
from handlers.context import Context, JobOutcome
from handlers.router import Router
from wecom import batch, errcodes, message

router = Router()

_SAME_REPORT_SECONDS = 1800  # a repeated run must not tell the operators twice
_IMPORTS = frozenset({"sync_user", "replace_user", "replace_party"})


@router.on(BatchJobFinished, lane="bulk")
def collect_batch_job(event: BatchJobFinished, ctx: Context) -> None:
    """Fetch the result of a finished job and keep it; tell the operators what failed.

    The event is only a hint: which rows failed stands in the result alone (doc 90983).
    """
    outcome = JobOutcome(
        corpid=event.corpid,
        job_id=event.job_id,
        job_type=event.job_type,
        errcode=event.errcode or 0,
        errmsg=event.errmsg,
        finished_at=ctx.now(),
        **_result(event, ctx),
    )
    ctx.jobs.store(outcome)
    failed = [row for row in outcome.rows if row.get("errcode")]
    if outcome.errcode or failed:
        _report(ctx, outcome, failed)
    ctx.conclude("failed_rows" if failed else "failed_job" if outcome.errcode else "collected")


def _result(event: BatchJobFinished, ctx: Context) -> dict[str, Any]:
    """Return total and rows of an import; other jobs have a result of another kind."""
    if event.job_type not in _IMPORTS:
        return {"total": None, "rows": []}
    try:
        result = batch.getresult(ctx.api, event.job_id)
    except JobUnknown:
        # 40088, 40089: WeCom keeps the last five results only; the event is all there is.
        return {"total": None, "rows": []}
    if not result.finished:
        raise HandlerRetry("The job is not finished yet.", after=timedelta(seconds=5))
    return {"total": result.total, "rows": [asdict(row) for row in result.result]}


def _report(ctx: Context, outcome: JobOutcome, failed: list[dict[str, Any]]) -> None:
    if not ctx.app.operators:
        return
    lines = [f"异步任务 {outcome.job_type} 失败 / job failed: {outcome.job_id}"]
    if outcome.errcode:
        lines.append(_explained(outcome.errcode))
    if failed:
        lines.append(f"{len(failed)} / {outcome.total or len(outcome.rows)} 行失败 / rows failed")
        lines += map(_explained, sorted({int(row["errcode"]) for row in failed}))
    message.send(
        ctx.api,
        message.Text(content="\n".join(lines)),
        touser=ctx.app.operators,
        duplicate_check_seconds=_SAME_REPORT_SECONDS,
    )


def _explained(errcode: int) -> str:
    meaning = errcodes.describe(errcode).text
    return f"errcode {errcode}: {meaning.zh} / {meaning.en}"
