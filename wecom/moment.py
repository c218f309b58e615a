"""Posts in the customers' moments (客户朋友圈)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from errors import ArgumentRejected
from wecom.answer import Page, nothing, only, paged, record
from wecom.arguments import (
    apart,
    at_least_one,
    at_most_bytes,
    at_most_chars,
    at_most_items,
    not_empty,
    within,
)
from wecom.attachments import Text
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.paging import every
from wecom.spelling import seconds, spelled, without_empty

_LONGEST_SPAN = timedelta(days=30)
_MOST_IMAGES = 9
_MOST_SENDERS = 100_000


@dataclass(frozen=True, kw_only=True)
class Image:
    """A picture: a media_id of `media.upload_attachment` for moments."""

    media_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Video:
    """A video of 30 seconds and 10 MB at most."""

    media_id: str = ""
    thumb_media_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Link:
    """A card that opens a page; media_id: its cover."""

    url: str = ""
    title: str = ""
    media_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Location:
    """Where a member says they are."""

    name: str = ""
    latitude: str = ""
    longitude: str = ""


@dataclass(frozen=True, kw_only=True)
class InvalidSenders:
    """Members and departments that cannot publish it."""

    user_list: tuple[str, ...] = ()
    department_list: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class InvalidTags:
    """Tags that are none."""

    tag_list: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MomentMade:
    """What came of the job."""

    errcode: int = 0
    errmsg: str = ""
    moment_id: str = ""
    invalid_sender_list: InvalidSenders = InvalidSenders()
    invalid_external_contact_list: InvalidTags = InvalidTags()


@dataclass(frozen=True, kw_only=True)
class MomentJob:
    """How far the making of a post is; status: 1 started, 2 running, 3 finished."""

    status: int
    type: str = ""
    result: MomentMade = MomentMade()


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A post; create_type: 0 by the corp, 1 by a member. visible_type: 0 some, 1 all."""

    moment_id: str
    creator: str = ""
    create_time: datetime | None = None
    create_type: int = 0
    visible_type: int = 0
    text: Text = field(default_factory=Text)
    image: tuple[Image, ...] = ()
    video: Video | None = None
    link: Link | None = None
    location: Location | None = None


@dataclass(frozen=True, kw_only=True)
class MomentTask:
    """What a member did about it; publish_status: 0 not published, 1 published."""

    userid: str
    publish_status: int = 0


@dataclass(frozen=True, kw_only=True)
class MomentCustomer:
    """A customer of the post, and whose customer."""

    external_userid: str
    userid: str = ""


@dataclass(frozen=True, kw_only=True)
class Reaction:
    """Somebody who wrote or liked: a customer (external_userid) or a member (userid)."""

    external_userid: str = ""
    userid: str = ""
    create_time: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class MomentComments:
    """Who wrote under a post, and who liked it."""

    comment_list: tuple[Reaction, ...] = ()
    like_list: tuple[Reaction, ...] = ()


ADD_MOMENT_TASK = Endpoint("POST", "externalcontact/add_moment_task", only("jobid", str), doc=95094)
GET_MOMENT_TASK_RESULT = Endpoint(
    "GET", "externalcontact/get_moment_task_result", record(MomentJob), doc=95094
)
CANCEL_MOMENT_TASK = Endpoint("POST", "externalcontact/cancel_moment_task", nothing, doc=97612)
GET_MOMENT_LIST = Endpoint(
    "POST", "externalcontact/get_moment_list", paged("moment_list", Moment), doc=93333
)
GET_MOMENT_TASK = Endpoint(
    "POST", "externalcontact/get_moment_task", paged("task_list", MomentTask), doc=93333
)
GET_MOMENT_CUSTOMER_LIST = Endpoint(
    "POST",
    "externalcontact/get_moment_customer_list",
    paged("customer_list", MomentCustomer),
    doc=93333,
)
GET_MOMENT_SEND_RESULT = Endpoint(
    "POST",
    "externalcontact/get_moment_send_result",
    paged("customer_list", MomentCustomer),
    doc=93333,
)
GET_MOMENT_COMMENTS = Endpoint(
    "POST", "externalcontact/get_moment_comments", record(MomentComments), doc=93333
)


