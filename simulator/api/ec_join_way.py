"""Ways to join a group chat (客户群「加入群聊」管理, doc 92229); an app sees only its own."""

from __future__ import annotations

import secrets
from typing import Any

from errors import CallRefused
from simulator.api.ec_groupchat import known_chat
from simulator.api.endpoint import Call, Chapter
from simulator.contact_ways import ContactWays, JoinWay

chapter = Chapter(needs="customer_contact")

_MOST_GROUPS = 5
_MOST_NOTE = 30
_MOST_NAME = 40
_HIGHEST_NUMBER = 2**31 - 1


@chapter.endpoint("POST", "externalcontact/groupchat/add_join_way", doc=92229)
def add_join_way(call: Call) -> dict[str, object]:
    """Set up a way to join groups (配置客户群进群方式)."""
    settings = _settings(call)
    ways = call.corp.of(ContactWays)
    if ways.total >= call.tenant.limits.contact_ways:
        raise CallRefused(41045)
    config_id = secrets.token_hex(16)
    ways.join[config_id] = JoinWay(
        config_id=config_id,
        owner=call.app.name,
        qr_code=f"https://wework.qpic.cn/wwpic/{config_id}/0",
        **settings,
    )
    return {"config_id": config_id}


@chapter.endpoint("POST", "externalcontact/groupchat/get_join_way", doc=92229)
def get_join_way(call: Call) -> dict[str, object]:
    """Return one way (获取客户群进群方式配置)."""
    way = _known(call)
    return {
        "join_way": {
            "config_id": way.config_id,
            "scene": way.scene,
            "remark": way.remark,
            "auto_create_room": int(way.auto_create_room),
            "room_base_name": way.room_base_name,
            "room_base_id": way.room_base_id,
            "chat_id_list": way.chat_id_list,
            "qr_code": way.qr_code,
            "state": way.state,
            "mark_source": way.mark_source,
        }
    }


@chapter.endpoint("POST", "externalcontact/groupchat/update_join_way", doc=92229)
def update_join_way(call: Call) -> dict[str, object]:
    """Replace a way (更新客户群进群方式配置); what is not sent goes back to the default."""
    config_id = call.text("config_id", missing=41043)
    settings = _settings(call)
    way = _found(call, config_id)
    call.corp.of(ContactWays).join[config_id] = JoinWay(
        config_id=config_id, owner=way.owner, qr_code=way.qr_code, **settings
    )
    return {}


@chapter.endpoint("POST", "externalcontact/groupchat/del_join_way", doc=92229)
def del_join_way(call: Call) -> dict[str, object]:
    """Remove a way (删除客户群进群方式配置)."""
    del call.corp.of(ContactWays).join[_known(call).config_id]
    return {}


def _settings(call: Call) -> dict[str, Any]:
    """Return what was sent; a remark too long is cut. Codes of the scene are (unconfirmed)."""
    if not call.has("scene"):
        raise CallRefused(41039)
    if call.params["scene"] not in (1, 2):
        raise CallRefused(41040)
    settings = {
        "scene": call.params["scene"],
        "remark": (call.optional_text("remark") or "")[:_MOST_NOTE],
        "auto_create_room": call.switch("auto_create_room", default=True),
        "room_base_name": call.optional_text("room_base_name", most=_MOST_NAME) or "",
        "room_base_id": call.integer("room_base_id", 0, low=0, high=_HIGHEST_NUMBER),
        "chat_id_list": call.texts("chat_id_list", most=_MOST_GROUPS, too_many=41091),
        "state": call.optional_text("state", most=_MOST_NOTE) or "",
        "mark_source": call.switch("mark_source", default=True),
    }
    if not settings["chat_id_list"]:
        raise CallRefused(40058)
    for chat_id in call.texts("chat_id_list"):
        known_chat(call, chat_id)
    return settings


def _known(call: Call) -> JoinWay:
    return _found(call, call.text("config_id", missing=41043))


def _found(call: Call, config_id: str) -> JoinWay:
    """Return the app's own way; another app's is as good as none."""
    way = call.corp.of(ContactWays).join.get(config_id)
    if way is None or way.owner != call.app.name:
        raise CallRefused(41044)
    return way
