"""Tags of members and departments (通讯录管理 - 标签管理)."""

from __future__ import annotations

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.user import contacts_of
from simulator.contact_tags import ContactTag, ContactTags

chapter = Chapter()

_MOST_ID = 2**31 - 1
_MOST_NAME_CHARACTERS = 32
_MOST_TAGS = 3000
_MOST_USERS = 1000
_MOST_PARTIES = 100
_MOST_NODES = 30_000


@chapter.endpoint("POST", "tag/create", doc=90210)
def create(call: Call) -> dict[str, object]:
    """Make a tag that belongs to the calling app (创建标签)."""
    tags = call.corp.of(ContactTags)
    name = _name(call)
    if tags.named(name):
        raise CallRefused(40071)
    tagid = call.integer("tagid", tags.free_id(), low=0, high=_MOST_ID)
    if tagid in tags:
        raise CallRefused(40068)
    if len(tags) >= _MOST_TAGS:
        raise CallRefused(81003)
    tags[tagid] = ContactTag(tagid=tagid, tagname=name, owner=call.app.name)
    return {"errmsg": "created", "tagid": tagid}


@chapter.endpoint("POST", "tag/update", doc=90211)
def update(call: Call) -> dict[str, object]:
    """Rename a tag of one's own (更新标签名字)."""
    tag = _own(call)
    name = _name(call)
    if call.corp.of(ContactTags).named(name) not in (None, tag):
        raise CallRefused(40071)
    tag.tagname = name
    return {"errmsg": "updated"}


@chapter.endpoint("GET", "tag/delete", doc=90212)
def delete(call: Call) -> dict[str, object]:
    """Delete a tag of one's own (删除标签)."""
    del call.corp.of(ContactTags)[_own(call).tagid]
    return {"errmsg": "deleted"}


@chapter.endpoint("GET", "tag/get", doc=90213, empty={"userlist": [], "partylist": []})
def get(call: Call) -> dict[str, object]:
    """Return who has a tag, as far as the app may see them (获取标签成员)."""
    tag, corp = visible_tag(call, call.integer("tagid", low=0, high=_MOST_ID)), call.corp
    return {
        "tagname": tag.tagname,
        "userlist": [
            {"userid": userid, "name": corp.members[userid].name}
            for userid in tag.userids
            if corp.sees_userid(call.app, userid)
        ],
        "partylist": [each for each in tag.parties if corp.sees_department(call.app, each)],
    }


@chapter.endpoint("POST", "tag/addtagusers", doc=90214)
def addtagusers(call: Call) -> dict[str, object]:
    """Put a tag on members and departments (增加标签成员)."""
    tag = _own(call)
    (userids, no_users), (parties, no_parties) = _targets(call)
    if not userids and not parties:
        raise CallRefused(40070)
    if len({*tag.userids, *userids}) + len({*tag.parties, *parties}) > _MOST_NODES:
        raise CallRefused(81003)
    contacts_of(call).tag(tag, userids=userids, parties=parties)
    return _invalid(no_users, no_parties)


@chapter.endpoint("POST", "tag/deltagusers", doc=90215)
def deltagusers(call: Call) -> dict[str, object]:
    """Take a tag off members and departments (删除标签成员)."""
    tag = _own(call)
    (userids, no_users), (parties, no_parties) = _targets(call)
    if not userids and not parties:
        raise CallRefused(40031)
    contacts_of(call).untag(tag, userids=userids, parties=parties)
    return {**_invalid(no_users, no_parties), "errmsg": "deleted"}


@chapter.endpoint("GET", "tag/list", doc=90216, empty={"taglist": []})
def list_(call: Call) -> dict[str, object]:
    """Return the app's own tags; the contact assistant sees all (获取标签列表)."""
    return {
        "taglist": [
            {"tagid": tag.tagid, "tagname": tag.tagname}
            for tag in call.corp.of(ContactTags).values()
            if may_see(call, tag)
        ]
    }


def may_see(call: Call, tag: ContactTag) -> bool:
    """True for the app's own tags, those of its visible range, and for the contact assistant."""
    app = call.app
    return app.kind == "contact_sync" or tag.owner == app.name or tag.tagid in app.visible_tags


def visible_tag(call: Call, tagid: int) -> ContactTag:
    """Return a tag that the app may see. Raises CallRefused."""
    tag = call.corp.of(ContactTags).get(tagid)
    if tag is None:
        raise CallRefused(40068)
    if not may_see(call, tag):
        raise CallRefused(60011)
    return tag


def _own(call: Call) -> ContactTag:
    """Return the tag, if the app may change it: its own one."""
    tag = visible_tag(call, call.integer("tagid", low=0, high=_MOST_ID))
    if tag.owner != call.app.name:
        raise CallRefused(81011)
    return tag


def _name(call: Call) -> str:
    name = call.text("tagname", missing=40072)
    if len(name) > _MOST_NAME_CHARACTERS:
        raise CallRefused(40072)
    return name


def _targets(call: Call) -> tuple[tuple[list[str], list[str]], tuple[list[int], list[int]]]:
    """Return members and departments, each as (those in range, the others)."""
    userids = call.texts("userlist", most=_MOST_USERS, too_many=81014)
    parties = call.numbers("partylist", most=_MOST_PARTIES, too_many=81014)
    if not userids and not parties:
        raise CallRefused(40063)
    seen_users = [each for each in userids if call.corp.sees_userid(call.app, each)]
    seen_parties = [each for each in parties if call.corp.sees_department(call.app, each)]
    return (
        (seen_users, [each for each in userids if each not in seen_users]),
        (seen_parties, [each for each in parties if each not in seen_parties]),
    )


def _invalid(userids: list[str], parties: list[int]) -> dict[str, object]:
    """Return what could not be reached; without any, neither field is there."""
    found: dict[str, object] = {}
    if userids:
        found["invalidlist"] = "|".join(userids)
    if parties:
        found["invalidparty"] = parties
    return found
