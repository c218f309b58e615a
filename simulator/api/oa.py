"""Approvals, check-ins and calls (办公 - 审批, 打卡, 公费电话)."""

from __future__ import annotations

from typing import Any

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.fields import Fields
from simulator.days import DAY_SECONDS, MINUTE_SECONDS, beginning, date_of, day_of
from simulator.office import Approval, Office
from simulator.quotas import Quotas

chapter = Chapter()

_LATEST = 2**33
_APPROVAL_SECONDS = 31 * DAY_SECONDS
_OFFICE_SECONDS = 30 * DAY_SECONDS
_MOST_PEOPLE = 100
_FILTERS = frozenset({"template_id", "creator", "department", "sp_status", "record_type"})


@chapter.endpoint("POST", "oa/applyevent", doc=91853)
def applyevent(call: Call) -> dict[str, object]:
    """Hand an application in for a member (提交审批申请)."""
    creator = call.member(call.text("creator_userid", missing=301025)).userid
    template_id = call.text("template_id", missing=301025)
    own_approver = call.integer("use_template_approver", low=0, high=1) == 0
    contents = call.inside("apply_data").objects("contents")
    for content in contents:
        for name in ("control", "id"):
            content.text(name, missing=301025)
        if not content.has("value"):
            raise CallRefused(301025)
    if not contents or not call.objects("summary_list"):
        raise CallRefused(301025)
    if own_approver and not (call.objects("approver") or call.has("process")):
        raise CallRefused(301025)
    notifyer = call.texts("notifyer")
    call.integer("notify_type", 1, low=1, high=3)
    office = call.corp.of(Office)
    sp_no = f"{date_of(call.now):%Y%m%d}{next(office.numbers):04}"
    office.approvals[sp_no] = Approval(
        sp_no=sp_no,
        app=call.app.name,
        creator_userid=creator,
        template_id=template_id,
        applied_at=call.now,
        apply_data=call.params["apply_data"],
        notifyer=notifyer,
    )
    return {"sp_no": sp_no}


@chapter.endpoint("POST", "oa/getapprovaldetail", doc=91983, empty={"info": {}})
def getapprovaldetail(call: Call) -> dict[str, object]:
    """Return one application (获取审批申请详情)."""
    _count(call, "approval")
    sp_no = str(call.params.get("sp_no") or "")
    approval = call.corp.of(Office).approvals.get(sp_no)
    if approval is None:
        raise CallRefused(301025)
    return {
        "info": {
            "sp_no": approval.sp_no,
            "sp_name": "申请",
            "sp_status": approval.sp_status,
            "template_id": approval.template_id,
            "apply_time": int(approval.applied_at),
            "applyer": {"userid": approval.creator_userid, "partyid": "1"},
            "sp_record": [],
            "notifyer": [{"userid": each} for each in approval.notifyer],
            "apply_data": approval.apply_data,
            "comments": [],
        }
    }


@chapter.endpoint("POST", "oa/getapprovalinfo", doc=91816, empty={"sp_no_list": []})
def getapprovalinfo(call: Call) -> dict[str, object]:
    """Return the numbers of the applications of up to 31 days (批量获取审批单号).

    The old cursor is a number, or one spelled as a text; the new one is opaque.
    """
    _count(call, "approval")
    start, end = _period(call, ("starttime", "endtime"), _APPROVAL_SECONDS, 301025)
    size = call.integer("size", 100, low=1, high=_MOST_PEOPLE)
    wanted = _filters(call)
    found = [
        each.sp_no
        for each in call.corp.of(Office).approvals.values()
        if start <= each.applied_at <= end and _fits(each, wanted)
    ]
    new_style = call.has("new_cursor") or not call.has("cursor")
    name = "new_cursor" if new_style else "cursor"
    first = call.integer(name, 0, low=0, high=_LATEST) if call.params.get(name) != "" else 0
    page, rest = found[first : first + size], len(found) > first + size
    answer: dict[str, object] = {"sp_no_list": page}
    if rest and new_style:
        answer["new_next_cursor"] = str(first + size)
    elif rest:
        answer["next_cursor"] = first + size
    return answer


@chapter.endpoint("POST", "oa/gettemplatedetail", doc=91982, stateful=False)
def gettemplatedetail(call: Call) -> dict[str, object]:
    """Return a form with one field (获取审批模板详情); here every template is this one."""
    call.text("template_id")
    named = [{"text": "事由", "lang": "zh_CN"}]
    control = {
        "property": {"control": "Text", "id": "Text-1", "title": named, "require": 1},
        "config": {},
    }
    return {
        "template_names": [{"text": "申请", "lang": "zh_CN"}],
        "template_content": {"controls": [control]},
    }


