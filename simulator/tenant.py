"""The whole state of one simulator, behind one lock."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from errors import ActionImpossible
from simulator.clock import Clock
from simulator.corp import Corp
from simulator.description import TenantDescription
from simulator.downloads import Downloads
from simulator.faults import Faults
from simulator.limits import InFlight, Limits, Pair
from simulator.quotas import Quotas
from simulator.records import AccessToken, App, CallRecord, PushRecord
from simulator.suites import new_suite

RECORDS_KEPT = 100_000
_TOKENS_KEPT = 1_000


class Tenant:
    """Corps, tokens, limits, faults, and what happened.

    `changed` is the lock and what waiters wait on; whoever records something notifies it.
    """

    def __init__(self, description: TenantDescription, clock: Clock) -> None:
        self.clock = clock
        self.changed = threading.Condition(threading.RLock())
        self.set_up(description)

    def set_up(self, description: TenantDescription) -> None:
        """Forget everything and begin with what is described."""
        with self.changed:
            self.limits = Limits()
            self.corps = {each.corpid: Corp(each, self.clock.now()) for each in description.corps}
            self.suites = {each.suite_id: new_suite(each) for each in description.suites}
            self.description = description
            self.tokens: dict[str, AccessToken] = {}
            self.live_tokens: dict[tuple[str, str], AccessToken] = {}
            self.quotas = Quotas()
            self.in_flight = InFlight()
            self.faults = Faults()
            self.downloads = Downloads()
            self.forget_records()

    def forget_records(self) -> None:
        """Empty the lists of what happened; people and things stay."""
        with self.changed:
            self.numbers = itertools.count(1)
            self.counts: Counter[str] = Counter()
            self.calls: deque[CallRecord] = deque(maxlen=RECORDS_KEPT)
            self.pushes: deque[PushRecord] = deque(maxlen=RECORDS_KEPT)
            self.welcomes: deque[dict[str, Any]] = deque(maxlen=RECORDS_KEPT)
            self.messages: deque[dict[str, Any]] = deque(maxlen=RECORDS_KEPT)
            self.kf_messages: deque[dict[str, Any]] = deque(maxlen=RECORDS_KEPT)
            self.markings: deque[dict[str, Any]] = deque(maxlen=RECORDS_KEPT)

    def count(self, *names: str) -> None:
        """Count what happened and tell those who wait for it."""
        with self.changed:
            self.counts.update(names)
            self.changed.notify_all()

    @contextmanager
    def place_in_flight(self, corpid: str, path: str, pair: Pair | None) -> Iterator[None]:
        """Count a call as in flight for the length of a block. Raises CallRefused 45033."""
        with self.changed:
            in_flight = self.in_flight
            in_flight.enter(corpid, path, pair, self.limits.calls_in_flight.get(path))
        try:
            yield
        finally:
            with self.changed:
                in_flight.leave(corpid, path, pair)

    def corp(self, corpid: str = "") -> Corp:
        """Return a corp, by default the first. Raises ActionImpossible."""
        if not corpid:
            return next(iter(self.corps.values()))
        if corpid not in self.corps:
            raise ActionImpossible(f"There is no corp {corpid}; there are {', '.join(self.corps)}.")
        return self.corps[corpid]

    def app(self, name: str = "") -> App:
        """Return an app, by default the first. Raises ActionImpossible."""
        apps = [app for corp in self.corps.values() for app in corp.apps.values()]
        for app in apps:
            if name in {"", app.name}:
                return app
        known = ", ".join(app.name for app in apps)
        raise ActionImpossible(f"There is no app {name!r}; there are {known}.")

    def issue_token(self, app: App, now: float) -> AccessToken:
        """Return the app's live access_token, or a new one (doc 91039)."""
        token = self.live_tokens.get((app.corpid, app.name))
        if token and self._serves(token, now):
            return token
        while len(self.tokens) >= _TOKENS_KEPT:
            self.tokens.pop(next(iter(self.tokens)))
        token = AccessToken(
            value=secrets.token_urlsafe(160),
            corpid=app.corpid,
            app=app.name,
            expires_at=now + self.limits.token_seconds,
        )
        self.tokens[token.value] = self.live_tokens[app.corpid, app.name] = token
        return token

    def _serves(self, token: AccessToken, now: float) -> bool:
        return not (token.revoked or now >= token.expires_at or self.limits.token_always_new)
