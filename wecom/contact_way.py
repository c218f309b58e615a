"""Ways to add a member as a contact (客户联系 - 客户联系「联系我」管理, doc 92228)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from errors import ArgumentRejected
from wecom.answer import nothing, only, paged, record
from wecom.arguments import (
    at_least_one,
    at_most_chars,
    at_most_items,
    at_most_one,
    aware,
    lasting,
    not_empty,
    within,
)
from wecom.attachments import Image, Link, MiniProgram, Text
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.paging import every
from wecom.spelling import replacing, seconds, spelled

SINGLE, MULTI = 1, 2
"""type: one member, or several of whom the platform picks one."""

MINI_PROGRAM, QR_CODE = 1, 2
"""scene: a button inside a mini program, or a QR code."""

_LONGEST = timedelta(days=14)
_MOST_MEMBERS = 100


@dataclass(frozen=True, kw_only=True)
class Conclusions:
    """What the customer is sent when a temporary session ends.

    Of image, link and miniprogram one may be given; an image is read back as its pic_url.
    """

    text: Text | None = None
    image: Image | None = None
    link: Link | None = None
    miniprogram: MiniProgram | None = None


@dataclass(frozen=True, kw_only=True)
class ContactWayAdded:
    """A new way; qr_code is the address of the picture, for scene 2."""

    config_id: str
    qr_code: str = ""


@dataclass(frozen=True, kw_only=True)
class ContactWay:
    """A way as it is set up; state comes back in the event of every customer it brings."""

    config_id: str
    type: int = 0
    scene: int = 0
    style: int = 0
    remark: str = ""
    skip_verify: bool = True
    state: str = ""
    qr_code: str = ""
    user: tuple[str, ...] = ()
    party: tuple[int, ...] = ()
    is_temp: bool = False
    expires_in: timedelta | None = None
    chat_expires_in: timedelta | None = None
    unionid: str = ""
    mark_source: bool = True
    conclusions: Conclusions | None = None


@dataclass(frozen=True, kw_only=True)
class _Listed:
    config_id: str


ADD_CONTACT_WAY = Endpoint(
    "POST", "externalcontact/add_contact_way", record(ContactWayAdded), doc=92228
)
GET_CONTACT_WAY = Endpoint(
    "POST", "externalcontact/get_contact_way", only("contact_way", ContactWay), doc=92228
)
LIST_CONTACT_WAY = Endpoint(
    "POST", "externalcontact/list_contact_way", paged("contact_way", _Listed), doc=92228
)
UPDATE_CONTACT_WAY = Endpoint(
    "POST", "externalcontact/update_contact_way", nothing, doc=92228, one_at_a_time=("config_id",)
)
DEL_CONTACT_WAY = Endpoint("POST", "externalcontact/del_contact_way", nothing, doc=92228)
CLOSE_TEMP_CHAT = Endpoint("POST", "externalcontact/close_temp_chat", nothing, doc=92228)


def add_contact_way(
    api: Client,
    *,
    type: int,  # noqa: A002 - the vendor's word
    scene: int,
    user: Sequence[str] = (),
    party: Sequence[int] = (),
    style: int | None = None,
    remark: str | None = None,
    skip_verify: bool | None = None,
    state: str | None = None,
    is_temp: bool | None = None,
    expires_in: timedelta | None = None,
    chat_expires_in: timedelta | None = None,
    unionid: str | None = None,
    is_exclusive: bool | None = None,
    mark_source: bool | None = None,
    conclusions: Conclusions | None = None,
) -> ContactWayAdded:
    """Set up a way to add members (配置客户联系「联系我」方式); the same call twice makes two.

    type 1 takes exactly one user, type 2 several users and departments, 100 members in all.
    """
    within(1, 2, type=type, scene=scene)
    _check_members(type, user, party)
    at_most_items(_MOST_MEMBERS, user=user)
    at_most_chars(30, remark=remark, state=state)
    lasting(_LONGEST, expires_in=expires_in, chat_expires_in=chat_expires_in)
    _check_conclusions(conclusions)
    return api.call(
        ADD_CONTACT_WAY,
        json={
            "type": type,
            "scene": scene,
            "style": style,
            "remark": remark,
            "skip_verify": skip_verify,
            "state": state,
            "user": list(user) or None,
            "party": list(party) or None,
            "is_temp": is_temp,
            "expires_in": _whole_seconds(expires_in),
            "chat_expires_in": _whole_seconds(chat_expires_in),
            "unionid": unionid,
            "is_exclusive": is_exclusive,
            "mark_source": mark_source,
            "conclusions": spelled(conclusions),
        },
    )


def get_contact_way(api: Client, config_id: str) -> ContactWay:
    """Read one way (获取企业已配置的「联系我」方式)."""
    not_empty(config_id=config_id)
    return api.call(GET_CONTACT_WAY, json={"config_id": config_id})


def list_contact_way(
    api: Client,
    *,
    start_time: datetime | None = None,
    end_time: datetime | None = None,
    limit: int = 1000,
) -> Iterator[str]:
    """Yield the config_id of every way (获取企业已配置的「联系我」列表), `limit` a request.

    Without a start_time those of the last 90 days; only ways made after 2021-07-10, none of them
    temporary.
    """
    aware(start_time=start_time, end_time=end_time)
    within(1, 1000, limit=limit)
    arguments = {
        "start_time": seconds(start_time),
        "end_time": seconds(end_time),
        "limit": limit,
    }
    found = every(api, LIST_CONTACT_WAY, arguments)
    return (each.config_id for each in found)


def update_contact_way(
    api: Client,
    config_id: str,
    *,
    user: Sequence[str] | None = None,
    party: Sequence[int] | None = None,
    style: int | None = None,
    remark: str | None = None,
    skip_verify: bool | None = None,
    state: str | None = None,
    expires_in: timedelta | None = None,
    chat_expires_in: timedelta | None = None,
    unionid: str | None = None,
    mark_source: bool | None = None,
    conclusions: Conclusions | None = None,
) -> None:
    """Change a way (更新企业已配置的「联系我」方式); None leaves a field, type and scene stay."""
    not_empty(config_id=config_id)
    at_most_items(_MOST_MEMBERS, user=user)
    at_most_chars(30, remark=remark, state=state)
    lasting(_LONGEST, expires_in=expires_in, chat_expires_in=chat_expires_in)
    _check_conclusions(conclusions)
    api.call(
        UPDATE_CONTACT_WAY,
        json={
            "config_id": config_id,
            "remark": remark,
            "skip_verify": skip_verify,
            "style": style,
            "state": state,
            "user": replacing(user),
            "party": replacing(party),
            "expires_in": _whole_seconds(expires_in),
            "chat_expires_in": _whole_seconds(chat_expires_in),
            "unionid": unionid,
            "mark_source": mark_source,
            "conclusions": spelled(conclusions),
        },
    )


def del_contact_way(api: Client, config_id: str) -> None:
    """Remove a way (删除企业已配置的「联系我」方式)."""
    not_empty(config_id=config_id)
    api.call(DEL_CONTACT_WAY, json={"config_id": config_id})


def close_temp_chat(api: Client, userid: str, external_userid: str) -> None:
    """End a temporary session (结束临时会话)."""
    not_empty(userid=userid, external_userid=external_userid)
    api.call(CLOSE_TEMP_CHAT, json={"userid": userid, "external_userid": external_userid})


def _check_members(kind: int, user: Sequence[str], party: Sequence[int]) -> None:
    if kind == SINGLE and len(user) != 1:
        raise ArgumentRejected("user", f"exactly one with type 1, got {len(user)}")
    if kind == SINGLE and party:
        raise ArgumentRejected("party", "none with type 1")
    at_least_one(user=user, party=party)


def _check_conclusions(conclusions: Conclusions | None) -> None:
    if conclusions is not None:
        at_most_one(
            image=conclusions.image, link=conclusions.link, miniprogram=conclusions.miniprogram
        )


def _whole_seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else int(duration.total_seconds())