def add_moment_task(
    api: Client,
    *,
    text: str = "",
    attachments: Sequence[Image | Video | Link] = (),
    user_list: Sequence[str] = (),
    department_list: Sequence[int] = (),
    tag_list: Sequence[str] = (),
) -> str:
    """Give members a post to publish and return the jobid (创建发表任务), ten a minute at most.

    attachments: up to nine images, or one video, or one link. user_list and department_list:
    who publishes it, everybody without them. tag_list: whose customers see it, all without them.
    """
    at_least_one(text=text, attachments=attachments)
    at_most_chars(2000, text=text)
    _check_attachments(attachments)
    at_most_items(_MOST_SENDERS, user_list=user_list)
    senders = {"user_list": list(user_list), "department_list": list(department_list)}
    visible = {"sender_list": senders, "external_contact_list": {"tag_list": list(tag_list)}}
    body = {
        "text": {"content": text} if text else None,
        "attachments": [_spelled(attachment) for attachment in attachments] or None,
        "visible_range": without_empty(visible) or None,
    }
    return api.call(ADD_MOMENT_TASK, json=body)


def get_moment_task_result(api: Client, jobid: str) -> MomentJob:
    """Read how far the making of a post is (获取任务创建结果); the jobid lives 24 hours."""
    not_empty(jobid=jobid)
    at_most_bytes(64, jobid=jobid)
    return api.call(GET_MOMENT_TASK_RESULT, query={"jobid": jobid})


def cancel_moment_task(api: Client, moment_id: str) -> None:
    """Take a post back from members who have not published it (停止发表企业朋友圈)."""
    not_empty(moment_id=moment_id)
    api.call(CANCEL_MOMENT_TASK, json={"moment_id": moment_id})


def get_moment_list(
    api: Client,
    *,
    start_time: datetime,
    end_time: datetime,
    creator: str | None = None,
    filter_type: int | None = None,
    limit: int = 20,
) -> Iterator[Moment]:
    """Yield the posts of 30 days at most (获取企业全部的发表列表), `limit` a request.

    filter_type: 0 made by the corp, 1 by members, 2 both.
    """
    apart(_LONGEST_SPAN, start_time=start_time, end_time=end_time)
    within(0, 2, filter_type=filter_type)
    within(1, 20, limit=limit)
    arguments = {
        "start_time": seconds(start_time),
        "end_time": seconds(end_time),
        "creator": creator,
        "filter_type": filter_type,
        "limit": limit,
    }
    return every(api, GET_MOMENT_LIST, arguments)


def get_moment_task(api: Client, moment_id: str, *, limit: int = 1000) -> Iterator[MomentTask]:
    """Yield what each member did about a post (获取客户朋友圈企业发表的列表)."""
    not_empty(moment_id=moment_id)
    within(1, 1000, limit=limit)
    return every(api, GET_MOMENT_TASK, {"moment_id": moment_id, "limit": limit})


def get_moment_customer_list(
    api: Client, moment_id: str, userid: str, *, limit: int = 1000
) -> Iterator[MomentCustomer]:
    """Yield the customers a member chose for a post (获取客户朋友圈发表时选择的可见范围)."""
    within(1, 1000, limit=limit)
    return _customers(api, GET_MOMENT_CUSTOMER_LIST, moment_id, userid, limit)


def get_moment_send_result(
    api: Client, moment_id: str, userid: str, *, limit: int = 5000
) -> Iterator[MomentCustomer]:
    """Yield the customers who can see a post (获取客户朋友圈发表后的可见客户列表)."""
    within(1, 5000, limit=limit)
    return _customers(api, GET_MOMENT_SEND_RESULT, moment_id, userid, limit)


def get_moment_comments(api: Client, moment_id: str, userid: str) -> MomentComments:
    """Read who wrote under a post of a member, and who liked it (获取客户朋友圈的互动数据)."""
    not_empty(moment_id=moment_id, userid=userid)
    return api.call(GET_MOMENT_COMMENTS, json={"moment_id": moment_id, "userid": userid})


def _customers(
    api: Client, endpoint: Endpoint[Page[MomentCustomer]], moment_id: str, userid: str, limit: int
) -> Iterator[MomentCustomer]:
    not_empty(moment_id=moment_id, userid=userid)
    arguments = {"moment_id": moment_id, "userid": userid, "limit": limit}
    return every(api, endpoint, arguments)


def _check_attachments(attachments: Sequence[Image | Video | Link]) -> None:
    at_most_items(_MOST_IMAGES, attachments=attachments)
    images = sum(isinstance(attachment, Image) for attachment in attachments)
    if len(attachments) > 1 and images != len(attachments):
        raise ArgumentRejected("attachments", "images alone, or one video, or one link")
    for attachment in attachments:
        if isinstance(attachment, Link):
            not_empty(url=attachment.url)
        not_empty(media_id=attachment.media_id)


def _spelled(attachment: Image | Video | Link) -> Mapping[str, object]:
    msgtype = type(attachment).__name__.lower()
    return {"msgtype": msgtype, msgtype: spelled(attachment)}
