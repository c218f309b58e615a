"""Whom a message reaches, and who is named in vain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from errors import CallRefused
from simulator.api.endpoint import Call
from simulator.contact_tags import ContactTags
from simulator.known_as import known_as
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
        self._chosen: dict[str, Member] = {}
        self.no_users = [each for each in users if not self._add_user(each)]
        self.no_parties = [each for each in parties if not self._add_party(each)]
        self.no_tags = [each for each in tags if not self._add_tag(each)]

    def chosen(self) -> list[Member]:
        """Return all of them, each once. Raises CallRefused 81013 when there is nobody."""
        if not self._chosen:
            raise CallRefused(81013)
        return list(self._chosen.values())

    def _add_user(self, userid: str) -> bool:
        member = known_as(self._call.corp, "userid", userid)
        if member is None or not self._call.corp.sees(self._call.app, member):
            return False
        self._chosen[member.userid] = member
        return True

    def _visible(self) -> Iterator[Member]:
        corp = self._call.corp
        return (each for each in corp.members.values() if corp.sees(self._call.app, each))

    def _add_party(self, party: str) -> bool:
        corp = self._call.corp
        if not party.isdigit() or int(party) not in corp.departments:
            return False
        for member in self._visible():
            if any(int(party) in corp.ancestors(each) for each in member.department):
                self._chosen[member.userid] = member
        return True

    def _add_tag(self, tagid: str) -> bool:
        corp = self._call.corp
        tag = corp.of(ContactTags).get(int(tagid)) if tagid.isdigit() else None
        if tag is None:
            return False
        for member in self._visible():
            if corp.tagged(member, tag):
                self._chosen[member.userid] = member
        return True
