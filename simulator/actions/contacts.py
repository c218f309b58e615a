"""What an admin does to the contacts in the console, and members on joining (通讯录)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import ValidationError

from errors import ActionImpossible, CallRefused
from simulator.actions.stage import Stage, action, sentence
from simulator.api.errmsg import meaning
from simulator.api.member_fields import check_unique, read_fields
from simulator.contact_tags import ContactTag, ContactTags
from simulator.contacts import ACTIVE, NOT_JOINED, Contacts, below
from simulator.corp import ROOT_DEPARTMENT, Corp, new_member
from simulator.description import MemberDescription
from simulator.records import App, Callback, Department


class ContactActions(Stage):
    """An admin changes the contacts (通讯录); whoever hears of such changes is told.

    Apps are told of members who come into their visible range (subscribe), or go (unsubscribe).
    """

    @action("GET")
    def members(self, *, corpid: str = "") -> list[dict[str, Any]]:
        """Return the members as they are now."""
        with self.tenant.changed:
            return [asdict(each) for each in self.tenant.corp(corpid).members.values()]

    @action("POST")
    def add_member(self, member: dict[str, Any], *, corpid: str = "") -> None:
        """Let an admin add a member, described as in a tenant: userid, name, department …."""
        try:
            described = MemberDescription(**member)
        except (ValidationError, TypeError) as error:
            raise ActionImpossible(sentence(error)) from error
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            if described.userid in corp.members:
                raise ActionImpossible(f"There is a member {described.userid!r}.")
            for each in described.department:
                self._department(corp, each)
            with self._watching_ranges(corp, described.userid):
                self._contacts(corp).add_member(new_member(described))

    @action("POST")
    def change_member(self, userid: str, changes: dict[str, Any], *, corpid: str = "") -> None:
        """Let an admin change fields of a member, named as in user/update."""
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            member = self._member(corp, userid)
            try:
                given = read_fields(corp, changes)
                check_unique(corp, given, userid)
            except CallRefused as refusal:
                raise ActionImpossible(
                    f"user/update would say {refusal.errcode}, {meaning(refusal.errcode)}."
                ) from refusal
            with self._watching_ranges(corp, userid):
                self._contacts(corp).change_member(member, given)

    @action("POST")
    def remove_member(self, userid: str, *, corpid: str = "") -> None:
        """Let an admin delete a member."""
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            self._member(corp, userid)
            with self._watching_ranges(corp, userid):
                self._contacts(corp).remove_member(userid)

    @action("POST")
    def join(self, userid: str, *, corpid: str = "") -> None:
        """Let a member who was invited join; apps that see them are told too (成员关注)."""
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            member = self._member(corp, userid)
            if member.status != NOT_JOINED:
                raise ActionImpossible("The member has joined already.")
            with self._watching_ranges(corp, userid):
                self._contacts(corp).change_member(member, {"status": ACTIVE})

    @action("POST")
    def require_verification(self, userid: str, *, corpid: str = "") -> None:
        """Let a member wait until user/authsucc lets them in (二次验证)."""
        with self.tenant.changed:
            self._member(self.tenant.corp(corpid), userid).verifying = True

    @action("POST")
    def add_department(self, name: str, *, parentid: int = 1, corpid: str = "") -> int:
        """Let an admin add a department; returns its id."""
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            self._department(corp, parentid)
            department = Department(id=max(corp.departments) + 1, name=name, parentid=parentid)
            self._contacts(corp).add_department(department)
            return department.id

    @action("POST")
    def change_department(
        self,
        id: int,  # noqa: A002 - as the API
        *,
        name: str = "",
        parentid: int = 0,
        corpid: str = "",
    ) -> None:
        """Let an admin rename or move a department."""
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            department = self._department(corp, id)
            changes: dict[str, Any] = {"name": name} if name else {}
            if parentid:
                self._department(corp, parentid)
                if parentid in below(corp, id):
                    raise ActionImpossible("A department cannot be below itself.")
                changes["parentid"] = parentid
            with self._watching_ranges(corp):
                self._contacts(corp).change_department(department, changes)

    @action("POST")
    def remove_department(self, id: int, *, corpid: str = "") -> None:  # noqa: A002 - as the API
        """Let an admin delete an empty department."""
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            self._department(corp, id)
            inhabited = any(id in member.department for member in corp.members.values())
            if id == ROOT_DEPARTMENT or inhabited or len(below(corp, id)) > 1:
                raise ActionImpossible("The department is not empty, or the root.")
            self._contacts(corp).remove_department(id)

    @action("POST")
    def tag_members(
        self,
        tagname: str,
        *,
        userids: list[str] | None = None,
        parties: list[int] | None = None,
        corpid: str = "",
    ) -> int:
        """Let an admin put a tag of the contacts on members and departments; returns its id."""
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            for userid in userids or ():
                self._member(corp, userid)
            for each in parties or ():
                self._department(corp, each)
            tags = corp.of(ContactTags)
            tag = tags.named(tagname)
            if tag is None:
                tag = ContactTag(tagid=tags.free_id(), tagname=tagname, owner="")
                tags[tag.tagid] = tag
            with self._watching_ranges(corp):
                self._contacts(corp).tag(tag, userids=userids or (), parties=parties or ())
            return tag.tagid

    def _department(self, corp: Corp, department_id: int) -> Department:
        if department_id not in corp.departments:
            raise ActionImpossible(f"There is no department {department_id}.")
        return corp.departments[department_id]

    def _contacts(self, corp: Corp) -> Contacts:
        return Contacts(
            corp=corp, push=self._push_now, whole=self.tenant.limits.contact_sync_told_all
        )

    def _push_now(self, callback: Callback, app: App, event: str, fields: Any) -> None:  # noqa: ANN401 - as written
        self._push_event(callback, app, event, fields, at=self.tenant.clock.now())
