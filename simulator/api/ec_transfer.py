"""Customers and groups handed from one member to another (客户联系 - 在职继承, 离职继承)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.errmsg import errmsg
from simulator.api.fields import page_of
from simulator.api.telling import CHAT, CONTACT, tell_all, tell_others
from simulator.days import DAY_SECONDS, day_of
from simulator.handovers import (
    DONE,
    FULL,
    NO_RECORD,
    REFUSED,
    WAITING,
    Handover,
    Handovers,
    Outcome,
    followed,
    left_at,
    sees_or_saw,
    status_of,
)
from simulator.records import ChatMember, GroupChat, Relation

chapter = Chapter(needs="customer_contact")

_MOST_AT_ONCE = 100
_MOST_MESSAGE = 200
_MOST_IN_90_DAYS = 2
_90_DAYS_SECONDS = 90 * DAY_SECONDS
_YEAR_SECONDS = 365 * DAY_SECONDS
_PAGE = 1000
_MOST_UNASSIGNED = 50_000
_MOST_GROUPS_A_DAY = 300
_INHERITING, _INHERITED = 2, 3
_CORP_MEMBER = _INVITED = 1
_ADD_WAY_ASSIGNED = 202
_FAILURES = {"refused": "customer_refused", "full": "customer_limit_exceed"}


@chapter.endpoint("POST", "externalcontact/transfer_customer", doc=92125, empty={"customer": []})
def transfer_customer(call: Call) -> dict[str, object]:
    """Give customers of a present member to another (分配在职成员的客户).

    They change over by themselves after 24 hours, unless they refuse; those who listen are told.
    """
    handover, takeover = _members(call, on_job=True)
    call.optional_text("transfer_success_msg", most=_MOST_MESSAGE)
    return {"customer": _begin_all(call, handover, takeover, on_job=True)}


@chapter.endpoint(
    "POST", "externalcontact/resigned/transfer_customer", doc=94081, empty={"customer": []}
)
def resigned_transfer_customer(call: Call) -> dict[str, object]:
    """Give customers of a member who left within a year to another (分配离职成员的客户)."""
    handover, takeover = _members(call, on_job=False)
    return {"customer": _begin_all(call, handover, takeover, on_job=False)}


@chapter.endpoint("POST", "externalcontact/transfer", doc=92124)
def transfer(call: Call) -> dict[str, object]:
    """Give one customer to another member (分配成员的客户); the retired form of the two before."""
    external_userid = call.text("external_userid", missing=41035)
    call.optional_text("transfer_success_msg", most=_MOST_MESSAGE)
    handover = call.text("handover_userid", missing=60111)
    on_job = handover in call.corp.members
    handover, takeover = _members(call, on_job=on_job)
    errcode = _begin(call, handover, takeover, external_userid, on_job=on_job)
    if errcode:
        raise CallRefused(errcode)
    return {}


@chapter.endpoint("POST", "externalcontact/transfer_result", doc=94088, empty={"customer": []})
def transfer_result(call: Call) -> dict[str, object]:
    """Return how the transfers between two members went (查询客户接替状态)."""
    return _results(call, on_job=True)


@chapter.endpoint(
    "POST", "externalcontact/resigned/transfer_result", doc=94082, empty={"customer": []}
)
def resigned_transfer_result(call: Call) -> dict[str, object]:
    """Return how the transfers from a member who left went (查询客户接替状态, 离职)."""
    return _results(call, on_job=False)


@chapter.endpoint("POST", "externalcontact/get_unassigned_list", doc=92124, empty={"info": []})
def get_unassigned_list(call: Call) -> dict[str, object]:
    """Return the customers of members who left within a year (获取待分配的离职成员列表)."""
    size = call.integer("page_size", _PAGE, low=1, high=_PAGE)
    number = call.integer("page_id", 0, low=0, high=_MOST_UNASSIGNED)
    if number * size >= _MOST_UNASSIGNED:
        raise CallRefused(40058)
    cursor = call.optional_text("cursor") or (f"C{number * size:x}" if number else "")
    page, next_cursor = page_of(_unassigned(call), cursor, size)
    return {"info": page, "is_last": not next_cursor, "next_cursor": next_cursor}


@chapter.endpoint(
    "POST", "externalcontact/groupchat/transfer", doc=92127, empty={"failed_chat_list": []}
)
def groupchat_transfer(call: Call) -> dict[str, object]:
    """Give groups whose owner has left to another (分配离职成员的客户群)."""
    return _give_all(call, _give_of_resigned)


@chapter.endpoint(
    "POST", "externalcontact/groupchat/onjob_transfer", doc=95703, empty={"failed_chat_list": []}
)
def groupchat_onjob_transfer(call: Call) -> dict[str, object]:
    """Give groups of a present owner to another (分配在职成员的客户群)."""
    return _give_all(call, _give_of_present)


def _members(call: Call, *, on_job: bool) -> tuple[str, str]:
    """Return who hands over and who takes over. One who left over a year ago is unknown."""
    handover = call.text("handover_userid", missing=60111)
    takeover = call.text("takeover_userid", missing=60111)
    _check_handover(call, handover, on_job=on_job)
    call.member(takeover, contact=True)
    if handover == takeover:
        raise CallRefused(40130)
    return handover, takeover


def _check_handover(call: Call, userid: str, *, on_job: bool) -> None:
    if on_job:
        call.member(userid)
        return
    if userid in call.corp.members:
        raise CallRefused(40097)
    left = left_at(call.corp, userid, call.now)
    if left is None or call.now - left > _YEAR_SECONDS:
        raise CallRefused(60111)
    if not sees_or_saw(call.corp, call.app, userid):
        raise CallRefused(60011)


def _begin_all(call: Call, handover: str, takeover: str, *, on_job: bool) -> list[dict[str, Any]]:
    external_userids = call.texts("external_userid", most=_MOST_AT_ONCE)
    if not external_userids:
        raise CallRefused(41035)
    return [
        {
            "external_userid": each,
            "errcode": _begin(call, handover, takeover, each, on_job=on_job),
        }
        for each in external_userids
    ]


def _begin(call: Call, handover: str, takeover: str, external_userid: str, *, on_job: bool) -> int:
    """Begin the transfer of one customer; return its errcode, 0 when it has begun."""
    corp = call.corp
    handovers = corp.of(Handovers)
    if external_userid not in corp.customers:
        return 40096
    relation = corp.relation(handover, external_userid)
    if relation is None or not relation.followed:
        return 40131
    if handovers.waiting(external_userid, handover):
        return 40129 if on_job else 40100
    if on_job and _too_often(handovers, external_userid, call.now):
        return 40128
    if len(followed(corp, takeover)) >= call.tenant.limits.customers_per_member:
        return 40099
    due = call.now + call.tenant.limits.transfer_seconds
    begun = Handover(
        external_userid=external_userid,
        handover_userid=handover,
        takeover_userid=takeover,
        started_at=call.now,
        on_job=on_job,
        takeover_time=int(due),
    )
    begun.settle = lambda outcome: _settle(call, begun, outcome)
    handovers.customers.append(begun)
    call.do_later(due, lambda: begun.settle("done"))
    return 0


def _too_often(handovers: Handovers, external_userid: str, now: float) -> bool:
    recent = [
        each
        for each in handovers.customers
        if each.external_userid == external_userid
        and each.on_job
        and each.status in {DONE, WAITING}
        and now - each.started_at < _90_DAYS_SECONDS
    ]
    return len(recent) >= _MOST_IN_90_DAYS


def _settle(call: Call, handover: Handover, outcome: Outcome) -> None:
    """End a transfer once: the customer is the other member's, or stays. Whoever listens hears."""
    with call.tenant.changed:
        if handover.status != WAITING:
            return
        corp, now = call.corp, call.tenant.clock.now()
        before = corp.relation(handover.handover_userid, handover.external_userid)
        ids = {"ExternalUserID": handover.external_userid}
        takeover = handover.takeover_userid
        full = len(followed(corp, takeover)) >= call.tenant.limits.customers_per_member
        outcome = "full" if outcome == "done" and full else outcome
        handover.takeover_time = 0
        if before is None or not before.followed:
            handover.status = NO_RECORD
            return
        if outcome != "done":
            handover.status = REFUSED if outcome == "refused" else FULL
            failed = {"ChangeType": "transfer_fail", "FailReason": _FAILURES[outcome]}
            tell_all(call, CONTACT, {**failed, "UserID": takeover, **ids}, userid=takeover)
            return
        handover.status, handover.takeover_time = DONE, int(now)
        before.deleted_by_member = True
        # Whoever had the customer before is not told of them as of a new one (doc 92125).
        new = corp.relation(takeover, handover.external_userid) is None
        corp.add_relation(_taken_over(before, takeover, int(now)))
        if new:
            added = {"ChangeType": "add_external_contact", "UserID": takeover, **ids}
            tell_all(call, CONTACT, added, userid=takeover)
        gone = {"ChangeType": "del_external_contact", "UserID": handover.handover_userid, **ids}
        if handover.on_job:
            source = {"Source": "DELETE_BY_TRANSFER"}
            tell_all(call, CONTACT, {**gone, **source}, userid=handover.handover_userid)


