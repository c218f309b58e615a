"""Third-party apps and their providers (第三方应用开发): tokens, authorisations, logins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wecom.answer import record
from wecom.arguments import at_most_bytes, not_empty
from wecom.endpoint import Endpoint
from wecom.token import AccessToken

if TYPE_CHECKING:
    from wecom.client import Client

_MOST_BYTES = 512
_EXCHANGE_SECONDS = 30.0  # slow, as doc 100776 says; an answer not waited for is lost for good


@dataclass(frozen=True, kw_only=True)
class ProviderToken:
    """What get_provider_token grants."""

    provider_access_token: str = field(repr=False)
    expires_in: int = 7200


@dataclass(frozen=True, kw_only=True)
class SuiteToken:
    """What get_suite_token grants."""

    suite_access_token: str = field(repr=False)
    expires_in: int = 7200


@dataclass(frozen=True, kw_only=True)
class PreAuthCode:
    """The code an authorisation link begins with; good for twenty minutes."""

    pre_auth_code: str = field(repr=False)
    expires_in: int = 1200


@dataclass(frozen=True, kw_only=True)
class CorpInfo:
    """An enterprise that authorised the suite."""

    corpid: str
    corp_name: str = ""
    corp_type: str = ""
    corp_user_max: int = 0
    corp_full_name: str = ""
    subject_type: int = 0
    corp_scale: str = ""
    corp_industry: str = ""


@dataclass(frozen=True, kw_only=True)
class Privilege:
    """What the app may see and do; level as the document numbers it."""

    level: int = 0
    allow_party: tuple[int, ...] = ()
    allow_user: tuple[str, ...] = ()
    allow_tag: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Agent:
    """The suite's app inside the enterprise. auth_mode: 0 by an admin, 1 by a member."""

    agentid: int
    name: str = ""
    auth_mode: int = 0
    is_customized_app: bool = False
    privilege: Privilege = Privilege()


