"""One corp: its people, apps and things, and the look-ups that everything else uses."""

from __future__ import annotations

import itertools
import secrets
from collections import deque
from collections.abc import Iterator
from typing import TypeVar, cast

from crypto import decode_key
from errors import ActionImpossible
from simulator.contact_tags import ContactTag, ContactTags
from simulator.description import (
    AppDescription,
    CallbackDescription,
    CorpDescription,
    MemberDescription,
)
from simulator.records import (
    App,
    BatchJob,
    Callback,
    Customer,
    Department,
    GroupChat,
    KfAccount,
    KfCode,
    Media,
    Member,
    Permission,
    Relation,
    Tag,
    TagGroup,
    WelcomeCode,
)

T = TypeVar("T")

ROOT_DEPARTMENT = 1
_WELCOMES_KEPT_SECONDS = 600
_MESSAGES_REMEMBERED = 10_000
_TOLD_OF_CONTACTS = frozenset({"contact_sync", "suite"})
SUITE_PERMISSIONS: frozenset[Permission] = frozenset({"any", "message", "customer_contact"})
_PERMISSIONS: dict[str, frozenset[Permission]] = {
    "self_built": frozenset({"any", "message"}),
    "suite": SUITE_PERMISSIONS,
    "robot": frozenset(),
    "contact_sync": frozenset({"any", "contacts_write"}),
    "customer_contact": frozenset({"any", "customer_contact"}),
}


def new_id(prefix: str) -> str:
    """Return an id of 32 characters as WeCom makes them: wm… customer, wr… group chat, et… tag."""
    return prefix + secrets.token_urlsafe(24)[:30]


class Corp:
    """Everything that belongs to one corpid. The tenant's lock guards it."""

    def __init__(self, description: CorpDescription, now: float) -> None:
        self.corpid = description.corpid
        self.name = description.name
        self.chat_archive = description.chat_archive
        self.departments = {
            each.id: Department(**each.model_dump()) for each in description.departments
        }
        self.members = {each.userid: new_member(each) for each in description.members}
        self.apps = {each.name: new_app(each, self.corpid) for each in description.apps}
        self.customers: dict[str, Customer] = {}
        self.followers: dict[str, dict[str, Relation]] = {}
        self.following: dict[str, dict[str, Relation]] = {}
        self.tags: dict[str, Tag] = {}
        self.tag_groups: dict[str, TagGroup] = {}
        self.group_chats: dict[str, GroupChat] = {}
        self.media: dict[str, Media] = {}
        self.image_urls: set[str] = set()
        self.batch_jobs: dict[str, BatchJob] = {}
        self.kf_accounts = {
            each.open_kfid: KfAccount(**each.model_dump()) for each in description.kf_accounts
        }
        self.kf_numbers = itertools.count(1)
        self.kf_codes: dict[str, KfCode] = {}
        self.messages_sent: dict[str, float] = {}
        self.welcome_codes: dict[str, WelcomeCode] = {}
        self._codes_by_age: deque[tuple[float, str]] = deque()
        self._subjects: dict[type, object] = {}
        for group in description.tag_groups:
            self._describe_tags(group.name, group.tags, group.owner, int(now))

    def of(self, subject: type[T]) -> T:
        """Return what is kept of one subject, a class whose objects begin empty."""
        kept = self._subjects.get(subject)
        if kept is None:
            kept = self._subjects[subject] = subject()
        return cast("T", kept)

    def sees(self, app: App, member: Member) -> bool:
        """True when the member is in the app's visible range."""
        if ROOT_DEPARTMENT in app.visible_departments or member.userid in app.visible_userids:
            return True
        if any(self.sees_department(app, each) for each in member.department):
            return True
        tags = self.of(ContactTags)
        return any(self.tagged(member, tags.get(each)) for each in app.visible_tags)

    def sees_department(self, app: App, department_id: int) -> bool:
        """True when the department, or one above it, is in the app's visible range."""
        return any(each in app.visible_departments for each in self.ancestors(department_id))

    def tagged(self, member: Member, tag: ContactTag | None) -> bool:
        """True when the member has the tag, or a department above them has."""
        if tag is None:
            return False
        return member.userid in tag.userids or any(
            ancestor in tag.parties
            for department in member.department
            for ancestor in self.ancestors(department)
        )

    def sees_userid(self, app: App, userid: str) -> bool:
        """True when there is such a member, and in the app's visible range."""
        member = self.members.get(userid)
        return member is not None and self.sees(app, member)

    def ancestors(self, department_id: int) -> Iterator[int]:
        """Yield the department itself and those above it."""
        seen: set[int] = set()
        while department_id in self.departments and department_id not in seen:
            seen.add(department_id)
            yield department_id
            department_id = self.departments[department_id].parentid

    def relation(self, userid: str, external_userid: str) -> Relation | None:
        """Return what the two are to each other, if they ever met."""
        return self.followers.get(external_userid, {}).get(userid)

    def add_relation(self, relation: Relation) -> None:
        """Let a member and a customer meet, or meet again."""
        self.followers.setdefault(relation.external_userid, {})[relation.userid] = relation
        self.following.setdefault(relation.userid, {})[relation.external_userid] = relation

    def issue_code(self, app: str, relation: Relation, now: float, seconds: float) -> str:
        """Return a new welcome code; its time counts from the event's CreateTime, whole seconds."""
        self._forget_codes(now)
        code = secrets.token_urlsafe(32)
        expires_at = int(now) + seconds
        self.welcome_codes[code] = WelcomeCode(
            app=app, relation=relation, event_at=now, expires_at=expires_at
        )
        self._codes_by_age.append((expires_at, code))
        return code

    def named_group(self, name: str, strategy_id: int = 0) -> TagGroup | None:
        """Return the tag group of that name, of the corp or of a strategy."""
        for each in self.tag_groups.values():
            if (each.name, each.strategy_id) == (name, strategy_id) and not each.deleted:
                return each
        return None

    def tags_of_group(self, group_id: str) -> list[Tag]:
        """Return the living tags of a group, in the order of the console."""
        tags = [tag for tag in self.tags.values() if tag.group_id == group_id and not tag.deleted]
        return sorted(tags, key=lambda tag: -tag.order)

    def add_tag_group(
        self, name: str, *, order: int, owner: str, now: int, strategy_id: int = 0
    ) -> TagGroup:
        """Make a tag group."""
        group = TagGroup(
            id=new_id("et"),
            name=name,
            create_time=now,
            order=order,
            owner=owner,
            strategy_id=strategy_id,
        )
        self.tag_groups[group.id] = group
        return group

    def add_tag(self, group: TagGroup, name: str, *, order: int, owner: str, now: int) -> Tag:
        """Make a tag."""
        tag = Tag(
            id=new_id("et"),
            name=name,
            group_id=group.id,
            create_time=now,
            order=order,
            owner=owner,
        )
        self.tags[tag.id] = tag
        return tag

    def delete_tag(self, tag: Tag) -> TagGroup | None:
        """Take a tag off everyone. Returns its group if that went with its last tag."""
        tag.deleted = True
        for relations in self.followers.values():
            for relation in relations.values():
                relation.tags.pop(tag.id, None)
        group = self.tag_groups[tag.group_id]
        if self.tags_of_group(group.id) or group.deleted:
            return None
        group.deleted = True
        return group

    def remember_message(self, key: str, now: float) -> None:
        """Remember what was sent, for the duplicate check."""
        self.messages_sent.pop(key, None)
        self.messages_sent[key] = now
        while len(self.messages_sent) > _MESSAGES_REMEMBERED:
            del self.messages_sent[next(iter(self.messages_sent))]

    def _describe_tags(self, name: str, tags: list[str], owner: str, now: int) -> None:
        group = self.add_tag_group(name, order=0, owner=owner, now=now)
        for tag in tags:
            self.add_tag(group, tag, order=0, owner=owner, now=now)

    def _forget_codes(self, now: float) -> None:
        while self._codes_by_age and now > self._codes_by_age[0][0] + _WELCOMES_KEPT_SECONDS:
            self.welcome_codes.pop(self._codes_by_age.popleft()[1], None)