def _taken_over(before: Relation, takeover: str, now: int) -> Relation:
    """Return the relation of the member who takes over: what was noted and tagged goes along."""
    return replace(
        before,
        userid=takeover,
        createtime=now,
        add_way=_ADD_WAY_ASSIGNED,
        tags=dict(before.tags),
        deleted_by_member=False,
    )


def _results(call: Call, *, on_job: bool) -> dict[str, object]:
    handover, takeover = (
        call.text(name, missing=60111) for name in ("handover_userid", "takeover_userid")
    )
    if on_job:
        call.member(handover)
    call.member(takeover)
    results = [
        {
            "external_userid": each.external_userid,
            "status": each.status,
            "takeover_time": each.takeover_time,
        }
        for each in call.corp.of(Handovers).customers
        if (each.handover_userid, each.takeover_userid, each.on_job) == (handover, takeover, on_job)
    ]
    page, next_cursor = page_of(results, call.optional_text("cursor") or "", _PAGE)
    return {"customer": page, "next_cursor": next_cursor}


def _unassigned(call: Call) -> list[dict[str, Any]]:
    """Return who waits for a new member, those of the last to leave first."""
    corp, found = call.corp, []
    for userid in corp.following:
        left = left_at(corp, userid, call.now)
        if left is None or call.now - left > _YEAR_SECONDS:
            continue
        if sees_or_saw(corp, call.app, userid):
            found += [(left, userid, each.external_userid) for each in followed(corp, userid)]
    found.sort(key=lambda each: -each[0])
    return [
        {
            "handover_userid": userid,
            "external_userid": external_userid,
            "dimission_time": int(left),
        }
        for left, userid, external_userid in found
    ]


