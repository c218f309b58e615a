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
from wecom.catalogue import Entry, catalogue
from wecom.client import Client
from wecom.endpoint import Call, Endpoint

__all__ = [
    "Call",
    "Client",
    "Endpoint",
    "Entry",
    "attachments",
    "batch",
    "catalogue",
    "errcodes",
    "external_contact",
    "group_chat",
    "media",
    "message",
    "tag",
    "token",
]
