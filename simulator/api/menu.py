"""The menu of an app (应用管理 - 自定义菜单)."""

from __future__ import annotations

from errors import CallRefused
from simulator.api.agent import own_agent
from simulator.api.endpoint import Call, Chapter
from simulator.api.fields import Fields, size_of

chapter = Chapter()

_BUTTONS = range(1, 4)
_SUB_BUTTONS = range(1, 6)
_NAME_BYTES, _SUB_NAME_BYTES = 16, 40
_KEY_BYTES = 128
_URL_BYTES = 1024
_KEYED = frozenset(
    {
        "click",
        "scancode_push",
        "scancode_waitmsg",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
    }
)


@chapter.endpoint("POST", "menu/create", doc=90231)
def create(call: Call) -> dict[str, object]:
    """Set the menu: up to three buttons with up to five below each (创建菜单)."""
    settings = own_agent(call, call.query.get("agentid"))
    buttons = call.objects("button")
    if len(buttons) not in _BUTTONS:
        raise CallRefused(40016)
    for button in buttons:
        _check_button(button)
    settings.menu = list(call.params["button"])
    return {}


@chapter.endpoint("GET", "menu/get", doc=90232)
def get(call: Call) -> dict[str, object]:
    """Return the menu as it was set (获取菜单)."""
    menu = own_agent(call, call.params.get("agentid")).menu
    if menu is None:
        raise CallRefused(46003)
    return {"button": menu}


@chapter.endpoint("GET", "menu/delete", doc=90233)
def delete(call: Call) -> dict[str, object]:
    """Take the menu away (删除菜单)."""
    own_agent(call, call.params.get("agentid")).menu = None
    return {}


def _check_button(button: Fields) -> None:
    _check_name(button, _NAME_BYTES)
    if not button.has("sub_button") or not button.params["sub_button"]:
        _check_target(button)
        return
    below = button.objects("sub_button")
    if len(below) not in _SUB_BUTTONS:
        raise CallRefused(40016)
    for each in below:
        _check_name(each, _SUB_NAME_BYTES)
        _check_target(each)


def _check_name(button: Fields, most_bytes: int) -> None:
    if size_of(button.text("name", missing=41102)) > most_bytes:
        raise CallRefused(41102)


def _check_target(button: Fields) -> None:
    kind = button.text("type", missing=40017)
    if kind in _KEYED:
        if size_of(button.text("key", missing=40017)) > _KEY_BYTES:
            raise CallRefused(40017)
    elif kind == "view":
        _check_url(button.text("url", missing=40039))
    elif kind == "view_miniprogram":
        button.text("pagepath")
        button.text("appid")
    else:
        raise CallRefused(40017)


def _check_url(url: str) -> None:
    if size_of(url) > _URL_BYTES:
        raise CallRefused(40039)
    scheme, _, rest = url.partition("://")
    if scheme not in ("http", "https"):
        raise CallRefused(40127)
    if not rest.partition("/")[0]:
        raise CallRefused(40054)
