"""The known texts of error codes; any other code gets a neutral one, clients decide by number."""

from __future__ import annotations

import secrets

_TEXTS = {
    -1: "system busy",
    40001: "invalid credential",
    40003: "invalid userid",
    40004: "invalid media type",
    40005: "invalid type parameter",
    40006: "invalid media size",
    40007: "invalid media_id",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40029: "invalid code",
    40031: "all list invalid",
    40033: "invalid request character",
    40050: "invalid chat_id",
    40056: "invalid agentid",
    40058: "invalid Request Parameter",
    40063: "some parameters are empty",
    40068: "invalid tagid",
    40070: "all list invalid",
    40071: "tag name already exist",
    40072: "invalid tag name length",
    40088: "invalid jobid",
    40089: "job result has been cleaned",
    40092: "invalid import file",
    40096: "invalid external userid",
    41001: "access_token missing",
    41002: "corpid missing",
    41004: "corpsecret missing",
    41006: "media_id missing",
    41035: "external userid missing",
    41049: "missing welcome_code",
    41050: "invalid welcome code",
    41051: "externaluser has started chatting",
    41053: "external user has not agreed to the chat archive",
    41064: "too many attachments",
    41065: "invalid attachment msgtype",
    41088: "empty attachments",
    41096: "welcome msg is being distributed",
    42001: "access_token expired",
    44001: "empty media data",
    44004: "empty text content",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45009: "api freq out of limit",
    45026: "delete protection",
    45033: "api concurrent out of limit",
    48002: "api forbidden",
    49008: "group chat has been dissolved",
    50003: "app disabled",
    50100: "invalid cursor",
    60011: "no privilege to access/modify contact/party/agent",
    60020: "not allow to access from your ip",
    60111: "userid not found",
    81013: "user & party & tag all invalid",
    81017: "too many objects in one request",
    82001: "all receivers empty",
    84061: "not external contact",
    90500: "the owner of this chat is not resigned",
    90501: "chat is not external group chat",
    95000: "invalid open_kfid",
    95001: "send msg count limit",
    95002: "send msg time limit",
    95007: "invalid msg token",
    301002: "agentid is not allowed",
    302008: "another import is running",
}


def meaning(errcode: int) -> str:
    """Return the text of a code alone."""
    return _TEXTS.get(errcode, "request refused")


def errmsg(errcode: int, ip: str, detail: str = "") -> str:
    """Return the errmsg of a refusal: text, hint for the support, address, link."""
    text = detail or meaning(errcode)
    hint = 10**18 + secrets.randbelow(9 * 10**18)
    return (
        f"{text}, hint: [{hint}], from ip: {ip}, "
        f"more info at https://open.work.weixin.qq.com/devtool/query?e={errcode}"
    )
