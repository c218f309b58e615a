"""The platform's error codes (全局错误码, doc 90313): meaning, kind, and hints for operators."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from errors import (
    AccessTokenRejected,
    APIError,
    AuthCodeInvalid,
    ChatAlreadyStarted,
    CredentialRejected,
    GroupChatGone,
    JobUnknown,
    MediaInvalid,
    NotExternalContact,
    NotReady,
    PermanentCodeRejected,
    RateLimited,
    SuiteTicketRejected,
    SystemBusy,
    TagNameTaken,
    TagUnknown,
    WelcomeBeingSent,
    WelcomeCodeInvalid,
)

Kind = Literal[
    "retryable",  # again, after a pause
    "refresh",  # again once, with a new token
    "rate",  # again when the window is over
    "poll",  # again later, on purpose: it is still under way
    "already_done",  # what was wanted is so already
    "content",  # never again with this payload
    "config",  # an operator has to act
    "permanent",  # never again
]


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What one code says; the hints are empty where an operator can do nothing."""

    errcode: int
    text: str
    kind: Kind
    hint: str = ""
    hint_zh: str = ""


_KINDS: dict[Kind, dict[int, str]] = {
    "retryable": {
        -1: "system busy",
        6000: "data version conflict of parallel writers",
        41096: "another welcome for this customer is being delivered",
        81026: "feature under maintenance",
    },
    "refresh": {
        40014: "access_token unknown, revoked or of another kind",
        40082: "suite_access_token invalid",
        42001: "access_token expired",
        42009: "suite_access_token expired",
    },
    "rate": {
        41094: "reminded too often (3 in 24 hours)",
        45009: "called too often",
        45033: "too many calls at once, or parallel edits of one object",
        45035: "parallel edits of one object",
    },
    "poll": {
        40085: "suite ticket invalid; the next one comes within ten minutes",
        41062: "moment not yet published by the member",
        41063: "group message still being dispatched",
        41078: "too many moment jobs",
        41079: "moment being dispatched",
        90507: "group chat is being inherited",
        302008: "another import is running",
    },
    "already_done": {
        40071: "tag name exists",
        40100: "customer already in transfer",
        40129: "customer already in transfer",
        41051: "a chat has begun, or a welcome was delivered",
        41093: "group message cancelled",
        46003: "menu not set",
        49008: "customer group dissolved",
        60008: "department exists",
        60102: "userid exists",
        86215: "chat exists",
        90504: "group owner unchanged",
        90508: "group chat already inherited",
    },
    "content": {
        40004: "media file type not accepted",
        40005: "type parameter wrong",
        40006: "media size out of bounds",
        40007: "media_id unknown, older than 3 days or of another kind",
        40008: "msgtype unknown",
        40009: "picture too large",
        40011: "video too large",
        40016: "menu: number of buttons",
        40017: "menu: kind of button",
        40031: "all userids invalid",
        40032: "list of userids too long",
        40033: "illegal characters in the request",
        40035: "parameter invalid",
        40039: "URL too long",
        40054: "menu: domain of the URL",
        40055: "menu: URL",
        40058: "parameter invalid",
        40059: "report_location_flag or isreportenter invalid",
        40063: "parameter empty",
        40066: "department list invalid",
        40072: "tag name: length",
        40074: "safe not possible for news",
        40092: "import file invalid",
        40123: "picture damaged",
        40127: "menu: URL without scheme",
        40201: "blocked by anti-spam",
        40204: "blocked by anti-spam",
        40206: "request body too large",
        41006: "media_id missing",
        41016: "title missing",
        41033: "description missing",
        41035: "external_userid missing",
        41037: "contact way: type or scene missing",
        41038: "contact way: type invalid",
        41039: "contact way: scene missing",
        41040: "contact way: scene invalid",
        41041: "contact way: more than 100 members",
        41042: "contact way: style invalid",
        41052: "send time invalid",
        41064: "more than 9 attachments",
        41065: "attachment type unknown",
        41068: "intercept rule: too many words",
        41069: "intercept rule: too many rules",
        41070: "intercept rule: id invalid",
        41071: "intercept rule: deleted",
        41072: "attachment upload: another scene",
        41073: "product album: description",
        41074: "product album: deleted",
        41075: "product album: unknown",
        41076: "intercept rule: range too large",
        41077: "intercept rule: name taken",
        41080: "attachment upload: size",
        41081: "attachment upload: resolution",
        41082: "attachment upload: duration",
        41083: "intercept rule: bad word",
        41084: "intercept rule: bad semantics",
        41085: "product album: product_sn",
        41086: "product album: price",
        41087: "product album: description",
        41088: "list of attachments empty",
        41089: "text and attachments both empty",
        41090: "attachment upload: format",
        41091: "join way: more than 5 groups",
        41102: "menu: name missing",
        44001: "media empty",
        44004: "text empty",
        45001: "media too large",
        45002: "content too long",
        45004: "description too long",
        45007: "voice too long",
        45008: "number of articles",
        45022: "app name too long",
        45029: "answer too large, ask for a smaller page",
        45032: "author too long",
        45034: "URL without scheme",
        60001: "department name: length",
        60002: "department too deep",
        60003: "department unknown",
        60004: "parent department unknown",
        60005: "department has members",
        60006: "department has children",
        60007: "root department cannot be deleted",
        60009: "department name: characters",
        60010: "department would become its own ancestor",
        60012: "department cannot be deleted",
        60028: "home page of a third-party app cannot be changed",
        60103: "mobile number invalid",
        60104: "mobile number taken",
        60105: "e-mail invalid",
        60106: "e-mail taken",
        60110: "too many departments for one member",
        60112: "member name invalid",
        60123: "department id invalid",
        60124: "parent department id invalid",
        60125: "department name invalid",
        60127: "member name missing",
        60129: "mobile number and e-mail missing",
        60132: "is_leader_in_dept does not match department",
        81012: "no receiver given",
        81014: "too many members in one tag call",
        81017: "too many objects in one request",
        82001: "no receiver given",
        82002: "list of departments too long",
        82003: "list of tags too long",
        82004: "content would crash clients",
        85002: "forbidden words",
        86001: "chatid missing or invalid",
        86004: "chat name invalid",
        86005: "chat owner invalid",
        86006: "number of chat members",
        86007: "chat members invalid",
        86008: "chat of another app",
        86216: "bad members in chat",
        600018: "start or end time invalid",
        302003: "duplicate rows in the import",
        302006: "duplicate rows in the import",
        **dict.fromkeys((*range(42014, 42020), *range(42027, 42052)), "template card invalid"),
        **dict.fromkeys(range(60141, 60149), "member field invalid"),
        **dict.fromkeys(range(90200, 90209), "mini-program notice invalid"),
        **dict.fromkeys(range(90456, 90482), "calendar or schedule invalid"),
        **dict.fromkeys(range(301021, 301026), "approval or check-in parameter invalid"),
    },
    "config": {
        40001: "secret does not belong to the corp, was reset, or the app is stopped",
        40013: "corpid unknown",
        40083: "suite_id or suite_secret invalid",
        40056: "agentid invalid",
        40126: "limit of corp tags reached",
        41045: "limit of contact ways reached",
        41055: "limit of group welcome templates reached (100)",
        41057: "no WeChat developer account bound",
        41095: "limit of acquisition links reached",
        43009: "corp not verified",
        43012: "app needs a callback URL",
        45024: "limit of accounts reached",
        45026: "delete protection",
        45031: "secret considered unsafe",
        48001: "API not granted",
        48002: "app may not call this API",
        48003: "suite token of a suite without this right",
        48004: "authorisation void",
        48006: "right withdrawn after long disuse",
        48007: "API not granted",
        48008: "API not granted",
        48009: "API gives ids only to this caller",
        50001: "redirect domain not trusted",
        50002: "member out of the app's range",
        50003: "app disabled",
        50006: "system app disabled",
        60011: "no right on the member, department or tag",
        60020: "source address not trusted",
        60021: "outside the app's range",
        60030: "outside the app's range",
        60031: "app barred from the API",
        81001: "limit of departments or members reached",
        81002: "limit of departments or members reached",
        81003: "limit of departments or members reached",
        81011: "no right on the contact tag",
        84074: "no right on customer contact",
        90510: "no active user within a year",
        92000: "outside the app's range",
        93000: "robot webhook invalid",
        301002: "agentid of another app",
        301055: "no right on approval or check-in",
        301056: "no right on approval or check-in",
        301057: "no right on approval or check-in",
        610015: "public account not verified",
        610016: "corp not verified",
        701008: "interworking licence missing",
        701099: "interworking licence missing",
        2000002: "corpid unknown",
    },
    "permanent": {
        40003: "userid invalid",
        40029: "OAuth code invalid",
        40050: "chat unknown",
        40068: "tag or tag group unknown",
        40070: "all tag targets invalid",
        40073: "openid unknown",
        40077: "pre-auth code invalid",
        40078: "auth code invalid",
        40084: "permanent code invalid",
        40088: "job unknown",
        40089: "job result already cleaned",
        40093: "JS-SDK signature wrong",
        40096: "external_userid invalid or of another subject",
        40097: "member has not left",
        40098: "member not real-name verified",
        40099: "takeover member has no room for more customers",
        40128: "customer transferred too often (2 in 90 days)",
        40130: "same member on both sides",
        40131: "handover member does not follow the customer",
        40143: "transfer blocked, member banned",
        40205: "member has not logged in for a year",
        41001: "access_token missing",
        41002: "corpid missing",
        41004: "corpsecret missing",
        41043: "contact way: config_id missing",
        41044: "contact way: config_id unknown",
        41046: "group message id missing",
        41047: "group message id invalid",
        41048: "no customer to send to",
        41049: "welcome code missing",
        41050: "welcome code unknown, used, or older than 20 seconds",
        41053: "customer has not agreed to chat archiving",
        41054: "member not activated",
        41056: "external_userid of the wrong kind",
        41058: "template of another app",
        41059: "moment_id missing",
        41060: "moment_id invalid",
        41061: "moment of another member",
        41067: "moment type does not fit the API",
        41098: "acquisition link of another component",
        42003: "OAuth code expired",
        42007: "pre-auth code expired",
        42012: "jsapi_ticket unusable",
        42022: "OAuth code used",
        42052: "recall window over",
        43004: "member not bound to WeChat",
        46004: "userid not found",
        48005: "API retired",
        50100: "paging cursor invalid",
        60111: "userid not found",
        60140: "response_code invalid or expired",
        81013: "all receivers invalid",
        84014: "user_ticket expired",
        84015: "user_ticket invalid",
        84061: "member and customer have no relation",
        84083: "not a service member",
        84084: "member does not follow the customer",
        86003: "chat unknown",
        90500: "group owner has not left",
        90501: "not a customer group",
        90502: "group owner has left",
        90503: "group full, the client has to act",
        90509: "not a customer group",
        90511: "opengid unknown",
        91040: "ticket of the wrong kind",
        301005: "creator cannot be deleted",
        610004: "not a customer of the corp",
        610014: "unionid invalid",
        610017: "unionid of another subject",
        610018: "accounts not on one open platform",
        710006: "temporary external id invalid",
    },
}

