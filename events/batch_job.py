"""Asynchronous jobs: imports and exports that are finished (异步任务完成)."""

from __future__ import annotations

from events.event import Event, event
from events.fields import integer, text


@event(
    "batch_job_result",
    "异步任务完成",
    90973,
    94946,
    95797,
    91135,
    94956,
    96305,
    receivers=("self_built", "contact_sync", "provider_developed", "suite"),
)
class BatchJobFinished(Event):
    """An import or export has ended; fetch its result by job_id (异步任务完成).

    job_type: sync_user, replace_user, invite_user, replace_party; export_user, export_simple_user,
    export_department, export_taguser; import_chain_contact.
    """

    job_id: str = text("BatchJob/JobId", "JobId", subject=True)
    job_type: str = text("BatchJob/JobType", "JobType")
    errcode: int | None = integer("BatchJob/ErrCode", "ErrCode")
    errmsg: str = text("BatchJob/ErrMsg", "ErrMsg")
