"""Posts in the customers' moments (客户朋友圈): jobs that make them, and what members did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Reaction:
    """Somebody wrote under a post, or liked it: a customer or a member."""

    who: dict[str, str]
    create_time: int


@dataclass(kw_only=True)
class MomentTask:
    """What one member did; chosen: the customers who may see it, visible: those who can."""

    userid: str
    published: bool = False
    chosen: list[str] = field(default_factory=list)
    visible: list[str] = field(default_factory=list)
    comments: list[Reaction] = field(default_factory=list)
    likes: list[Reaction] = field(default_factory=list)


@dataclass(kw_only=True)
class Moment:
    """A post; creator is empty for one the corp made. tags: only their customers see it."""

    moment_id: str
    create_time: float
    content: dict[str, Any]
    tasks: dict[str, MomentTask]
    creator: str = ""
    tags: list[str] = field(default_factory=list)
    cancelled: bool = False


@dataclass(frozen=True, kw_only=True)
class MomentJob:
    """The making of a post (创建发表任务); its result can be read until it is forgotten."""

    started_at: float
    ends_at: float
    result: dict[str, Any]


@dataclass
class Moments:
    """Those of one corp, and the jobs that make them."""

    by_id: dict[str, Moment] = field(default_factory=dict)
    jobs: dict[str, MomentJob] = field(default_factory=dict)
