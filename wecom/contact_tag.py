"""Tags of members (标签管理); those of customers are in `tag`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wecom.answer import nothing, only, record, several
from wecom.arguments import at_least_one, at_most_items, chars_between, within
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.spelling import listed

_HIGHEST_ID = 2**32 - 1
_MOST_MEMBERS = 1000
_MOST_DEPARTMENTS = 100


@dataclass(frozen=True, kw_only=True)
class ContactTag:
    """A tag."""

    tagid: int
    tagname: str = ""


@dataclass(frozen=True, kw_only=True)
class TaggedMember:
    """A member who has it; an app may not be told the name."""

    userid: str
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Tagged:
    """The members and departments in the app's range that have a tag."""

    tagname: str = ""
    userlist: tuple[TaggedMember, ...] = ()
    partylist: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NotTagged:
    """Who was left out; invalidlist: userids, `a|b`."""

    invalidlist: str = ""
    invalidparty: tuple[int, ...] = ()

    @property
    def userids(self) -> tuple[str, ...]:
        """The members that were left out."""
        return tuple(filter(None, self.invalidlist.split("|")))


CREATE = Endpoint("POST", "tag/create", only("tagid", int), doc=90210)
UPDATE = Endpoint("POST", "tag/update", nothing, doc=90211, one_at_a_time=("tagid",))
DELETE = Endpoint("GET", "tag/delete", nothing, doc=90212)
GET = Endpoint("GET", "tag/get", record(Tagged), doc=90213)
ADDTAGUSERS = Endpoint(
    "POST", "tag/addtagusers", record(NotTagged), doc=90214, one_at_a_time=("tagid",)
)
DELTAGUSERS = Endpoint(
    "POST", "tag/deltagusers", record(NotTagged), doc=90215, one_at_a_time=("tagid",)
)
LIST = Endpoint("GET", "tag/list", several("taglist", ContactTag), doc=90216)


def create(api: Client, tagname: str, *, tagid: int | None = None) -> int:
    """Make a tag that belongs to the app and return its tagid (创建标签)."""
    chars_between(1, 32, tagname=tagname)
    within(0, _HIGHEST_ID, tagid=tagid)
    return api.call(CREATE, json={"tagname": tagname, "tagid": tagid})


def update(api: Client, tagid: int, tagname: str) -> None:
    """Rename a tag of the app (更新标签名字)."""
    chars_between(1, 32, tagname=tagname)
    api.call(UPDATE, json={"tagid": tagid, "tagname": tagname})


def delete(api: Client, tagid: int) -> None:
    """Remove a tag of the app (删除标签)."""
    api.call(DELETE, query={"tagid": tagid})


def get(api: Client, tagid: int) -> Tagged:
    """Read who has a tag (获取标签成员)."""
    return api.call(GET, query={"tagid": tagid})


def addtagusers(
    api: Client, tagid: int, *, userlist: Sequence[str] = (), partylist: Sequence[int] = ()
) -> NotTagged:
    """Put a tag on members and departments (增加标签成员)."""
    return api.call(ADDTAGUSERS, json=_members(tagid, userlist, partylist))


def deltagusers(
    api: Client, tagid: int, *, userlist: Sequence[str] = (), partylist: Sequence[int] = ()
) -> NotTagged:
    """Take a tag off members and departments (删除标签成员)."""
    return api.call(DELTAGUSERS, json=_members(tagid, userlist, partylist))


def list_(api: Client) -> tuple[ContactTag, ...]:
    """Read the tags (获取标签列表): an app its own, contact-sync all."""
    return api.call(LIST)


def _members(tagid: int, userlist: Sequence[str], partylist: Sequence[int]) -> dict[str, object]:
    at_least_one(userlist=userlist, partylist=partylist)
    at_most_items(_MOST_MEMBERS, userlist=userlist)
    at_most_items(_MOST_DEPARTMENTS, partylist=partylist)
    return {"tagid": tagid, "userlist": listed(userlist), "partylist": listed(partylist)}
