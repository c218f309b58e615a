"""Asynchronous imports of the contacts (异步批量接口)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from wecom.answer import only, record
from wecom.arguments import at_least_one, at_most_bytes, at_most_items, not_empty
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.spelling import listed, spelled

_FINISHED = 3


@dataclass(frozen=True, kw_only=True)
class JobCallback:
    """Where the event of the finished job goes, with which keys; the app's own URL if not given."""

    url: str
    token: str = field(repr=False)
    encodingaeskey: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class BatchRow:
    """What became of one row of the file: a member (userid), or a department (partyid).

    action: for departments, a sum of 1 created, 2 renamed, 4 moved, 8 re-ordered.
    """

    userid: str = ""
    partyid: int = 0
    action: int = 0
    errcode: int = 0
    errmsg: str = ""


@dataclass(frozen=True, kw_only=True)
class BatchResult:
    """How far an import is; the rows come when it is finished.

    status: 1 started, 2 running, 3 finished. type: sync_user, replace_user or replace_party.
    """

    status: int
    type: str = ""
    total: int = 0
    percentage: int = 0
    result: tuple[BatchRow, ...] = ()

    @property
    def finished(self) -> bool:
        """True when all rows were worked on."""
        return self.status == _FINISHED

    def failures(self) -> Iterator[BatchRow]:
        """Yield the rows that were refused."""
        return (row for row in self.result if row.errcode != 0)


@dataclass(frozen=True, kw_only=True)
class NotInvited:
    """Who could not be invited."""

    invaliduser: tuple[str, ...] = ()
    invalidparty: tuple[int, ...] = ()
    invalidtag: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OpenUserid:
    """One member under both ids: userid for the corp, open_userid for a third party."""

    userid: str = ""
    open_userid: str = ""


@dataclass(frozen=True, kw_only=True)
class OpenUserids:
    """Userids as a third party knows them."""

    open_userid_list: tuple[OpenUserid, ...] = ()
    invalid_userid_list: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Userids:
    """Open userids as the corp knows them."""

    userid_list: tuple[OpenUserid, ...] = ()
    invalid_open_userid_list: tuple[str, ...] = ()


SYNCUSER = Endpoint("POST", "batch/syncuser", only("jobid", str), doc=90980)
REPLACEUSER = Endpoint("POST", "batch/replaceuser", only("jobid", str), doc=90981)
REPLACEPARTY = Endpoint("POST", "batch/replaceparty", only("jobid", str), doc=90982)
INVITE = Endpoint("POST", "batch/invite", record(NotInvited), doc=90975)
USERID_TO_OPENUSERID = Endpoint(
    "POST", "batch/userid_to_openuserid", record(OpenUserids), doc=95884
)
OPENUSERID_TO_USERID = Endpoint("POST", "batch/openuserid_to_userid", record(Userids), doc=95884)
GETRESULT = Endpoint("GET", "batch/getresult", record(BatchResult), doc=90983)


def getresult(api: Client, jobid: str) -> BatchResult:
    """Read the state of an import (获取异步任务结果); only the last five are kept (40089)."""
    not_empty(jobid=jobid)
    at_most_bytes(64, jobid=jobid)
    return api.call(GETRESULT, query={"jobid": jobid})


def syncuser(
    api: Client, media_id: str, *, to_invite: bool = True, callback: JobCallback | None = None
) -> str:
    """Add and change the members of a CSV file (增量更新成员); returns the jobid.

    api: with the secret of the contact-sync assistant. media_id: of the file, from media.upload.
    """
    return _started(api, SYNCUSER, media_id, callback, to_invite=to_invite)


def replaceuser(
    api: Client, media_id: str, *, to_invite: bool = True, callback: JobCallback | None = None
) -> str:
    """Make the members those of a CSV file (全量覆盖成员); returns the jobid.

    Who is not in the file is deleted, unless they are too many (45026).
    """
    return _started(api, REPLACEUSER, media_id, callback, to_invite=to_invite)


def replaceparty(api: Client, media_id: str, *, callback: JobCallback | None = None) -> str:
    """Make the departments those of a CSV file (全量覆盖部门); returns the jobid."""
    return _started(api, REPLACEPARTY, media_id, callback)


def invite(
    api: Client, *, user: Sequence[str] = (), party: Sequence[int] = (), tag: Sequence[int] = ()
) -> NotInvited:
    """Invite members who have not joined yet (邀请成员), by themselves, department or tag."""
    at_least_one(user=user, party=party, tag=tag)
    at_most_items(1000, user=user)
    at_most_items(100, party=party, tag=tag)
    return api.call(INVITE, json={"user": listed(user), "party": listed(party), "tag": listed(tag)})


def userid_to_openuserid(api: Client, userid_list: Sequence[str]) -> OpenUserids:
    """Turn userids into those a third party sees (userid转换)."""
    not_empty(userid_list=userid_list)
    at_most_items(1000, userid_list=userid_list)
    return api.call(USERID_TO_OPENUSERID, json={"userid_list": list(userid_list)})


def openuserid_to_userid(
    api: Client, open_userid_list: Sequence[str], source_agentid: int
) -> Userids:
    """Turn a third party's open userids back (open_userid转换); source_agentid: of its app."""
    not_empty(open_userid_list=open_userid_list)
    at_most_items(1000, open_userid_list=open_userid_list)
    return api.call(
        OPENUSERID_TO_USERID,
        json={"open_userid_list": list(open_userid_list), "source_agentid": source_agentid},
    )


def _started(
    api: Client,
    endpoint: Endpoint[str],
    media_id: str,
    callback: JobCallback | None,
    *,
    to_invite: bool | None = None,
) -> str:
    not_empty(media_id=media_id)
    body = {
        "media_id": media_id,
        "to_invite": to_invite,
        "callback": None if callback is None else spelled(callback),
    }
    return api.call(endpoint, json=body)
