"""Posts in the customers' moments (客户联系 - 客户朋友圈)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from errors import CallRefused
from simulator.api.days import check_span
from simulator.api.endpoint import Call, Chapter
from simulator.api.fields import Fields, size_of
from simulator.api.media import check_media
from simulator.api.ranges import serving_members
from simulator.corp import new_id
from simulator.days import DAY_SECONDS, MINUTE_SECONDS
from simulator.moments import Moment, MomentJob, Moments, MomentTask, Reaction
from simulator.quotas import Quotas

chapter = Chapter(needs="customer_contact")

_SCENE = 1
_MOST_TEXT = 2000
_MOST_TEXT_BYTES = 4000
_MOST_IMAGES = 9
_MOST_URL_BYTES = 2048
_MOST_SENDERS = 100_000
_JOB_SECONDS = DAY_SECONDS
_SPAN_DAYS = 30
_STARTED, _RUNNING, _FINISHED = 1, 2, 3
_BY_CORP, _BY_MEMBER, _BY_BOTH = 0, 1, 2
_KINDS = ("image", "video", "link")


@chapter.endpoint("POST", "externalcontact/add_moment_task", doc=95094)
def add_moment_task(call: Call) -> dict[str, object]:
    """Give members a post to publish (创建发表任务), by a job."""
    content = _content(call)
    visible = call.inside("visible_range")
    senders = visible.inside("sender_list")
    users = senders.texts("user_list", most=_MOST_SENDERS)
    departments = senders.numbers("department_list")
    tags = visible.inside("external_contact_list").texts("tag_list")
    moments = call.corp.of(Moments)
    limits, quotas = call.tenant.limits, call.corp.of(Quotas)
    quotas.count("moments", call.now, most=limits.moments_per_minute, seconds=MINUTE_SECONDS)
    jobid = secrets.token_urlsafe(36)
    moments.jobs[jobid] = MomentJob(
        started_at=call.now,
        ends_at=call.now + limits.moment_seconds,
        result=_make(call, content, users, departments, tags),
    )
    return {"jobid": jobid}


@chapter.endpoint("GET", "externalcontact/get_moment_task_result", doc=95094)
def get_moment_task_result(call: Call) -> dict[str, object]:
    """Return how far the making of a post is (获取任务创建结果); the jobid lives 24 hours."""
    job = call.corp.of(Moments).jobs.get(call.text("jobid", missing=40088))
    if job is None or call.now >= job.started_at + _JOB_SECONDS:
        raise CallRefused(40088)
    answer: dict[str, object] = {"status": _FINISHED, "type": "add_moment_task"}
    if call.now >= job.ends_at:
        return {**answer, "result": job.result}
    halfway = (job.started_at + job.ends_at) / 2
    return {**answer, "status": _STARTED if call.now < halfway else _RUNNING}


@chapter.endpoint("POST", "externalcontact/cancel_moment_task", doc=97612)
def cancel_moment_task(call: Call) -> dict[str, object]:
    """Take a post back from members who have not published it (停止发表企业朋友圈)."""
    _of_corp(call).cancelled = True
    return {}


@chapter.endpoint("POST", "externalcontact/get_moment_list", doc=93333, empty={"moment_list": []})
def get_moment_list(call: Call) -> dict[str, object]:
    """Return the posts of 30 days at most (获取企业全部的发表列表)."""
    start, end = check_span(call, most_days=_SPAN_DAYS)
    creator = call.optional_text("creator") or ""
    kind = call.integer("filter_type", _BY_BOTH, low=_BY_CORP, high=_BY_BOTH)
    found = [
        _shown(moment)
        for moment in call.corp.of(Moments).by_id.values()
        if start <= int(moment.create_time) <= end
        and moment.create_time <= call.now
        and creator in {"", moment.creator}
        and kind in {_BY_BOTH, _create_type(moment)}
    ]
    return call.paged("moment_list", found, default=20, most=20, lenient=True)


@chapter.endpoint("POST", "externalcontact/get_moment_task", doc=93333, empty={"task_list": []})
def get_moment_task(call: Call) -> dict[str, object]:
    """Return what each member did about a post of the corp (获取客户朋友圈企业发表的列表)."""
    tasks = [
        {"userid": task.userid, "publish_status": int(task.published)}
        for task in _of_corp(call).tasks.values()
    ]
    return call.paged("task_list", tasks, default=500, most=1000, lenient=True)


@chapter.endpoint(
    "POST", "externalcontact/get_moment_customer_list", doc=93333, empty={"customer_list": []}
)
def get_moment_customer_list(call: Call) -> dict[str, object]:
    """Return the customers a member chose (获取客户朋友圈发表时选择的可见范围)."""
    task = _task(call)
    chosen = [{"userid": task.userid, "external_userid": each} for each in task.chosen]
    return call.paged("customer_list", chosen, default=500, most=1000, lenient=True)


@chapter.endpoint(
    "POST", "externalcontact/get_moment_send_result", doc=93333, empty={"customer_list": []}
)
def get_moment_send_result(call: Call) -> dict[str, object]:
    """Return the customers who can see a post (获取客户朋友圈发表后的可见客户列表)."""
    visible = [{"external_userid": each} for each in _task(call).visible]
    return call.paged("customer_list", visible, default=3000, most=5000, lenient=True)


@chapter.endpoint(
    "POST",
    "externalcontact/get_moment_comments",
    doc=93333,
    empty={"comment_list": [], "like_list": []},
)
def get_moment_comments(call: Call) -> dict[str, object]:
    """Return who wrote under a post, and who liked it (获取客户朋友圈的互动数据)."""
    task = _task(call)
    return {
        "comment_list": [_reaction(each) for each in task.comments],
        "like_list": [_reaction(each) for each in task.likes],
    }


def _content(call: Call) -> dict[str, Any]:
    """Return what is to be posted: images alone, or one video, or one link, and a text."""
    text = call.inside("text").optional_text("content", most=_MOST_TEXT, too_long=45002) or ""
    if size_of(text) > _MOST_TEXT_BYTES:
        raise CallRefused(45002)
    attachments = call.objects("attachments", most=_MOST_IMAGES, too_many=41064)
    if not text and not attachments:
        raise CallRefused(41089)
    content: dict[str, Any] = {"text": {"content": text}} if text else {}
    if not attachments:
        return content
    kinds = {str(each.params.get("msgtype")) for each in attachments}
    if not kinds <= set(_KINDS):
        raise CallRefused(41065)
    if len(kinds) > 1 or (len(attachments) > 1 and kinds != {"image"}):
        raise CallRefused(40058)
    kind = kinds.pop()
    carried = [_attached(call, kind, each.inside(kind)) for each in attachments]
    return {**content, kind: carried if kind == "image" else carried[0]}


def _attached(call: Call, kind: str, given: Fields) -> Mapping[str, Any]:
    if kind == "link" and size_of(given.text("url")) > _MOST_URL_BYTES:
        raise CallRefused(45002)
    file = "video" if kind == "video" else "image"
    check_media(call, given.text("media_id"), file, scene=_SCENE)
    return given.params


def _make(
    call: Call, content: dict[str, Any], users: list[str], departments: list[int], tags: list[str]
) -> dict[str, Any]:
    """Make the post, visible from the end of the job on, and return the result of the job.

    Without a member who can publish it the job fails with 41048 (unconfirmed).
    """
    corp = call.corp
    valid_users = [each for each in users if _publishes(call, each)]
    valid_departments = [
        each
        for each in departments
        if each in corp.departments and corp.sees_department(call.app, each)
    ]
    valid_tags = [each for each in tags if _is_corp_tag(call, each)]
    result = {
        "invalid_sender_list": {
            "user_list": [each for each in users if each not in valid_users],
            "department_list": [each for each in departments if each not in valid_departments],
        },
        "invalid_external_contact_list": {
            "tag_list": [each for each in tags if each not in valid_tags]
        },
    }
    everybody = not users and not departments
    named = list(corp.members) if everybody else valid_users
    publishing = serving_members(corp, named, valid_departments)
    senders = [each for each in publishing if corp.sees_userid(call.app, each)]
    if not senders or (tags and not valid_tags):
        return {"errcode": 41048, "errmsg": "no customer to send to", **result}
    moment = Moment(
        moment_id=new_id("mom"),
        create_time=call.now + call.tenant.limits.moment_seconds,
        content=content,
        tasks={userid: MomentTask(userid=userid) for userid in senders},
        tags=valid_tags,
    )
    corp.of(Moments).by_id[moment.moment_id] = moment
    return {"errcode": 0, "errmsg": "ok", "moment_id": moment.moment_id, **result}


def _is_corp_tag(call: Call, tag_id: str) -> bool:
    """Return whether it is a living tag of the corp; those of strategies do not count here."""
    tag = call.corp.tags.get(tag_id)
    if tag is None or tag.deleted:
        return False
    return not call.corp.tag_groups[tag.group_id].strategy_id


def _publishes(call: Call, userid: str) -> bool:
    member = call.corp.members.get(userid)
    return member is not None and member.customer_contact and call.corp.sees(call.app, member)


def _known(call: Call) -> Moment:
    moment = call.corp.of(Moments).by_id.get(call.text("moment_id", missing=41059))
    if moment is None or moment.create_time > call.now:
        raise CallRefused(41060)
    return moment


def _of_corp(call: Call) -> Moment:
    moment = _known(call)
    if moment.creator:
        raise CallRefused(41067)
    return moment


def _task(call: Call) -> MomentTask:
    """Return what a member did about a post. Raises CallRefused 41061, and 41062 before that."""
    moment = _known(call)
    task = moment.tasks.get(call.text("userid", missing=60111))
    if task is None:
        raise CallRefused(41061)
    if not task.published:
        raise CallRefused(41062)
    return task


def _shown(moment: Moment) -> dict[str, Any]:
    creator = {"creator": moment.creator} if moment.creator else {}
    return {
        "moment_id": moment.moment_id,
        **creator,
        "create_time": int(moment.create_time),
        "create_type": _create_type(moment),
        "visible_type": int(not moment.tags),
        **moment.content,
    }


def _create_type(moment: Moment) -> int:
    return _BY_MEMBER if moment.creator else _BY_CORP


def _reaction(reaction: Reaction) -> dict[str, Any]:
    return {**reaction.who, "create_time": reaction.create_time}
