"""Imports and invitations (通讯录管理 - 异步导入接口)."""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from errors import ActionImpossible, CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.media import check_media
from simulator.corp import ROOT_DEPARTMENT, new_callback
from simulator.description import CallbackDescription
from simulator.records import BatchJob, Callback, Department, Member

chapter = Chapter()

_RESULTS_KEPT = 5
_FINISHED = 3
_STARTED_SECONDS = 0.5
_MOST_INVITED_USERS = 1000
_MOST_INVITED_LISTS = 100
_PROTECTED_DELETIONS = 50
_MANY_DELETIONS_SHARE = 0.2
_FEW_DELETIONS_SHARE = 0.8
_CREATED, _RENAMED, _MOVED, _REORDERED = 1, 2, 4, 8
_NOT_ACTIVATED = 4
_COLUMNS = {
    "姓名": "name",
    "帐号": "userid",
    "账号": "userid",
    "部门": "department",
    "所在部门": "department",
    "手机": "mobile",
    "手机号": "mobile",
    "邮箱": "email",
    "个人邮箱": "email",
    "职务": "position",
    "职位": "position",
    "别名": "alias",
    "部门名称": "name",
    "部门ID": "id",
    "父部门ID": "parentid",
    "排序": "order",
}
Row = dict[str, str]


@chapter.endpoint("POST", "batch/syncuser", doc=90980, needs="contacts_write")
def syncuser(call: Call) -> dict[str, object]:
    """Import some members (增量更新成员)."""
    rows = _rows(call, ("name", "userid"))
    return _start(call, "sync_user", len(rows), lambda: [_import(call, row) for row in rows])


@chapter.endpoint("POST", "batch/replaceuser", doc=90981, needs="contacts_write")
def replaceuser(call: Call) -> dict[str, object]:
    """Import all members and delete the others (全量覆盖成员)."""
    rows = _rows(call, ("name", "userid"))
    gone = call.corp.members.keys() - {row["userid"] for row in rows}
    _protect(len(gone), len(call.corp.members))

    def replace() -> list[dict[str, Any]]:
        result = [_import(call, row) for row in rows]
        for userid in sorted(gone):
            call.corp.members.pop(userid, None)
            result.append(_row_result(userid, 0))
        return result

    return _start(call, "replace_user", len(rows) + len(gone), replace)


@chapter.endpoint("POST", "batch/replaceparty", doc=90982, needs="contacts_write")
def replaceparty(call: Call) -> dict[str, object]:
    """Import all departments (全量覆盖部门)."""
    rows = _rows(call, ("name", "id", "parentid"))

    def replace() -> list[dict[str, Any]]:
        return [_import_department(call, row) for row in rows]

    return _start(call, "replace_party", len(rows), replace)


@chapter.endpoint("GET", "batch/getresult", doc=90983, empty={"result": []})
def getresult(call: Call) -> dict[str, object]:
    """Return how far a job is, and at the end what came of each row (获取异步任务结果)."""
    job = call.corp.batch_jobs.get(call.text("jobid"))
    if job is None:
        raise CallRefused(40088)
    if job.cleaned:
        raise CallRefused(40089)
    status = _status(job, call.now)
    if status == _FINISHED:
        job.finish()
    done = 100 if status == _FINISHED else int(100 * (call.now - job.started_at) / _length(job))
    return {
        "status": status,
        "type": job.type,
        "total": job.total,
        "percentage": max(min(done, 100), 0),
        "result": job.result if status == _FINISHED else [],
    }


@chapter.endpoint("POST", "batch/invite", doc=90975)
def invite(call: Call) -> dict[str, object]:
    """Invite members who have not joined yet (邀请成员)."""
    users = call.texts("user", most=_MOST_INVITED_USERS, too_many=40032)
    parties, tags = _numbers(call, "party"), _numbers(call, "tag")
    if not (users or parties or tags):
        raise CallRefused(40063)
    departments = call.corp.departments
    return {
        "invaliduser": [each for each in users if not call.corp.sees_userid(call.app, each)],
        "invalidparty": [each for each in parties if each not in departments],
        "invalidtag": tags,
    }


def _numbers(call: Call, name: str) -> list[int]:
    value = call.params.get(name) or []
    if not isinstance(value, list) or len(value) > _MOST_INVITED_LISTS:
        raise CallRefused(40058)
    try:
        return [int(each) for each in value]
    except (TypeError, ValueError) as error:
        raise CallRefused(40058) from error


def _start(
    call: Call, kind: str, total: int, work: Callable[[], list[dict[str, Any]]]
) -> dict[str, object]:
    """Register a job that ends by the clock; one import at a time (302008)."""
    if any(_status(job, call.now) != _FINISHED for job in call.corp.batch_jobs.values()):
        raise CallRefused(302008)
    callback = _callback(call)
    job = BatchJob(
        jobid=secrets.token_urlsafe(24),
        type=kind,
        started_at=call.now,
        ends_at=call.now + call.tenant.limits.batch_seconds,
        total=total,
    )

    def finish() -> None:
        with call.tenant.changed:
            if job.finished:
                return
            job.finished = True
            job.result = work()
            if callback:
                call.push(callback, call.app, "batch_job_result", _completion(job))
            call.tenant.count("batch_jobs")

    job.finish = finish
    call.corp.batch_jobs[job.jobid] = job
    _clean_old(call)
    call.do_later(job.ends_at, finish)
    return {"jobid": job.jobid}


