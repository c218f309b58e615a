"""Whether WeCom lets us in: address, clock, credentials, rights."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from doctor.exchange import Exchange, exchange
from doctor.finding import Finding, fault, ok
from errors import APIError, APIUnreachable, CredentialRejected, WeComError
from language import Text
from settings import AppSettings
from wecom import Client, errcodes
from wecom.addresses import getcallbackip
from wecom.contact_way import list_contact_way
from wecom.external_contact import get_follow_user_list
from wecom.tag import get_corp_tag_list

SUBJECT = "api"
CLOCK_WARNING_SECONDS = 5.0
CLOCK_FAULT_SECONDS = 30.0  # beyond it the deadline of a welcome is counted from its receipt

_IP_NOT_ALLOWED = 60020


@dataclass(frozen=True, kw_only=True)
class Right:
    """Something the rules make the app do, and a call that shows that it may.

    rules: the tables of rules.toml that need it. try_: says what was seen; it changes nothing.
    """

    code: str
    title: Text
    rules: frozenset[str]
    try_: Callable[[Client], str]


def _follow_users(api: Client) -> str:
    members = get_follow_user_list(api)
    if not members:
        raise _NobodyError
    return str(len(members))


def _one_contact_way(api: Client) -> str:
    next(iter(list_contact_way(api)), None)
    return ""


RIGHTS = (
    Right(
        code="customer_contact",
        title=Text(en="customer contact", zh="客户联系"),
        rules=frozenset({"welcome", "tag", "remark", "channel", "group_welcome"}),
        try_=_follow_users,
    ),
    Right(
        code="corp_tags",
        title=Text(en="customer tags", zh="企业客户标签"),
        rules=frozenset({"tag"}),
        try_=lambda api: str(len(get_corp_tag_list(api))),
    ),
    Right(
        code="contact_ways",
        title=Text(en="contact ways", zh="联系我二维码"),
        rules=frozenset({"channel"}),
        try_=_one_contact_way,
    ),
)
_NO_RIGHTS = frozenset(f"no_right_{right.code}" for right in RIGHTS)


@dataclass(frozen=True, kw_only=True)
class Platform:
    """How the API is reached. rules: the tables that rules.toml has."""

    api_base_url: str
    make_client: Callable[[AppSettings], Client]
    rules: Collection[str]


def check_api(
    platform: Platform, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> list[Finding]:
    """Reach the API without a credential, and compare its clock with ours."""
    url = f"{platform.api_base_url.rstrip('/')}/cgi-bin/getcallbackip"
    answer = exchange(url)
    here = now()
    if answer.obstacle is not None or b"errcode" not in answer.body:
        seen = answer.detail or f"HTTP {answer.status} {answer.content_type}"
        return [
            fault(
                SUBJECT,
                "api_unreachable",
                Text(
                    en=f"{platform.api_base_url}: no answer of the API ({answer.obstacle or seen})",
                    zh=f"{platform.api_base_url}：没有得到接口应答 ({answer.obstacle or seen})",
                ),
                Text(
                    en="open the firewall for it, or set api_base_url to a proxy that reaches it",
                    zh="请放行防火墙，或将 api_base_url 设为可达的代理",
                ),
            )
        ]
    reached = ok(
        SUBJECT,
        "api_reached",
        en=f"{platform.api_base_url} answers in {answer.seconds * 1000:.0f} ms",
        zh=f"{platform.api_base_url} 应答用时 {answer.seconds * 1000:.0f} 毫秒",
    )
    return [reached, *_check_clock(answer, here)]


def _check_clock(answer: Exchange, here: datetime) -> Iterator[Finding]:
    try:
        there = parsedate_to_datetime(answer.date)
    except ValueError:
        return
    # The header tells whole seconds, and its moment lies within the exchange.
    off = (here - there).total_seconds()
    seconds = max(0.0, abs(off) - 1.0 - answer.seconds)
    if seconds < CLOCK_WARNING_SECONDS:
        yield ok(
            "clock",
            "clock_agrees",
            en="this machine's clock agrees with WeCom's",
            zh="本机时钟与企业微信一致",
        )
        return
    yield fault(
        "clock",
        "clock_differs",
        Text(
            en=f"this machine's clock is {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'}"
            " WeCom's",
            zh=f"本机时钟比企业微信{'快' if off > 0 else '慢'} {abs(off):.0f} 秒",
        ),
        Text(
            en="start NTP: deadlines of welcomes and leases of runs are told by the clock",
            zh="请启用 NTP：欢迎语的时限与任务租约都依赖时钟",
        ),
        verdict="fault" if seconds >= CLOCK_FAULT_SECONDS else "warning",
    )


def check_app(app: AppSettings, platform: Platform) -> list[Finding]:
    """Fetch a token, then make one harmless call for each right that the rules need."""
    subject = f"app {app.name}"
    if app.kind != "self_built":
        return []
    if not app.secret:
        return [
            fault(
                subject,
                "no_secret",
                Text(en="secret is empty: no API can be called", zh="secret 为空：无法调用接口"),
                Text(
                    en="set secret to the Secret of the app if it greets or tags",
                    zh="若需发送欢迎语或打标签，请填写应用的 Secret",
                ),
                verdict="skipped",
            )
        ]
    with platform.make_client(app) as api:
        entrance = _enter(subject, api)
        if entrance.verdict != "ok":
            return [entrance]
        tried = [_try(subject, api, right) for right in _needed(platform.rules)]
    if app.agentid is None and tried and all(each.code in _NO_RIGHTS for each in tried):
        return [entrance, _no_customers(subject)]
    return [entrance, *tried]


def _needed(rules: Collection[str]) -> Iterator[Right]:
    return (right for right in RIGHTS if right.rules & set(rules))


def _no_customers(subject: str) -> Finding:
    """An app without AgentId that may do nothing of all that is the contact-sync assistant."""
    return fault(
        subject,
        "no_customers",
        Text(
            en="may not use customer contact, as is right for contact-sync",
            zh="不能使用客户联系，通讯录同步助手本应如此",
        ),
        Text(
            en="if it is to greet customers, set its agentid, and doctor names the right it lacks",
            zh="若该应用要发送欢迎语，请填写 agentid，doctor 会指出缺少哪项权限",
        ),
        verdict="skipped",
    )


def _enter(subject: str, api: Client) -> Finding:
    """Fetch a token and the list of addresses that callbacks come from."""
    try:
        addresses = getcallbackip(api)
    except CredentialRejected as error:
        return _refusal(subject, "credential_rejected", error)
    except APIError as error:
        is_ip = error.errcode == _IP_NOT_ALLOWED
        return _refusal(subject, "address_not_allowed" if is_ip else "entrance_refused", error)
    except (APIUnreachable, WeComError) as error:
        return _unanswered(subject, error)
    return ok(
        subject,
        "token_fetched",
        en=f"gettoken works; callbacks come from {len(addresses)} addresses (getcallbackip)",
        zh=f"gettoken 正常；回调来自 {len(addresses)} 个地址 (getcallbackip)",
    )


def _try(subject: str, api: Client, right: Right) -> Finding:
    try:
        seen = right.try_(api)
    except _NobodyError:
        return fault(
            subject,
            "nobody_may_contact",
            Text(
                en="no member in the app's range may contact customers",
                zh="应用可见范围内没有配置了客户联系功能的成员",
            ),
            Text(
                en="add members: 客户联系 > 权限配置 > 使用范围, and to the app's visible range",
                zh="请在 客户联系 > 权限配置 > 使用范围 中添加成员，并加入应用可见范围",
            ),
            verdict="warning",
        )
    except APIError as error:
        return _refusal(subject, f"no_right_{right.code}", error, title=right.title)
    except WeComError as error:
        return _unanswered(subject, error)
    count = f" ({seen})" if seen else ""
    return ok(
        subject,
        f"right_{right.code}",
        en=f"may use {right.title['en']}{count}",
        zh=f"可使用{right.title['zh']}{count}",
    )


def _refusal(subject: str, code: str, error: APIError, *, title: Text | None = None) -> Finding:
    about = Text(en=f"{title['en']}: ", zh=f"{title['zh']}：") if title else Text(en="", zh="")
    meaning = errcodes.describe(error.errcode, error.errmsg)
    seen = f"{error.endpoint}: errcode {error.errcode} " + meaning.text
    return fault(
        subject,
        code,
        about + seen,
        meaning.hint,
    )


def _unanswered(subject: str, error: WeComError) -> Finding:
    return fault(
        subject,
        "unanswered",
        Text(en=f"a call got no answer: {error}", zh=f"接口调用没有应答：{error}"),
        Text(en="look at the network and at api_base_url", zh="请检查网络与 api_base_url"),
    )


class _NobodyError(Exception):
    """Nobody may contact customers."""
