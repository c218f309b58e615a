"""Messages to customers (客户联系 - 消息推送)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from errors import CallRefused
from simulator.api.attachments import check_files, content_of
from simulator.api.endpoint import Call, Chapter
from simulator.records import WelcomeCode

chapter = Chapter()


@chapter.endpoint("POST", "externalcontact/send_welcome_msg", doc=92137, needs="customer_contact")
def send_welcome_msg(call: Call) -> dict[str, object]:
    """Send the one welcome a new customer may get (发送新客户欢迎语)."""
    value = call.text("welcome_code", missing=41049)
    _note(call, value)
    text, attachments = content_of(call)
    call.note(text=text)
    code = _code(call, value)
    for attachment in attachments:
        check_files(call, attachment)
    _check_state(call, code)
    welcome = code.relation.welcome
    welcome.sender = call.app.name
    welcome.delivered_at = due = call.now + call.tenant.limits.distributing_seconds
    if due > call.now:
        call.do_later(due, lambda: _deliver(call, code, due, text, attachments))
    else:
        _deliver(call, code, due, text, attachments)
    return {}


def _code(call: Call, value: str) -> WelcomeCode:
    """Return the code's record; another app's, an unknown or a late one is invalid."""
    code = call.corp.welcome_codes.get(value)
    if code is None or code.app not in {"", call.app.name} or call.now > code.expires_at:
        raise CallRefused(41050)
    return code


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
