"""As much of the journal as a runner needs, in memory; it can be away for a while."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from errors import JournalUnavailable
from events import Event
from journal import ClaimedRun, Conclusion


@dataclass
class JournalInMemory:
    """Gives each waiting run out once, until it is concluded for a retry."""

    waiting: dict[int, ClaimedRun] = field(default_factory=dict)
    conclusions: list[Conclusion] = field(default_factory=list)
    released: list[int] = field(default_factory=list)
    renewed: list[tuple[int, datetime]] = field(default_factory=list)
    swept: list[tuple[str, ...]] = field(default_factory=list)
    leases: dict[int, timedelta] = field(default_factory=dict)
    refusals: int = 0  # how often `conclude` fails before it works again
    _runs: dict[int, ClaimedRun] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def add(
        self,
        event: Event,
        handler: str,
        *,
        lane: str = "default",
        deadline_at: datetime | None = None,
        attempt: int = 1,
        outcome_unknown: bool = False,
    ) -> int:
        """Record a run and return its id."""
        run_id = len(self._runs) + 1
        self._runs[run_id] = self.waiting[run_id] = ClaimedRun(
            run_id=run_id,
            delivery_id=1000 + run_id,
            handler=handler,
            lane=lane,
            attempt=attempt,
            deadline_at=deadline_at,
            app="contacts",
            received_at=datetime.fromtimestamp(0).astimezone(),
            payload=event.raw,
            outcome_unknown=outcome_unknown,
        )
        return run_id

    def opened(self, payload: bytes) -> bytes:
        """Return what nobody sealed."""
        return payload

    def claim(self, run_id: int, *, now: datetime, lease: timedelta) -> ClaimedRun | None:
        self.leases[run_id] = (now + lease) - now
        return self.waiting.pop(run_id, None)

    def conclude(self, conclusion: Conclusion) -> None:
        if self.refusals:
            self.refusals -= 1
            raise JournalUnavailable
        with self._changed:
            self.conclusions.append(conclusion)
            if conclusion.status == "retry":
                run = self._runs[conclusion.run_id]
                self.waiting[run.run_id] = replace(run, attempt=conclusion.attempt + 1)
            self._changed.notify_all()

    def release(self, run_ids: Iterable[int]) -> None:
        self.released.extend(run_ids)

    def renew(self, claimed: Iterable[ClaimedRun], lease_until: datetime) -> None:
        self.renewed.extend((run.run_id, lease_until) for run in claimed)

    def wait(self, count: int) -> list[Conclusion]:
        """Return the conclusions once there are so many."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.conclusions) >= count, 10)
            return list(self.conclusions)
