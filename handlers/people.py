"""Members and departments by their ids, kept in memory for a while (成员, 部门)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from wecom import Client, department, user
from wecom.department import Department
from wecom.user import Member

_FRESH_SECONDS = 600
_MOST_MEMBERS = 20_000


class PeopleDirectory:
    """The members and departments of one corp as one app sees them.

    What is ten minutes old is read anew; when that fails, the old is better than nothing.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._members: dict[str, tuple[Member, float]] = {}
        self._departments: tuple[Mapping[int, Department], float] | None = None

    def member(self, api: Client, userid: str) -> Member:
        """Return one member. Raises what the call raises, if there is none known."""
        with self._lock:
            known = self._members.get(userid)
        if known is not None and self._is_fresh(known[1]):
            return known[0]
        found = user.get(api, userid)
        with self._lock:
            if len(self._members) >= _MOST_MEMBERS:
                self._members.clear()
            self._members[userid] = (found, self._clock())
        return found

    def known_member(self, userid: str) -> Member | None:
        """Return a member as last seen, however long ago."""
        with self._lock:
            known = self._members.get(userid)
        return known[0] if known else None

    def is_known(self, userid: str) -> bool:
        """Whether a member can be told without a call."""
        with self._lock:
            known = self._members.get(userid)
        return known is not None and self._is_fresh(known[1])

    def departments_of(self, api: Client, member: Member) -> frozenset[str]:
        """Return ids and names of the member's departments and of all above them."""
        known = self._known_departments(api)
        found: set[str] = set()
        for number in member.department:
            _climb(number, known, found)
        return frozenset(found)

    def forget(self) -> None:
        """Read everything anew."""
        with self._lock:
            self._members.clear()
            self._departments = None

    def _known_departments(self, api: Client) -> Mapping[int, Department]:
        with self._lock:
            known = self._departments
        if known is not None and self._is_fresh(known[1]):
            return known[0]
        found = {each.id: each for each in department.list_(api)}
        with self._lock:
            self._departments = (found, self._clock())
        return found

    def _is_fresh(self, at: float) -> bool:
        return self._clock() - at < _FRESH_SECONDS


def _climb(number: int, known: Mapping[int, Department], found: set[str]) -> None:
    """Add a department and all above it; a circle, which cannot be, ends too."""
    seen: set[int] = set()
    while number not in seen:
        seen.add(number)
        found.add(str(number))
        place = known.get(number)
        if place is None:
            return
        if place.name:
            found.add(place.name)
        number = place.parentid
        if not number:
            return
