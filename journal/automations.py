"""The part of the journal's door for jobs, channels, groups and the comparison with WeCom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, tzinfo

import sqlalchemy as sa

from journal import batch, channels, contacts, groups, reconciliation
from journal.batch import BatchJobSummary, BatchSubmission
from journal.channels import ChannelClaim, ChannelCount, ChannelRecord, ChannelSync
from journal.contacts import ContactChange
from journal.group_commit import Argument, GroupCommit, Operation, Result
from journal.groups import (
    DuplicateMember,
    GroupCount,
    GroupWelcomeClaim,
    GroupWelcomeRecord,
    GroupWelcomeSync,
)
from journal.reconciliation import MissedContact, Reconciliation

_A_FEW = 100


class Automations:
    """What `Journal` offers to batch jobs, channels, groups and reconciliation."""

    _writer: GroupCommit

    def _reading(self) -> AbstractContextManager[sa.Connection]:
        raise NotImplementedError

    def _a_few_at_a_time(
        self, operation: Operation[Argument, Result], arguments: Sequence[Argument]
    ) -> list[Result]:
        """Write many, so that a welcome never waits behind thousands of them."""
        results: list[Result] = []
        for start in range(0, len(arguments), _A_FEW):
            together = arguments[start : start + _A_FEW]
            futures = [self._writer.submit(operation, each) for each in together]
            results.extend(future.result() for future in futures)
        return results

    # --- asynchronous jobs

    def store_batch_submission(self, submission: BatchSubmission) -> None:
        """Note that a job was handed to WeCom, so that it can be found again."""
        self._writer.submit(batch.store_batch_submission, submission).result()

    def batch_submission(self, corpid: str, job_id: str) -> BatchSubmission | None:
        """Return what one job was asked with; None for one that was started elsewhere."""
        with self._reading() as connection:
            return batch.batch_submission(connection, corpid, job_id)

    def batch_jobs(self, limit: int = 20) -> list[BatchJobSummary]:
        """Return the newest jobs, running and ended, the newest first."""
        with self._reading() as connection:
            return batch.batch_jobs_newest(connection, limit)

    # --- customers who came and went

    def tally_contacts(self, now: datetime) -> None:
        """Note who was added and who left in the deliveries since the last time."""
        while contacts.is_full_turn(self._writer.submit(contacts.tally_contacts, now).result()):
            pass

    def contact_changes(self, corpid: str, userid: str) -> Iterator[ContactChange]:
        """Yield the newest change of each customer of one member, as far as it is tallied."""
        with self._reading() as connection:
            yield from contacts.contact_changes_of(connection, corpid, userid)

    # --- channels, 渠道活码

    def claim_channel(self, claim: ChannelClaim) -> ChannelRecord | None:
        """Take a channel to make or change its contact way; None when another is at it."""
        return self._writer.submit(channels.claim_channel, claim).result()

    def store_channel(self, sync: ChannelSync) -> None:
        """Write down how it went, and let go of the channel."""
        self._writer.submit(channels.store_channel, sync).result()

    def forget_channel(self, app: str, corpid: str, name: str) -> None:
        """Delete a channel whose contact way was removed."""
        self._writer.submit(channels.forget_channel, (app, corpid, name)).result()

    def channels(self, app: str | None = None) -> list[ChannelRecord]:
        """Return the channels of an app, or of all apps."""
        with self._reading() as connection:
            return channels.all_channels(connection, app)

    def channel_counts(
        self, days: int = 7, *, now: datetime | None = None, zone: tzinfo = UTC
    ) -> list[ChannelCount]:
        """Return how many customers each state brought: per day for the last `days`, and in all.

        As far as they are tallied, which workers do each minute; `tally_contacts` does it now.
        zone: where days end at midnight.
        """
        with self._reading() as connection:
            return channels.channel_counts(
                connection, days=days, now=now or datetime.now(UTC), zone=zone
            )

    # --- customer groups

    def group_counts(
        self, days: int = 7, *, now: datetime | None = None, zone: tzinfo = UTC
    ) -> list[GroupCount]:
        """Return every customer group: its members, who joined and left per day."""
        with self._reading() as connection:
            return groups.group_counts(
                connection, days=days, now=now or datetime.now(UTC), zone=zone
            )

    def group_changes_since(self, corpid: str, chat_id: str, since: datetime) -> dict[str, int]:
        """Return how many joined and how many left one group since a time."""
        with self._reading() as connection:
            return groups.changes_since(connection, corpid, chat_id, since)

    def duplicate_members(self, corpid: str) -> Iterator[DuplicateMember]:
        """Yield the customers who are in more than one group."""
        with self._reading() as connection:
            yield from groups.duplicate_members(connection, corpid)

    def claim_group_welcome(self, claim: GroupWelcomeClaim) -> GroupWelcomeRecord | None:
        """Take a welcome to make or change it; None when another is at it."""
        return self._writer.submit(groups.claim_group_welcome, claim).result()

    def store_group_welcome(self, sync: GroupWelcomeSync) -> None:
        """Write down how it went, and let go of the welcome."""
        self._writer.submit(groups.store_group_welcome, sync).result()

    def group_welcomes(self, app: str | None = None) -> list[GroupWelcomeRecord]:
        """Return the welcomes for groups of an app, or of all apps."""
        with self._reading() as connection:
            return groups.all_group_welcomes(connection, app)

    # --- events that never arrived

    def begin_reconciliation(self, app: str, corpid: str, now: datetime) -> Reconciliation:
        """Return what is known before an app is compared with WeCom."""
        wanted = (app, corpid, now)
        return self._writer.submit(reconciliation.begin_reconciliation, wanted).result()

    def end_reconciliation(self, ended: Reconciliation) -> None:
        """Write down how a comparison ended."""
        self._writer.submit(reconciliation.end_reconciliation, ended).result()

    def store_missed_contacts(self, missed: Sequence[MissedContact]) -> list[bool]:
        """Note events that never arrived; False for one that is known already."""
        return self._a_few_at_a_time(reconciliation.store_missed_contact, missed)

    def mark_missed_contacts(
        self,
        missed: Sequence[MissedContact],
        *,
        told_at: datetime | None = None,
        applied: str | None = None,
    ) -> None:
        """Note that operators were told of them, or which kind of rules was made up for."""
        wanted = [(each, told_at, applied) for each in missed]
        self._a_few_at_a_time(reconciliation.mark_missed_contact, wanted)

    def missed_contacts(self, limit: int = 50, app: str | None = None) -> list[MissedContact]:
        """Return the events that never arrived, those found last first."""
        with self._reading() as connection:
            return reconciliation.missed_contacts_newest(connection, limit, app)

    def missed_contacts_of(self, corpid: str, userid: str) -> list[MissedContact]:
        """Return the events of one member that never arrived."""
        with self._reading() as connection:
            return reconciliation.missed_contacts_of(connection, corpid, userid)

    def reconciliations(self) -> list[Reconciliation]:
        """Return the last comparison of each app with WeCom."""
        with self._reading() as connection:
            return reconciliation.all_reconciliations(connection)
