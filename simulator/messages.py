"""Messages that apps have sent, as long as they can be taken back or their cards changed."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

RECALL_SECONDS = 86_400
RESPONSE_SECONDS = 72 * 3600
_MESSAGES_KEPT = 10_000


@dataclass(kw_only=True, slots=True)
class AppMessage:
    """One message; seen: what the members see, the same that observers are shown."""

    msgid: str
    app: str
    sent_at: float
    seen: dict[str, Any] = field(repr=False)
    recalled: bool = False

    @property
    def task_id(self) -> str:
        """The task of an interactive card, empty for other messages."""
        return str(self.seen["content"].get("task_id", ""))


@dataclass(kw_only=True, slots=True)
class ResponseCode:
    """The right to change one card, once."""

    app: str
    msgid: str
    expires_at: float
    used: bool = False


class Messages:
    """Those of one corp, the oldest forgotten; sent: how many, by day and agent."""

    def __init__(self) -> None:
        self.by_id: dict[str, AppMessage] = {}
        self.response_codes: dict[str, ResponseCode] = {}
        self.sent: Counter[tuple[int, str]] = Counter()
        self._tasks: dict[tuple[str, str], AppMessage] = {}

    def keep(self, message: AppMessage) -> None:
        """Remember a message."""
        self.by_id[message.msgid] = message
        if message.task_id:
            self._tasks[message.app, message.task_id] = message
        while len(self.by_id) > _MESSAGES_KEPT:
            oldest = self.by_id.pop(next(iter(self.by_id)))
            self._tasks.pop((oldest.app, oldest.task_id), None)

    def task(self, app: str, task_id: str) -> AppMessage | None:
        """Return the card of a task."""
        return self._tasks.get((app, task_id))

    def issue_code(self, app: str, msgid: str, now: float) -> str:
        """Return a new code that allows to change the card of a message."""
        code = secrets.token_urlsafe(32)
        self.response_codes[code] = ResponseCode(
            app=app, msgid=msgid, expires_at=now + RESPONSE_SECONDS
        )
        while len(self.response_codes) > _MESSAGES_KEPT:
            del self.response_codes[next(iter(self.response_codes))]
        return code
