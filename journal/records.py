"""What goes into the journal and what comes out of it, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from journal.tables import DeliveryStatus, RunStatus


@dataclass(frozen=True, kw_only=True)
class PlannedRun:
    """One handler that wants an event: in which lane, and until when it makes sense."""

    handler: str
    lane: str
    deadline_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class NewDelivery:
    """One event about to be journalled, with the runs its handlers will make."""

    app: str
    corpid: str
    event_key: str
    event: str
    userid: str
    subject: str
    occurred_at: datetime | None
    received_at: datetime
    payload: bytes = field(repr=False)
    plan: tuple[PlannedRun, ...] = ()
    confidential: bool = False  # sealed before it is written


@dataclass(frozen=True, kw_only=True)
class PublishableRun:
    """A run a worker should be told of."""

    run_id: int
    handler: str
    lane: str


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What became of a callback: `new` is False when the journal had it already."""

    delivery_id: int | None
    new: bool
    runs: tuple[PublishableRun, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClaimedRun:
    """A run that is this worker's until `lease_until`."""

    run_id: int
    delivery_id: int
    handler: str
    lane: str
    attempt: int
    deadline_at: datetime | None
    app: str
    received_at: datetime
    payload: bytes = field(repr=False)
    outcome_unknown: bool  # an earlier attempt may have acted without our knowing its answer


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """How one attempt ended, and with it perhaps its run.

    status: done, retry (then due_at says when), failed or expired. result: the handler's own word.
    outcome_unknown: a call went out and its answer was lost.
    calls: (endpoint, milliseconds, errcode) of each API call made.
    """

    run_id: int
    attempt: int
    status: RunStatus
    started_at: datetime
    finished_at: datetime
    due_at: datetime | None = None
    result: str | None = None
    errcode: int | None = None
    error: str | None = None
    outcome_unknown: bool = False
    calls: tuple[tuple[str, float, int | None], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One finished (or lost) try at a run."""

    number: int
    started_at: datetime | None
    finished_at: datetime | None
    outcome: str
    result: str | None
    errcode: int | None
    error: str | None
    calls: list[list[Any]]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One handler's work on one delivery, as it stands."""

    id: int
    handler: str
    lane: str
    status: RunStatus
    attempt: int
    due_at: datetime
    deadline_at: datetime | None
    published_at: datetime | None
    lease_until: datetime | None
    result: str | None
    errcode: int | None
    error: str | None
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One distinct event in the journal; `runs` is filled where one delivery is read."""

    id: int
    app: str
    corpid: str
    event: str
    userid: str
    subject: str
    occurred_at: datetime | None
    received_at: datetime
    repeats: int
    status: DeliveryStatus
    payload: bytes = field(repr=False)
    runs: tuple[Run, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ChatMember:
    """One member of a customer group, corp member or customer."""

    userid: str
    type: int
    join_time: datetime | None = None
    join_scene: int | None = None
    invitor: str = ""
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class ChatPicture:
    """A customer group as WeCom showed it at one moment."""

    corpid: str
    chat_id: str
    name: str
    owner: str
    member_version: str
    read_at: datetime
    members: tuple[ChatMember, ...]
    dismissed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ChatNews:
    """Who joined or left by the word of one event; nobody, for most of them.

    change: joined or left. scene: JoinScene or QuitScene.
    """

    change: str
    happened_at: datetime
    userids: tuple[str, ...] = ()
    scene: int | None = None


@dataclass(frozen=True, kw_only=True)
class ChatDifference:
    """Who came and who went between two pictures; `first` when there was none before."""

    joined: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()
    first: bool = False


@dataclass(frozen=True, kw_only=True)
class BatchJobRecord:
    """One finished asynchronous job and its per-row outcome."""

    corpid: str
    job_id: str
    job_type: str
    errcode: int
    errmsg: str
    total: int | None
    result: list[dict[str, Any]]
    finished_at: datetime
