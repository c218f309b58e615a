"""Who opens a page of the app (网页授权登录): the address to send them to, and what comes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from errors import ArgumentRejected
from wecom.answer import record
from wecom.arguments import at_most_bytes, not_empty, one_of
from wecom.client import Client
from wecom.endpoint import Endpoint, Local

Scope = Literal["snsapi_base", "snsapi_privateinfo"]
"""The id alone, or with consent also what is sensitive."""

_AUTHORIZE = "https://open.weixin.qq.com/connect/oauth2/authorize"
_WEB_LOGIN = "https://login.work.weixin.qq.com/wwlogin/sso/login"
_SCOPES = frozenset({"snsapi_base", "snsapi_privateinfo"})
_STATE = re.compile(r"[0-9A-Za-z]*")
_OLDER_NAMES = {"UserId": "userid", "OpenId": "openid"}


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who it is: a member (userid), or somebody else (openid, external_userid when a customer).

    user_ticket: for `getuserdetail`, good for 1800 seconds.
    """

    userid: str = ""
    user_ticket: str = field(default="", repr=False)
    openid: str = ""
    external_userid: str = ""


@dataclass(frozen=True, kw_only=True)
class VisitorDetail:
    """What a member consented to tell (访问用户敏感信息); gender: 1 male, 2 female, 0 not set."""

    userid: str
    gender: str = ""
    avatar: str = ""
    qr_code: str = ""
    mobile: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    biz_mail: str = field(default="", repr=False)
    address: str = field(default="", repr=False)


def _visitor(answer: Mapping[str, Any]) -> Visitor:
    """Read the answer of today's path and of the older one, which has capitals."""
    return record(Visitor)({_OLDER_NAMES.get(name, name): value for name, value in answer.items()})


AUTHORIZE_URL = Local("authorize_url", doc=91022)
GETUSERINFO = Endpoint("GET", "auth/getuserinfo", _visitor, doc=91023)
GETUSERDETAIL = Endpoint("POST", "auth/getuserdetail", record(VisitorDetail), doc=95833)


def authorize_url(
    api: Client,
    redirect_uri: str,
    *,
    scope: Scope = "snsapi_base",
    state: str = "",
    agentid: int | None = None,
) -> str:
    """Return the address that sends a visitor back with a code (构造网页授权链接).

    redirect_uri: under a trusted domain of the app (50001). state: letters and digits that come
    back with the code. agentid: needed for snsapi_privateinfo; the client's own when not given.
    """
    _check_address(redirect_uri)
    one_of(_SCOPES, scope=scope)
    _check_state(state)
    agentid = api.agentid if agentid is None else agentid
    if scope == "snsapi_privateinfo" and agentid is None:
        raise ArgumentRejected("agentid", "must be given for snsapi_privateinfo")
    query = {
        "appid": api.corpid,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": scope,
        **({"state": state} if state else {}),
        **({} if agentid is None else {"agentid": agentid}),
    }
    return f"{_AUTHORIZE}?{urlencode(query)}#wechat_redirect"


def web_login_url(
    api: Client, redirect_uri: str, *, state: str = "", agentid: int | None = None
) -> str:
    """Return the address of the page with a QR code for a browser at a desk (构造企业微信登录链接).

    It comes back as from `authorize_url`; without a code when the member refuses. Doc 98152.
    """
    _check_address(redirect_uri)
    _check_state(state)
    agentid = api.agentid if agentid is None else agentid
    if agentid is None:
        raise ArgumentRejected("agentid", "must be given")
    query = {
        "login_type": "CorpApp",
        "appid": api.corpid,
        "agentid": agentid,
        "redirect_uri": redirect_uri,
        **({"state": state} if state else {}),
    }
    return f"{_WEB_LOGIN}?{urlencode(query)}"


def getuserinfo(api: Client, code: str) -> Visitor:
    """Tell who came back with a code (获取访问用户身份); it works once, for five minutes."""
    not_empty(code=code)
    at_most_bytes(512, code=code)
    return api.call(GETUSERINFO, query={"code": code})


def getuserdetail(api: Client, user_ticket: str) -> VisitorDetail:
    """Read what the member consented to tell (获取访问用户敏感信息); 84014 when it is too late."""
    not_empty(user_ticket=user_ticket)
    return api.call(GETUSERDETAIL, json={"user_ticket": user_ticket})


def _check_state(state: str) -> None:
    at_most_bytes(128, state=state)
    if not _STATE.fullmatch(state):
        raise ArgumentRejected("state", "letters and digits only")


def _check_address(redirect_uri: str) -> None:
    parts = urlsplit(redirect_uri)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ArgumentRejected("redirect_uri", "must be an address that begins with http or https")
