"""Who has a mobile, an e-mail, or a userid in whatever case, without asking every member."""

from __future__ import annotations

from simulator.corp import Corp
from simulator.records import Member

_FIELDS = ("mobile", "email", "biz_mail")


class KnownAs(dict[tuple[str, str], str]):
    """Userids by field and value; an entry may be out of date, so the member is looked at."""

    complete = False

    def note(self, member: Member) -> None:
        """Remember what a member has now."""
        self["userid", member.userid.lower()] = member.userid
        for name in _FIELDS:
            if value := getattr(member, name):
                self[name, value] = member.userid


def known_as(corp: Corp, name: str, value: str) -> Member | None:
    """Return the member with this value in a field; a userid may be spelt in any case."""
    index = corp.of(KnownAs)
    if not index.complete:
        for member in corp.members.values():
            index.note(member)
        index.complete = True
    value = value.lower() if name == "userid" else value
    found = corp.members.get(index.get((name, value), ""))
    if found is None:
        return None
    now = found.userid.lower() if name == "userid" else getattr(found, name)
    return found if now == value else None