_HINTS: dict[int, tuple[str, str]] = {
    40001: (
        "copy the app's secret again from the admin console and see that the app is enabled",
        "请在管理后台重新复制该应用的 Secret，并确认应用已启用",
    ),
    40007: (
        "upload the file again: a media_id lives three days and is of one kind",
        "请重新上传素材：media_id 三天有效，且须与用途类型一致",
    ),
    40013: (
        "copy the corpid again: My Company > Company Info",
        "请核对企业 ID：我的企业 > 企业信息",
    ),
    40014: (
        "no token of the app lives: see that corpid and secret belong together and it is enabled",
        "access_token 反复失效：请确认 corpid 与 Secret 属于同一应用且应用已启用",
    ),
    40056: ("set the agentid shown on the app's page", "请填写应用详情页显示的 AgentId"),
    40083: (
        "copy suite_id and suite_secret again from the provider's console",
        "请在服务商后台核对第三方应用的 SuiteID 与 Secret",
    ),
    40084: (
        "the company removed the app or its code was reset: have it authorise the app again",
        "永久授权码已失效（企业已取消授权或授权码被重置），请企业重新授权",
    ),
    40085: (
        "wait for the next suite_ticket, or push one by hand in the provider's console",
        "suite_ticket 已过期：请等待下一次推送，或在服务商后台手动推送",
    ),
    40096: (
        "the id belongs to another app or provider: ids are not interchangeable",
        "external_userid 属于其他应用主体，不能混用",
    ),
    40098: (
        "have the member verify their real name in WeCom",
        "请让该成员在企业微信中完成实名认证",
    ),
    40099: (
        "choose another member: this one has no room for more customers",
        "该成员的客户数已达上限，请更换接替成员",
    ),
    40126: ("remove unused corp tags", "企业标签数量已达上限，请清理不用的标签"),
    40205: (
        "have the member sign in to WeCom: they have not for a year",
        "该成员一年内未登录，请先让其登录企业微信",
    ),
    41045: ("remove unused contact ways", "「联系我」数量已达上限，请删除不用的配置"),
    41050: (
        "the code lives 20 seconds: see that nothing delays the callback",
        "欢迎语 code 仅 20 秒有效：请检查回调是否有延迟",
    ),
    41053: (
        "the customer must agree to chat archiving first",
        "客户尚未同意会话内容存档，须等待其同意",
    ),
    41054: ("have the member activate their account", "请让该成员先激活企业微信账号"),
    41055: (
        "remove unused group welcomes: a corp has 100 at most",
        "入群欢迎语素材已达 100 个上限，请删除不用的素材",
    ),
    41057: (
        "bind a WeChat developer account in Customer Contact > API",
        "请在「客户联系 > API」中绑定微信开发者账号",
    ),
    41095: ("remove unused acquisition links", "获客链接数量已达上限，请删除不用的链接"),
    43004: (
        "the member must bind WeChat: scan the corp's WeChat plugin code",
        "该成员未绑定微信，请让其扫码关注微信插件",
    ),
    43009: ("have the company verified", "请先完成企业认证"),
    43012: ("set the app's callback URL", "请先为应用设置接收消息的回调 URL"),
    45009: (
        "wait: the endpoint rests by itself and goes on",
        "调用过于频繁：该接口会自动暂停后恢复，请降低调用频率",
    ),
    45024: ("raise the company's number of accounts", "请提升企业的成员数上限"),
    45026: (
        "the import would delete too many members: confirm it in the admin console",
        "触发通讯录删除保护，请在管理后台确认",
    ),
    45031: ("reset the secret in the admin console", "该 Secret 存在风险，请在管理后台重置"),
    48001: ("have the API granted to the app", "该应用没有此 API 的权限，请申请开通"),
    48002: (
        "add the app in Customer Contact > API > callers; write contacts with contact-sync only",
        "请在「客户联系 > API > 可调用接口的应用」中添加该应用；写通讯录须用通讯录同步助手",
    ),
    48003: ("give the suite the right and have it authorised", "请为第三方应用申请权限并重新授权"),
    48004: ("have the company authorise the app again", "授权已失效，请企业重新授权"),
    48006: ("apply for the right again", "权限因长期未使用被回收，请重新申请"),
    48007: ("have the API granted to the app", "该应用没有此 API 的权限，请申请开通"),
    48008: ("have the API granted to the app", "该应用没有此 API 的权限，请申请开通"),
    48009: (
        "read members with an app's secret in place of the contact-sync one",
        "通讯录同步助手只能读取 id，请改用应用的 Secret",
    ),
    50001: ("add the domain to the app's trusted domains", "请在应用中配置可信域名"),
    50002: ("add the member to the app's visible range", "请把该成员加入应用的可见范围"),
    50003: ("enable the app in the admin console", "请在管理后台启用该应用"),
    50006: ("enable the system app in the admin console", "请在管理后台启用该系统应用"),
    60011: (
        "add the member to the app's visible range and the use range of Customer Contact",
        "请把成员加入应用可见范围和客户联系使用范围；其他应用创建的标签不可修改",
    ),
    60020: (
        "add {ip} in App Management > the app > trusted IP; it takes about a minute",
        "请将 {ip} 加入「应用管理 > 该应用 > 企业可信IP」，约一分钟后生效",
    ),
    60021: ("add the member to the app's visible range", "请把该成员加入应用的可见范围"),
    60030: ("add the department to the app's visible range", "请把该部门加入应用的可见范围"),
    60031: ("see whether the app is disabled or barred", "请检查应用是否被停用或封禁"),
    60111: (
        "the member is gone, or the userid is misspelt: read the members again",
        "成员不存在或 userid 有误，请重新同步通讯录",
    ),
    81001: (
        "raise the limit of departments and members, or remove some",
        "部门或成员数量已达上限，请清理或申请扩容",
    ),
    81002: (
        "raise the limit of departments and members, or remove some",
        "部门或成员数量已达上限，请清理或申请扩容",
    ),
    81003: (
        "raise the limit of departments and members, or remove some",
        "部门或成员数量已达上限，请清理或申请扩容",
    ),
    81011: ("let the app manage this contact tag", "请授予应用管理该标签的权限"),
    81013: (
        "see that the receivers exist and are in the app's visible range",
        "接收人均无效：请确认其存在且在应用可见范围内",
    ),
    84061: (
        "the relation is gone, or the member is not in the use range of Customer Contact",
        "客户关系不存在，或成员不在客户联系使用范围内",
    ),
    84074: ("give the member the right of customer contact", "请为成员开通客户联系权限"),
    90500: (
        "the owner has not left: use the transfer of members on the job",
        "群主未离职，请使用在职继承",
    ),
    90502: (
        "the owner has left: use the transfer of members who left",
        "群主已离职，请使用离职继承",
    ),
    90503: (
        "the group is full: choose another owner or act in the WeCom client",
        "群人数已满，请更换群主或在客户端操作",
    ),
    90510: (
        "a member has to be active in WeCom first: nobody was within a year",
        "企业一年内无活跃成员，请先登录使用企业微信",
    ),
    92000: ("add the object to the app's visible range", "请调整应用的可见范围"),
    93000: ("copy the robot's webhook again", "请重新复制群机器人的 Webhook 地址"),
    301002: ("the agentid is of another app than the secret", "AgentId 与 Secret 不属于同一应用"),
    301055: ("let the app call the API of approval or check-in", "请在审批/打卡中授权该应用"),
    301056: ("let the app call the API of approval or check-in", "请在审批/打卡中授权该应用"),
    301057: ("let the app call the API of approval or check-in", "请在审批/打卡中授权该应用"),
    610015: ("have the public account verified", "请先完成公众号认证"),
    610016: ("have the company verified", "请先完成企业认证"),
    701008: ("give the member an interworking licence", "请为成员分配接口许可"),
    701099: ("give the member an interworking licence", "请为成员分配接口许可"),
    2000002: ("copy the corpid again", "请核对企业 ID"),
}

