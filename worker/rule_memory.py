"""Lets rules remember things in the journal database without knowing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import events
from events.external_contact import ExternalContactDeleted
from handlers.memory import REFUSED_FOR, Upload
from handlers.rules import LocalFile
from journal import Journal, Telling, UploadRecord

_NAMES_LIVE = timedelta(days=365)
_TELLINGS_LIVE = timedelta(days=30)
_TRANSFERRED = "DELETE_BY_TRANSFER"
_REFUSED = "refused"  # beside the kinds of files; the path is the media_id


def most_together(
    losses: Iterable[tuple[datetime, str]], customer: str, *, within: timedelta
) -> int:
    """Return how many were lost in the fullest stretch of time that holds a loss of this customer.

    A worker may hear of losses long after they happened, and in any order.
    """
    ordered = sorted(losses)
    most = 0
    for own in (at for at, lost in ordered if lost == customer):
        near = [each for each in ordered if abs(each[0] - own) <= within]
        counts: Counter[str] = Counter()
        last = 0
        for start, leaving in near:
            if start > own:
                break
            while last < len(near) and near[last][0] <= start + within:
                counts[near[last][1]] += 1
                last += 1
            most = max(most, len(counts))
            counts[leaving] -= 1
            if not counts[leaving]:
                del counts[leaving]
    return most


@dataclass(frozen=True, kw_only=True)
class RuleMemory:
    """The memory of one app and one corp."""

    journal: Journal
    app: str
    corpid: str
    now: Callable[[], datetime]

    def uploads(self) -> dict[LocalFile, Upload]:
        """Return what was uploaded."""
        found = {}
        for record in self.journal.uploads(self.app, self.corpid):
            file = LocalFile.of(record.path, record.type)
            if file is not None:
                found[file] = Upload(
                    file=file,
                    sha256=record.sha256,
                    media_id=record.media_id,
                    created_at=record.created_at,
                )
        return found

    def keep_upload(self, upload: Upload) -> None:
        """Keep the newest upload of a file."""
        self.journal.keep_upload(
            UploadRecord(
                app=self.app,
                corpid=self.corpid,
                path=upload.file.path,
                type=upload.file.kind,
                sha256=upload.sha256,
                media_id=upload.media_id,
                created_at=upload.created_at,
            )
        )

    def drop_upload(self, media_id: str) -> None:
        """Forget an upload that WeCom does not know any more."""
        self.journal.drop_upload(self.app, self.corpid, media_id)

    def keep_refused_media(self, media_id: str) -> None:
        """Keep that WeCom does not take a media_id that the rules name."""
        self.journal.keep_upload(
            UploadRecord(
                app=self.app,
                corpid=self.corpid,
                path=media_id,
                type=_REFUSED,
                sha256="",
                media_id=media_id,
                created_at=self.now(),
            )
        )

    def refused_media(self) -> frozenset[str]:
        """Return the media_ids of the rules that were refused in the last three days."""
        since = self.now() - REFUSED_FOR
        return frozenset(
            record.media_id
            for record in self.journal.uploads(self.app, self.corpid)
            if record.type == _REFUSED and record.created_at > since
        )

    def tell(
        self, subject: str, *, again_after: timedelta | None = None, over_apps: bool = False
    ) -> bool:
        """Take the right to tell something once; again only when so much time has passed."""
        now = self.now()
        return self.journal.tell(
            Telling(
                corpid=self.corpid,
                subject=self._subject(subject, over_apps=over_apps),
                now=now,
                again_before=None if again_after is None else now - again_after,
            )
        )

    def untell(self, subject: str, *, over_apps: bool = False) -> None:
        """Give that right back: it could not be told."""
        self.journal.untell(self.corpid, self._subject(subject, over_apps=over_apps))

    def keep_name(self, external_userid: str, name: str) -> None:
        """Keep the name of a customer, for the day when WeCom does not tell it any more."""
        self.journal.keep_name(self.corpid, external_userid, name, self.now())

    def name_of(self, external_userid: str) -> str:
        """Return the name a customer was last seen under, "" for a stranger."""
        return self.journal.name_of(self.corpid, external_userid)

    def lost(self, userid: str, customer: str, *, at: datetime, within: timedelta) -> int:
        """Return how many a member deleted in one stretch of time, transfers left out."""
        found = self.journal.losses(
            self.app, userid, ExternalContactDeleted.event_name, since=at - within
        )
        told = [
            (loss.received_at, loss.external_userid)
            for loss in found
            if getattr(events.parse(loss.payload), "source", "") != _TRANSFERRED
        ]
        return most_together(told, customer, within=within)

    def forget_old(self) -> int:
        """Let go of names not seen for a year, and of what was told a month ago."""
        now = self.now()
        return self.journal.forget_before(now - _NAMES_LIVE, now - _TELLINGS_LIVE)

    def _subject(self, subject: str, *, over_apps: bool) -> str:
        # No app is called "": what is told over apps stands beside what each of them tells.
        return f":{subject}" if over_apps else f"{self.app}:{subject}"
