"""Notices of a school to parents and students (家校消息推送); no way to reach customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from errors import ArgumentRejected
from wecom.agent import own_agentid
from wecom.answer import record
from wecom.arguments import at_least_one, at_most_items, not_empty, within
from wecom.bodies import Body, File, Image, MpNews, News, Text, Video, Voice
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.message import LONGEST_DUPLICATE_CHECK_SECONDS
from wecom.spelling import listed, spelled

PARENTS, STUDENTS, PARENTS_AND_STUDENTS = 0, 1, 2
"""As `recv_scope`: who among the receivers gets a notice."""


@dataclass(frozen=True, kw_only=True)
class MiniProgram:
    """A card that opens a page of a mini program; only `school.send` takes it (doc 92321)."""

    msgtype: ClassVar[str] = "miniprogram"
    appid: str
    title: str = ""
    thumb_media_id: str
    pagepath: str

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(appid=self.appid, thumb_media_id=self.thumb_media_id, pagepath=self.pagepath)


_KINDS = (Text, Image, Voice, Video, File, News, MpNews, MiniProgram)


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
    body: Body | MiniProgram,
    *,
    to_external_user: Sequence[str] = (),
    to_parent_userid: Sequence[str] = (),
    to_student_userid: Sequence[str] = (),
    to_party: Sequence[str] = (),
    toall: bool = False,
    recv_scope: int = PARENTS,
    agentid: int | None = None,
    enable_id_trans: bool = False,
    duplicate_check_seconds: int = 0,
) -> SchoolSent:
    """Send a notice to parents (发送「学校通知」): by parent, by student, by class, or to all.

    recv_scope: `PARENTS`, `STUDENTS` or `PARENTS_AND_STUDENTS` of the students, classes or
    school named. duplicate_check_seconds: within this time the platform delivers an identical
    notice only once.
    """
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
    within(PARENTS, PARENTS_AND_STUDENTS, recv_scope=recv_scope)
    within(0, LONGEST_DUPLICATE_CHECK_SECONDS, duplicate_check_seconds=duplicate_check_seconds)
    if not isinstance(body, _KINDS):
        raise ArgumentRejected("body", f"a {body.msgtype} cannot go to parents or students")
    return api.call(
        SEND,
        json={
            "to_external_user": listed(to_external_user),
            "to_parent_userid": listed(to_parent_userid),
            "to_student_userid": listed(to_student_userid),
            "to_party": listed(to_party),
            "toall": 1 if toall else None,
            "recv_scope": recv_scope or None,
            "agentid": own_agentid(api, agentid),
            "msgtype": body.msgtype,
            body.msgtype: spelled(body),
            "enable_id_trans": 1 if enable_id_trans else None,
            "enable_duplicate_check": 1 if duplicate_check_seconds else None,
            "duplicate_check_interval": duplicate_check_seconds or None,
        },
    )
