"""Ways to add a member as a contact (客户联系 - 客户联系「联系我」管理, doc 92228)."""

from __future__ import annotations

import secrets
from typing import Any

from errors import CallRefused
from simulator.api.attachments import attachment_of, check_files
from simulator.api.endpoint import Call, Chapter
from simulator.api.fields import Fields, size_of
from simulator.api.ranges import check_departments, members_of
from simulator.contact_ways import ContactWay, ContactWays
from simulator.days import DAY_SECONDS
from simulator.quotas import Quotas

chapter = Chapter(needs="customer_contact")

_SINGLE = 1
_QR_CODE = 2
_MOST_MEMBERS = 100
_MOST_NOTE = 30
_LONGEST_SECONDS = 14 * DAY_SECONDS
_MOST_TEXT_BYTES = 4000
_MOST_STYLE = 3
_ACTIVE = 1
_LISTED_SECONDS = 90 * DAY_SECONDS
_LATEST = 2**40
_ONE_KIND = ("image", "link", "miniprogram")


@chapter.endpoint("POST", "externalcontact/add_contact_way", doc=92228)
def add_contact_way(call: Call) -> dict[str, object]:
    """Set up a way to add members (配置客户联系「联系我」方式); the same call twice makes two.

    A temporary one leads to a single member; with several it is refused with 40058 (unconfirmed).
    """
    kind = _choice(call, "type", missing=41037, wrong=41038)
    scene = _choice(call, "scene", missing=41039, wrong=41040)
    is_temp = call.switch("is_temp", default=False)
    settings = _settings(call)
    users, parties = call.texts("user"), call.numbers("party")
    if is_temp and kind != _SINGLE:
        raise CallRefused(40058)
    _check_members(call, kind, users, parties)
    ways = call.corp.of(ContactWays)
    _check_room(call, ways, is_temp=is_temp)
    config_id = secrets.token_hex(16)
    way = ContactWay(
        config_id=config_id,
        create_time=int(call.now),
        type=kind,
        scene=scene,
        qr_code=f"https://wework.qpic.cn/wwpic/{config_id}/0" if scene == _QR_CODE else "",
        user=users,
        party=parties,
        is_temp=is_temp,
        is_exclusive=call.switch("is_exclusive", default=False),
    )
    way.expires_in, way.chat_expires_in = (7 * DAY_SECONDS, DAY_SECONDS) if is_temp else (0, 0)
    _apply(way, settings)
    ways.contact[config_id] = way
    picture: dict[str, object] = {"qr_code": way.qr_code} if way.qr_code else {}
    return {"config_id": config_id, **picture}


@chapter.endpoint("POST", "externalcontact/get_contact_way", doc=92228)
def get_contact_way(call: Call) -> dict[str, object]:
    """Return one way (获取企业已配置的「联系我」方式)."""
    return {"contact_way": _shown(_known(call))}


@chapter.endpoint("POST", "externalcontact/list_contact_way", doc=92228, empty={"contact_way": []})
def list_contact_way(call: Call) -> dict[str, object]:
    """Return the ids of the ways that are not temporary (获取企业已配置的「联系我」列表)."""
    since = call.integer("start_time", int(call.now) - _LISTED_SECONDS, low=0, high=_LATEST)
    until = call.integer("end_time", int(call.now), low=0, high=_LATEST)
    if since > until:
        raise CallRefused(600018)
    listed = [
        {"config_id": way.config_id}
        for way in call.corp.of(ContactWays).contact.values()
        if not way.is_temp and since <= way.create_time <= until
    ]
    return call.paged("contact_way", listed, default=100, most=1000)


@chapter.endpoint("POST", "externalcontact/update_contact_way", doc=92228)
def update_contact_way(call: Call) -> dict[str, object]:
    """Change the given fields (更新企业已配置的「联系我」方式); type and scene stay as they are."""
    config_id = call.text("config_id", missing=41043)
    settings = _settings(call)
    way = _found(call, config_id)
    users = call.texts("user") if call.has("user") else way.user
    parties = call.numbers("party") if call.has("party") else way.party
    _check_members(call, way.type, users, parties)
    way.user, way.party = users, parties
    _apply(way, settings)
    return {}


@chapter.endpoint("POST", "externalcontact/del_contact_way", doc=92228)
def del_contact_way(call: Call) -> dict[str, object]:
    """Remove a way (删除企业已配置的「联系我」方式)."""
    del call.corp.of(ContactWays).contact[_known(call).config_id]
    return {}


