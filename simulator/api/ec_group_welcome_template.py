"""Welcomes for those who join a group (入群欢迎语素材管理, doc 92366), each of one app."""

from __future__ import annotations

from typing import Any

from errors import CallRefused
from simulator.api.attachments import check_files, only_attachment, text_of
from simulator.api.endpoint import Call, Chapter
from simulator.corp import new_id
from simulator.group_messages import GroupMessages, WelcomeTemplate

chapter = Chapter(needs="customer_contact")

_PATH = "externalcontact/group_welcome_template"
_MOST_TEXT_BYTES = 3000
_MOST_TEMPLATES = 100


@chapter.endpoint("POST", f"{_PATH}/add", doc=92366)
def add(call: Call) -> dict[str, object]:
    """Make a welcome (添加入群欢迎语素材)."""
    content = _content(call)
    call.switch("notify", default=True)
    templates = call.corp.of(GroupMessages).templates
    if len(templates) >= _MOST_TEMPLATES:
        raise CallRefused(41055)
    template_id = new_id("ms")
    templates[template_id] = WelcomeTemplate(
        template_id=template_id, owner=call.app.name, content=content
    )
    return {"template_id": template_id}


@chapter.endpoint("POST", f"{_PATH}/edit", doc=92366)
def edit(call: Call) -> dict[str, object]:
    """Replace a welcome (编辑入群欢迎语素材)."""
    content = _content(call)
    _own(call).content = content
    return {}


@chapter.endpoint("POST", f"{_PATH}/get", doc=92366)
def get(call: Call) -> dict[str, object]:
    """Return a welcome (获取入群欢迎语素材)."""
    return _own(call).content


@chapter.endpoint("POST", f"{_PATH}/del", doc=92366)
def delete(call: Call) -> dict[str, object]:
    """Remove a welcome (删除入群欢迎语素材)."""
    _check_agentid(call)
    del call.corp.of(GroupMessages).templates[_own(call).template_id]
    return {}


def _content(call: Call) -> dict[str, Any]:
    """Return text and the one attachment. Nothing at all is refused with 41088 (unconfirmed)."""
    _check_agentid(call)
    text = text_of(call, most_bytes=_MOST_TEXT_BYTES)
    attachment = only_attachment(call)
    if not text and attachment is None:
        raise CallRefused(41088)
    content: dict[str, Any] = {"text": {"content": text}} if text else {}
    if attachment is None:
        return content
    check_files(call, attachment)
    kind = attachment["msgtype"]
    return {**content, kind: attachment[kind]}


def _check_agentid(call: Call) -> None:
    if call.has("agentid") and call.params["agentid"] not in (call.app.agentid, "", 0):
        raise CallRefused(301002)


def _own(call: Call) -> WelcomeTemplate:
    """Return the app's own template; one that is none is refused with 40058 (unconfirmed)."""
    template = call.corp.of(GroupMessages).templates.get(call.text("template_id"))
    if template is None:
        raise CallRefused(40058)
    if template.owner != call.app.name:
        raise CallRefused(41058)
    return template
