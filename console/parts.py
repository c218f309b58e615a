"""What the console is handed by `app.py`, because it may not import it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Literal, Protocol

from events import Event
from journal import Journal, PlannedRun, PublishableRun
from language import Text

Plan = Callable[[Event, datetime], tuple[PlannedRun, ...]]
Publish = Callable[[Sequence[PublishableRun]], None]


@dataclass(frozen=True, kw_only=True)
class TokenState:
    """How it stands with one app's access_token; the token itself stays where it is.

    state: ok, none (nobody has asked for one), refused (wrong corpid or secret) or unknown.
    paused: the endpoints of its corp that rest after 45009, and until when.
    """

    app: str
    corpid: str
    state: Literal["ok", "none", "refused", "unknown"]
    expires_at: datetime | None = None
    errcode: int | None = None
    paused: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What an errcode says, and what an operator can do about it, if anything."""

    text: Text
    hint: Text | None = None


@dataclass(frozen=True, kw_only=True)
class RulesState:
    """The rules as they stand: what is in force, and what is wrong with a file that is not.

    problems: all of it, each with the place in the file.
    """

    path: str
    text: str
    changed_at: datetime | None
    problems: tuple[Text, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Specimen:
    """A made-up event to try the rules against."""

    app: str
    event: str
    userid: str
    state: str
    name: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What became of one rule; against: the first condition that does not hold.

    overtaken: it matches as well, but of its kind only the first counts.
    """

    kind: str
    rule: str
    verdict: Literal["applies", "overtaken", "against"]
    against: Text | None = None


@dataclass(frozen=True, kw_only=True)
class WouldCall:
    """One API call as it would be made; body: its JSON. lookup: it only reads."""

    endpoint: str
    body: str
    lookup: bool


@dataclass(frozen=True, kw_only=True)
class WouldRun:
    """What one handler would do; result: its word, error: why it would fail."""

    handler: str
    result: str
    error: str
    calls: tuple[WouldCall, ...]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What the rules would do with a specimen; untried: kinds of rule that no event leads to."""

    rulings: tuple[Ruling, ...]
    runs: tuple[WouldRun, ...]
    untried: tuple[str, ...] = ()


class RulesView(Protocol):
    """The rules, seen from the console."""

    def state(self) -> RulesState:
        """Return what is in force, and what is wrong with the file."""
        ...

    def events(self) -> Sequence[str]:
        """Return the names of the events that rules can be tried against."""
        ...

    def preview(self, specimen: Specimen) -> Preview:
        """Return what would happen. Raises WeComError when it cannot be told."""
        ...


Way = Literal["inside", "scan"]


@dataclass(frozen=True, kw_only=True)
class OAuth:
    """Signing in through WeCom (网页授权登录, 企业微信扫码登录).

    console_url: the console as WeCom's visitors reach it, `https://host/console`.
    login_url: where to send somebody who is inside WeCom, or who scans a code from a desk, given
    the address to come back to and the state that comes along.
    userid_of: who a code stands for, "" for nobody of the corp. Raises WeComError.
    members: the userids that may sign in. permissions: what they may.
    """

    console_url: str
    login_url: Callable[[Way, str, str], str]
    userid_of: Callable[[str], str]
    members: frozenset[str]
    permissions: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything the console works with.

    secure: it is reached by https. meaning: what an errcode says, given what was said with it.
    token_states: asked for each page that shows them; it must not wait for WeCom.
    trusted_proxies: whose X-Forwarded-For is believed.
    """

    journal: Journal
    plan: Plan
    publish: Publish
    now: Callable[[], datetime]
    apps: tuple[str, ...]
    lanes: tuple[str, ...]
    secure: bool
    version: str
    meaning: Callable[[int, str], Meaning]
    token_states: Callable[[], Sequence[TokenState]]
    rules: RulesView
    oauth: OAuth | None = None
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
