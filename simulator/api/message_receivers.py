"""Whom a message reaches, and who is named in vain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from errors import CallRefused
from simulator.api.endpoint import Call
from simulator.api.fields import number_of
from simulator.contact_tags import ContactTags
from simulator.known_as import known_as
from simulator.records import Member

MOST_USERS = 1000
MOST_LISTED = 100


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
        corp, department = self._call.corp, number_of(party)
        if department not in corp.departments:
            return False
        for member in self._visible():
            if any(department in corp.ancestors(each) for each in member.department):
                self._chosen[member.userid] = member
        return True

    def _add_tag(self, tagid: str) -> bool:
        corp, number = self._call.corp, number_of(tagid)
        tag = None if number is None else corp.of(ContactTags).get(number)
        if tag is None:
            return False
        for member in self._visible():
            if corp.tagged(member, tag):
                self._chosen[member.userid] = member
        return True
