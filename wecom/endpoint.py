"""What one API of the platform is: where it lies, what it needs, what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

T = TypeVar("T")

Credential = Literal["access_token", "suite_access_token", "provider_access_token", "none"]
"""Whose token a call takes: the corp's, the suite's, the provider's; named as in the query."""


@dataclass(frozen=True)
class Endpoint(Generic[T]):
    """One API: method, path below /cgi-bin/, reader of its answer, document number.

    parameter: the query parameter of the token where it is not named like the credential.
    one_at_a_time: fields of the body that name what is edited; parallel edits of the same thing
    provoke 45033, so calls that agree in them take turns inside one process.
    in_turn: a word; all calls of endpoints with the same one take turns inside one process.
    timeout_seconds: for calls that need more than the client's own, to move files say.
    """

    method: Literal["GET", "POST"]
    path: str
    returns: Callable[[Mapping[str, Any]], T]
    doc: int
    credential: Credential = "access_token"
    parameter: str = ""
    one_at_a_time: tuple[str, ...] = ()
    in_turn: str = ""
    timeout_seconds: float | None = None


@dataclass(frozen=True)
class Local:
    """What the documents list beside the APIs though nothing is called: it is computed here.

    path: its name in the list of APIs.
    """

    path: str
    doc: int
    method: Literal["LOCAL"] = "LOCAL"


@dataclass(frozen=True)
class Call:
    """One HTTP call that was made; errcode is None when no usable answer came."""

    endpoint: str
    milliseconds: float
    errcode: int | None
