"""Lets handlers have journalled and handled what they pull, without knowing the journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

import events
from events import Event
from journal import Journal, NewDelivery, PlannedRun, PublishableRun, event_key

log = structlog.get_logger(__name__)

Plan = Callable[[Event, datetime], tuple[PlannedRun, ...]]
Publish = Callable[[Sequence[PublishableRun]], None]


class Inbox:
    """What one app pulls.

    lag: how far WeCom's clock lies behind ours, as the notification showed. What is pulled late
    counts from the time it happened, so that no welcome is sent when it is over.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        app: str,
        corpid: str,
        lag: timedelta,
        plan: Plan,
        publish: Publish,
        now: Callable[[], datetime],
    ) -> None:
        self._journal = journal
        self._app = app
        self._corpid = corpid
        self._lag = lag
        self._plan = plan
        self._publish = publish
        self._now = now

    def record(self, plaintexts: Sequence[bytes]) -> int:
        """Keep what was pulled and have it handled; return how much of it is new."""
        recorded = self._journal.record_all(self._delivery(each) for each in plaintexts)
        # What cannot be published waits in the journal for the sweepers.
        self._publish([run for each in recorded for run in each.runs])
        return sum(each.new for each in recorded)

    def cursor(self, open_kfid: str) -> str:
        """Return up to where a customer service account was pulled, "" at first."""
        return self._journal.kf_cursor(self._corpid, open_kfid)

    def advance(self, open_kfid: str, *, past: str, to: str) -> str:
        """Move that cursor unless another worker has; return the one that stands then."""
        return self._journal.advance_kf_cursor(
            self._corpid, open_kfid, past=past, to=to, at=self._now()
        )

    def _delivery(self, plaintext: bytes) -> NewDelivery:
        event = events.parse(plaintext)
        received_at = self._now()
        happened_at = received_at if event.occurred_at is None else event.occurred_at + self._lag
        return NewDelivery(
            app=self._app,
            corpid=event.corpid or self._corpid,
            event_key=event_key(self._app, event),
            event=event.name,
            userid=event.userid,
            subject=event.subject,
            occurred_at=event.occurred_at,
            received_at=received_at,
            payload=event.raw,
            confidential=event.confidential,
            plan=self._plan(event, min(happened_at, received_at)),
        )
