"""Large files that the platform fetches (素材管理 - 异步上传临时素材)."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading

import httpx2

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.errmsg import meaning
from simulator.api.media import new_media
from simulator.uploads import DONE, FAILED, RUNNING, UploadJob, UploadJobs

chapter = Chapter()

_MOST_BYTES = 200 * 1024 * 1024
_FEWEST_BYTES = 6
_JOB_SECONDS = 3600
_FETCH_SECONDS = 60
_BAD_URL, _NOT_FETCHED, _TOO_LARGE, _WRONG_MD5 = 830001, 830003, 45001, 301019
_MD5 = re.compile("[0-9a-fA-F]{32}")
_URL = re.compile(r"https?://[^\s/]+\S*")


@chapter.endpoint("POST", "media/upload_by_url", doc=96219)
def upload_by_url(call: Call) -> dict[str, object]:
    """Begin to fetch a video or file of up to 200 MB (生成异步上传任务)."""
    call.integer("scene", low=1, high=1)
    kind = call.text("type", missing=40005)
    if kind not in ("video", "file"):
        raise CallRefused(40005)
    md5 = call.text("md5")
    if not _MD5.fullmatch(md5):
        raise CallRefused(301019)
    job = UploadJob(
        jobid="jobid_" + secrets.token_urlsafe(24),
        app=call.app.name,
        type=kind,
        filename=call.named("filename", most=64),
        url=call.text("url"),
        md5=md5.lower(),
        started_at=call.now,
    )
    call.corp.of(UploadJobs)[job.jobid] = job
    due = call.now + call.tenant.limits.batch_seconds
    call.do_later(due, lambda: _begin(call, job))
    return {"jobid": job.jobid}


@chapter.endpoint("POST", "media/get_upload_by_url_result", doc=96219)
def get_upload_by_url_result(call: Call) -> dict[str, object]:
    """Return how far it is, for an hour (查询异步任务结果)."""
    job = call.corp.of(UploadJobs).get(call.text("jobid"))
    if job is None or job.app != call.app.name or call.now >= job.started_at + _JOB_SECONDS:
        raise CallRefused(40088)
    if job.status == RUNNING:
        return {"status": RUNNING}
    detail = {
        "errcode": job.errcode,
        "errmsg": meaning(job.errcode) if job.errcode else "ok",
        "media_id": job.media_id,
        "created_at": str(job.created_at),
    }
    return {"status": job.status, "detail": detail}


def _begin(call: Call, job: UploadJob) -> None:
    """Fetch in a thread of its own, so that nothing else has to wait for a slow server."""
    threading.Thread(target=_fetch, args=(call, job), name="upload", daemon=True).start()


def _fetch(call: Call, job: UploadJob) -> None:
    try:
        content = _download(job)
    except CallRefused as refusal:
        content = b""
        job.errcode = refusal.errcode
    tenant = call.tenant
    with tenant.changed:
        now = tenant.clock.now()
        job.status = FAILED if job.errcode else DONE
        job.created_at = int(now)
        if not job.errcode:
            job.media_id = new_media(call.corp, job.type, content, job.filename, now).media_id
        callback = call.app.callback
        if callback is not None:
            call.push(callback, call.app, "upload_media_job_finish", {"JobId": job.jobid})
        tenant.count("uploads")


def _download(job: UploadJob) -> bytes:
    if not _URL.fullmatch(job.url):
        raise CallRefused(_BAD_URL)
    try:
        with httpx2.stream("GET", job.url, timeout=_FETCH_SECONDS, trust_env=False) as response:
            response.raise_for_status()
            content = _read(response)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise CallRefused(_NOT_FETCHED) from error
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != job.md5:
        raise CallRefused(_WRONG_MD5)
    return content


def _read(response: httpx2.Response) -> bytes:
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > _MOST_BYTES:
            raise CallRefused(_TOO_LARGE)
    if len(content) < _FEWEST_BYTES:
        raise CallRefused(_NOT_FETCHED)
    return bytes(content)
