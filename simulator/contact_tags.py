"""The tags of members and departments (通讯录标签), which are not the tags of customers."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(kw_only=True, slots=True)
class ContactTag:
    """A tag on members and departments; owner is the app that made it."""

    tagid: int
    tagname: str
    owner: str
    userids: dict[str, None] = field(default_factory=dict)
    parties: dict[int, None] = field(default_factory=dict)


class ContactTags(dict[int, ContactTag]):
    """All of them, by id."""

    def free_id(self) -> int:
        """Return the next id."""
        return max(self, default=0) + 1

    def named(self, tagname: str) -> ContactTag | None:
        """Return the tag of that name."""
        return next((tag for tag in self.values() if tag.tagname == tagname), None)

    def forget_member(self, userid: str) -> None:
        """Take a member out of all tags."""
        for tag in self.values():
            tag.userids.pop(userid, None)

    def forget_party(self, party: int) -> None:
        """Take a department out of all tags."""
        for tag in self.values():
            tag.parties.pop(party, None)
