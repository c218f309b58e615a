"""Messages to customers (客户联系 - 消息推送)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.media import check_media
from simulator.records import WelcomeCode

chapter = Chapter()

_MOST_TEXT_BYTES = 4000
_MOST_ATTACHMENTS = 9
_OLD_SHAPES = ("image", "link", "miniprogram")
_FIELDS: dict[str, dict[str, tuple[bool, int | None]]] = {
    "image": {},
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


@chapter.endpoint("POST", "externalcontact/send_welcome_msg", doc=92137, needs="customer_contact")
def send_welcome_msg(call: Call) -> dict[str, object]:
    """Send the one welcome a new customer may get (发送新客户欢迎语)."""
    value = call.text("welcome_code", missing=41049)
    _note(call, value)
    text, attachments = _content(call)
    code = _code(call, value)
    for attachment in attachments:
        _check_files(call, attachment)
    _check_state(call, code)
    welcome = code.relation.welcome
    welcome.sender = call.app.name
    welcome.delivered_at = due = call.now + call.tenant.limits.distributing_seconds
    if due > call.now:
        call.do_later(due, lambda: _deliver(call, code, due, text, attachments))
    else:
        _deliver(call, code, due, text, attachments)
    return {}


def _content(call: Call) -> tuple[str, list[Mapping[str, Any]]]:
    holder = call.params.get("text") or {}
    if not isinstance(holder, dict) or not isinstance(holder.get("content", ""), str):
        raise CallRefused(40058)
    text = holder.get("content", "")
    if len(text.encode("utf-8", "surrogatepass")) > _MOST_TEXT_BYTES:
        raise CallRefused(45002)
    attachments = _attachments(call)
    if not text and not attachments:
        raise CallRefused(41088)
    call.note(text=text)
    return text, attachments


def _attachments(call: Call) -> list[Mapping[str, Any]]:
    attachments = call.params.get("attachments")
    if attachments is None:
        return [
            _attachment({"msgtype": name, name: call.params[name]})
            for name in _OLD_SHAPES
            if call.params.get(name)
        ][:1]
    if not isinstance(attachments, list):
        raise CallRefused(40058)
    if len(attachments) > _MOST_ATTACHMENTS:
        raise CallRefused(41064)
    return [_attachment(each) for each in attachments]


def _attachment(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict) or value.get("msgtype") not in _FIELDS:
        raise CallRefused(41065)
    kind = value["msgtype"]
    content = value.get(kind)
    if not isinstance(content, dict):
        raise CallRefused(40058)
    for name, (required, most_bytes) in _FIELDS[kind].items():
        _check_field(content.get(name), required=required, most_bytes=most_bytes)
    if kind == "image" and not (content.get("media_id") or content.get("pic_url")):
        raise CallRefused(40058)
    return value


def _check_field(value: object, *, required: bool, most_bytes: int | None) -> None:
    if value in (None, ""):
        if required:
            raise CallRefused(40058)
        return
    if not isinstance(value, str):
        raise CallRefused(40058)
    if most_bytes is not None and len(value.encode("utf-8", "surrogatepass")) > most_bytes:
        raise CallRefused(45002)


def _code(call: Call, value: str) -> WelcomeCode:
    """Return the code's record; another app's, an unknown or a late one is invalid."""
    code = call.corp.welcome_codes.get(value)
    if code is None or code.app != call.app.name or call.now > code.expires_at:
        raise CallRefused(41050)
    return code


def _check_files(call: Call, attachment: Mapping[str, Any]) -> None:
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


def _check_state(call: Call, code: WelcomeCode) -> None:
    call.member(code.relation.userid)
    if call.corp.chat_archive and not code.relation.archive_consent:
        raise CallRefused(41053)
    welcome = code.relation.welcome
    state = welcome.state(call.now)
    if state == "distributing" and welcome.sender != call.app.name:
        raise CallRefused(41096)
    if state != "new" and welcome.sender == call.app.name:
        raise CallRefused(call.tenant.limits.welcome_reused_errcode)
    if state == "delivered" or code.relation.chat_started:
        raise CallRefused(41051)


def _note(call: Call, value: str) -> None:
    code = call.corp.welcome_codes.get(value)
    if code:
        call.note(userid=code.relation.userid, external_userid=code.relation.external_userid)


def _deliver(
    call: Call, code: WelcomeCode, due: float, text: str, attachments: list[Mapping[str, Any]]
) -> None:
    """Record what the customer sees, unless this delivery was made to fail meanwhile."""
    tenant = call.tenant
    welcome = code.relation.welcome
    with tenant.changed:
        if welcome.sender != call.app.name or welcome.delivered_at != due:
            return
        tenant.welcomes.append(
            {
                "userid": code.relation.userid,
                "external_userid": code.relation.external_userid,
                "app": welcome.sender,
                "text": text,
                "attachments": attachments,
                "time": due,
                "seconds_after_event": round(due - code.event_at, 3),
            }
        )
        tenant.count("welcomes")
