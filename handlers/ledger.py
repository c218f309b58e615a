"""Where channels, group welcomes and the comparison with WeCom are kept, of one app and corp."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from language import Text


class Kept(Protocol):
    """Something of the rules that WeCom was asked to make, as it was left."""

    @property
    def name(self) -> str: ...  # noqa: D102 - the names say it

    @property
    def fingerprint(self) -> str: ...  # noqa: D102 - of what was sent last

    @property
    def asked_at(self) -> datetime | None: ...  # noqa: D102 - when it was first asked for

    @property
    def error(self) -> Text | None: ...  # noqa: D102 - why the last try failed


class KeptChannel(Kept, Protocol):
    """A channel; config_id is "" while the answer of WeCom is unknown."""

    @property
    def state(self) -> str: ...  # noqa: D102 - the names say it

    @property
    def config_id(self) -> str: ...  # noqa: D102 - the same


class KeptGroupWelcome(Kept, Protocol):
    """A welcome for groups."""

    @property
    def template_id(self) -> str: ...  # noqa: D102 - the name says it


class KeptChange(Protocol):
    """The newest that is known of a member and a customer: added, half_added or deleted."""

    @property
    def external_userid(self) -> str: ...  # noqa: D102 - the names say it

    @property
    def change(self) -> str: ...  # noqa: D102 - the same

    @property
    def happened_at(self) -> datetime: ...  # noqa: D102 - the same

    @property
    def state(self) -> str: ...  # noqa: D102 - the same


@dataclass(frozen=True, kw_only=True)
class Missed:
    """An event that never arrived; change: added or deleted."""

    userid: str
    external_userid: str
    change: str
    happened_at: datetime
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class MissedAndDone:
    """An event that never arrived, and what was done about it; applied: kinds of rules."""

    missed: Missed
    told: bool
    applied: tuple[str, ...]


class Ledger(Protocol):
    """Keeps what automations must not forget when their process dies."""

    def tally(self, now: datetime) -> None:
        """Note who was added and who left, from what arrived since the last time."""
        ...

    def channels(self) -> Sequence[KeptChannel]:
        """Return all channels."""
        ...

    def claim_channel(
        self, name: str, state: str, *, now: datetime, until: datetime
    ) -> KeptChannel | None:
        """Take a channel to make or change it, noted before WeCom is asked; None when taken."""
        ...

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
        """Write down how it went, and let go of it; None leaves a field."""
        ...

    def forget_channel(self, name: str) -> None:
        """Delete a channel whose contact way was removed."""
        ...

    def group_welcomes(self) -> Sequence[KeptGroupWelcome]:
        """Return all welcomes for groups."""
        ...

    def claim_group_welcome(
        self, name: str, *, now: datetime, until: datetime
    ) -> KeptGroupWelcome | None:
        """Take a welcome to make or change it; None when taken."""
        ...

    def store_group_welcome(
        self,
        name: str,
        *,
        at: datetime,
        template_id: str | None = None,
        fingerprint: str | None = None,
        error: Text | None = None,
    ) -> None:
        """Write down how it went, and let go of it; None leaves a field."""
        ...

    def group_changes_since(self, chat_id: str, since: datetime) -> Mapping[str, int]:
        """Return how many `joined` and `left` a group since a time."""
        ...

    def contact_changes(self, userid: str) -> Iterator[KeptChange]:
        """Yield the newest change of each customer of a member."""
        ...

    def begin_reconciliation(self, now: datetime) -> datetime:
        """Return since when events can have been missed."""
        ...

    def reconciled_at(self) -> datetime | None:
        """Return when a comparison last came to its end."""
        ...

    def end_reconciliation(self, *, at: datetime, members: int, listed: int, missed: int) -> None:
        """Write down what a comparison with WeCom came to."""
        ...

    def store_missed(self, missed: Sequence[Missed], *, found_at: datetime) -> int:
        """Note events that never arrived; return how many were not known."""
        ...

    def missed_of(self, userid: str) -> Sequence[MissedAndDone]:
        """Return the events of a member that never arrived."""
        ...

    def mark_missed(
        self,
        missed: Sequence[Missed],
        *,
        told_at: datetime | None = None,
        applied: str | None = None,
    ) -> None:
        """Note that operators were told, or that a kind of rules was made up for."""
        ...
