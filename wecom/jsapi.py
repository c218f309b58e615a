"""Signatures for the JS-SDK (使用权限签名算法): of the corp and of the app."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass, field

from errors import ArgumentRejected
from wecom.answer import record
from wecom.arguments import not_empty
from wecom.client import Client
from wecom.endpoint import Endpoint, Local
from wecom.token import AccessToken

_NONCE_BYTES = 8


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """What signatures are made with; it can be asked for 100 times an hour, 400 times by a corp."""

    ticket: str = field(repr=False)
    expires_in: int = 7200


@dataclass(frozen=True, kw_only=True)
class Signed:
    """What a page hands to wx.config, as appId, or to wx.agentConfig, as corpid and agentid.

    The page gives timestamp, nonceStr and signature under these names; agentid is None for
    wx.config, which has none.
    """

    corpid: str
    timestamp: int
    nonceStr: str  # noqa: N815 - the vendor's word
    signature: str
    agentid: int | None = None


GET_JSAPI_TICKET = Endpoint("GET", "get_jsapi_ticket", record(Ticket), doc=90506)
GET_AGENT_JSAPI_TICKET = Endpoint("GET", "ticket/get", record(Ticket), doc=90506)
JSAPI_SIGNATURE = Local("jsapi_signature", doc=90506)


def get_jsapi_ticket(api: Client) -> Ticket:
    """Ask for the ticket of the corp (获取企业的jsapi_ticket); `config` keeps one instead."""
    return api.call(GET_JSAPI_TICKET)


def get_agent_jsapi_ticket(api: Client) -> Ticket:
    """Ask for the ticket of the app (获取应用的jsapi_ticket); `agent_config` keeps one instead."""
    return api.call(GET_AGENT_JSAPI_TICKET, query={"type": "agent_config"})


def jsapi_signature(*, jsapi_ticket: str, noncestr: str, timestamp: int, url: str) -> str:
    """Return the signature of a page (JS-SDK签名); what follows # in its url does not count."""
    not_empty(jsapi_ticket=jsapi_ticket, noncestr=noncestr, url=url)
    page = url.partition("#")[0]
    text = f"jsapi_ticket={jsapi_ticket}&noncestr={noncestr}&timestamp={timestamp}&url={page}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def config(api: Client, url: str) -> Signed:
    """Return what wx.config of the page at the url wants (通过config接口注入权限验证配置)."""
    ticket = api.ticket("jsapi_ticket", GET_JSAPI_TICKET, _corp_ticket)
    return _signed(api, ticket, url, agentid=None)


def agent_config(api: Client, url: str, *, agentid: int | None = None) -> Signed:
    """Return what wx.agentConfig of the page at the url wants (通过agentConfig注入应用的权限).

    agentid: the client's own when not given.
    """
    agentid = api.agentid if agentid is None else agentid
    if agentid is None:
        raise ArgumentRejected("agentid", "must be given, the client has none")
    ticket = api.ticket("agent_jsapi_ticket", GET_AGENT_JSAPI_TICKET, _agent_ticket)
    return _signed(api, ticket, url, agentid=agentid)


def _signed(api: Client, ticket: str, url: str, *, agentid: int | None) -> Signed:
    timestamp, noncestr = int(time.time()), secrets.token_hex(_NONCE_BYTES)
    return Signed(
        corpid=api.corpid,
        agentid=agentid,
        timestamp=timestamp,
        nonceStr=noncestr,
        signature=jsapi_signature(
            jsapi_ticket=ticket, noncestr=noncestr, timestamp=timestamp, url=url
        ),
    )


def _corp_ticket(api: Client) -> AccessToken:
    return _kept(get_jsapi_ticket(api))


def _agent_ticket(api: Client) -> AccessToken:
    return _kept(get_agent_jsapi_ticket(api))


def _kept(granted: Ticket) -> AccessToken:
    """Return the ticket in the shape of what it is kept like."""
    return AccessToken(access_token=granted.ticket, expires_in=granted.expires_in)
