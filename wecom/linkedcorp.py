"""App messages to members of linked corps (互联企业消息推送)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from errors import ArgumentRejected
from wecom.agent import own_agentid
from wecom.answer import record
from wecom.arguments import at_least_one, at_most_items
from wecom.bodies import Body, TaskCard
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.message import written
from wecom.spelling import listed
from wecom.template_card import Card


@dataclass(frozen=True, kw_only=True)
class LinkedSent:
    """Who could not be reached."""

    invaliduser: tuple[str, ...] = ()
    invalidparty: tuple[str, ...] = ()
    invalidtag: tuple[str, ...] = ()


SEND = Endpoint("POST", "linkedcorp/message/send", record(LinkedSent), doc=90250)


def send(
    api: Client,
    body: Body,
    *,
    touser: Sequence[str] = (),
    toparty: Sequence[str] = (),
    totag: Sequence[str] = (),
    toall: bool = False,
    agentid: int | None = None,
    safe: int = 0,
) -> LinkedSent:
    """Send an app message to members of this and of linked corps (互联企业发送应用消息).

    touser: `userid` of the own corp, `CorpId/userid` of a linked one. toparty: `partyid`, or
    `LinkedId/partyid`. toall: everybody who sees the app.
    """
    if not toall:
        at_least_one(touser=touser, toparty=toparty, totag=totag)
    at_most_items(1000, touser=touser)
    at_most_items(100, toparty=toparty, totag=totag)
    if isinstance(body, Card | TaskCard):
        raise ArgumentRejected("body", f"a {body.msgtype} cannot go to linked corps")
    return api.call(
        SEND,
        json={
            "touser": listed(touser),
            "toparty": listed(toparty),
            "totag": listed(totag),
            "toall": 1 if toall else None,
            "agentid": own_agentid(api, agentid),
            **written(body, safe=safe),
        },
    )
