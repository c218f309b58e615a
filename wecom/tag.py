"""Corp tags (企业标签): the library of tags, and putting them on customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from errors import ArgumentRejected
from wecom.answer import nothing, only, several
from wecom.arguments import (
    any_given,
    at_least_one,
    at_most_chars,
    at_most_items,
    not_empty,
    within,
)
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.spelling import listed

_HIGHEST_ORDER = 2**32 - 1
_MOST_TAGS = 3000  # on one customer of one member


@dataclass(frozen=True, kw_only=True)
class Tag:
    """One corp tag."""

    id: str
    name: str = ""
    create_time: datetime | None = None
    order: int = 0
    deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class TagGroup:
    """A group of corp tags."""

    group_id: str
    group_name: str = ""
    create_time: datetime | None = None
    order: int = 0
    deleted: bool = False
    tag: tuple[Tag, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NewTag:
    """A tag to create; a higher order stands further up."""

    name: str
    order: int | None = None

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(name=self.name)
        at_most_chars(30, name=self.name)
        within(0, _HIGHEST_ORDER, order=self.order)


MARK_TAG = Endpoint(
    "POST",
    "externalcontact/mark_tag",
    nothing,
    doc=92118,
    one_at_a_time=("userid", "external_userid"),
)
EDIT_CORP_TAG = Endpoint(
    "POST", "externalcontact/edit_corp_tag", nothing, doc=92117, one_at_a_time=("id",)
)
DEL_CORP_TAG = Endpoint("POST", "externalcontact/del_corp_tag", nothing, doc=92117)
GET_CORP_TAG_LIST = Endpoint(
    "POST", "externalcontact/get_corp_tag_list", several("tag_group", TagGroup), doc=92117
)
ADD_CORP_TAG = Endpoint(
    "POST", "externalcontact/add_corp_tag", only("tag_group", TagGroup), doc=92117
)


def mark_tag(
    api: Client,
    userid: str,
    external_userid: str,
    *,
    add_tag: Sequence[str] = (),
    remove_tag: Sequence[str] = (),
) -> None:
    """Put tags on a customer of a member, and take tags off (编辑客户企业标签); ids, not names."""
    not_empty(userid=userid, external_userid=external_userid)
    at_least_one(add_tag=add_tag, remove_tag=remove_tag)
    at_most_items(_MOST_TAGS, add_tag=add_tag, remove_tag=remove_tag)
    if not set(add_tag).isdisjoint(remove_tag):
        raise ArgumentRejected("add_tag and remove_tag", "must not share a tag")
    api.call(
        MARK_TAG,
        json={
            "userid": userid,
            "external_userid": external_userid,
            "add_tag": listed(add_tag),
            "remove_tag": listed(remove_tag),
        },
    )


def get_corp_tag_list(
    api: Client, *, tag_id: Sequence[str] = (), group_id: Sequence[str] = ()
) -> tuple[TagGroup, ...]:
    """Read the library of tags (获取企业标签库): all, or those named; group ids win."""
    body = {"tag_id": listed(tag_id), "group_id": listed(group_id)}
    return api.call(GET_CORP_TAG_LIST, json=body)


def add_corp_tag(
    api: Client,
    tag: Sequence[NewTag],
    *,
    group_id: str | None = None,
    group_name: str | None = None,
    order: int | None = None,
    agentid: int | None = None,
) -> TagGroup:
    """Create tags in a group (添加企业客户标签) and return the group with just these.

    A known group_name appends to that group; with group_id, its name and order are ignored.
    """
    body = new_tags(tag, group_id=group_id, group_name=group_name, order=order)
    return api.call(ADD_CORP_TAG, json={**body, "agentid": agentid})


def edit_corp_tag(
    api: Client,
    id: str,  # noqa: A002 - the vendor's word
    *,
    name: str | None = None,
    order: int | None = None,
    agentid: int | None = None,
) -> None:
    """Rename or move a tag or a group (编辑企业客户标签); only those the app made."""
    check_edit(id, name, order)
    api.call(EDIT_CORP_TAG, json={"id": id, "name": name, "order": order, "agentid": agentid})


def del_corp_tag(
    api: Client,
    *,
    tag_id: Sequence[str] = (),
    group_id: Sequence[str] = (),
    agentid: int | None = None,
) -> None:
    """Remove tags and groups (删除企业客户标签); a group goes with its last tag."""
    at_least_one(tag_id=tag_id, group_id=group_id)
    body = {"tag_id": listed(tag_id), "group_id": listed(group_id), "agentid": agentid}
    api.call(DEL_CORP_TAG, json=body)


def new_tags(
    tag: Sequence[NewTag], *, group_id: str | None, group_name: str | None, order: int | None
) -> dict[str, object]:
    """Return tags and their group as both libraries, of the corp and of a strategy, want them."""
    not_empty(tag=tag)
    at_least_one(group_id=group_id, group_name=group_name)
    at_most_chars(30, group_name=group_name)
    within(0, _HIGHEST_ORDER, order=order)
    return {"group_id": group_id, "group_name": group_name, "order": order, "tag": listed(tag)}


def check_edit(id: str, name: str | None, order: int | None) -> None:  # noqa: A002 - the vendor's word
    """Check the change of a tag or a group."""
    not_empty(id=id)
    any_given(name=name, order=order)
    if name is not None:
        not_empty(name=name)
    at_most_chars(30, name=name)
    within(0, _HIGHEST_ORDER, order=order)