def new_member(description: MemberDescription) -> Member:
    """Return the member described; without a name, the userid is the name."""
    values = description.model_dump()
    return Member(**{**values, "name": description.name or description.userid})


def new_callback(
    description: CallbackDescription, *, corpid: str, app: AppDescription | App
) -> Callback:
    """Return the callback described. Raises ActionImpossible for a key that is none."""
    try:
        aes_key = decode_key(description.encoding_aes_key)
    except ValueError as error:
        raise ActionImpossible(f"App {app.name}: {error}.") from error
    usual = {"suite": app.suite_id, "robot": ""}.get(app.kind, corpid)
    return Callback(
        url=description.url,
        token=description.token,
        encoding_aes_key=description.encoding_aes_key,
        aes_key=aes_key,
        receiveid=usual if description.receiveid is None else description.receiveid,
        to_user=app.suite_id if app.kind == "suite" else corpid,
        agentid=str(app.agentid) if app.agentid and app.kind == "self_built" else "",
        form="json" if app.kind == "robot" else description.format,
        kind=app.kind,
        command=app.kind == "suite",
    )


def new_app(description: AppDescription, corpid: str) -> App:
    """Return the app described."""
    permissions = _PERMISSIONS[description.kind]
    if description.kind == "self_built" and description.customer_contact:
        permissions |= {"customer_contact"}
    if description.permissions is not None:
        permissions = frozenset({"any", *description.permissions})
    visible = description.visible
    return App(
        name=description.name,
        corpid=corpid,
        agentid=description.agentid,
        secret=description.secret,
        kind=description.kind,
        enabled=description.enabled,
        permissions=permissions,
        visible_userids=frozenset(visible.userids if visible else ()),
        visible_departments=frozenset(visible.departments if visible else (ROOT_DEPARTMENT,)),
        visible_tags=frozenset(visible.tags if visible else ()),
        contact_changes=(
            description.kind in _TOLD_OF_CONTACTS
            if description.contact_changes is None
            else description.contact_changes
        ),
        trusted_ips=frozenset(description.trusted_ips),
        suite_id=description.suite_id,
        callback=(
            new_callback(description.callback, corpid=corpid, app=description)
            if description.callback
            else None
        ),
    )