_MEANINGS = {
    errcode: Meaning(
        errcode=errcode,
        text=text,
        kind=kind,
        hint=_HINTS.get(errcode, ("", ""))[0],
        hint_zh=_HINTS.get(errcode, ("", ""))[1],
    )
    for kind, codes in _KINDS.items()
    for errcode, text in codes.items()
}

_CLASSES: dict[int, type[APIError]] = {
    40001: CredentialRejected,
    40007: MediaInvalid,
    40013: CredentialRejected,
    40014: AccessTokenRejected,
    40078: AuthCodeInvalid,
    40082: AccessTokenRejected,
    40083: CredentialRejected,
    40084: PermanentCodeRejected,
    40085: SuiteTicketRejected,
    41050: WelcomeCodeInvalid,
    41051: ChatAlreadyStarted,
    41096: WelcomeBeingSent,
    42001: AccessTokenRejected,
    42009: AccessTokenRejected,
    84061: NotExternalContact,
    40068: TagUnknown,
    40071: TagNameTaken,
    40088: JobUnknown,
    40089: JobUnknown,
    49008: GroupChatGone,
}

_CLASSES_BY_KIND: dict[Kind, type[APIError]] = {
    "retryable": SystemBusy,
    "rate": RateLimited,
    "poll": NotReady,
}

