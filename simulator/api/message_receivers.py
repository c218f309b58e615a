"""Whom a message reaches, and who is named in vain."""

from __future__ import annotations

from collections.abc import Iterable

from errors import CallRefused
from simulator.api.endpoint import Call
from simulator.contact_tags import ContactTags
from simulator.records import Member

MOST_USERS = 1000
MOST_LISTED = 100
_MOST_AGENTID = 2**31 - 1


def check_agentid(call: Call) -> None:
    """Raise CallRefused for an agentid that is none, or of another app."""
    agentid = call.params.get("agentid")
    if isinstance(agentid, str) and agentid.isdigit():
        agentid = int(agentid)
    if not isinstance(agentid, int) or not 0 <= agentid <= _MOST_AGENTID:
        raise CallRefused(40056)
    if agentid != call.app.agentid:
        raise CallRefused(301002)


class Receivers:
    """Members by name, department and tag, as far as the app sees them.

    no_users, no_parties, no_tags: what was named in vain.
    """

    def __init__(
        self, call: Call, users: list[str], parties: Iterable[str], tags: Iterable[str]
    ) -> None:
        self._call = call
        visible = [each for each in call.corp.members.values() if call.corp.sees(call.app, each)]
        by_id = {member.userid.lower(): member for member in visible}
        self._chosen = {
            member.userid: member for user in users if (member := by_id.get(user.lower()))
        }
        self.no_users = [user for user in users if user.lower() not in by_id]
        self.no_parties = [each for each in parties if not self._add_party(each, visible)]
        self.no_tags = [each for each in tags if not self._add_tag(each, visible)]

    def chosen(self) -> list[Member]:
        """Return all of them, each once. Raises CallRefused 81013 when there is nobody."""
        if not self._chosen:
            raise CallRefused(81013)
        return list(self._chosen.values())

    def _add_party(self, party: str, visible: list[Member]) -> bool:
        corp = self._call.corp
        if not party.isdigit() or int(party) not in corp.departments:
            return False
        for member in visible:
            if any(int(party) in corp.ancestors(each) for each in member.department):
                self._chosen[member.userid] = member
        return True

    def _add_tag(self, tagid: str, visible: list[Member]) -> bool:
        corp = self._call.corp
        tag = corp.of(ContactTags).get(int(tagid)) if tagid.isdigit() else None
        if tag is None:
            return False
        for member in visible:
            if corp.tagged(member, tag):
                self._chosen[member.userid] = member
        return True
