"""Ways to join a customer group (客户群「加入群聊」管理, doc 92229)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wecom.answer import nothing, only
from wecom.arguments import at_most_chars, at_most_items, not_empty, within
from wecom.client import Client
from wecom.endpoint import Endpoint

_MOST_GROUPS = 5


@dataclass(frozen=True, kw_only=True)
class JoinWay:
    """A way as it is set up; scene: 1 a button inside a mini program, 2 a QR code."""

    config_id: str
    scene: int = 0
    remark: str = ""
    auto_create_room: bool = True
    room_base_name: str = ""
    room_base_id: int = 0
    chat_id_list: tuple[str, ...] = ()
    qr_code: str = ""
    state: str = ""
    mark_source: bool = True


_PATH = "externalcontact/groupchat"

ADD_JOIN_WAY = Endpoint("POST", f"{_PATH}/add_join_way", only("config_id", str), doc=92229)
GET_JOIN_WAY = Endpoint("POST", f"{_PATH}/get_join_way", only("join_way", JoinWay), doc=92229)
UPDATE_JOIN_WAY = Endpoint(
    "POST", f"{_PATH}/update_join_way", nothing, doc=92229, one_at_a_time=("config_id",)
)
DEL_JOIN_WAY = Endpoint("POST", f"{_PATH}/del_join_way", nothing, doc=92229)


def add_join_way(
    api: Client,
    *,
    scene: int,
    chat_id_list: Sequence[str],
    remark: str | None = None,
    auto_create_room: bool | None = None,
    room_base_name: str | None = None,
    room_base_id: int | None = None,
    state: str | None = None,
    mark_source: bool | None = None,
) -> str:
    """Set up a way to join groups and return its config_id (配置客户群进群方式).

    auto_create_room: when the groups are full another is made, called by room_base_name and
    numbered from room_base_id.
    """
    body = _spelled(
        scene=scene,
        chat_id_list=chat_id_list,
        remark=remark,
        auto_create_room=auto_create_room,
        room_base_name=room_base_name,
        room_base_id=room_base_id,
        state=state,
        mark_source=mark_source,
    )
    return api.call(ADD_JOIN_WAY, json=body)


def get_join_way(api: Client, config_id: str) -> JoinWay:
    """Read one way (获取客户群进群方式配置)."""
    not_empty(config_id=config_id)
    return api.call(GET_JOIN_WAY, json={"config_id": config_id})


def update_join_way(
    api: Client,
    config_id: str,
    *,
    scene: int,
    chat_id_list: Sequence[str],
    remark: str | None = None,
    auto_create_room: bool | None = None,
    room_base_name: str | None = None,
    room_base_id: int | None = None,
    state: str | None = None,
    mark_source: bool | None = None,
) -> None:
    """Replace a way (更新客户群进群方式配置); what is not given goes back to the default."""
    not_empty(config_id=config_id)
    body = _spelled(
        scene=scene,
        chat_id_list=chat_id_list,
        remark=remark,
        auto_create_room=auto_create_room,
        room_base_name=room_base_name,
        room_base_id=room_base_id,
        state=state,
        mark_source=mark_source,
    )
    api.call(UPDATE_JOIN_WAY, json={"config_id": config_id, **body})


def del_join_way(api: Client, config_id: str) -> None:
    """Remove a way (删除客户群进群方式配置)."""
    not_empty(config_id=config_id)
    api.call(DEL_JOIN_WAY, json={"config_id": config_id})


def _spelled(
    *,
    scene: int,
    chat_id_list: Sequence[str],
    remark: str | None,
    auto_create_room: bool | None,
    room_base_name: str | None,
    room_base_id: int | None,
    state: str | None,
    mark_source: bool | None,
) -> dict[str, object]:
    within(1, 2, scene=scene)
    not_empty(chat_id_list=chat_id_list)
    at_most_items(_MOST_GROUPS, chat_id_list=chat_id_list)
    at_most_chars(30, remark=remark, state=state)
    at_most_chars(40, room_base_name=room_base_name)
    return {
        "scene": scene,
        "remark": remark,
        "auto_create_room": None if auto_create_room is None else int(auto_create_room),
        "room_base_name": room_base_name,
        "room_base_id": room_base_id,
        "chat_id_list": list(chat_id_list),
        "state": state,
        "mark_source": mark_source,
    }