_UNTRUSTED_ADDRESS = 60020
_ADDRESS = re.compile(r"from ip: ?([0-9A-Fa-f.:]+)")


def describe(errcode: int, errmsg: str = "") -> Meaning:
    """Return what the code means; `errmsg` adds what only the answer knows (the address of 60020).

    A code that is not documented is permanent.
    """
    meaning = _MEANINGS.get(errcode)
    if meaning is None:
        return Meaning(errcode=errcode, text="not a documented code", kind="permanent")
    if errcode != _UNTRUSTED_ADDRESS:
        return meaning
    found = _ADDRESS.search(errmsg)
    return Meaning(
        errcode=errcode,
        text=meaning.text,
        kind=meaning.kind,
        hint=meaning.hint.format(ip=found[1] if found else "this server's address"),
        hint_zh=meaning.hint_zh.format(ip=found[1] if found else "本服务器出口 IP"),
    )


def hint(errcode: int, errmsg: str = "") -> str:
    """Return what an operator should do, in both languages; empty where nothing can be done."""
    meaning = describe(errcode, errmsg)
    return " / ".join(filter(None, (meaning.hint, meaning.hint_zh)))


def error(errcode: int, errmsg: str, *, endpoint: str) -> APIError:
    """Return the narrowest error for the code."""
    cls = _CLASSES.get(errcode) or _CLASSES_BY_KIND.get(describe(errcode).kind, APIError)
    return cls(errcode, errmsg, endpoint=endpoint, hint=hint(errcode, errmsg))
