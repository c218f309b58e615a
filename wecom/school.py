"""Notices of a school to parents (家校消息推送); no way to reach customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from errors import ArgumentRejected
from wecom.agent import own_agentid
from wecom.answer import record
from wecom.arguments import at_least_one, at_most_items
from wecom.bodies import Body, File, Image, MpNews, News, Text, Video, Voice
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.message import written
from wecom.spelling import listed

_KINDS = (Text, Image, Voice, Video, File, News, MpNews)


@dataclass(frozen=True, kw_only=True)
class SchoolSent:
    """Who could not be reached."""

    invalid_external_user: tuple[str, ...] = ()
    invalid_parent_userid: tuple[str, ...] = ()
    invalid_student_userid: tuple[str, ...] = ()
    invalid_party: tuple[str, ...] = ()


SEND = Endpoint("POST", "externalcontact/message/send", record(SchoolSent), doc=91609)


def send(
    api: Client,
    body: Body,
    *,
    to_external_user: Sequence[str] = (),
    to_parent_userid: Sequence[str] = (),
    to_student_userid: Sequence[str] = (),
    to_party: Sequence[str] = (),
    toall: bool = False,
    agentid: int | None = None,
    enable_id_trans: bool = False,
) -> SchoolSent:
    """Send a notice to parents (发送「学校通知」): by parent, by student, by class, or to all."""
    if not toall:
        at_least_one(
            to_external_user=to_external_user,
            to_parent_userid=to_parent_userid,
            to_student_userid=to_student_userid,
            to_party=to_party,
        )
    at_most_items(
        1000,
        to_external_user=to_external_user,
        to_parent_userid=to_parent_userid,
        to_student_userid=to_student_userid,
    )
    at_most_items(100, to_party=to_party)
    if not isinstance(body, _KINDS):
        raise ArgumentRejected("body", f"a {body.msgtype} cannot go to parents")
    return api.call(
        SEND,
        json={
            "to_external_user": listed(to_external_user),
            "to_parent_userid": listed(to_parent_userid),
            "to_student_userid": listed(to_student_userid),
            "to_party": listed(to_party),
            "toall": 1 if toall else None,
            "agentid": own_agentid(api, agentid),
            **written(body),
            "enable_id_trans": 1 if enable_id_trans else None,
        },
    )
