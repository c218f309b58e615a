"""The members of a corp (成员管理); writing needs the contact-sync secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date as Date  # noqa: N812 - `date` is the vendor's word for an argument

from errors import ArgumentRejected
from wecom.answer import nothing, only, paged, record, several
from wecom.arguments import (
    at_least_one,
    at_most_bytes,
    at_most_chars,
    at_most_items,
    bytes_between,
    chars_between,
    not_empty,
    within,
)
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.paging import every
from wecom.spelling import changes

_USERID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}")
_MOST_DEPARTMENTS = 100
_MOST_DELETED = 200
_HIGHEST_ORDER = 2**32 - 1


@dataclass(frozen=True, kw_only=True)
class TextValue:
    """An attribute that is words."""

    value: str = ""


@dataclass(frozen=True, kw_only=True)
class Web:
    """An attribute that is a page."""

    url: str = ""
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class MiniProgram:
    """An attribute that is a page of a mini program."""

    appid: str = ""
    pagepath: str = ""
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """An attribute of a member; type: 0 text, 1 web, 2 miniprogram, and the field of that name."""

    name: str = ""
    type: int = 0
    text: TextValue | None = None
    web: Web | None = None
    miniprogram: MiniProgram | None = None


@dataclass(frozen=True, kw_only=True)
class Extattr:
    """Attributes for colleagues."""

    attrs: tuple[Attribute, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WechatChannels:
    """The member's channel (视频号); status: 0 unchecked, 1 good, 2 pending; read only."""

    nickname: str = ""
    status: int | None = None