def _completion(job: BatchJob) -> Mapping[str, Any]:
    return {"BatchJob": {"JobId": job.jobid, "JobType": job.type, "ErrCode": 0, "ErrMsg": "ok"}}


def _clean_old(call: Call) -> None:
    for job in list(call.corp.batch_jobs.values())[:-_RESULTS_KEPT]:
        job.cleaned = True
        job.result = []


def _status(job: BatchJob, now: float) -> int:
    if now >= job.ends_at or job.finished:
        return _FINISHED
    return 1 if now - job.started_at < min(_STARTED_SECONDS, _length(job) / 4) else 2


def _length(job: BatchJob) -> float:
    return max(job.ends_at - job.started_at, 0.001)


def _callback(call: Call) -> Callback | None:
    """Return where the completion goes: to the callback given with the call, else to the app's."""
    given = call.params.get("callback")
    if not given:
        return call.app.callback
    if not isinstance(given, dict):
        raise CallRefused(40058)
    try:
        description = CallbackDescription(
            url=given.get("url", ""),
            token=given.get("token", ""),
            encoding_aes_key=given.get("encodingaeskey", ""),
        )
        return new_callback(description, corpid=call.corp.corpid, app=call.app)
    except (ValidationError, ActionImpossible) as error:
        raise CallRefused(40058) from error


def _rows(call: Call, needed: tuple[str, ...]) -> list[Row]:
    """Return the rows of the CSV file named by media_id. Raises CallRefused."""
    media = check_media(call, call.text("media_id", missing=41006), "file")
    try:
        lines = list(csv.reader(io.StringIO(_decoded(media.content))))
    except csv.Error as error:
        raise CallRefused(40092) from error
    if not lines:
        raise CallRefused(40092)
    names = [_COLUMNS.get(title.strip(), title.strip()) for title in lines[0]]
    if not set(needed) <= set(names):
        raise CallRefused(40092)
    rows = [dict(zip(names, map(str.strip, line), strict=False)) for line in lines[1:] if any(line)]
    key = needed[1]
    keys = [row.get(key, "") for row in rows]
    if not all(keys):
        raise CallRefused(40092)
    if len(set(keys)) < len(keys):
        raise CallRefused(302003 if key == "userid" else 302006)
    return rows


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CallRefused(40092)


def _protect(deletions: int, members: int) -> None:
    """Refuse an import that would delete too many: over 50 and 20 %, or fewer and 80 %."""
    few = deletions <= _PROTECTED_DELETIONS
    share = _FEW_DELETIONS_SHARE if few else _MANY_DELETIONS_SHARE
    if deletions > share * members:
        raise CallRefused(45026)


def _import(call: Call, row: Row) -> dict[str, Any]:
    userid = row["userid"]
    parties = [each for each in row.get("department", "").split(";") if each]
    if not all(each.isdigit() and int(each) in call.corp.departments for each in parties):
        return _row_result(userid, 60003)
    member = call.corp.members.get(userid)
    if member is None:
        member = Member(userid=userid, name="", department=[ROOT_DEPARTMENT], status=_NOT_ACTIVATED)
        call.corp.members[userid] = member
    member.name = row.get("name") or userid
    member.department = [int(each) for each in parties] or member.department
    for name in ("mobile", "email", "position", "alias"):
        if row.get(name):
            setattr(member, name, row[name])
    return _row_result(userid, 0)


def _row_result(userid: str, errcode: int) -> dict[str, Any]:
    return {
        "userid": userid,
        "errcode": errcode,
        "errmsg": "department not found" if errcode else "ok",
    }


def _import_department(call: Call, row: Row) -> dict[str, Any]:
    departments = call.corp.departments
    numbers = [row.get(name, "") or "0" for name in ("id", "parentid", "order")]
    if not all(number.isdigit() for number in numbers):
        return {"action": 0, "partyid": row["id"], "errcode": 40058, "errmsg": "invalid number"}
    party_id, parent_id, order = map(int, numbers)
    if parent_id not in departments and party_id != ROOT_DEPARTMENT:
        return {"action": 0, "partyid": party_id, "errcode": 60004, "errmsg": "parent not found"}
    known = departments.get(party_id)
    imported = Department(id=party_id, name=row["name"], parentid=parent_id, order=order)
    departments[party_id] = imported
    action = _CREATED if known is None else _difference(known, imported)
    return {"action": action, "partyid": party_id, "errcode": 0, "errmsg": "ok"}


def _difference(known: Department, imported: Department) -> int:
    renamed = _RENAMED if known.name != imported.name else 0
    moved = _MOVED if known.parentid != imported.parentid else 0
    return renamed | moved | (_REORDERED if known.order != imported.order else 0)