def _give_all(call: Call, give: Callable[[Call, GroupChat, str], int]) -> dict[str, object]:
    chat_ids = call.texts("chat_id_list", most=_MOST_AT_ONCE)
    if not chat_ids:
        raise CallRefused(40058)
    new_owner = call.text("new_owner", missing=60111)
    call.member(new_owner, contact=True)
    failed = []
    for chat_id in chat_ids:
        chat = call.corp.group_chats.get(chat_id)
        errcode = _known_group(call, chat) or (give(call, chat, new_owner) if chat else 0)
        if errcode:
            text = errmsg(errcode, call.ip)
            failed.append({"chat_id": chat_id, "errcode": errcode, "errmsg": text})
    return {"failed_chat_list": failed}


def _known_group(call: Call, chat: GroupChat | None) -> int:
    if chat is None:
        return 90501
    if chat.dismissed:
        return 49008
    return 0 if sees_or_saw(call.corp, call.app, chat.current.owner) else 60011


def _give_of_resigned(call: Call, chat: GroupChat, new_owner: str) -> int:
    """Give one group; return its errcode. Too many of one day are 45009 (unconfirmed)."""
    status = status_of(call.corp, chat)
    if status in {_INHERITING, _INHERITED}:
        return 90507 if status == _INHERITING else 90508
    owner = chat.current.owner
    if owner in call.corp.members:
        return 90500
    by_day = call.corp.of(Handovers).by_day
    if by_day[owner, new_owner, day_of(call.now)] >= _MOST_GROUPS_A_DAY:
        return 45009
    by_day[owner, new_owner, day_of(call.now)] += 1
    _change_owner(call, chat, new_owner)
    return 0


def _give_of_present(call: Call, chat: GroupChat, new_owner: str) -> int:
    """Give one group; return its errcode. A third time in 90 days is 40128 (unconfirmed)."""
    if chat.status == _INHERITING:
        return 90507
    owner = chat.current.owner
    if owner not in call.corp.members:
        return 90502
    if owner == new_owner:
        return 90504
    times = call.corp.of(Handovers).groups.setdefault(chat.chat_id, [])
    if sum(call.now - at < _90_DAYS_SECONDS for at in times) >= _MOST_IN_90_DAYS:
        return 40128
    times.append(call.now)
    _change_owner(call, chat, new_owner)
    return 0


def _change_owner(call: Call, chat: GroupChat, new_owner: str) -> None:
    """Let the group have the new owner, at once or when the inheriting is over."""
    seconds = call.tenant.limits.group_transfer_seconds
    if not seconds:
        _own(call, chat, new_owner)
        return
    chat.status = _INHERITING
    call.do_later(call.now + seconds, lambda: _own(call, chat, new_owner))


def _own(call: Call, chat: GroupChat, new_owner: str) -> None:
    with call.tenant.changed:
        now = call.tenant.clock.now()
        chat.status = _INHERITED
        members = chat.current.members
        if all(each.userid != new_owner for each in members):
            members = (*members, _as_member(call, new_owner, int(now)))
        version = secrets.token_hex(16)
        chat.look(replace(chat.current, owner=new_owner, members=members, version=version), now)
        changed = {"ChangeType": "update", "UpdateDetail": "change_owner", "ChatId": chat.chat_id}
        tell_others(call, CHAT, changed, userid=new_owner)


def _as_member(call: Call, userid: str, now: int) -> ChatMember:
    return ChatMember(
        userid=userid,
        type=_CORP_MEMBER,
        join_time=now,
        join_scene=_INVITED,
        name=call.corp.members[userid].name if userid in call.corp.members else userid,
    )