@dataclass(frozen=True, kw_only=True)
class ExternalProfile:
    """What customers see of a member."""

    external_corp_name: str = ""
    wechat_channels: WechatChannels | None = None
    external_attr: tuple[Attribute, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MemberFields:
    """What can be written about a member; None leaves a field out, what is empty clears it.

    gender: 1 male, 2 female. department: ids; order and is_leader_in_dept tell of each in turn.
    direct_leader: the userid of one superior. enable: 0 blocks the member.
    """

    name: str | None = None
    alias: str | None = None
    mobile: str | None = None
    department: Sequence[int] | None = None
    order: Sequence[int] | None = None
    position: str | None = None
    gender: int | None = None
    email: str | None = None
    biz_mail: str | None = None
    telephone: str | None = None
    is_leader_in_dept: Sequence[int] | None = None
    direct_leader: Sequence[str] | None = None
    avatar_mediaid: str | None = None
    enable: int | None = None
    extattr: Extattr | None = None
    to_invite: bool | None = None
    external_profile: ExternalProfile | None = None
    external_position: str | None = None
    nickname: str | None = None
    address: str | None = None
    main_department: int | None = None

    def __post_init__(self) -> None:
        """Check the documented limits."""
        chars_between(1, 64, name=self.name)
        at_most_chars(64, alias=self.alias)
        at_most_chars(128, position=self.position, address=self.address)
        at_most_bytes(32, telephone=self.telephone)
        at_most_items(_MOST_DEPARTMENTS, department=self.department)
        at_most_items(1, direct_leader=self.direct_leader)
        within(1, 2, gender=self.gender)
        within(0, 1, enable=self.enable)
        for order in self.order or ():
            within(0, _HIGHEST_ORDER, order=order)
        self._check_places()

    def _check_places(self) -> None:
        """Require what is told of each department to be told of all."""
        for argument in ("order", "is_leader_in_dept"):
            told = getattr(self, argument)
            if told and self.department is not None and len(told) != len(self.department):
                raise ArgumentRejected(argument, "must be as long as department")


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member; newer apps are not told mobile, e-mail, gender, address, avatar and qr_code.

    status: 1 active, 2 blocked, 4 not activated, 5 has left. gender: 0 unknown, 1 male, 2 female.
    """

    userid: str
    name: str = ""
    department: tuple[int, ...] = ()
    order: tuple[int, ...] = ()
    position: str = ""
    mobile: str = ""
    gender: int = 0
    email: str = ""
    biz_mail: str = ""
    is_leader_in_dept: tuple[int, ...] = ()
    direct_leader: tuple[str, ...] = ()
    avatar: str = ""
    thumb_avatar: str = ""
    telephone: str = ""
    alias: str = ""
    address: str = ""
    open_userid: str = ""
    main_department: int = 0
    extattr: Extattr = field(default_factory=Extattr)
    status: int = 0
    qr_code: str = ""
    external_position: str = ""
    external_profile: ExternalProfile = field(default_factory=ExternalProfile)


@dataclass(frozen=True, kw_only=True)
class SimpleMember:
    """A member in short."""

    userid: str = ""
    name: str = ""
    department: tuple[int, ...] = ()
    open_userid: str = ""


@dataclass(frozen=True, kw_only=True)
class Membership:
    """One member in one department."""

    userid: str = ""
    open_userid: str = ""
    department: int = 0


@dataclass(frozen=True, kw_only=True)
class Openid:
    """Who a member is in WeChat; appid: where the old form with an agentid was used."""

    openid: str
    appid: str = ""


CREATE = Endpoint("POST", "user/create", nothing, doc=90195, one_at_a_time=("userid",))
GET = Endpoint("GET", "user/get", record(Member), doc=90196)
UPDATE = Endpoint("POST", "user/update", nothing, doc=90197, one_at_a_time=("userid",))
DELETE = Endpoint("GET", "user/delete", nothing, doc=90198)
BATCHDELETE = Endpoint("POST", "user/batchdelete", nothing, doc=90199)
SIMPLELIST = Endpoint("GET", "user/simplelist", several("userlist", SimpleMember), doc=90200)
LIST = Endpoint("GET", "user/list", several("userlist", Member), doc=90201)
LIST_ID = Endpoint("POST", "user/list_id", paged("dept_user", Membership), doc=96067)
CONVERT_TO_OPENID = Endpoint("POST", "user/convert_to_openid", record(Openid), doc=90202)
CONVERT_TO_USERID = Endpoint("POST", "user/convert_to_userid", only("userid", str), doc=90202)
AUTHSUCC = Endpoint("GET", "user/authsucc", nothing, doc=90203)
GET_ACTIVE_STAT = Endpoint("POST", "user/get_active_stat", only("active_cnt", int), doc=92714)
GET_JOIN_QRCODE = Endpoint("GET", "corp/get_join_qrcode", only("join_qrcode", str), doc=91714)
GETUSERID = Endpoint("POST", "user/getuserid", only("userid", str), doc=95402)
GET_USERID_BY_EMAIL = Endpoint("POST", "user/get_userid_by_email", only("userid", str), doc=95895)


def create(api: Client, userid: str, fields: MemberFields) -> None:
    """Add a member (创建成员); needed are a name, and a mobile number or an e-mail."""
    _check_userid(userid=userid)
    not_empty(name=fields.name or "")
    at_least_one(mobile=fields.mobile, email=fields.email)
    api.call(CREATE, json={"userid": userid, **changes(fields)})


def get(api: Client, userid: str) -> Member:
    """Read a member (读取成员)."""
    not_empty(userid=userid)
    return api.call(GET, query={"userid": userid})


def update(
    api: Client, userid: str, fields: MemberFields, *, new_userid: str | None = None
) -> None:
    """Change a member (更新成员); new_userid: once, for a userid that the platform made."""
    not_empty(userid=userid)
    if new_userid is not None:
        _check_userid(new_userid=new_userid)
    written = changes(fields)
    at_least_one(fields=written, new_userid=new_userid)
    api.call(UPDATE, json={"userid": userid, "new_userid": new_userid, **written})


def delete(api: Client, userid: str) -> None:
    """Remove a member (删除成员)."""
    not_empty(userid=userid)
    api.call(DELETE, query={"userid": userid})


def batchdelete(api: Client, useridlist: Sequence[str]) -> None:
    """Remove up to 200 members (批量删除成员)."""
    not_empty(useridlist=useridlist)
    at_most_items(_MOST_DELETED, useridlist=useridlist)
    api.call(BATCHDELETE, json={"useridlist": list(useridlist)})


def simplelist(
    api: Client, department_id: int, *, fetch_child: int | None = None
) -> tuple[SimpleMember, ...]:
    """Read the members of a department in short (获取部门成员); fetch_child: 1 those below too."""
    within(0, 1, fetch_child=fetch_child)
    query = {"department_id": department_id, "fetch_child": fetch_child}
    return api.call(SIMPLELIST, query=query)


def list_(
    api: Client, department_id: int, *, fetch_child: int | None = None, status: int | None = None
) -> tuple[Member, ...]:
    """Read the members of a department (获取部门成员详情).

    fetch_child: 1 those below too. status: an old filter. 45029 says there are too many at once.
    """
    within(0, 1, fetch_child=fetch_child)
    query = {"department_id": department_id, "fetch_child": fetch_child, "status": status}
    return api.call(LIST, query=query)


def list_id(api: Client, *, limit: int = 10_000) -> Iterator[Membership]:
    """Yield every member, once for each department (获取成员ID列表); contact-sync only."""
    within(1, 10_000, limit=limit)
    return every(api, LIST_ID, {"limit": limit})


def convert_to_openid(api: Client, userid: str, *, agentid: int | None = None) -> Openid:
    """Return who a member is in WeChat, for payments (userid转openid); agentid: an old form."""
    not_empty(userid=userid)
    return api.call(CONVERT_TO_OPENID, json={"userid": userid, "agentid": agentid})


def convert_to_userid(api: Client, openid: str) -> str:
    """Return which member an openid is (openid转userid)."""
    not_empty(openid=openid)
    return api.call(CONVERT_TO_USERID, json={"openid": openid})


def authsucc(api: Client, userid: str) -> None:
    """Let a member in who has proven who they are (二次验证); only while they wait for it."""
    not_empty(userid=userid)
    api.call(AUTHSUCC, query={"userid": userid})


def get_active_stat(api: Client, date: Date) -> int:
    """Count who was active on a day of the last thirty (获取企业活跃成员数)."""
    return api.call(GET_ACTIVE_STAT, json={"date": f"{date:%Y-%m-%d}"})


def get_join_qrcode(api: Client, *, size_type: int | None = None) -> str:
    """Return the URL of the code to join the corp with (获取加入企业二维码); good for seven days.

    size_type: 1 to 4 for 171, 399, 741 and 2052 pixels.
    """
    within(1, 4, size_type=size_type)
    return api.call(GET_JOIN_QRCODE, query={"size_type": size_type})


def getuserid(api: Client, mobile: str) -> str:
    """Find a member by mobile number (手机号获取userid); finding nobody (46004) is rationed."""
    bytes_between(5, 32, mobile=mobile)
    return api.call(GETUSERID, json={"mobile": mobile})


def get_userid_by_email(api: Client, email: str, *, email_type: int | None = None) -> str:
    """Find a member by e-mail (邮箱获取userid); email_type: 1 the corp's, 2 the member's own."""
    bytes_between(6, 64, email=email)
    within(1, 2, email_type=email_type)
    body = {"email": email, "email_type": email_type}
    return api.call(GET_USERID_BY_EMAIL, json=body)


def _check_userid(**userids: str) -> None:
    for argument, userid in userids.items():
        if not _USERID.fullmatch(userid):
            raise ArgumentRejected(argument, "1..64 letters, digits and _.@-, no sign first")
