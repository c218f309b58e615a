"""What the simulated WeCom remembers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from crypto import Format

Kind = Literal["self_built", "suite", "robot", "contact_sync", "customer_contact"]
Permission = Literal["any", "contacts_write", "customer_contact", "message"]

_VIEWS_KEPT = 50


@dataclass(frozen=True, kw_only=True)
class Callback:
    """Where and how the events of one app are pushed.

    to_user: the unauthenticated ToUserName outside: the corpid, or the suite's id.
    encoding_aes_key: kept beside the key it spells, so that other values can be changed alone.
    command: told to a suite itself (指令回调), which has to answer `success`.
    """

    url: str
    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)
    aes_key: bytes = field(repr=False)
    receiveid: str
    to_user: str
    agentid: str = ""
    form: Format = "xml"
    kind: Kind = "self_built"
    command: bool = False

    def for_data(self, corpid: str, agentid: int) -> Callback:
        """Return the same URL as a suite's for the data of one corp (数据回调)."""
        return replace(self, receiveid=corpid, to_user=corpid, agentid=str(agentid), command=False)


@dataclass(kw_only=True, slots=True)
class App:
    """An app or a system component with a secret of its own.

    visible_userids, visible_departments, visible_tags: its visible range (可见范围).
    contact_changes: it hears of changes of the contacts (通讯录变更).
    data_events: a suite that hears of events in the corp's own envelope (数据回调).
    """

    name: str
    corpid: str
    agentid: int
    secret: str = field(repr=False)
    kind: Kind
    permissions: frozenset[Permission]
    visible_userids: frozenset[str]
    visible_departments: frozenset[int]
    trusted_ips: frozenset[str]
    visible_tags: frozenset[int] = frozenset()
    contact_changes: bool = False
    data_events: bool = False
    enabled: bool = True
    suite_id: str = ""
    callback: Callback | None = None

    @property
    def data_callback(self) -> Callback | None:
        """Where members' messages go, and what they do in the app; never a suite's commands."""
        if self.callback and self.kind == "suite":
            return self.callback.for_data(self.corpid, self.agentid)
        return self.callback


@dataclass(kw_only=True, slots=True)
class AccessToken:
    """One access_token and its life."""

    value: str = field(repr=False)
    corpid: str
    app: str
    expires_at: float
    revoked: bool = False


@dataclass(kw_only=True, slots=True)
class Department:
    """A department (部门)."""

    id: int
    name: str
    parentid: int = 0
    order: int = 0
    name_en: str = ""
    department_leader: list[str] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class Member:
    """A member of the corp (成员).

    status: 1 joined, 2 disabled, 4 not joined yet, 5 left. order, is_leader_in_dept: as long as
    department, or empty. customer_contact: has the feature. own_welcome: an admin set a welcome
    up for them. verifying: waits for the second verification (二次验证). userid_given: the userid
    was chosen by someone, not made by the system, and stays.
    """

    userid: str
    name: str
    department: list[int]
    status: int = 1
    mobile: str = ""
    email: str = ""
    position: str = ""
    alias: str = ""
    gender: int = 0
    order: list[int] = field(default_factory=list)
    is_leader_in_dept: list[int] = field(default_factory=list)
    direct_leader: list[str] = field(default_factory=list)
    main_department: int = 0
    biz_mail: str = ""
    telephone: str = ""
    address: str = ""
    external_position: str = ""
    extattr: dict[str, Any] = field(default_factory=dict)
    external_profile: dict[str, Any] = field(default_factory=dict)
    customer_contact: bool = True
    own_welcome: bool = False
    verifying: bool = False
    userid_given: bool = True


@dataclass(kw_only=True, slots=True)
class Customer:
    """An external contact (外部联系人); type 1 uses WeChat, type 2 WeCom."""

    external_userid: str
    name: str
    type: int = 1
    gender: int = 0
    unionid: str = ""
    avatar: str = ""
    corp_name: str = ""
    position: str = ""


@dataclass(kw_only=True, slots=True)
class Welcome:
    """The one welcome a customer may get from a member, whichever app sends it.

    new -> distributing (delivered_at lies ahead) -> delivered
    """

    sender: str = ""
    delivered_at: float | None = None

    def state(self, now: float) -> Literal["new", "distributing", "delivered"]:
        """Return where it stands."""
        if self.delivered_at is None:
            return "new"
        return "delivered" if now >= self.delivered_at else "distributing"


@dataclass(kw_only=True, slots=True)
class Relation:
    """What one member and one customer are to each other."""

    userid: str
    external_userid: str
    createtime: int
    add_way: int
    state: str
    half: bool = False
    deleted_by_member: bool = False
    deleted_by_customer: bool = False
    chat_started: bool = False
    archive_consent: bool = False
    remark: str = ""
    description: str = ""
    remark_company: str = ""
    remark_mobiles: tuple[str, ...] = ()
    tags: dict[str, None] = field(default_factory=dict)
    welcome: Welcome = field(default_factory=Welcome)

    @property
    def followed(self) -> bool:
        """True while the member has the customer, even one who has deleted the member."""
        return not self.half and not self.deleted_by_member


