"""The part of the journal's door for the console: pages that cost the same at any size."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import sqlalchemy as sa

from journal import failures, listing, lookup, operations, overview, people
from journal.failures import FailureGroup
from journal.group_commit import GroupCommit
from journal.listing import ChatChange, ChatLine
from journal.lookup import Page, Wanted
from journal.operations import Replay
from journal.overview import LaneState, RecentWork
from journal.people import Deed, Session, Try, User
from journal.records import PublishableRun


class Desk:
    """What `Journal` offers to the console."""

    _writer: GroupCommit

    def _reading(self) -> AbstractContextManager[sa.Connection]:
        raise NotImplementedError

    # --- what goes on

    def received_between(self, since: datetime, until: datetime) -> int:
        """Return how many deliveries were received from `since` on and before `until`."""
        with self._reading() as connection:
            return overview.received_between(connection, since, until)

    def lane_states(self, lanes: Iterable[str], now: datetime) -> tuple[LaneState, ...]:
        """Return what waits in each of these lanes."""
        with self._reading() as connection:
            return overview.lane_states(connection, lanes, now)

    def recent_work(self, since: datetime) -> RecentWork:
        """Return what became of what was received since a time, at most the newest runs of it."""
        with self._reading() as connection:
            return overview.recent_work(connection, since)

    # --- looking up

    def find(self, wanted: Wanted, *, before_id: int | None = None, limit: int = 50) -> Page:
        """Return one page of the deliveries that fit, the newest first."""
        with self._reading() as connection:
            return lookup.find(connection, wanted, before_id=before_id, limit=limit)

    def events_seen(self) -> list[str]:
        """Return the names of the events among the newest deliveries."""
        with self._reading() as connection:
            return lookup.events_seen(connection)

    def failure_groups(self, now: datetime) -> tuple[tuple[FailureGroup, ...], bool]:
        """Return what was given up, by handler and cause, and whether there is more of it."""
        with self._reading() as connection:
            return failures.failure_groups(connection, now)

    def retry(
        self, delivery_ids: Iterable[int], handler: str, *, now: datetime
    ) -> list[PublishableRun]:
        """Run one handler again on deliveries where it was given up, unless it is too late."""
        futures = [
            self._writer.submit(
                operations.replay,
                Replay(delivery_id=delivery_id, plan=(), now=now, only_failed_of=handler),
            )
            for delivery_id in delivery_ids
        ]
        return [run for future in futures for run in future.result()]

    def list_chats(
        self, *, before: datetime | None = None, owner: str | None = None, limit: int = 50
    ) -> list[ChatLine]:
        """Return customer groups, those read last first."""
        with self._reading() as connection:
            return listing.list_chats(connection, before=before, owner=owner, limit=limit)

    def count_chat_changes(self, since: datetime, until: datetime) -> tuple[int, int]:
        """Return how many joined and how many left any group in a span of time."""
        with self._reading() as connection:
            return listing.count_changes(connection, since, until)

    def count_adds(self, since: datetime, until: datetime) -> dict[tuple[str, str], int]:
        """Return how many customers each (app, state) brought in a span of time."""
        with self._reading() as connection:
            return listing.count_adds(connection, since, until)

    def newest_chat_changes(
        self, corpid: str, chat_id: str, *, limit: int = 100
    ) -> list[ChatChange]:
        """Return who joined and left one group last."""
        with self._reading() as connection:
            return listing.newest_changes(connection, corpid, chat_id, limit=limit)

    # --- who looks

    def store_user(self, user: User) -> None:
        """Make a user of the console or replace one; their sessions end."""
        self._writer.submit(people.store_user, user).result()

    def remove_user(self, name: str) -> bool:
        """Remove a user and end their sessions; False when there is none of that name."""
        return self._writer.submit(people.remove_user, name).result()

    def users(self) -> list[User]:
        """Return every user of the console."""
        with self._reading() as connection:
            return people.users(connection)

    def begin_session(self, session: Session, *, longest: timedelta) -> None:
        """Keep a session; those that began longer ago than `longest` are forgotten."""
        self._writer.submit(people.begin_session, (session, longest)).result()

    def touch_session(self, session_id: str, at: datetime) -> None:
        """Note that a session was used."""
        self._writer.submit(people.touch_session, (session_id, at)).result()

    def end_session(self, session_id: str) -> None:
        """Forget a session."""
        self._writer.submit(people.end_session, session_id).result()

    def session(self, session_id: str) -> Session | None:
        """Return one session."""
        with self._reading() as connection:
            return people.session(connection, session_id)

    def count_try(self, wanted: Try) -> bool:
        """Count an attempt to sign in; False when too many came before it."""
        return self._writer.submit(people.count_try, wanted).result()

    def forgive(self, key: str) -> None:
        """Forget what was counted against a key."""
        self._writer.submit(people.forgive, key).result()

    def take_back(self, key: str) -> None:
        """Count one attempt less against a key."""
        self._writer.submit(people.take_back, key).result()

    def note_deed(self, deed: Deed) -> None:
        """Write down what was done."""
        self._writer.submit(people.note_deed, deed).result()

    def purge_deeds(self, before: datetime) -> int:
        """Delete what was done before a time, in small transactions; returns how many lines."""
        gone = 0
        while chunk := self._writer.submit(people.purge_deeds, before).result():
            gone += chunk
        return gone

    def deeds(self, *, before_id: int | None = None, limit: int = 100) -> list[Deed]:
        """Return what was done, the newest first."""
        with self._reading() as connection:
            return people.deeds(connection, before_id=before_id, limit=limit)
