"""The menu of an app (自定义菜单)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from errors import ArgumentRejected
from wecom.agent import own_agentid
from wecom.answer import nothing, several
from wecom.arguments import at_most_bytes, at_most_items, not_empty, one_of
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.spelling import listed

_MOST_BUTTONS = 3
_MOST_SUB_BUTTONS = 5
_NEEDED = {
    "click": ("key",),
    "view": ("url",),
    "scancode_push": ("key",),
    "scancode_waitmsg": ("key",),
    "pic_sysphoto": ("key",),
    "pic_photo_or_album": ("key",),
    "pic_weixin": ("key",),
    "location_select": ("key",),
    "view_miniprogram": ("pagepath", "appid"),
}


@dataclass(frozen=True, kw_only=True)
class SubButton:
    """A line of the menu: `view` opens a url, `view_miniprogram` a mini program; else a key tells.

    type: click, view, view_miniprogram, scancode_push, scancode_waitmsg, pic_sysphoto,
    pic_photo_or_album, pic_weixin or location_select.
    """

    name: str
    type: str = ""
    key: str = ""
    url: str = ""
    pagepath: str = ""
    appid: str = ""


@dataclass(frozen=True, kw_only=True)
class Button(SubButton):
    """A button of the menu: it does something itself, or opens a list and has no type."""

    sub_button: tuple[SubButton, ...] = ()


CREATE = Endpoint("POST", "menu/create", nothing, doc=90231)
GET = Endpoint("GET", "menu/get", several("button", Button), doc=90232)
DELETE = Endpoint("GET", "menu/delete", nothing, doc=90233)


def create(api: Client, button: Sequence[Button], *, agentid: int | None = None) -> None:
    """Give an app a menu (创建菜单), of up to three buttons with up to five lines each."""
    not_empty(button=button)
    at_most_items(_MOST_BUTTONS, button=button)
    for each in button:
        _check_button(each)
    query = {"agentid": own_agentid(api, agentid)}
    api.call(CREATE, query=query, json={"button": listed(button)})


def get(api: Client, *, agentid: int | None = None) -> tuple[Button, ...]:
    """Read the menu of an app (获取菜单); having none is an error (46003)."""
    return api.call(GET, query={"agentid": own_agentid(api, agentid)})


def delete(api: Client, *, agentid: int | None = None) -> None:
    """Take an app's menu away (删除菜单)."""
    api.call(DELETE, query={"agentid": own_agentid(api, agentid)})


def _check_button(button: Button) -> None:
    not_empty(name=button.name)
    at_most_bytes(16, name=button.name)
    at_most_items(_MOST_SUB_BUTTONS, sub_button=button.sub_button)
    if not button.sub_button:
        _check_action(button)
    elif button.type:
        raise ArgumentRejected("type", "a button with sub_button has none")
    for each in button.sub_button:
        not_empty(name=each.name)
        at_most_bytes(40, name=each.name)
        _check_action(each)


def _check_action(button: SubButton) -> None:
    one_of(_NEEDED, type=button.type)
    not_empty(**{name: getattr(button, name) for name in _NEEDED[button.type]})
    at_most_bytes(128, key=button.key)
    at_most_bytes(1024, url=button.url)
