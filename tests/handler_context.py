"""What a handler gets in the tests: a real client over a stand-in, and keepers in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog
from wecom_api import WeCom

from errors import FileUnavailable
from events import Event
from handlers import (
    App,
    Context,
    JobOutcome,
    PeopleDirectory,
    Rules,
    TagDirectory,
    WelcomeRule,
    read_rules,
)
from handlers.context import MemberNews
from handlers.memory import MemoryInProcess
from handlers.templates import render
from wecom.group_chat import GroupChat

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)  # a Monday; 17:30 in Shanghai


@dataclass
class ChatsInMemory:
    """Keeps the newest picture of each group."""

    pictures: dict[tuple[str, str], GroupChat] = field(default_factory=dict)
    told: list[MemberNews | None] = field(default_factory=list)
    read_at: list[datetime] = field(default_factory=list)
    dismissed: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def store(
        self,
        corpid: str,
        chat: GroupChat,
        *,
        read_at: datetime,
        told: MemberNews | None,
    ) -> tuple[frozenset[str], frozenset[str]]:
        before = self.pictures.get((corpid, chat.chat_id))
        self.pictures[corpid, chat.chat_id] = chat
        self.told.append(told)
        self.read_at.append(read_at)
        old = frozenset(member.userid for member in before.member_list) if before else frozenset()
        new = frozenset(member.userid for member in chat.member_list)
        return new - old, old - new

    def dismiss(self, corpid: str, chat_id: str, at: datetime) -> None:
        self.dismissed[corpid, chat_id] = at


@dataclass
class JobsInMemory:
    """Keeps the outcomes of jobs, oldest first."""

    kept: list[JobOutcome] = field(default_factory=list)

    def store(self, job: JobOutcome) -> None:
        self.kept.append(job)


@dataclass
class InboxInMemory:
    """Keeps what was pulled, each plaintext once, and cursors."""

    kept: list[bytes] = field(default_factory=list)
    cursors: dict[str, str] = field(default_factory=dict)

    def record(self, plaintexts: Sequence[bytes]) -> int:
        new = [each for each in dict.fromkeys(plaintexts) if each not in self.kept]
        self.kept += new
        return len(new)

    def cursor(self, open_kfid: str) -> str:
        return self.cursors.get(open_kfid, "")

    def advance(self, open_kfid: str, *, past: str, to: str) -> str:
        if self.cursor(open_kfid) == past:
            self.cursors[open_kfid] = to
        return self.cursor(open_kfid)


def no_file(_url: str) -> bytes:
    """Have no file to give."""
    raise FileUnavailable


@dataclass
class Stage:
    """A handler's surroundings; `context()` builds what one run gets."""

    wecom: WeCom = field(default_factory=WeCom)
    chats: ChatsInMemory = field(default_factory=ChatsInMemory)
    jobs: JobsInMemory = field(default_factory=JobsInMemory)
    tags: TagDirectory = field(default_factory=TagDirectory)
    inbox: InboxInMemory = field(default_factory=InboxInMemory)
    people: PeopleDirectory = field(default_factory=PeopleDirectory)
    memory: MemoryInProcess = field(init=False)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.memory = MemoryInProcess(now=lambda: self.now)

    def context(
        self,
        rules: str = "",
        *,
        app: str = "contacts",
        operators: tuple[str, ...] = (),
        attempt: int = 1,
        outcome_unknown: bool = False,
        seconds_left: float | None = None,
        folder: Path | None = None,
    ) -> Context:
        return Context(
            app=App(name=app, corpid="ww1234567890abcdef", agentid=1000002, operators=operators),
            api=self.wecom.client(agentid=1000002),
            rules=rules_of(rules, folder),
            chats=self.chats,
            jobs=self.jobs,
            tags=self.tags,
            inbox=self.inbox,
            robot_file=no_file,
            log=structlog.get_logger("test"),
            now=lambda: self.now,
            attempt=attempt,
            outcome_unknown=outcome_unknown,
            people=self.people,
            memory=self.memory,
            deadline_at=None
            if seconds_left is None
            else self.now + timedelta(seconds=seconds_left),
        )

    def bodies(self, path: str) -> list[Any]:
        """Return what was sent to one endpoint."""
        return [asked.json for asked in self.wecom.to(path)]


def rules_of(text: str, folder: Path | None = None) -> Rules:
    """Return the rules in a text of TOML, read from a real file, in this folder if there is one."""
    with TemporaryDirectory() as empty:
        path = (folder or Path(empty)) / "rules.toml"
        path.write_text(text, encoding="utf-8")
        return read_rules(path)


def welcome_text(rules: Rules, app: str, event: Event, now: datetime = NOW) -> str | None:
    """Return what greets a customer of whom nothing is known but the event."""
    facts = rules.facts(app, event.corpid, event, now)
    rule = rules.first(WelcomeRule, facts)
    return None if rule is None else render(rule.text, rules.values(facts))
