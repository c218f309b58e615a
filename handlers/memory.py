"""What rules remember, of one app and one corp, over all processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from handlers.rules import LocalFile

REFUSED_FOR = timedelta(days=3)  # as long as a media_id lives; then it is tried again


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file as it was uploaded; sha256 tells which content. Its media_id lives three days."""

    file: LocalFile
    sha256: str
    media_id: str
    created_at: datetime


class Memory(Protocol):
    """Keeps uploads, what was told, and names of customers."""

    def uploads(self) -> dict[LocalFile, Upload]:
        """Return what was uploaded."""
        ...

    def keep_upload(self, upload: Upload) -> None:
        """Keep the newest upload of a file."""
        ...

    def drop_upload(self, media_id: str) -> None:
        """Forget an upload that WeCom does not know any more."""
        ...

    def keep_refused_media(self, media_id: str) -> None:
        """Keep that WeCom does not take a media_id that the rules name, or a file's content."""
        ...

    def refused_media(self) -> frozenset[str]:
        """Return the media_ids and contents that were refused in the last three days."""
        ...

    def tell(
        self, subject: str, *, again_after: timedelta | None = None, over_apps: bool = False
    ) -> bool:
        """Take the right to tell something once; again only when so much time has passed.

        over_apps: once over all apps of the corp, instead of once for each.
        """
        ...

    def untell(self, subject: str, *, over_apps: bool = False) -> None:
        """Give that right back: it could not be told."""
        ...

    def keep_name(self, external_userid: str, name: str) -> None:
        """Keep the name of a customer, for the day when WeCom does not tell it any more."""
        ...

    def name_of(self, external_userid: str) -> str:
        """Return the name a customer was last seen under, "" for a stranger."""
        ...

    def lost(self, userid: str, customer: str, *, at: datetime, within: timedelta) -> int:
        """Return how many customers a member deleted in one stretch of time, this one among them.

        Of all such stretches the fullest counts; transfers are left out. at: when it happened,
        which may be long ago.
        """
        ...

    def forget_old(self) -> int:
        """Let go of what nobody will ask for any more; return how much that was."""
        ...


@dataclass
class MemoryInProcess:
    """Remembers as long as it lives: for trying rules out, and for tests."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    known: dict[LocalFile, Upload] = field(default_factory=dict)
    refused: dict[str, datetime] = field(default_factory=dict)
    told: dict[str, datetime] = field(default_factory=dict)
    told_over_apps: dict[str, datetime] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    deleted: dict[str, set[str]] = field(default_factory=dict)

    def uploads(self) -> dict[LocalFile, Upload]:
        """Return what was uploaded."""
        return dict(self.known)

    def keep_upload(self, upload: Upload) -> None:
        """Keep the newest upload of a file."""
        self.known[upload.file] = upload

    def drop_upload(self, media_id: str) -> None:
        """Forget an upload."""
        self.known = {
            file: upload for file, upload in self.known.items() if upload.media_id != media_id
        }

    def keep_refused_media(self, media_id: str) -> None:
        """Keep that WeCom does not take a media_id."""
        self.refused[media_id] = self.now()

    def refused_media(self) -> frozenset[str]:
        """Return the media_ids that were refused lately."""
        since = self.now() - REFUSED_FOR
        return frozenset(each for each, at in self.refused.items() if at > since)

    def tell(
        self, subject: str, *, again_after: timedelta | None = None, over_apps: bool = False
    ) -> bool:
        """Take the right to tell something once."""
        told = self.told_over_apps if over_apps else self.told
        before = told.get(subject)
        if before is not None and (again_after is None or self.now() - before < again_after):
            return False
        told[subject] = self.now()
        return True

    def untell(self, subject: str, *, over_apps: bool = False) -> None:
        """Give that right back."""
        (self.told_over_apps if over_apps else self.told).pop(subject, None)

    def keep_name(self, external_userid: str, name: str) -> None:
        """Keep the name of a customer."""
        self.names[external_userid] = name

    def name_of(self, external_userid: str) -> str:
        """Return the name a customer was last seen under."""
        return self.names.get(external_userid, "")

    def lost(self, userid: str, customer: str, *, at: datetime, within: timedelta) -> int:  # noqa: ARG002 - it lives shorter
        """Return how many customers a member has deleted."""
        return len(self.deleted.get(userid, ()))

    def forget_old(self) -> int:
        """Forget nothing: it lives too short for that."""
        return 0