@dataclass(kw_only=True, slots=True)
class WelcomeCode:
    """The right to send the welcome, after one event: of one app, or of whoever is first."""

    app: str
    relation: Relation
    event_at: float
    expires_at: float


@dataclass(kw_only=True, slots=True)
class Tag:
    """A corp tag (企业客户标签)."""

    id: str
    name: str
    group_id: str
    create_time: int
    order: int = 0
    deleted: bool = False
    owner: str = ""


@dataclass(kw_only=True, slots=True)
class TagGroup:
    """A group of tags; owner is the app that made it, empty for an admin.

    strategy_id: of the strategy whose tags these are, 0 for tags of the corp.
    """

    id: str
    name: str
    create_time: int
    order: int = 0
    deleted: bool = False
    owner: str = ""
    strategy_id: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatMember:
    """Someone in a group chat; type 1 is a member, 2 an external contact."""

    userid: str
    type: int
    join_time: int
    join_scene: int
    name: str
    invitor: str = ""
    state: str = ""
    unionid: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatView:
    """A group chat as it was from one moment on."""

    since: float
    name: str
    owner: str
    notice: str
    members: tuple[ChatMember, ...]
    version: str

    def renamed(self, userid: str, new_userid: str) -> ChatView:
        """Return the same with another userid for a member of the corp."""
        ids = {userid: new_userid}
        members = (
            replace(
                each,
                userid=ids.get(each.userid, each.userid),
                invitor=ids.get(each.invitor, each.invitor),
            )
            for each in self.members
        )
        return replace(self, owner=ids.get(self.owner, self.owner), members=tuple(members))


@dataclass(kw_only=True, slots=True)
class GroupChat:
    """A group chat with customers (客户群); views are its states, newest last."""

    chat_id: str
    create_time: int
    views: list[ChatView]
    status: int = 0
    dismissed: bool = False

    @property
    def current(self) -> ChatView:
        """The chat as its members see it now."""
        return self.views[-1]

    def look(self, view: ChatView, now: float) -> None:
        """Look like that from now on; only the last views are remembered."""
        self.views.append(replace(view, since=now))
        del self.views[:-_VIEWS_KEPT]


@dataclass(kw_only=True, slots=True)
class Media:
    """A temporary file (临时素材).

    scene: 0 for messages, 1 an attachment of moments, 2 of product albums.
    """

    media_id: str
    kind: str
    filename: str
    content_type: str
    content: bytes = field(repr=False)
    created_at: float
    scene: int = 0


@dataclass(kw_only=True, slots=True)
class KfVisitor:
    """What one customer did in one customer service account; times are None for never."""

    wrote_at: float | None = None
    greeted_at: float | None = None
    sends_left: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class KfItem:
    """One message or event that kf/sync_msg returns, in the order of its number."""

    number: int
    time: float
    content: dict[str, Any]


@dataclass(kw_only=True, slots=True)
class KfAccount:
    """A customer service account (微信客服账号) that one app manages.

    tokens: of its notifications, with the time they end.
    """

    open_kfid: str
    name: str
    app: str
    items: list[KfItem] = field(default_factory=list)
    tokens: dict[str, float] = field(default_factory=dict, repr=False)
    visitors: dict[str, KfVisitor] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class KfCode:
    """The right to answer one event of an account, once."""

    open_kfid: str
    external_userid: str
    app: str
    event_at: float
    expires_at: float
    used: bool = False


@dataclass(kw_only=True, slots=True)
class BatchJob:
    """An import (异步任务); finish does the work and reports it, once."""

    jobid: str
    type: str
    started_at: float
    ends_at: float
    total: int
    finished: bool = False
    cleaned: bool = False
    result: list[dict[str, Any]] = field(default_factory=list)
    finish: Callable[[], None] = lambda: None


@dataclass(kw_only=True, slots=True)
class CallRecord:
    """One API call that was received; errcode None: the caller got no answer of the API."""

    number: int
    time: float
    method: str
    path: str
    app: str
    ip: str
    errcode: int | None
    http_status: int | None
    milliseconds: float
    fault: bool = False
    userid: str = ""
    external_userid: str = ""
    text: str = ""


@dataclass(kw_only=True, slots=True)
class PushTry:
    """One attempt to deliver a callback; status None: no answer came."""

    sent_at: float
    status: int | None
    milliseconds: float
    outcome: str


@dataclass(kw_only=True, slots=True)
class PushRecord:
    """One callback: what it says and how each try went."""

    number: int
    app: str
    event: str
    userid: str
    subject: str
    created_at: float
    plaintext: bytes = field(repr=False)
    callback: Callback = field(repr=False)
    outcome: Literal["pending", "delivered", "failed"] = "pending"
    tries: list[PushTry] = field(default_factory=list)
    reply: str = ""
