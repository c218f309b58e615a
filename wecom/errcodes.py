"""The platform's error codes (全局错误码, doc 90313): meaning, kind, and hints for operators."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
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
from language import Text

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
    """What one code says; there is no hint where an operator can do nothing."""

    errcode: int
    text: Text
    kind: Kind
    hint: Text | None = None


_KINDS: dict[Kind, dict[int, tuple[str, str]]] = {
    "retryable": {
        -1: ("system busy", "系统繁忙"),
        6000: ("data version conflict of parallel writers", "数据版本冲突，多个调用方同时修改"),
        41096: (
            "another welcome for this customer is being delivered",
            "该客户的另一条欢迎语正在发送",
        ),
        81026: ("feature under maintenance", "功能维护中"),
    },
    "refresh": {
        40014: (
            "access_token unknown, revoked or of another kind",
            "access_token 不合法、已被撤销或类型不符",
        ),
        40082: ("suite_access_token invalid", "suite_access_token 不合法"),
        42001: ("access_token expired", "access_token 已过期"),
        42009: ("suite_access_token expired", "suite_access_token 已过期"),
    },
    "rate": {
        41094: ("reminded too often (3 in 24 hours)", "提醒过于频繁（24 小时内最多 3 次）"),
        45009: ("called too often", "接口调用超过频率限制"),
        45033: (
            "too many calls at once, or parallel edits of one object",
            "接口并发调用超过限制，或同一对象被同时修改",
        ),
        45035: ("parallel edits of one object", "同一对象被同时修改"),
    },
    "poll": {
        40085: (
            "suite ticket invalid; the next one comes within ten minutes",
            "suite_ticket 不合法，下一次推送在十分钟内到达",
        ),
        41062: ("moment not yet published by the member", "成员尚未发表该朋友圈"),
        41063: ("group message still being dispatched", "群发消息正在派发"),
        41078: ("too many moment jobs", "朋友圈任务过多"),
        41079: ("moment being dispatched", "朋友圈正在派发"),
        90507: ("group chat is being inherited", "客户群正在继承中"),
        302008: ("another import is running", "已有导入任务正在执行"),
    },
    "already_done": {
        40071: ("tag name exists", "标签名称已存在"),
        40100: ("customer already in transfer", "客户已在继承中"),
        40129: ("customer already in transfer", "客户已在继承中"),
        41051: ("a chat has begun, or a welcome was delivered", "已开始聊天，或欢迎语已送达"),
        41093: ("group message cancelled", "群发消息已取消"),
        46003: ("menu not set", "菜单未设置"),
        49008: ("customer group dissolved", "客户群已解散"),
        60008: ("department exists", "部门已存在"),
        60102: ("userid exists", "userid 已存在"),
        86215: ("chat exists", "会话已存在"),
        90504: ("group owner unchanged", "群主没有变化"),
        90508: ("group chat already inherited", "客户群已被继承"),
    },
    "content": {
        40004: ("media file type not accepted", "不支持的媒体文件类型"),
        40005: ("type parameter wrong", "type 参数不合法"),
        40006: ("media size out of bounds", "媒体文件大小不合法"),
        40007: (
            "media_id unknown, older than 3 days or of another kind",
            "media_id 不合法：不存在、已超过三天或类型不符",
        ),
        40008: ("msgtype unknown", "msgtype 不合法"),
        40009: ("picture too large", "图片太大"),
        40011: ("video too large", "视频太大"),
        40016: ("menu: number of buttons", "菜单的按钮个数不合法"),
        40017: ("menu: kind of button", "菜单的按钮类型不合法"),
        40031: ("all userids invalid", "userid 全部不合法"),
        40032: ("list of userids too long", "userid 列表太长"),
        40033: ("illegal characters in the request", "请求中有不合法的字符"),
        40035: ("parameter invalid", "参数不合法"),
        40039: ("URL too long", "URL 太长"),
        40054: ("menu: domain of the URL", "菜单 URL 的域名不合法"),
        40055: ("menu: URL", "菜单的 URL 不合法"),
        40058: ("parameter invalid", "参数不合法"),
        40059: (
            "report_location_flag or isreportenter invalid",
            "report_location_flag 或 isreportenter 不合法",
        ),
        40063: ("parameter empty", "参数为空"),
        40066: ("department list invalid", "部门列表不合法"),
        40072: ("tag name: length", "标签名称长度不合法"),
        40074: ("safe not possible for news", "图文消息不支持 safe"),
        40092: ("import file invalid", "导入文件不合法"),
        40123: ("picture damaged", "图片已损坏"),
        40127: ("menu: URL without scheme", "菜单的 URL 缺少协议头"),
        40201: ("blocked by anti-spam", "被反垃圾策略拦截"),
        40204: ("blocked by anti-spam", "被反垃圾策略拦截"),
        40206: ("request body too large", "请求体太大"),
        41006: ("media_id missing", "缺少 media_id"),
        41016: ("title missing", "缺少标题"),
        41033: ("description missing", "缺少描述"),
        41035: ("external_userid missing", "缺少 external_userid"),
        41037: ("contact way: type or scene missing", "「联系我」缺少 type 或 scene"),
        41038: ("contact way: type invalid", "「联系我」的 type 不合法"),
        41039: ("contact way: scene missing", "「联系我」缺少 scene"),
        41040: ("contact way: scene invalid", "「联系我」的 scene 不合法"),
        41041: ("contact way: more than 100 members", "「联系我」的成员超过 100 个"),
        41042: ("contact way: style invalid", "「联系我」的 style 不合法"),
        41052: ("send time invalid", "发送时间不合法"),
        41064: ("more than 9 attachments", "附件超过 9 个"),
        41065: ("attachment type unknown", "附件类型不合法"),
        41068: ("intercept rule: too many words", "敏感词规则的敏感词过多"),
        41069: ("intercept rule: too many rules", "敏感词规则过多"),
        41070: ("intercept rule: id invalid", "敏感词规则 id 不合法"),
        41071: ("intercept rule: deleted", "敏感词规则已删除"),
        41072: ("attachment upload: another scene", "附件资源的使用场景不符"),
        41073: ("product album: description", "商品图册的描述不合法"),
        41074: ("product album: deleted", "商品图册已删除"),
        41075: ("product album: unknown", "商品图册不存在"),
        41076: ("intercept rule: range too large", "敏感词规则的范围过大"),
        41077: ("intercept rule: name taken", "敏感词规则的名称已存在"),
        41080: ("attachment upload: size", "附件资源的大小不合法"),
        41081: ("attachment upload: resolution", "附件资源的分辨率不合法"),
        41082: ("attachment upload: duration", "附件资源的时长不合法"),
        41083: ("intercept rule: bad word", "敏感词规则中有不合法的敏感词"),
        41084: ("intercept rule: bad semantics", "敏感词规则的语义规则不合法"),
        41085: ("product album: product_sn", "商品图册的 product_sn 不合法"),
        41086: ("product album: price", "商品图册的价格不合法"),
        41087: ("product album: description", "商品图册的描述不合法"),
        41088: ("list of attachments empty", "附件列表为空"),
        41089: ("text and attachments both empty", "文本和附件不能同时为空"),
        41090: ("attachment upload: format", "附件资源的格式不合法"),
        41091: ("join way: more than 5 groups", "加入群聊配置的群超过 5 个"),
        41102: ("menu: name missing", "菜单缺少名称"),
        44001: ("media empty", "媒体文件为空"),
        44004: ("text empty", "文本内容为空"),
        45001: ("media too large", "媒体文件太大"),
        45002: ("content too long", "内容太长"),
        45004: ("description too long", "描述太长"),
        45007: ("voice too long", "语音太长"),
        45008: ("number of articles", "图文消息的文章数超限"),
        45022: ("app name too long", "应用名称太长"),
        45029: ("answer too large, ask for a smaller page", "应答太大，请缩小分页"),
        45032: ("author too long", "作者太长"),
        45034: ("URL without scheme", "URL 缺少协议头"),
        60001: ("department name: length", "部门名称长度不合法"),
        60002: ("department too deep", "部门层级太深"),
        60003: ("department unknown", "部门不存在"),
        60004: ("parent department unknown", "父部门不存在"),
        60005: ("department has members", "部门下还有成员"),
        60006: ("department has children", "部门下还有子部门"),
        60007: ("root department cannot be deleted", "不能删除根部门"),
        60009: ("department name: characters", "部门名称含有不合法的字符"),
        60010: ("department would become its own ancestor", "部门不能成为自己的上级"),
        60012: ("department cannot be deleted", "该部门不能删除"),
        60028: ("home page of a third-party app cannot be changed", "不能修改第三方应用的主页"),
        60103: ("mobile number invalid", "手机号不合法"),
        60104: ("mobile number taken", "手机号已存在"),
        60105: ("e-mail invalid", "邮箱不合法"),
        60106: ("e-mail taken", "邮箱已存在"),
        60110: ("too many departments for one member", "成员所属部门过多"),
        60112: ("member name invalid", "成员姓名不合法"),
        60123: ("department id invalid", "部门 id 不合法"),
        60124: ("parent department id invalid", "父部门 id 不合法"),
        60125: ("department name invalid", "部门名称不合法"),
        60127: ("member name missing", "缺少成员姓名"),
        60129: ("mobile number and e-mail missing", "缺少手机号和邮箱"),
        60132: (
            "is_leader_in_dept does not match department",
            "is_leader_in_dept 与 department 的个数不一致",
        ),
        81012: ("no receiver given", "没有指定接收人"),
        81014: ("too many members in one tag call", "一次打标签的成员过多"),
        81017: ("too many objects in one request", "一次请求的对象过多"),
        82001: ("no receiver given", "没有指定接收人"),
        82002: ("list of departments too long", "部门列表太长"),
        82003: ("list of tags too long", "标签列表太长"),
        82004: ("content would crash clients", "内容会使客户端异常"),
        85002: ("forbidden words", "含有违禁词"),
        86001: ("chatid missing or invalid", "chatid 缺少或不合法"),
        86004: ("chat name invalid", "会话名称不合法"),
        86005: ("chat owner invalid", "会话的群主不合法"),
        86006: ("number of chat members", "会话的成员数不合法"),
        86007: ("chat members invalid", "会话的成员不合法"),
        86008: ("chat of another app", "会话属于其他应用"),
        86216: ("bad members in chat", "会话中有不合法的成员"),
        600018: ("start or end time invalid", "开始或结束时间不合法"),
        302003: ("duplicate rows in the import", "导入文件中有重复的行"),
        302006: ("duplicate rows in the import", "导入文件中有重复的行"),
        **dict.fromkeys(
            (*range(42014, 42020), *range(42027, 42052)),
            ("template card invalid", "模板卡片不合法"),
        ),
        **dict.fromkeys(range(60141, 60149), ("member field invalid", "成员字段不合法")),
        **dict.fromkeys(range(90200, 90209), ("mini-program notice invalid", "小程序通知不合法")),
        **dict.fromkeys(range(90456, 90482), ("calendar or schedule invalid", "日历或日程不合法")),
        **dict.fromkeys(
            range(301021, 301026),
            ("approval or check-in parameter invalid", "审批或打卡的参数不合法"),
        ),
    },
    "config": {
        40001: (
            "secret does not belong to the corp, was reset, or the app is stopped",
            "Secret 与企业不匹配、已重置，或应用已停用",
        ),
        40013: ("corpid unknown", "corpid 不存在"),
        40083: ("suite_id or suite_secret invalid", "suite_id 或 suite_secret 不合法"),
        40056: ("agentid invalid", "agentid 不合法"),
        40126: ("limit of corp tags reached", "企业标签数已达上限"),
        41045: ("limit of contact ways reached", "「联系我」数量已达上限"),
        41055: (
            "limit of group welcome templates reached (100)",
            "入群欢迎语素材已达上限（100 个）",
        ),
        41057: ("no WeChat developer account bound", "没有绑定微信开发者账号"),
        41095: ("limit of acquisition links reached", "获客链接数量已达上限"),
        43009: ("corp not verified", "企业未认证"),
        43012: ("app needs a callback URL", "应用未设置接收消息的 URL"),
        45024: ("limit of accounts reached", "企业的帐号数已达上限"),
        45026: ("delete protection", "触发删除保护"),
        45031: ("secret considered unsafe", "Secret 被判定为不安全"),
        48001: ("API not granted", "没有此接口的权限"),
        48002: ("app may not call this API", "应用无权调用此接口"),
        48003: ("suite token of a suite without this right", "suite 没有此权限"),
        48004: ("authorisation void", "授权已失效"),
        48006: ("right withdrawn after long disuse", "权限因长期未使用被收回"),
        48007: ("API not granted", "没有此接口的权限"),
        48008: ("API not granted", "没有此接口的权限"),
        48009: ("API gives ids only to this caller", "此接口只向该调用方返回 id"),
        50001: ("redirect domain not trusted", "跳转域名不可信"),
        50002: ("member out of the app's range", "成员不在应用的可见范围内"),
        50003: ("app disabled", "应用已停用"),
        50006: ("system app disabled", "系统应用已停用"),
        60011: ("no right on the member, department or tag", "没有权限操作该成员、部门或标签"),
        60020: ("source address not trusted", "来源 IP 不在企业可信 IP 中"),
        60021: ("outside the app's range", "不在应用的可见范围内"),
        60030: ("outside the app's range", "不在应用的可见范围内"),
        60031: ("app barred from the API", "应用被禁止调用接口"),
        81001: ("limit of departments or members reached", "部门或成员数已达上限"),
        81002: ("limit of departments or members reached", "部门或成员数已达上限"),
        81003: ("limit of departments or members reached", "部门或成员数已达上限"),
        81011: ("no right on the contact tag", "没有权限操作该通讯录标签"),
        84074: ("no right on customer contact", "没有客户联系权限"),
        90510: ("no active user within a year", "企业一年内没有活跃成员"),
        92000: ("outside the app's range", "不在应用的可见范围内"),
        93000: ("robot webhook invalid", "机器人的 webhook 地址不合法"),
        301002: ("agentid of another app", "agentid 属于其他应用"),
        301055: ("no right on approval or check-in", "没有审批或打卡的权限"),
        301056: ("no right on approval or check-in", "没有审批或打卡的权限"),
        301057: ("no right on approval or check-in", "没有审批或打卡的权限"),
        610015: ("public account not verified", "公众号未认证"),
        610016: ("corp not verified", "企业未认证"),
        701008: ("interworking licence missing", "缺少互通帐号许可"),
        701099: ("interworking licence missing", "缺少互通帐号许可"),
        2000002: ("corpid unknown", "corpid 不存在"),
    },
    "permanent": {
        40003: ("userid invalid", "userid 不合法"),
        40029: ("OAuth code invalid", "OAuth 的 code 不合法"),
        40050: ("chat unknown", "会话不存在"),
        40068: ("tag or tag group unknown", "标签或标签组不存在"),
        40070: ("all tag targets invalid", "打标签的对象全部不合法"),
        40073: ("openid unknown", "openid 不存在"),
        40077: ("pre-auth code invalid", "预授权码不合法"),
        40078: ("auth code invalid", "临时授权码不合法"),
        40084: ("permanent code invalid", "永久授权码不合法"),
        40088: ("job unknown", "任务不存在"),
        40089: ("job result already cleaned", "任务结果已被清理"),
        40093: ("JS-SDK signature wrong", "JS-SDK 签名不正确"),
        40096: (
            "external_userid invalid or of another subject",
            "external_userid 不合法，或属于其他主体",
        ),
        40097: ("member has not left", "该成员尚未离职"),
        40098: ("member not real-name verified", "该成员未实名认证"),
        40099: ("takeover member has no room for more customers", "接替成员的客户数已达上限"),
        40128: (
            "customer transferred too often (2 in 90 days)",
            "客户转接过于频繁（90 天内最多 2 次）",
        ),
        40130: ("same member on both sides", "原跟进成员与接替成员相同"),
        40131: ("handover member does not follow the customer", "客户不是原跟进成员的客户"),
        40143: ("transfer blocked, member banned", "成员被封禁，不能转接"),
        40205: ("member has not logged in for a year", "成员一年内未登录"),
        41001: ("access_token missing", "缺少 access_token"),
        41002: ("corpid missing", "缺少 corpid"),
        41004: ("corpsecret missing", "缺少 corpsecret"),
        41043: ("contact way: config_id missing", "「联系我」缺少 config_id"),
        41044: ("contact way: config_id unknown", "「联系我」的 config_id 不存在"),
        41046: ("group message id missing", "缺少群发消息的 id"),
        41047: ("group message id invalid", "群发消息的 id 不合法"),
        41048: ("no customer to send to", "没有可发送的客户"),
        41049: ("welcome code missing", "缺少 welcome_code"),
        41050: (
            "welcome code unknown, used, or older than 20 seconds",
            "welcome_code 不合法：不存在、已使用或超过 20 秒",
        ),
        41053: ("customer has not agreed to chat archiving", "客户尚未同意会话内容存档"),
        41054: ("member not activated", "成员未激活"),
        41056: ("external_userid of the wrong kind", "external_userid 的类型不符"),
        41058: ("template of another app", "素材属于其他应用"),
        41059: ("moment_id missing", "缺少 moment_id"),
        41060: ("moment_id invalid", "moment_id 不合法"),
        41061: ("moment of another member", "该朋友圈不是此成员的"),
        41067: ("moment type does not fit the API", "朋友圈类型与接口不符"),
        41098: ("acquisition link of another component", "获客链接属于其他组件"),
        42003: ("OAuth code expired", "OAuth 的 code 已过期"),
        42007: ("pre-auth code expired", "预授权码已过期"),
        42012: ("jsapi_ticket unusable", "jsapi_ticket 不可用"),
        42022: ("OAuth code used", "OAuth 的 code 已使用"),
        42052: ("recall window over", "已超过可撤回的时间"),
        43004: ("member not bound to WeChat", "成员未关注微信插件"),
        46004: ("userid not found", "userid 不存在"),
        48005: ("API retired", "接口已废弃"),
        50100: ("paging cursor invalid", "分页的 cursor 不合法"),
        60111: ("userid not found", "userid 不存在"),
        60121: ("userid not found", "userid 不存在"),
        60140: ("response_code invalid or expired", "response_code 不合法或已过期"),
        81013: ("all receivers invalid", "接收人全部不合法"),
        84014: ("user_ticket expired", "user_ticket 已过期"),
        84015: ("user_ticket invalid", "user_ticket 不合法"),
        84061: ("member and customer have no relation", "成员与客户没有好友关系"),
        84083: ("not a service member", "不是服务人员"),
        84084: ("member does not follow the customer", "成员不是客户的跟进人"),
        86003: ("chat unknown", "会话不存在"),
        90500: ("group owner has not left", "群主尚未离职"),
        90501: ("not a customer group", "不是客户群"),
        90502: ("group owner has left", "群主已离职"),
        90503: ("group full, the client has to act", "客户群人数已满，须在客户端操作"),
        90509: ("not a customer group", "不是客户群"),
        90511: ("opengid unknown", "opengid 不存在"),
        91040: ("ticket of the wrong kind", "ticket 的类型不符"),
        301005: ("creator cannot be deleted", "不能删除创建者"),
        610004: ("not a customer of the corp", "不是本企业的客户"),
        610014: ("unionid invalid", "unionid 不合法"),
        610017: ("unionid of another subject", "unionid 属于其他主体"),
        610018: ("accounts not on one open platform", "帐号不在同一个开放平台下"),
        710006: ("temporary external id invalid", "临时外部 id 不合法"),
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
    60121: (
        "the member is gone, or the userid is misspelt: read the members again",
        "成员不存在或 userid 有误，请重新同步通讯录",
    ),
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
        text=Text(en=english, zh=chinese),
        kind=kind,
        hint=Text(en=_HINTS[errcode][0], zh=_HINTS[errcode][1]) if errcode in _HINTS else None,
    )
    for kind, codes in _KINDS.items()
    for errcode, (english, chinese) in codes.items()
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

_UNKNOWN = Text(en="not a documented code", zh="文档中没有的错误码")
_UNTRUSTED_ADDRESS = 60020
_THIS_SERVER = Text(en="this server's address", zh="本服务器出口 IP")
_ADDRESS = re.compile(r"from ip: ?([0-9A-Fa-f.:]+)")


def describe(errcode: int, errmsg: str = "") -> Meaning:
    """Return what the code means; `errmsg` adds what only the answer knows (the address of 60020).

    A code that is not documented is permanent.
    """
    meaning = _MEANINGS.get(errcode)
    if meaning is None:
        return Meaning(errcode=errcode, text=_UNKNOWN, kind="permanent")
    if errcode != _UNTRUSTED_ADDRESS or meaning.hint is None:
        return meaning
    found = _ADDRESS.search(errmsg)
    address = Text.same(found[1]) if found else _THIS_SERVER
    hint = Text(en=meaning.hint.en.format(ip=address.en), zh=meaning.hint.zh.format(ip=address.zh))
    return replace(meaning, hint=hint)


def error(errcode: int, errmsg: str, *, endpoint: str) -> APIError:
    """Return the narrowest error for the code."""
    meaning = describe(errcode, errmsg)
    cls = _CLASSES.get(errcode) or _CLASSES_BY_KIND.get(meaning.kind, APIError)
    return cls(errcode, errmsg, endpoint=endpoint, meaning=meaning.text, hint=meaning.hint)
