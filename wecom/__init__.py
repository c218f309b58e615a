"""The server API of WeCom (服务端API): a client, and one module per chapter of the documents."""

from wecom import (
    attachments,
    batch,
    errcodes,
    external_contact,
    group_chat,
    media,
    message,
    tag,
    token,
)
from wecom.client import Client
from wecom.endpoint import Call, Endpoint

__all__ = [
    "Call",
    "Client",
    "Endpoint",
    "attachments",
    "batch",
    "errcodes",
    "external_contact",
    "group_chat",
    "media",
    "message",
    "tag",
    "token",
]
