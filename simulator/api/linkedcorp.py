"""Messages to members of linked corps (互联企业消息推送)."""

from __future__ import annotations

import secrets

from errors import CallRefused
from simulator.api.agent import own_agent
from simulator.api.endpoint import Call, Chapter
from simulator.api.message import deliver
from simulator.api.message_content import LINKED_KINDS, content_of
from simulator.api.message_receivers import MOST_LISTED, MOST_USERS, Receivers

chapter = Chapter()


@chapter.endpoint(
    "POST",
    "linkedcorp/message/send",
    doc=90250,
    needs="message",
    empty={"invaliduser": [], "invalidparty": [], "invalidtag": []},
)
def send(call: Call) -> dict[str, object]:
    """Send to members here and in linked corps (发送应用消息), of which there are none."""
    own_agent(call, call.params.get("agentid"))
    users = call.texts("touser", most=MOST_USERS, too_many=40032)
    parties = call.texts("toparty", most=MOST_LISTED, too_many=82002)
    tags = call.texts("totag", most=MOST_LISTED, too_many=82003)
    msgtype, content = content_of(call, LINKED_KINDS)
    members = [each for each in call.corp.members.values() if call.corp.sees(call.app, each)]
    invalid: tuple[list[str], list[str], list[str]] = ([], [], [])
    if not call.flag("toall"):
        if not (users or parties or tags):
            raise CallRefused(82001)
        found = Receivers(
            call,
            [_local(call, each) for each in users],
            [each.removeprefix(f"{call.corp.corpid}/") for each in parties],
            tags,
        )
        members, invalid = found.chosen(), (found.no_users, found.no_parties, found.no_tags)
    deliver(call, members, msgtype, content, secrets.token_urlsafe(32))
    return dict(zip(("invaliduser", "invalidparty", "invalidtag"), invalid, strict=True))


def _local(call: Call, user: str) -> str:
    """Return the userid of CorpId/userid when the corp is this one."""
    return user.removeprefix(f"{call.corp.corpid}/")