@chapter.endpoint("POST", "corp/getopenapprovaldata", doc=90269, stateful=False)
def getopenapprovaldata(call: Call) -> dict[str, object]:
    """Return how an approval of a self-built process stands (查询自建应用审批单当前状态)."""
    third_no = call.text("thirdNo")
    return {
        "data": {
            "ThirdNo": third_no,
            "OpenTemplateId": "1234567890",
            "OpenSpName": "付款",
            "OpenSpstatus": 1,
            "ApplyTime": int(call.now),
            "ApplyUsername": "",
            "ApplyUserParty": "",
            "ApplyUserImage": "",
            "ApplyUserId": "",
            "ApprovalNodes": {"ApprovalNode": []},
            "NotifyNodes": {"NotifyNode": []},
            "ApproverStep": 0,
        }
    }


@chapter.endpoint(
    "POST", "checkin/getcheckindata", doc=90262, empty={"checkindata": []}, stateful=False
)
def getcheckindata(call: Call) -> dict[str, object]:
    """Return one check-in of each member asked for (获取打卡记录数据)."""
    _count(call, "checkin")
    kind = call.integer("opencheckindatatype", low=1, high=3)
    start, _ = _period(call, ("starttime", "endtime"), _OFFICE_SECONDS, 301024)
    return {
        "checkindata": [
            {
                "userid": userid,
                "groupname": "打卡",
                "checkin_type": "外出打卡" if kind == 2 else "上班打卡",  # noqa: PLR2004 - as in the documents
                "exception_type": "",
                "checkin_time": start,
                "location_title": "",
                "location_detail": "",
                "wifiname": "",
                "notes": "",
                "wifimac": "",
                "mediaids": [],
            }
            for userid in _people(call)
        ]
    }


@chapter.endpoint("POST", "checkin/getcheckinoption", doc=90263, empty={"info": []}, stateful=False)
def getcheckinoption(call: Call) -> dict[str, object]:
    """Return by which rules members check in on a day (获取员工打卡规则)."""
    _count(call, "checkin")
    day = call.integer("datetime", low=0, high=_LATEST)
    if day != beginning(day_of(day)):
        raise CallRefused(301021)
    group = {"groupid": 1, "groupname": "打卡", "grouptype": 1, "checkindate": []}
    return {"info": [{"userid": userid, "group": group} for userid in _people(call)]}


@chapter.endpoint("POST", "dial/get_dial_record", doc=90267, empty={"record": []}, stateful=False)
def get_dial_record(call: Call) -> dict[str, object]:
    """Return the calls of up to 30 days (获取公费电话拨打记录): here nobody called."""
    if call.has("start_time") and call.has("end_time"):
        _period(call, ("start_time", "end_time"), _OFFICE_SECONDS, 600018)
    call.integer("offset", 0, low=0, high=_LATEST)
    call.integer("limit", 100, low=1, high=_MOST_PEOPLE)
    return {"record": []}


def _count(call: Call, what: str) -> None:
    most = call.tenant.limits.office_per_minute
    call.corp.of(Quotas).count(what, call.now, most=most, seconds=MINUTE_SECONDS)


def _period(call: Call, names: tuple[str, str], most: float, refused: int) -> tuple[int, int]:
    start, end = (call.integer(name, low=0, high=_LATEST) for name in names)
    if not 0 <= end - start <= most:
        raise CallRefused(refused)
    return start, end


def _people(call: Call) -> list[str]:
    userids = call.texts("useridlist", most=_MOST_PEOPLE, too_many=301023)
    if not userids:
        raise CallRefused(301022)
    return [call.member(each).userid for each in userids]


def _filters(call: Call) -> dict[str, Any]:
    filters: list[Fields] = call.objects("filters")
    wanted = {each.text("key"): each.text("value") for each in filters}
    if not wanted.keys() <= _FILTERS:
        raise CallRefused(301025)
    return wanted


def _fits(approval: Approval, wanted: dict[str, Any]) -> bool:
    known = {
        "template_id": approval.template_id,
        "creator": approval.creator_userid,
        "sp_status": str(approval.sp_status),
    }
    return all(known.get(name, value) == value for name, value in wanted.items())
