"""Imports and invitations (通讯录管理 - 异步导入接口)."""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from errors import ActionImpossible, CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.errmsg import meaning
from simulator.api.fields import number_of
from simulator.api.media import check_media
from simulator.api.member_fields import check_unique, check_userid, new_member_of, read_fields
from simulator.api.tag import may_see
from simulator.api.user import contacts_of
from simulator.contact_tags import ContactTags
from simulator.contacts import NOT_JOINED, Contacts, below, open_userid_of
from simulator.corp import ROOT_DEPARTMENT, new_callback
from simulator.description import CallbackDescription
from simulator.records import BatchJob, Callback, Department

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
_MOST_IDS = 1000
_MOST_AGENTID = 2**31 - 1
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
    "性别": "gender",
    "座机": "telephone",
    "地址": "address",
    "部门名称": "name",
    "部门ID": "id",
    "父部门ID": "parentid",
    "排序": "order",
}
_GENDERS = {"男": "1", "女": "2"}
_MEMBER_TEXTS = (
    "name",
    "mobile",
    "email",
    "position",
    "alias",
    "gender",
    "telephone",
    "address",
)
Row = dict[str, str]


@chapter.endpoint("POST", "batch/syncuser", doc=90980, needs="contacts_write")
def syncuser(call: Call) -> dict[str, object]:
    """Import some members (增量更新成员)."""
    rows, contacts = _rows(call, ("name", "userid")), contacts_of(call)
    return _start(call, "sync_user", len(rows), lambda: [_import(contacts, row) for row in rows])


@chapter.endpoint("POST", "batch/replaceuser", doc=90981, needs="contacts_write")
def replaceuser(call: Call) -> dict[str, object]:
    """Import all members and delete the others (全量覆盖成员)."""
    rows, contacts = _rows(call, ("name", "userid")), contacts_of(call)
    gone = call.corp.members.keys() - {row["userid"] for row in rows}
    _protect(len(gone), len(call.corp.members))

    def replace() -> list[dict[str, Any]]:
        result = [_import(contacts, row) for row in rows]
        for userid in sorted(gone & call.corp.members.keys()):
            contacts.remove_member(userid)
            result.append(_row_result(userid, 0))
        return result

    return _start(call, "replace_user", len(rows) + len(gone), replace)


@chapter.endpoint("POST", "batch/replaceparty", doc=90982, needs="contacts_write")
def replaceparty(call: Call) -> dict[str, object]:
    """Import all departments (全量覆盖部门); others go if nobody and nothing is in them."""
    rows, contacts = _rows(call, ("name", "id", "parentid")), contacts_of(call)

    def replace() -> list[dict[str, Any]]:
        result = [_import_department(contacts, row) for row in rows]
        _remove_empty(contacts, {row["id"] for row in rows})
        return result

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
    """Invite members who have not joined yet (邀请成员); the callback tells when it is done."""
    users = call.texts("user", most=_MOST_INVITED_USERS, too_many=40032)
    parties, tags = _numbers(call, "party"), _numbers(call, "tag")
    if not (users or parties or tags):
        raise CallRefused(40063)
    corp, known = call.corp, call.corp.of(ContactTags)
    invalid_users = [each for each in users if not corp.sees_userid(call.app, each)]
    invalid_parties = [each for each in parties if not corp.sees_department(call.app, each)]
    invalid_tags = [each for each in tags if each not in known or not may_see(call, known[each])]
    if (invalid_users, invalid_parties, invalid_tags) != (users, parties, tags):
        _tell_of_invitations(call)
    return {
        "invaliduser": invalid_users,
        "invalidparty": invalid_parties,
        "invalidtag": invalid_tags,
    }


@chapter.endpoint(
    "POST",
    "batch/userid_to_openuserid",
    doc=95884,
    empty={"open_userid_list": [], "invalid_userid_list": []},
)
def userid_to_openuserid(call: Call) -> dict[str, object]:
    """Return what members are called among providers (userid的转换)."""
    userids = call.texts("userid_list", most=_MOST_IDS, too_many=40032)
    if not userids:
        raise CallRefused(40063)
    known = [each for each in userids if call.corp.sees_userid(call.app, each)]
    return {
        "open_userid_list": [
            {"userid": each, "open_userid": open_userid_of(call.corp, each)} for each in known
        ],
        "invalid_userid_list": [each for each in userids if each not in known],
    }


