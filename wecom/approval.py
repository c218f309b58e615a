"""Approvals (审批): applications in the approval app, and those of an app's own flow engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from wecom.answer import only, record
from wecom.arguments import apart, at_most_chars, at_most_items, not_empty, within
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.paging import pages
from wecom.spelling import seconds, spelled

ANY_OF_THEM, ALL_OF_THEM = 1, 2
"""attr: who of several approvers has to agree (或签, 会签)."""

ON_SUBMISSION, ON_APPROVAL, ON_BOTH = 1, 2, 3
"""notify_type: when those in copy are told."""

_LONGEST_SPAN = timedelta(days=31)
_MOST_SUMMARIES = 3
_LONGEST_SUMMARY = 20


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text in one language, `zh_CN` or `en`."""

    text: str
    lang: str = "zh_CN"


@dataclass(frozen=True, kw_only=True)
class Control:
    """One field of a form (控件) and what is in it; value: in the shape its kind has."""

    control: str
    id: str
    value: Mapping[str, Any] = field(default_factory=dict)
    title: tuple[Text, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Approver:
    """One step of an approval (审批节点): who decides, any of them (1) or all (2)."""

    userid: Sequence[str]
    attr: int = ANY_OF_THEM

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(userid=self.userid)
        within(ANY_OF_THEM, ALL_OF_THEM, attr=self.attr)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody of an approval; partyid: the department they applied for."""

    userid: str = ""
    partyid: str = ""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What one approver did (审批明细)."""

    approver: Person = field(default_factory=Person)
    speech: str = ""
    sp_status: int = 0
    sptime: datetime | None = None
    media_id: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the approval (审批流程); approverattr: 1 any of them, 2 all."""

    sp_status: int = 0
    approverattr: int = 0
    details: tuple[Decision, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Comment:
    """One comment (审批备注); the field names are official."""

    commentUserInfo: Person = field(default_factory=Person)  # noqa: N815 - the vendor's word
    commenttime: datetime | None = None
    commentcontent: str = ""
    commentid: str = ""
    media_id: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Contents:
    """A form that was filled in (审批申请数据)."""

    contents: tuple[Control, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Approval:
    """One application (审批申请详情).

    sp_status: 1 in progress, 2 approved, 3 rejected, 4 withdrawn, 6 withdrawn after approval,
    7 deleted, 10 paid.
    """

    sp_no: str
    sp_name: str = ""
    sp_status: int = 0
    template_id: str = ""
    apply_time: datetime | None = None
    applyer: Person = field(default_factory=Person)
    sp_record: tuple[Step, ...] = ()
    notifyer: tuple[Person, ...] = ()
    apply_data: Contents = field(default_factory=Contents)
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ControlProperty:
    """What a field of a form is; require and un_print: 1 yes, 0 no."""

    control: str
    id: str
    title: tuple[Text, ...] = ()
    placeholder: tuple[Text, ...] = ()
    require: int = 0
    un_print: int = 0


@dataclass(frozen=True, kw_only=True)
class TemplateControl:
    """One field of a form; config: the choices and settings its kind has."""

    property: ControlProperty
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TemplateContent:
    """The fields of a form."""

    controls: tuple[TemplateControl, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Template:
    """A form (审批模板详情)."""

    template_names: tuple[Text, ...] = ()
    template_content: TemplateContent = field(default_factory=TemplateContent)


@dataclass(frozen=True, kw_only=True)
class _NumberPage:
    sp_no_list: tuple[str, ...] = ()
    new_next_cursor: str = ""

    @property
    def next_cursor(self) -> str:
        """The cursor of this chapter has a name of its own."""
        return self.new_next_cursor


@dataclass(frozen=True, kw_only=True)
class _OpenApproval:
    data: Mapping[str, Any]


APPLYEVENT = Endpoint("POST", "oa/applyevent", only("sp_no", str), doc=91853)
GETAPPROVALDETAIL = Endpoint("POST", "oa/getapprovaldetail", only("info", Approval), doc=91983)
GETAPPROVALINFO = Endpoint("POST", "oa/getapprovalinfo", record(_NumberPage), doc=91816)
GETTEMPLATEDETAIL = Endpoint("POST", "oa/gettemplatedetail", record(Template), doc=91982)
GETOPENAPPROVALDATA = Endpoint("POST", "corp/getopenapprovaldata", record(_OpenApproval), doc=90269)


def applyevent(
    api: Client,
    creator_userid: str,
    template_id: str,
    contents: Sequence[Control],
    *,
    summary: Sequence[str],
    approver: Sequence[Approver] = (),
    notifyer: Sequence[str] = (),
    notify_type: int | None = None,
    choose_department: int | None = None,
) -> str:
    """Hand in an application for a member (提交审批申请); returns its sp_no.

    summary: up to three lines for the notice. approver: the steps; the template's own when none are
    given. notify_type: 1 on submission, 2 on approval, 3 both.
    """
    not_empty(creator_userid=creator_userid, template_id=template_id, contents=contents)
    not_empty(summary=summary)
    at_most_items(_MOST_SUMMARIES, summary=summary)
    for line in summary:
        at_most_chars(_LONGEST_SUMMARY, summary=line)
    within(ON_SUBMISSION, ON_BOTH, notify_type=notify_type)
    body = {
        "creator_userid": creator_userid,
        "template_id": template_id,
        "use_template_approver": 0 if approver else 1,
        "choose_department": choose_department,
        "approver": [spelled(each) for each in approver] or None,
        "notifyer": list(notifyer) or None,
        "notify_type": notify_type,
        "apply_data": {"contents": [spelled(each) for each in contents]},
        "summary_list": [{"summary_info": [spelled(Text(text=line))]} for line in summary],
    }
    return api.call(APPLYEVENT, json=body)


def getapprovaldetail(api: Client, sp_no: str) -> Approval:
    """Read one application (获取审批申请详情)."""
    not_empty(sp_no=sp_no)
    return api.call(GETAPPROVALDETAIL, json={"sp_no": sp_no})


def getapprovalinfo(
    api: Client,
    *,
    starttime: datetime,
    endtime: datetime,
    filters: Mapping[str, str] | None = None,
    size: int = 100,
) -> Iterator[str]:
    """Yield the sp_no of every application handed in between the two (批量获取审批单号).

    filters: template_id, creator, department, sp_status or record_type, and what it must be.
    """
    apart(_LONGEST_SPAN, starttime=starttime, endtime=endtime)
    within(1, 100, size=size)
    # Texts and an empty first cursor, as in the document.
    arguments = {
        "starttime": str(seconds(starttime)),
        "endtime": str(seconds(endtime)),
        "new_cursor": "",
        "size": size,
        "filters": [{"key": key, "value": value} for key, value in (filters or {}).items()] or None,
    }
    return _numbers(api, arguments)


def gettemplatedetail(api: Client, template_id: str) -> Template:
    """Read the fields of a form (获取审批模板详情)."""
    not_empty(template_id=template_id)
    return api.call(GETTEMPLATEDETAIL, json={"template_id": template_id})


def getopenapprovaldata(api: Client, third_no: str) -> Mapping[str, Any]:
    """Read an application of the app's own flow engine (查询自建应用审批单当前状态).

    third_no: the number the app gave it. The answer is as it comes: ThirdNo, OpenSpstatus (1 in
    progress, 2 approved, 3 rejected, 4 cancelled), ApprovalNodes, NotifyNodes ...
    """
    not_empty(third_no=third_no)
    return api.call(GETOPENAPPROVALDATA, json={"thirdNo": third_no}).data


def _numbers(api: Client, arguments: Mapping[str, object]) -> Iterator[str]:
    for page in pages(api, GETAPPROVALINFO, arguments, cursor_field="new_cursor"):
        yield from page.sp_no_list
