"""The access_token of an app (获取access_token, doc 91039)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wecom.answer import record
from wecom.endpoint import Endpoint

if TYPE_CHECKING:
    from wecom.client import Client


@dataclass(frozen=True, kw_only=True)
class AccessToken:
    """What gettoken grants."""

    access_token: str = field(repr=False)
    expires_in: int = 7200


GETTOKEN = Endpoint("GET", "gettoken", record(AccessToken), doc=91039, credential="none")


def gettoken(api: Client, corpid: str, corpsecret: str) -> AccessToken:
    """Ask for an access_token (获取access_token); calls do this by themselves."""
    return api.call(GETTOKEN, query={"corpid": corpid, "corpsecret": corpsecret})