@dataclass(frozen=True, kw_only=True)
class Agents:
    """The apps of an authorisation; one, since suites have one app each."""

    agent: tuple[Agent, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Administrator:
    """Who gave the authorisation."""

    userid: str = ""
    open_userid: str = ""


@dataclass(frozen=True, kw_only=True)
class Authorisation:
    """What an auth_code is exchanged for. access_token: the enterprise's first one, if any."""

    permanent_code: str = field(repr=False)
    auth_corp_info: CorpInfo
    auth_info: Agents = Agents()
    auth_user_info: Administrator = Administrator()
    access_token: str = field(default="", repr=False)
    expires_in: int = 0
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class AuthInfo:
    """What an enterprise lets the suite do at present."""

    auth_corp_info: CorpInfo
    auth_info: Agents = Agents()


@dataclass(frozen=True, kw_only=True)
class LoginUser:
    """Who logged in."""

    userid: str = ""
    open_userid: str = ""
    name: str = ""
    avatar: str = ""


@dataclass(frozen=True, kw_only=True)
class LoginCorp:
    """The enterprise of who logged in."""

    corpid: str = ""


@dataclass(frozen=True, kw_only=True)
class LoginAgent:
    """An app the user may manage. auth_type: 1 message and management, 0 message only."""

    agentid: int
    auth_type: int = 0


@dataclass(frozen=True, kw_only=True)
class LoginDepartment:
    """A department the user may manage."""

    id: int
    writable: bool = False


@dataclass(frozen=True, kw_only=True)
class LoginRights:
    """The departments the user may manage."""

    department: tuple[LoginDepartment, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LoginInfo:
    """Who logged in to the provider's site. usertype: 1 creator, 2 admin, 5 member, as told."""

    usertype: int = 0
    user_info: LoginUser = LoginUser()
    corp_info: LoginCorp = LoginCorp()
    agent: tuple[LoginAgent, ...] = ()
    auth_info: LoginRights = LoginRights()


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who opened a page of the suite: a member with a userid, or somebody with an openid."""

    corpid: str = ""
    userid: str = ""
    open_userid: str = ""
    user_ticket: str = field(default="", repr=False)
    openid: str = ""
    external_userid: str = ""


@dataclass(frozen=True, kw_only=True)
class VisitorDetail:
    """What a member agreed to show the suite."""

    userid: str
    corpid: str = ""
    name: str = ""
    gender: int = 0
    avatar: str = ""
    qr_code: str = ""


_read_visitor = record(Visitor)


def _visitor(answer: Mapping[str, Any]) -> Visitor:
    """Read a visitor; older answers spell CorpId, UserId and OpenId."""
    return _read_visitor({name.lower(): value for name, value in answer.items()})


GET_PROVIDER_TOKEN = Endpoint(
    "POST", "service/get_provider_token", record(ProviderToken), doc=91200, credential="none"
)
GET_SUITE_TOKEN = Endpoint(
    "POST", "service/get_suite_token", record(SuiteToken), doc=90600, credential="none"
)
GET_LOGIN_INFO = Endpoint(
    "POST",
    "service/get_login_info",
    record(LoginInfo),
    doc=91125,
    credential="provider_access_token",
    parameter="access_token",
)
GET_PRE_AUTH_CODE = Endpoint(
    "GET",
    "service/get_pre_auth_code",
    record(PreAuthCode),
    doc=90601,
    credential="suite_access_token",
)
GET_PERMANENT_CODE = Endpoint(
    "POST",
    "service/get_permanent_code",
    record(Authorisation),
    doc=90603,
    credential="suite_access_token",
    timeout_seconds=_EXCHANGE_SECONDS,
)
GET_AUTH_INFO = Endpoint(
    "POST", "service/get_auth_info", record(AuthInfo), doc=90604, credential="suite_access_token"
)
GET_CORP_TOKEN = Endpoint(
    "POST",
    "service/get_corp_token",
    record(AccessToken),
    doc=90605,
    credential="suite_access_token",
)
GETUSERINFO3RD = Endpoint(
    "GET", "service/auth/getuserinfo3rd", _visitor, doc=91121, credential="suite_access_token"
)
GETUSERDETAIL3RD = Endpoint(
    "POST",
    "service/auth/getuserdetail3rd",
    record(VisitorDetail),
    doc=91122,
    credential="suite_access_token",
)


def get_provider_token(api: Client, corpid: str, provider_secret: str) -> ProviderToken:
    """Ask for a provider_access_token (获取服务商凭证); calls do this by themselves."""
    not_empty(corpid=corpid, provider_secret=provider_secret)
    body = {"corpid": corpid, "provider_secret": provider_secret}
    return api.call(GET_PROVIDER_TOKEN, json=body)


def get_suite_token(api: Client, suite_id: str, suite_secret: str, suite_ticket: str) -> SuiteToken:
    """Ask for a suite_access_token (获取第三方应用凭证); calls do this by themselves."""
    not_empty(suite_id=suite_id, suite_secret=suite_secret, suite_ticket=suite_ticket)
    at_most_bytes(_MOST_BYTES, suite_ticket=suite_ticket)
    body = {"suite_id": suite_id, "suite_secret": suite_secret, "suite_ticket": suite_ticket}
    return api.call(GET_SUITE_TOKEN, json=body)


def get_login_info(api: Client, auth_code: str) -> LoginInfo:
    """Find out who logged in to the provider's site (获取登录用户信息)."""
    not_empty(auth_code=auth_code)
    at_most_bytes(_MOST_BYTES, auth_code=auth_code)
    return api.call(GET_LOGIN_INFO, json={"auth_code": auth_code})


def get_pre_auth_code(api: Client) -> PreAuthCode:
    """Get the code an authorisation link begins with (获取预授权码)."""
    return api.call(GET_PRE_AUTH_CODE)


def get_permanent_code(api: Client, auth_code: str) -> Authorisation:
    """Exchange an auth_code, once, for the permanent code (获取企业永久授权码)."""
    not_empty(auth_code=auth_code)
    at_most_bytes(_MOST_BYTES, auth_code=auth_code)
    return api.call(GET_PERMANENT_CODE, json={"auth_code": auth_code})


def get_auth_info(api: Client, auth_corpid: str, permanent_code: str) -> AuthInfo:
    """Read what an enterprise lets the suite do (获取企业授权信息)."""
    not_empty(auth_corpid=auth_corpid, permanent_code=permanent_code)
    body = {"auth_corpid": auth_corpid, "permanent_code": permanent_code}
    return api.call(GET_AUTH_INFO, json=body)


def get_corp_token(api: Client, auth_corpid: str, permanent_code: str) -> AccessToken:
    """Ask for an enterprise's access_token (获取企业凭证); calls do this by themselves."""
    not_empty(auth_corpid=auth_corpid, permanent_code=permanent_code)
    body = {"auth_corpid": auth_corpid, "permanent_code": permanent_code}
    return api.call(GET_CORP_TOKEN, json=body)


def getuserinfo3rd(api: Client, code: str) -> Visitor:
    """Find out who opened a page (获取访问用户身份); the code is good once, for five minutes."""
    not_empty(code=code)
    at_most_bytes(_MOST_BYTES, code=code)
    return api.call(GETUSERINFO3RD, query={"code": code})


def getuserdetail3rd(api: Client, user_ticket: str) -> VisitorDetail:
    """Read what a member agreed to show (获取访问用户敏感信息)."""
    not_empty(user_ticket=user_ticket)
    at_most_bytes(_MOST_BYTES, user_ticket=user_ticket)
    return api.call(GETUSERDETAIL3RD, json={"user_ticket": user_ticket})
