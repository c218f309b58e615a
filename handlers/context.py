"""What a handler gets beside the event: the API, the rules, places to keep things, the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from events import Event
from handlers.authorisations import Authorisations, NoSuite
from handlers.ledger import Ledger
from handlers.memory import Memory, MemoryInProcess
from handlers.people import PeopleDirectory
from handlers.rules import Refusal, Rules
from wecom import Client
from wecom.group_chat import GroupChat


class Log(Protocol):
    """A structured logger: a constant event name and facts as keywords."""

    def info(self, event: str, **facts: Any) -> Any: ...  # noqa: ANN401, D102 - structlog's shape

    def warning(self, event: str, **facts: Any) -> Any: ...  # noqa: ANN401, D102 - structlog's shape


@dataclass(frozen=True, kw_only=True)
class MemberNews:
    """Members that an event names; change: joined or left, scene: JoinScene or QuitScene."""

    change: str
    happened_at: datetime
    userids: tuple[str, ...]
    scene: int | None


class Chats(Protocol):
    """Where pictures of customer groups are kept."""

    def store(
        self,
        corpid: str,
        chat: GroupChat,
        *,
        read_at: datetime,
        told: MemberNews | None,
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Keep a newer picture; return who joined and who left since the one before.

        told: who came or went by the word of the event itself.
        """
        ...

    def dismiss(self, corpid: str, chat_id: str, at: datetime) -> None:
        """Record that a group is no more."""
        ...


class Jobs(Protocol):
    """Where the outcome of asynchronous jobs is kept."""

    def store(self, job: JobOutcome) -> None:
        """Keep the outcome of one job."""
        ...


class Tags(Protocol):
    """Knows the ids of corp tags by their names."""

    def ids(self, api: Client, names: Iterable[str]) -> list[str]:
        """Return the tag ids of "group/tag" names; what is missing is created."""
        ...

    def known(self, api: Client, names: Iterable[str]) -> list[str]:
        """Return the tag ids of those "group/tag" names that exist."""
        ...

    def forget(self) -> None:
        """Read the tags anew next time: an id turned out to be wrong."""
        ...


class Inbox(Protocol):
    """Where goes what is pulled instead of called back, and up to where it was pulled.

    All of it is journalled and handled as if WeCom had called it back, and once however often it
    is pulled.
    """

    def record(self, plaintexts: Sequence[bytes]) -> int:
        """Keep what was pulled and have it handled; return how much of it is new."""
        ...

    def cursor(self, open_kfid: str) -> str:
        """Return up to where a customer service account was pulled, "" at first."""
        ...

    def advance(self, open_kfid: str, *, past: str, to: str) -> str:
        """Move that cursor unless another worker has; return the one that stands then."""
        ...


@dataclass(frozen=True, kw_only=True)
class JobOutcome:
    """A finished asynchronous job; `rows` as WeCom gives them."""

    corpid: str
    job_id: str
    job_type: str
    errcode: int
    errmsg: str
    total: int | None
    rows: list[dict[str, Any]]
    finished_at: datetime


@dataclass(frozen=True, kw_only=True)
class App:
    """The app that received the event."""

    name: str
    corpid: str
    agentid: int | None
    operators: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Context:
    """One run of one handler.

    api: the app's client; its timeouts never reach past the deadline.
    attempt: 1 at first. outcome_unknown: an earlier attempt may have acted without our knowing.
    inbox: where goes what a handler pulls.
    robot_file: fetches and decrypts the file behind the `url` of a robot's message, at most 100 MB;
    raises FileUnavailable when it is not to be had, for the address lives five minutes only.
    people: members and departments of the corp. memory: what rules remember.
    ledger: what automations must not forget; None outside a server.
    refusal: of a newer version of the rules that is wrong and not in force.
    deadline_at: after it the work makes no sense any more; None for work that can wait.
    authorisations: what a third-party app keeps of the corps that installed it.
    conclusion: the word under which the run is remembered; set it with `conclude`.
    """

    app: App
    api: Client
    rules: Rules
    chats: Chats
    jobs: Jobs
    tags: Tags
    inbox: Inbox
    robot_file: Callable[[str], bytes]
    log: Log
    now: Callable[[], datetime]
    authorisations: Authorisations = field(default_factory=NoSuite)
    attempt: int = 1
    outcome_unknown: bool = False
    deadline_at: datetime | None = None
    people: PeopleDirectory = field(default_factory=PeopleDirectory)
    memory: Memory = field(default_factory=MemoryInProcess)
    ledger: Ledger | None = None
    refusal: Refusal | None = None
    conclusion: str | None = field(default=None, init=False)

    def when(self, event: Event) -> datetime:
        """Return when an event happened, which a retry or a reconciliation may come long after."""
        now = self.now()
        return now if event.occurred_at is None else min(event.occurred_at, now)

    def conclude(self, word: str) -> None:
        """Say in one stable word how the work ended: sent, no_rule ..."""
        self.conclusion = str(word)
