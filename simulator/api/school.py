"""Notices of schools (家校沟通 - 学校通知)."""

from __future__ import annotations

from errors import CallRefused
from simulator.api.agent import own_agent
from simulator.api.endpoint import Call, Chapter
from simulator.api.message_content import SCHOOL_KINDS, content_of

chapter = Chapter()

_MOST_RECEIVERS = 1000
_MOST_PARTIES = 100
_LISTS = {
    "to_external_user": "invalid_external_user",
    "to_parent_userid": "invalid_parent_userid",
    "to_student_userid": "invalid_student_userid",
}


@chapter.endpoint(
    "POST",
    "externalcontact/message/send",
    doc=91609,
    needs="message",
    empty={"invalid_external_user": [], "invalid_parent_userid": [], "invalid_student_userid": []},
    stateful=False,
)
def send(call: Call) -> dict[str, object]:
    """Check a notice to parents and students (发送「学校通知」); here are no students."""
    own_agent(call, call.params.get("agentid"))
    given = {name: call.texts(name, most=_MOST_RECEIVERS, too_many=40032) for name in _LISTS}
    parties = call.params.get("to_party") or []
    if not isinstance(parties, list) or len(parties) > _MOST_PARTIES:
        raise CallRefused(82002)
    call.integer("recv_scope", 0, low=0, high=2)
    if not (any(given.values()) or parties or call.flag("toall")):
        raise CallRefused(82001)
    content_of(call, SCHOOL_KINDS)
    known = [each for each in given["to_external_user"] if each in call.corp.customers]
    if not known and not call.flag("toall"):
        raise CallRefused(81013)
    invalid = {
        wire: [each for each in given[name] if each not in known] for name, wire in _LISTS.items()
    }
    return {**invalid, "invalid_party": parties}
