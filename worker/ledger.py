"""Lets automations keep things in the journal database, for one app and one corp."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.ledger import KeptChange, KeptChannel, KeptGroupWelcome, Missed, MissedAndDone
from journal import (
    ChannelClaim,
    ChannelSync,
    GroupWelcomeClaim,
    GroupWelcomeSync,
    Journal,
    MissedContact,
    Reconciliation,
)
from language import Text


@dataclass(frozen=True, kw_only=True)
class JournalLedger:
    """The ledger of one app and one corp."""

    journal: Journal
    app: str
    corpid: str

    def tally(self, now: datetime) -> None:
        """Note who was added and who left, from what arrived since the last time."""
        self.journal.tally_contacts(now)

    def channels(self) -> Sequence[KeptChannel]:
        """Return all channels."""
        return [each for each in self.journal.channels(self.app) if each.corpid == self.corpid]

    def claim_channel(
        self, name: str, state: str, *, now: datetime, until: datetime
    ) -> KeptChannel | None:
        """Take a channel to make or change it; None when another is at it."""
        return self.journal.claim_channel(
            ChannelClaim(
                app=self.app, corpid=self.corpid, name=name, state=state, now=now, until=until
            )
        )

    def store_channel(
        self,
        name: str,
        *,
        at: datetime,
        config_id: str | None = None,
        qr_code: str | None = None,
        fingerprint: str | None = None,
        error: Text | None = None,
    ) -> None:
        """Write down how it went, and let go of the channel."""
        self.journal.store_channel(
            ChannelSync(
                app=self.app,
                corpid=self.corpid,
                name=name,
                at=at,
                config_id=config_id,
                qr_code=qr_code,
                fingerprint=fingerprint,
                error=error,
            )
        )

    def forget_channel(self, name: str) -> None:
        """Delete a channel whose contact way was removed."""
        self.journal.forget_channel(self.app, self.corpid, name)

    def group_welcomes(self) -> Sequence[KeptGroupWelcome]:
        """Return all welcomes for groups."""
        kept = self.journal.group_welcomes(self.app)
        return [each for each in kept if each.corpid == self.corpid]

    def claim_group_welcome(
        self, name: str, *, now: datetime, until: datetime
    ) -> KeptGroupWelcome | None:
        """Take a welcome to make or change it; None when another is at it."""
        return self.journal.claim_group_welcome(
            GroupWelcomeClaim(app=self.app, corpid=self.corpid, name=name, now=now, until=until)
        )

    def store_group_welcome(
        self,
        name: str,
        *,
        at: datetime,
        template_id: str | None = None,
        fingerprint: str | None = None,
        error: Text | None = None,
    ) -> None:
        """Write down how it went, and let go of the welcome."""
        self.journal.store_group_welcome(
            GroupWelcomeSync(
                app=self.app,
                corpid=self.corpid,
                name=name,
                at=at,
                template_id=template_id,
                fingerprint=fingerprint,
                error=error,
            )
        )

    def group_changes_since(self, chat_id: str, since: datetime) -> Mapping[str, int]:
        """Return how many joined and left a group since a time."""
        return self.journal.group_changes_since(self.corpid, chat_id, since)

    def contact_changes(self, userid: str) -> Iterator[KeptChange]:
        """Yield the newest change of each customer of a member."""
        return self.journal.contact_changes(self.corpid, userid)

    def begin_reconciliation(self, now: datetime) -> datetime:
        """Return since when events can have been missed."""
        return self.journal.begin_reconciliation(self.app, self.corpid, now).since

    def reconciled_at(self) -> datetime | None:
        """Return when a comparison last came to its end."""
        place = self.app, self.corpid
        return next(
            (
                each.finished_at
                for each in self.journal.reconciliations()
                if (each.app, each.corpid) == place
            ),
            None,
        )

    def end_reconciliation(self, *, at: datetime, members: int, listed: int, missed: int) -> None:
        """Write down what a comparison with WeCom came to."""
        self.journal.end_reconciliation(
            Reconciliation(
                app=self.app,
                corpid=self.corpid,
                since=at,
                finished_at=at,
                members=members,
                listed=listed,
                missed=missed,
            )
        )

    def store_missed(self, missed: Sequence[Missed], *, found_at: datetime) -> int:
        """Note events that never arrived; return how many were not known."""
        records = [self._record(each, found_at) for each in missed]
        return sum(self.journal.store_missed_contacts(records))

    def missed_of(self, userid: str) -> Sequence[MissedAndDone]:
        """Return the events of a member that never arrived."""
        return [
            MissedAndDone(
                missed=Missed(
                    userid=each.userid,
                    external_userid=each.external_userid,
                    change=each.change,
                    happened_at=each.happened_at,
                    state=each.state,
                ),
                told=each.told_at is not None,
                applied=each.applied,
            )
            for each in self.journal.missed_contacts_of(self.corpid, userid)
        ]

    def mark_missed(
        self,
        missed: Sequence[Missed],
        *,
        told_at: datetime | None = None,
        applied: str | None = None,
    ) -> None:
        """Note that operators were told, or that a kind of rules was made up for."""
        records = [self._record(each, each.happened_at) for each in missed]
        self.journal.mark_missed_contacts(records, told_at=told_at, applied=applied)

    def _record(self, missed: Missed, found_at: datetime) -> MissedContact:
        return MissedContact(app=self.app, corpid=self.corpid, found_at=found_at, **vars(missed))
