"""What the handlers of a third-party app keep, and the app that is none."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Authorisations(Protocol):
    """Where a suite's tickets and the permanent codes of its corps are kept.

    suite_id: "" for an app that is no suite, which keeps nothing.
    """

    @property
    def suite_id(self) -> str:
        """The suite this is of."""
        ...

    def keep_ticket(self, suite_ticket: str, *, issued_at: datetime) -> bool:
        """Keep a ticket; False when a newer one is there."""
        ...

    def is_exchanged(self, auth_code: str) -> bool:
        """Whether the permanent code that was had for this auth_code is kept."""
        ...

    def authorise(
        self,
        corpid: str,
        permanent_code: str,
        *,
        agentid: int | None,
        auth_code: str,
        since: datetime,
    ) -> bool:
        """Keep a corp's permanent code; False when the corp has cancelled since."""
        ...

    def permanent_code(self, corpid: str) -> str | None:
        """Return the code of a corp, None when it is not, or no longer, authorised."""
        ...

    def change_agent(self, corpid: str, agentid: int | None) -> None:
        """Note the agentid that a corp's app has now."""
        ...

    def cancel(self, corpid: str, *, since: datetime) -> bool:
        """Delete a corp's permanent code; False when the corp has authorised anew since."""
        ...


class NoSuite:
    """What an app has that is no suite."""

    suite_id = ""

    def keep_ticket(self, suite_ticket: str, *, issued_at: datetime) -> bool:  # noqa: ARG002 - the contract
        """Keep nothing."""
        return False

    def is_exchanged(self, auth_code: str) -> bool:  # noqa: ARG002 - the contract
        """Know of none."""
        return False

    def authorise(
        self,
        corpid: str,  # noqa: ARG002 - the contract
        permanent_code: str,  # noqa: ARG002 - the contract
        *,
        agentid: int | None,  # noqa: ARG002 - the contract
        auth_code: str,  # noqa: ARG002 - the contract
        since: datetime,  # noqa: ARG002 - the contract
    ) -> bool:
        """Keep nothing."""
        return False

    def permanent_code(self, corpid: str) -> str | None:  # noqa: ARG002 - the contract
        """Have none."""
        return None

    def change_agent(self, corpid: str, agentid: int | None) -> None:
        """Keep nothing."""

    def cancel(self, corpid: str, *, since: datetime) -> bool:  # noqa: ARG002 - the contract
        """Delete nothing."""
        return False
