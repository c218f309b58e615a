"""Members and departments named together: who that is, and whether the app may name them."""

from __future__ import annotations

from collections.abc import Iterable

from errors import CallRefused
from simulator.api.endpoint import Call
from simulator.corp import Corp


def members_of(corp: Corp, users: Iterable[str], departments: Iterable[int]) -> list[str]:
    """Return the members named and those in the departments and below, each once."""
    wanted = set(departments)
    found = dict.fromkeys(userid for userid in users if userid in corp.members)
    if wanted:
        for member in corp.members.values():
            if any(up in wanted for own in member.department for up in corp.ancestors(own)):
                found[member.userid] = None
    return list(found)


def serving_members(corp: Corp, users: Iterable[str], departments: Iterable[int]) -> list[str]:
    """Return those of them who can have customers now."""
    return [
        userid
        for userid in members_of(corp, users, departments)
        if corp.members[userid].customer_contact and corp.members[userid].status == 1
    ]


def check_departments(call: Call, departments: Iterable[int]) -> None:
    """Raise CallRefused for a department that is none, or out of the app's range."""
    for department in departments:
        if department not in call.corp.departments:
            raise CallRefused(60003)
        if not call.corp.sees_department(call.app, department):
            raise CallRefused(60011)
