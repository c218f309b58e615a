"""What messages to customers carry: a text and up to nine attachments (doc 92137)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from errors import CallRefused
from simulator.api.endpoint import Call
from simulator.api.fields import Fields, size_of
from simulator.api.media import check_media

Attachment = Mapping[str, Any]

_MOST_TEXT_BYTES = 4000
_MOST_ATTACHMENTS = 9
_OLD_SHAPES = ("image", "link", "miniprogram")
_FIELDS: dict[str, dict[str, tuple[bool, int | None]]] = {
    "image": {"media_id": (False, None), "pic_url": (False, None)},
    "link": {
        "title": (True, 128),
        "picurl": (False, 2048),
        "desc": (False, 512),
        "url": (True, 2048),
    },
    "miniprogram": {
        "title": (True, 64),
        "pic_media_id": (True, None),
        "appid": (True, None),
        "page": (True, None),
    },
    "video": {"media_id": (True, None)},
    "file": {"media_id": (True, None)},
}


def content_of(call: Call, *, nothing: int = 41088) -> tuple[str, list[Attachment]]:
    """Return text and attachments as far as they can be judged alone. Raises CallRefused."""
    text = text_of(call, most_bytes=_MOST_TEXT_BYTES)
    attachments = _attachments(call)
    if not text and not attachments:
        raise CallRefused(nothing)
    return text, attachments


def text_of(fields: Fields, *, most_bytes: int) -> str:
    """Return text.content. Raises CallRefused 45002 for one too long."""
    text = fields.inside("text").optional_text("content") or ""
    if size_of(text) > most_bytes:
        raise CallRefused(45002)
    return text


def attachment_of(kind: str, content: object) -> Attachment:
    """Return one attachment whose fields are all there and short enough. Raises CallRefused."""
    if kind not in _FIELDS:
        raise CallRefused(41065)
    if not isinstance(content, dict):
        raise CallRefused(40058)
    for name, (required, most_bytes) in _FIELDS[kind].items():
        _check_field(content.get(name), required=required, most_bytes=most_bytes)
    if kind == "image" and not (content.get("media_id") or content.get("pic_url")):
        raise CallRefused(40058)
    return {"msgtype": kind, kind: content}


def only_attachment(fields: Fields) -> Attachment | None:
    """Return the one attachment that stands beside the text under the name of its kind."""
    given = [kind for kind in _FIELDS if fields.has(kind)]
    if len(given) > 1:
        raise CallRefused(40058)
    return attachment_of(given[0], fields.params[given[0]]) if given else None


def check_files(call: Call, attachment: Attachment) -> None:
    """Raise CallRefused 40007 for a file that is none, too old or of another kind."""
    kind = attachment["msgtype"]
    content = attachment[kind]
    if kind == "image" and not content.get("media_id"):
        if content["pic_url"] not in call.corp.image_urls:
            raise CallRefused(40007)
        return
    if kind == "miniprogram":
        check_media(call, content["pic_media_id"], "image")
    elif kind != "link":
        check_media(call, content["media_id"], kind)


def _attachments(call: Call) -> list[Attachment]:
    if not call.has("attachments"):
        return [
            attachment_of(name, call.params[name]) for name in _OLD_SHAPES if call.params.get(name)
        ][:1]
    given = call.params["attachments"]
    if not isinstance(given, list):
        raise CallRefused(40058)
    if len(given) > _MOST_ATTACHMENTS:
        raise CallRefused(41064)
    return [_listed(each) for each in given]


def _listed(given: object) -> Attachment:
    kind = given.get("msgtype") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(kind, str):
        raise CallRefused(41065)
    return attachment_of(kind, given.get(kind))


def _check_field(value: object, *, required: bool, most_bytes: int | None) -> None:
    if value in (None, ""):
        if required:
            raise CallRefused(40058)
        return
    if not isinstance(value, str):
        raise CallRefused(40058)
    if most_bytes is not None and size_of(value) > most_bytes:
        raise CallRefused(45002)