@chapter.endpoint(
    "POST",
    "batch/openuserid_to_userid",
    doc=95884,
    empty={"userid_list": [], "invalid_open_userid_list": []},
)
def openuserid_to_userid(call: Call) -> dict[str, object]:
    """Return the members behind the ids of a provider's app (open_userid的转换)."""
    asked = call.texts("open_userid_list", most=_MOST_IDS, too_many=40032)
    if not asked:
        raise CallRefused(40063)
    call.integer("source_agentid", low=0, high=_MOST_AGENTID)
    corp = call.corp
    userids = {
        open_userid_of(corp, userid): userid
        for userid, member in corp.members.items()
        if corp.sees(call.app, member)
    }
    return {
        "userid_list": [
            {"userid": userids[each], "open_userid": each} for each in asked if each in userids
        ],
        "invalid_open_userid_list": [each for each in asked if each not in userids],
    }


def tell_completion(call: Call, callback: Callback | None, jobid: str, kind: str) -> None:
    """Push that a job of the calling app has ended (异步任务完成通知, doc 90973)."""
    if callback is not None:
        job = {"JobId": jobid, "JobType": kind, "ErrCode": 0, "ErrMsg": "ok"}
        call.push(callback, call.app, "batch_job_result", {"BatchJob": job})


def _tell_of_invitations(call: Call) -> None:
    jobid, callback = secrets.token_urlsafe(24), call.app.callback
    due = call.now + call.tenant.limits.batch_seconds

    def finish() -> None:
        with call.tenant.changed:
            tell_completion(call, callback, jobid, "invite_user")

    call.do_later(due, finish)


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
            tell_completion(call, callback, job.jobid, job.type)
            call.tenant.count("batch_jobs")

    job.finish = finish
    call.corp.batch_jobs[job.jobid] = job
    _clean_old(call)
    call.do_later(job.ends_at, finish)
    return {"jobid": job.jobid}


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


def _import(contacts: Contacts, row: Row) -> dict[str, Any]:
    """Add or change the member of one row; an empty cell leaves what is there."""
    userid = row["userid"]
    try:
        check_userid(userid)
        given = read_fields(contacts.corp, _wire_fields(row))
        check_unique(contacts.corp, given, userid)
    except CallRefused as refusal:
        return _row_result(userid, refusal.errcode)
    member = contacts.corp.members.get(userid)
    if member is None:
        contacts.add_member(new_member_of(userid, given, NOT_JOINED))
    else:
        contacts.change_member(member, given)
    return _row_result(userid, 0)


def _wire_fields(row: Row) -> dict[str, Any]:
    fields: dict[str, Any] = {name: row[name] for name in _MEMBER_TEXTS if row.get(name)}
    if "gender" in fields:
        fields["gender"] = _GENDERS.get(fields["gender"], fields["gender"])
    parties = [each for each in row.get("department", "").split(";") if each]
    if parties:
        fields["department"] = [number_of(each) for each in parties]
    return fields


def _row_result(userid: str, errcode: int) -> dict[str, Any]:
    return {"userid": userid, "errcode": errcode, "errmsg": meaning(errcode) if errcode else "ok"}


def _import_department(contacts: Contacts, row: Row) -> dict[str, Any]:
    departments = contacts.corp.departments
    cells = [row.get(name, "") or "0" for name in ("id", "parentid", "order")]
    party_id, parentid, order = (number_of(cell) for cell in cells)
    if party_id is None or parentid is None or order is None:
        return _party_result(row["id"], 40058)
    if parentid not in departments and party_id != ROOT_DEPARTMENT:
        return _party_result(party_id, 60004)
    known = departments.get(party_id)
    if known is None:
        contacts.add_department(
            Department(id=party_id, name=row["name"], parentid=parentid, order=order)
        )
        return _party_result(party_id, 0, _CREATED)
    if parentid in below(contacts.corp, party_id):
        return _party_result(party_id, 60010)
    changes = {"name": row["name"], "parentid": parentid, "order": order}
    bits = {"name": _RENAMED, "parentid": _MOVED, "order": _REORDERED}
    action = sum(bits[each] for each in changes if getattr(known, each) != changes[each])
    contacts.change_department(known, changes)
    return _party_result(party_id, 0, action)


def _party_result(party_id: int | str, errcode: int, action: int = 0) -> dict[str, Any]:
    errmsg = meaning(errcode) if errcode else "ok"
    return {"action": action, "partyid": party_id, "errcode": errcode, "errmsg": errmsg}


def _remove_empty(contacts: Contacts, kept: set[str]) -> None:
    """Remove what is not in the file, from below, while it is empty."""
    corp = contacts.corp
    for department_id in sorted(
        corp.departments, key=lambda each: -len(list(corp.ancestors(each)))
    ):
        if department_id == ROOT_DEPARTMENT or str(department_id) in kept:
            continue
        inhabited = any(department_id in member.department for member in corp.members.values())
        if not inhabited and len(below(corp, department_id)) == 1:
            contacts.remove_department(department_id)
