"""Changes of members, departments and contact tags, and who is told of them (通讯录变更)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.contact_tags import ContactTag, ContactTags
from simulator.corp import ROOT_DEPARTMENT, Corp
from simulator.known_as import KnownAs
from simulator.records import App, Callback, Department, Member

ACTIVE, DISABLED, NOT_JOINED = 1, 2, 4
_MEMBER_FIELDS = {
    "userid": "UserID",
    "name": "Name",
    "department": "Department",
    "main_department": "MainDepartment",
    "is_leader_in_dept": "IsLeaderInDept",
    "direct_leader": "DirectLeader",
    "position": "Position",
    "mobile": "Mobile",
    "gender": "Gender",
    "email": "Email",
    "biz_mail": "BizMail",
    "status": "Status",
    "alias": "Alias",
    "telephone": "Telephone",
    "address": "Address",
}
_TOLD_THE_ASSISTANT = ("UserID", "NewUserID", "Department")
_PARTY_FIELDS = {"id": "Id", "name": "Name", "parentid": "ParentId", "order": "Order"}
Push = Callable[[Callback, App, str, Mapping[str, Any]], None]


@dataclass(frozen=True, kw_only=True)
class Contacts:
    """The contacts of a corp in the hands of whoever changes them.

    by: the app that makes the changes, and is not told of them; empty for an admin.
    whole: the contact assistant is told every field, as URLs set before 2022-08-15 are (doc 90970).
    """

    corp: Corp
    push: Push
    by: str = ""
    whole: bool = False

    def add_member(self, member: Member) -> None:
        """Add a member."""
        self.corp.members[member.userid] = member
        self.corp.of(KnownAs).note(member)
        fields = {name: getattr(member, name) for name in _MEMBER_FIELDS}
        fields["main_department"] = main_department_of(member)
        self._tell_of_member(member, "create_user", _shown(fields))

    def change_member(self, member: Member, changes: Mapping[str, Any]) -> None:
        """Change some fields of a member; nobody is told of what stays as it was."""
        changed = {name: value for name, value in changes.items() if getattr(member, name) != value}
        for name, value in changed.items():
            setattr(member, name, value)
        if changed:
            self.corp.of(KnownAs).note(member)
            fields = {"UserID": member.userid, **_shown(changed)}
            self._tell_of_member(member, "update_user", fields)

    def rename_member(self, member: Member, new_userid: str) -> None:
        """Give a member another userid, with all customers, groups, tags and subordinates."""
        corp, userid = self.corp, member.userid
        corp.members[new_userid] = corp.members.pop(userid)
        for relation in corp.following.pop(userid, {}).values():
            del corp.followers[relation.external_userid][userid]
            relation.userid = new_userid
            corp.add_relation(relation)
        for tag in corp.of(ContactTags).values():
            if tag.userids.pop(userid, 0) is None:
                tag.userids[new_userid] = None
        for chat in corp.group_chats.values():
            chat.views = [view.renamed(userid, new_userid) for view in chat.views]
        for leaders in (
            *(each.direct_leader for each in corp.members.values()),
            *(each.department_leader for each in corp.departments.values()),
        ):
            leaders[:] = [new_userid if each == userid else each for each in leaders]
        member.userid = new_userid
        corp.of(KnownAs).note(member)
        self._tell_of_member(member, "update_user", {"UserID": userid, "NewUserID": new_userid})

    def remove_member(self, userid: str) -> None:
        """Take a member out of the corp."""
        listeners = self._listeners(self.corp.members[userid])
        del self.corp.members[userid]
        self.corp.of(ContactTags).forget_member(userid)
        self._tell(listeners, "delete_user", {"UserID": userid})

    def add_department(self, department: Department) -> None:
        """Add a department."""
        self.corp.departments[department.id] = department
        fields = {wire: getattr(department, name) for name, wire in _PARTY_FIELDS.items()}
        self._tell_of_party(department.id, "create_party", fields)

    def change_department(self, department: Department, changes: Mapping[str, Any]) -> None:
        """Change some fields of a department; listeners hear of its name and its parent."""
        changed = {
            name: value for name, value in changes.items() if getattr(department, name) != value
        }
        for name, value in changed.items():
            setattr(department, name, value)
        told = {
            _PARTY_FIELDS[each]: changed[each] for each in ("name", "parentid") if each in changed
        }
        if told:
            self._tell_of_party(department.id, "update_party", {"Id": department.id, **told})

    def remove_department(self, department_id: int) -> None:
        """Take an empty department away."""
        listeners = self._party_listeners(department_id)
        del self.corp.departments[department_id]
        self.corp.of(ContactTags).forget_party(department_id)
        self._tell(listeners, "delete_party", {"Id": department_id})

    def tag(self, tag: ContactTag, *, userids: Sequence[str], parties: Sequence[int]) -> None:
        """Put a tag on members and departments."""
        tag.userids.update(dict.fromkeys(userids))
        tag.parties.update(dict.fromkeys(parties))
        self._tell_of_tag(tag, "AddUserItems", userids, "AddPartyItems", parties)

    def untag(self, tag: ContactTag, *, userids: Sequence[str], parties: Sequence[int]) -> None:
        """Take a tag off members and departments."""
        for userid in userids:
            tag.userids.pop(userid, None)
        for party in parties:
            tag.parties.pop(party, None)
        self._tell_of_tag(tag, "DelUserItems", userids, "DelPartyItems", parties)

    def _tell_of_tag(
        self,
        tag: ContactTag,
        user_field: str,
        userids: Iterable[str],
        party_field: str,
        parties: Iterable[int],
    ) -> None:
        items = {user_field: _joined(userids), party_field: _joined(parties)}
        fields = {"TagId": tag.tagid, **{name: text for name, text in items.items() if text}}
        self._tell(self._all_listeners(), "update_tag", fields)

    def _tell_of_member(self, member: Member, change: str, fields: Mapping[str, Any]) -> None:
        for app in self._listeners(member):
            told = dict(fields)
            if app.kind == "contact_sync" and not self.whole:
                told = {name: told[name] for name in _TOLD_THE_ASSISTANT if name in told}
            if change == "create_user" or len(told) > 1:
                self._tell([app], change, told)

    def _tell_of_party(self, department_id: int, change: str, fields: Mapping[str, Any]) -> None:
        self._tell(self._party_listeners(department_id), change, fields)

    def _tell(self, apps: Iterable[App], change: str, fields: Mapping[str, Any]) -> None:
        for app in apps:
            if app.callback:
                self.push(app.callback, app, "change_contact", {"ChangeType": change, **fields})

    def _all_listeners(self) -> list[App]:
        return [
            app
            for app in self.corp.apps.values()
            if app.contact_changes and app.callback and app.enabled and app.name != self.by
        ]

    def _listeners(self, member: Member) -> list[App]:
        return [app for app in self._all_listeners() if self.corp.sees(app, member)]

    def _party_listeners(self, department_id: int) -> list[App]:
        return [
            app for app in self._all_listeners() if self.corp.sees_department(app, department_id)
        ]


def openid_of(corp: Corp, userid: str) -> str:
    """Return what a member is called outside the corp (openid)."""
    return "o" + _digest("openid", corp.corpid, userid)[:27]


def open_userid_of(corp: Corp, userid: str) -> str:
    """Return what a member is called among providers (open_userid)."""
    return "wo" + _digest("open_userid", corp.corpid, userid)[:30]


def below(corp: Corp, department_id: int) -> set[int]:
    """Return a department and all departments below it."""
    return {each for each in corp.departments if department_id in corp.ancestors(each)}


def depth(corp: Corp, department_id: int) -> int:
    """Return how many departments there are from the root down to this one."""
    return sum(1 for _ in corp.ancestors(department_id))


def main_department_of(member: Member) -> int:
    """Return the main department, by default the first."""
    first = member.department[0] if member.department else ROOT_DEPARTMENT
    return member.main_department or first


def _shown(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        wire: _joined(fields[name]) if isinstance(fields[name], list) else fields[name]
        for name, wire in _MEMBER_FIELDS.items()
        if name in fields and fields[name] not in ("", [], None)
    }


def _joined(items: Iterable[object]) -> str:
    return ",".join(map(str, items))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
