"""Welcomes for those who join a group (入群欢迎语素材管理, doc 92366)."""

from __future__ import annotations

from dataclasses import dataclass, field

from wecom.answer import nothing, only, record
from wecom.arguments import at_most_bytes, not_empty
from wecom.attachments import Attachment, File, Image, Link, MiniProgram, Text, Video, to_json
from wecom.client import Client
from wecom.endpoint import Endpoint

_PATH = "externalcontact/group_welcome_template"


@dataclass(frozen=True, kw_only=True)
class GroupWelcome:
    """A welcome: words, one attachment, or both."""

    text: Text = field(default_factory=Text)
    image: Image | None = None
    link: Link | None = None
    miniprogram: MiniProgram | None = None
    file: File | None = None
    video: Video | None = None


ADD = Endpoint("POST", f"{_PATH}/add", only("template_id", str), doc=92366)
EDIT = Endpoint("POST", f"{_PATH}/edit", nothing, doc=92366, one_at_a_time=("template_id",))
GET = Endpoint("POST", f"{_PATH}/get", record(GroupWelcome), doc=92366)
DEL = Endpoint("POST", f"{_PATH}/del", nothing, doc=92366)


def add(
    api: Client,
    *,
    text: str = "",
    attachment: Attachment | None = None,
    agentid: int | None = None,
    notify: bool | None = None,
) -> str:
    """Make a welcome and return its template_id (添加入群欢迎语素材); a corp has 100 at most.

    text: %NICKNAME% becomes the name of who joins. notify: tell the owners of groups about it.
    """
    body = _spelled(text, attachment)
    body |= {"agentid": agentid, "notify": None if notify is None else int(notify)}
    return api.call(ADD, json=body)


def edit(
    api: Client,
    template_id: str,
    *,
    text: str = "",
    attachment: Attachment | None = None,
    agentid: int | None = None,
) -> None:
    """Replace a welcome (编辑入群欢迎语素材); only one the app made (41058)."""
    not_empty(template_id=template_id)
    body = _spelled(text, attachment)
    api.call(EDIT, json={"template_id": template_id, **body, "agentid": agentid})


def get(api: Client, template_id: str) -> GroupWelcome:
    """Read a welcome (获取入群欢迎语素材)."""
    not_empty(template_id=template_id)
    return api.call(GET, json={"template_id": template_id})


def del_(api: Client, template_id: str, *, agentid: int | None = None) -> None:
    """Remove a welcome (删除入群欢迎语素材); groups that have it keep it."""
    not_empty(template_id=template_id)
    api.call(DEL, json={"template_id": template_id, "agentid": agentid})


def _spelled(text: str, attachment: Attachment | None) -> dict[str, object]:
    if attachment is None:
        not_empty(text=text)
        written: dict[str, object] = {}
    else:
        [written] = to_json([attachment])
        del written["msgtype"]
    at_most_bytes(3000, text=text)
    return {"text": {"content": text} if text else None, **written}
