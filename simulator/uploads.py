"""Files that the platform fetches by itself (异步上传临时素材)."""

from __future__ import annotations

from dataclasses import dataclass, field

RUNNING, DONE, FAILED = 1, 2, 3


@dataclass(kw_only=True, slots=True)
class UploadJob:
    """One file on its way; errcode says why it failed."""

    jobid: str
    app: str
    type: str
    filename: str
    url: str = field(repr=False)
    md5: str
    started_at: float
    status: int = RUNNING
    errcode: int = 0
    media_id: str = ""
    created_at: int = 0


class UploadJobs(dict[str, UploadJob]):
    """All of one corp, by jobid."""