@chapter.endpoint("POST", "externalcontact/close_temp_chat", doc=92228)
def close_temp_chat(call: Call) -> dict[str, object]:
    """End a temporary session (结束临时会话); the customer is sent the conclusion.

    Two who have no session are refused with 84061 (unconfirmed).
    """
    relation = call.relation()
    ended = call.corp.of(ContactWays).end_temp_chat(
        relation.userid, relation.external_userid, call.now
    )
    if not ended:
        raise CallRefused(84061)
    return {}


def check_conclusions(call: Call, given: Fields) -> dict[str, Any]:
    """Return what a customer is sent at the end; of image, link, miniprogram the first counts."""
    text = given.inside("text").optional_text("content") or ""
    if size_of(text) > _MOST_TEXT_BYTES:
        raise CallRefused(45002)
    conclusions: dict[str, Any] = {"text": {"content": text}} if text else {}
    for kind in _ONE_KIND:
        if given.has(kind):
            attachment = attachment_of(kind, given.params[kind])
            check_files(call, attachment)
            return {**conclusions, kind: attachment[kind]}
    return conclusions


def _choice(call: Call, name: str, *, missing: int, wrong: int) -> int:
    if not call.has(name):
        raise CallRefused(missing)
    value = call.params[name]
    if value not in (1, 2) or isinstance(value, bool | float):
        raise CallRefused(wrong)
    return int(value)


def _settings(call: Call) -> dict[str, Any]:
    """Return the fields that adding and updating have in common, as far as they were sent."""
    given: dict[str, Any] = {
        "remark": call.optional_text("remark", most=_MOST_NOTE),
        "state": call.optional_text("state", most=_MOST_NOTE),
        "unionid": call.optional_text("unionid"),
        "style": _style(call),
    }
    for name in ("skip_verify", "mark_source"):
        if call.has(name):
            given[name] = call.switch(name, default=True)
    for name in ("expires_in", "chat_expires_in"):
        if call.has(name):
            given[name] = call.integer(name, low=1, high=_LONGEST_SECONDS)
    if call.has("conclusions"):
        given["conclusions"] = check_conclusions(call, call.inside("conclusions"))
    return {name: value for name, value in given.items() if value is not None}


def _style(call: Call) -> int | None:
    if not call.has("style"):
        return None
    value = call.params["style"]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_STYLE:
        raise CallRefused(41042)
    return value


def _check_members(call: Call, kind: int, users: list[str], parties: list[int]) -> None:
    if kind == _SINGLE and (len(users) != 1 or parties):
        raise CallRefused(40058)
    if not users and not parties:
        raise CallRefused(40058)
    for userid in users:
        if call.member(userid, contact=True).status != _ACTIVE:
            raise CallRefused(41054)
    check_departments(call, parties)
    if len(members_of(call.corp, users, parties)) > _MOST_MEMBERS:
        raise CallRefused(41041)


def _check_room(call: Call, ways: ContactWays, *, is_temp: bool) -> None:
    """Raise CallRefused when the corp has too many ways, or the day too many temporary ones."""
    if not is_temp:
        if ways.total >= call.tenant.limits.contact_ways:
            raise CallRefused(41045)
        return
    most = call.tenant.limits.temporary_ways_per_day
    call.corp.of(Quotas).count("temporary_ways", call.now, most=most, seconds=DAY_SECONDS)


def _apply(way: ContactWay, settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        setattr(way, name, value)


def _known(call: Call) -> ContactWay:
    return _found(call, call.text("config_id", missing=41043))


def _found(call: Call, config_id: str) -> ContactWay:
    way = call.corp.of(ContactWays).contact.get(config_id)
    if way is None or way.ended(call.now):
        raise CallRefused(41044)
    return way


def _shown(way: ContactWay) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "config_id": way.config_id,
        "type": way.type,
        "scene": way.scene,
        "style": way.style,
        "remark": way.remark,
        "skip_verify": way.skip_verify,
        "state": way.state,
        "qr_code": way.qr_code,
        "user": way.user,
        "party": way.party,
        "is_temp": way.is_temp,
        "mark_source": way.mark_source,
        "conclusions": _shown_conclusions(way.conclusions),
    }
    if not way.is_temp:
        return shown
    return {
        **shown,
        "expires_in": way.expires_in,
        "chat_expires_in": way.chat_expires_in,
        "unionid": way.unionid,
    }


def _shown_conclusions(conclusions: dict[str, Any]) -> dict[str, Any]:
    """Return them as they are read: a picture has become an address."""
    image = conclusions.get("image")
    if image is None or image.get("pic_url"):
        return conclusions
    url = f"https://wework.qpic.cn/wwpic/{image['media_id'][-32:]}/0"
    return {**conclusions, "image": {"pic_url": url}}
