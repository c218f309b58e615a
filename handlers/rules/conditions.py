"""The conditions every rule may have."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from events import Event


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Patterns = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


class Rule(BaseModel):
    """The conditions every rule may have; all that are given must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("", description="For logs and error messages.")
    app: Patterns | None = Field(None, description="Names of apps.")
    state: Patterns | None = Field(None, description="Of the contact way; * and ? are wild.")
    userid: Patterns | None = Field(None, description="Members; * and ? are wild.")

    def matches(self, app: str, event: Event) -> bool:
        """Whether all conditions hold for an event that this app received."""
        facts = {"app": app, "state": getattr(event, "state", ""), "userid": event.userid}
        return all(
            patterns is None or any(fnmatchcase(fact, pattern) for pattern in patterns)
            for key, fact in facts.items()
            for patterns in (getattr(self, key),)
        )
