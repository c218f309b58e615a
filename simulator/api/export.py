"""Exports of members, departments and tags (通讯录管理 - 异步导出接口)."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from crypto import decode_key
from errors import CallRefused
from simulator.api.batch import tell_completion
from simulator.api.department import detail_of_department
from simulator.api.endpoint import Call, Chapter
from simulator.api.tag import visible_tag
from simulator.api.user import detail_of_member
from simulator.contacts import open_userid_of
from simulator.exports import ExportJob, Exports, seal
from simulator.records import Member

chapter = Chapter()

_WAITING, _RUNNING, _DONE = 0, 1, 2
_SMALLEST_BLOCK, _LARGEST_BLOCK = 10_000, 1_000_000
_URL_SECONDS = 7200
_JOB_KEPT_SECONDS = 86_400
_MOST_TAGID = 2**31 - 1
_WAITING_SHARE = 0.25
Item = dict[str, Any]


@chapter.endpoint("POST", "export/simple_user", doc=94849)
def simple_user(call: Call) -> dict[str, object]:
    """Export who there is (导出成员)."""
    return _start(call, "export_simple_user", "userlist", lambda: map(_brief(call), _seen(call)))


@chapter.endpoint("POST", "export/user", doc=94851)
def user(call: Call) -> dict[str, object]:
    """Export all members with their details (导出成员详情)."""
    return _start(
        call,
        "export_user",
        "userlist",
        lambda: (detail_of_member(call, each) for each in _seen(call)),
    )


@chapter.endpoint("POST", "export/department", doc=94852)
def department(call: Call) -> dict[str, object]:
    """Export the departments (导出部门)."""
    corp = call.corp
    return _start(
        call,
        "export_department",
        "department",
        lambda: (
            detail_of_department(each)
            for each in corp.departments.values()
            if corp.sees_department(call.app, each.id)
        ),
    )


@chapter.endpoint("POST", "export/taguser", doc=94853)
def taguser(call: Call) -> dict[str, object]:
    """Export who has a tag of the contacts (导出标签成员); departments stand behind members."""
    tag = visible_tag(call, call.integer("tagid", low=0, high=_MOST_TAGID))
    brief, corp = _brief(call), call.corp

    def items() -> Iterator[Item]:
        yield from (brief(each) for each in _seen(call) if each.userid in tag.userids)
        yield from (
            {"partyid": each} for each in tag.parties if corp.sees_department(call.app, each)
        )

    return _start(call, "export_taguser", "", items)


@chapter.endpoint("GET", "export/get_result", doc=94854, empty={"data_list": []})
def get_result(call: Call) -> dict[str, object]:
    """Return how far an export is, and at the end its files for two hours (获取导出结果)."""
    job = call.corp.of(Exports).get(call.text("jobid"))
    if job is None or job.app != call.app.name:
        raise CallRefused(40088)
    if call.now >= job.ends_at + _JOB_KEPT_SECONDS:
        raise CallRefused(40089)
    if call.now < job.ends_at and job.files is None:
        length = max(job.ends_at - job.started_at, 0.001)
        waiting = (call.now - job.started_at) / length < _WAITING_SHARE
        return {"status": _WAITING if waiting else _RUNNING, "data_list": []}
    return {"status": _DONE, "data_list": [_file(call, each) for each in _files(job)]}


def _start(
    call: Call, kind: str, heading: str, items: Callable[[], Iterable[Item]]
) -> dict[str, object]:
    aes_key = _key(call)
    block = call.integer("block_size", _LARGEST_BLOCK, low=_SMALLEST_BLOCK, high=_LARGEST_BLOCK)
    job = ExportJob(
        jobid="jobid_" + secrets.token_urlsafe(32),
        kind=kind,
        app=call.app.name,
        aes_key=aes_key,
        started_at=call.now,
        ends_at=call.now + call.tenant.limits.batch_seconds,
        write=lambda: [_written(heading, each) for each in _blocks(list(items()), block)],
    )
    call.corp.of(Exports)[job.jobid] = job
    callback = call.app.callback

    def finish() -> None:
        with call.tenant.changed:
            _files(job)
            tell_completion(call, callback, job.jobid, kind)
            call.tenant.count("export_jobs")

    call.do_later(job.ends_at, finish)
    return {"jobid": job.jobid}


def _files(job: ExportJob) -> list[bytes]:
    """Return the encrypted files, of the contacts as they were when it was done."""
    if job.files is None:
        job.files = [seal(each, job.aes_key) for each in job.write()]
    return job.files


def _file(call: Call, content: bytes) -> Item:
    key = call.tenant.downloads.keep(content, until=call.now + _URL_SECONDS)
    return {
        "url": f"{call.base_url}downloads/{key}",
        "size": len(content),
        "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
    }


def _key(call: Call) -> bytes:
    try:
        return decode_key(call.text("encoding_aeskey"))
    except ValueError as error:
        raise CallRefused(40058) from error


def _blocks(items: list[Item], size: int) -> Iterator[list[Item]]:
    for start in range(0, max(len(items), 1), size):
        yield items[start : start + size]


def _written(heading: str, items: list[Item]) -> bytes:
    content: Item = {heading: items}
    if not heading:
        content = {
            "userlist": [each for each in items if "userid" in each],
            "partylist": [each["partyid"] for each in items if "partyid" in each],
        }
    return json.dumps(content, ensure_ascii=False).encode()


def _seen(call: Call) -> list[Member]:
    return [each for each in call.corp.members.values() if call.corp.sees(call.app, each)]


def _brief(call: Call) -> Callable[[Member], Item]:
    return lambda member: {
        "userid": member.userid,
        "name": member.name,
        "department": member.department,
        "open_userid": open_userid_of(call.corp, member.userid),
    }
