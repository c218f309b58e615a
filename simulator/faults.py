"""Faults on demand: slow answers, error codes, gateway errors, lost calls and lost callbacks."""

from __future__ import annotations

import itertools
import random
from fnmatch import fnmatchcase
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

CALLBACKS = "callback/"


class Fault(BaseModel):
    """What goes wrong, with which calls.

    when: `before` the call acts, or `after` it has acted and only the answer is replaced.
    skip_calls: matching calls that pass unharmed first. calls: how many are hit, None = all.

    A path below callback/, such as callback/change_external_contact.*, is about callbacks instead:
    each try counts as a call, and is late by latency_seconds, or with drop_connection is lost
    before it arrives, or its answer is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field("*", description="such as externalcontact/mark_tag; globs are allowed")
    app: str = Field("", description="only calls of this app")
    when: Literal["before", "after"] = "before"
    latency_seconds: float = Field(0, ge=0, description="the call takes this much longer")
    errcode: int | None = Field(None, description="such as -1")
    http_status: int | None = Field(None, ge=400, le=599, description="the gateway's answer")
    drop_connection: bool = Field(default=False, description="no answer at all")
    slow_body_seconds: float = Field(0, ge=0, description="the body trickles for this long")
    skip_calls: int = Field(0, ge=0)
    calls: int | None = Field(None, ge=1)
    probability: float = Field(1, ge=0, le=1)

    @model_validator(mode="after")
    def _fits_callbacks(self) -> Self:
        if self.on_callbacks and (
            self.errcode is not None or self.http_status or self.slow_body_seconds
        ):
            raise ValueError("callbacks know latency_seconds and drop_connection only")
        return self

    @property
    def on_callbacks(self) -> bool:
        """True when it is about callbacks, not calls."""
        return self.path.startswith(CALLBACKS)

    @property
    def replaces_answer(self) -> bool:
        """True when the caller does not get the real answer."""
        return self.drop_connection or self.http_status is not None or self.errcode is not None


class Faults:
    """The faults in force; the caller holds the tenant's lock."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._faults: dict[int, Fault] = {}
        self._seen: dict[int, int] = {}
        self._hits: dict[int, int] = {}
        self._dice = random.Random()  # noqa: S311 - chance, not secrecy

    def add(self, fault: Fault) -> int:
        """Put a fault in force and return its number."""
        number = next(self._numbers)
        self._faults[number] = fault
        self._seen[number] = self._hits[number] = 0
        return number

    def remove(self, number: int | None) -> None:
        """Lift one fault, or all."""
        if number is None:
            self._faults.clear()
        else:
            self._faults.pop(number, None)

    def shown(self) -> list[dict[str, object]]:
        """Return the faults with how often each was met and how often it struck."""
        return [
            {
                "number": number,
                "seen": self._seen[number],
                "hits": self._hits[number],
                **fault.model_dump(),
            }
            for number, fault in self._faults.items()
        ]

    def take(self, path: str, app: str) -> Fault | None:
        """Return the fault that strikes this call, the oldest one first."""
        for number, fault in list(self._faults.items()):
            if self._strikes(number, fault, path, app):
                return fault
        return None

    def _strikes(self, number: int, fault: Fault, path: str, app: str) -> bool:
        if path.startswith(CALLBACKS) != fault.on_callbacks:
            return False
        if not fnmatchcase(path, fault.path) or fault.app not in {"", app}:
            return False
        self._seen[number] += 1
        if self._seen[number] <= fault.skip_calls or self._dice.random() >= fault.probability:
            return False
        self._hits[number] += 1
        if fault.calls is not None and self._hits[number] >= fault.calls:
            del self._faults[number]
        return True
