"""`console`: who may sign in to the web pages, and what those pages are handed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import events
from console import (
    Meaning,
    OAuth,
    Outcome,
    Parts,
    Preview,
    RulesState,
    Specimen,
    TokenState,
)
from console.parts import Plan, Publish
from errors import ConfigurationError
from events import Event
from handlers import LANES, RulesFile
from handlers.rules import Conditions, Facts, Rules, RulesDocument
from handlers.templates import render
from journal import Journal
from settings import Settings
from wecom import Client, errcodes, oauth
from wecom.external_contact import Customer, ExternalContact

_FIRST_WINS = frozenset({"welcome", "archive_consent", "kf_welcome"})
_CONDITIONS = frozenset(Conditions.model_fields)


def make_parts(
    settings: Settings,
    journal: Journal,
    clients: Mapping[str, Client],
    *,
    plan: Plan,
    publish: Publish,
    now: Callable[[], datetime],
    version: str,
) -> Parts:
    """Return what the console works with. Raises ConfigurationError for wrong settings."""
    return Parts(
        journal=journal,
        plan=plan,
        publish=publish,
        now=now,
        apps=tuple(app.name for app in settings.apps),
        lanes=tuple(LANES),
        secure=settings.server.public_url.startswith("https://"),
        version=version,
        meaning=_meaning,
        token_states=lambda: [_token_state(name, each, now()) for name, each in clients.items()],
        rules=RulesDesk(settings),
        oauth=_oauth(settings, clients),
    )


class RulesDesk:
    """The rules as the console shows them."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.rules_path
        self._file = RulesFile(settings.rules_path, last_good=settings.last_good_rules_path)
        self._corpids = {app.name: app.corpid for app in settings.apps}
        self._kinds = {cls.event_name: cls for cls in events.catalogue() if _can_be_tried(cls)}

    def state(self) -> RulesState:
        """Return what is in force, and what is wrong with the file."""
        rules, problems = self._file.current(), self._file.problems
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            text = ""
        return RulesState(
            path=self._path.name,
            text=text,
            changed_at=rules.read_at,
            problem="\n".join(map(str, problems)) or None,
        )

    def events(self) -> Sequence[str]:
        """Return the names of the events that rules can be tried against."""
        return tuple(self._kinds)

    def preview(self, specimen: Specimen) -> Preview:
        """Return what the rules in force would do. Raises WeComError when it cannot be told."""
        rules = self._file.current()
        event = _event_of(self._kinds[specimen.event], specimen)
        corpid = self._corpids[specimen.app]
        customer = Customer(external_contact=ExternalContact(name=specimen.name))
        facts = rules.facts(specimen.app, corpid, event, specimen.at, _OneCustomer(customer))
        values = rules.values(facts, customer)
        outcomes = [
            outcome
            for kind in RulesDocument.model_fields
            for outcome in _outcomes(kind, rules, facts, values)
        ]
        return Preview(outcomes=tuple(outcomes))


class _OneCustomer:
    """Knows the made-up customer, and nobody's department."""

    def __init__(self, customer: Customer) -> None:
        self._customer = customer

    def customer(self) -> Customer:
        """Return the customer."""
        return self._customer

    def departments(self) -> None:
        """Return nothing: it is not known."""


def _can_be_tried(cls: type[Event]) -> bool:
    return cls.event_name.startswith(("change_external_contact.", "customer_acquisition.")) or (
        "open_kfid" in cls.empty and "scene" in cls.empty
    )


def _event_of(cls: type[Event], specimen: Specimen) -> Event:
    wanted: dict[str, Any] = {
        "userid": specimen.userid,
        "state": specimen.state,
        "scene": specimen.state,
        "open_kfid": specimen.userid,
        "external_userid": "wmEXAMPLE",
        "occurred_at": specimen.at.astimezone(UTC),
    }
    return cls(**{key: value for key, value in wanted.items() if key in cls.empty})


def _outcomes(kind: str, rules: Rules, facts: Facts, values: dict[str, Any]) -> Iterator[Outcome]:
    of_kind = getattr(rules.document, kind)
    if not isinstance(of_kind, tuple) or not of_kind:
        return
    matching = list(rules.matching(type(of_kind[0]), facts))
    for rule in matching[: 1 if kind in _FIRST_WINS else None]:
        name = rule.name or f"#{of_kind.index(rule) + 1}"
        yield Outcome(kind=kind, rule=name, effects=tuple(_effects(rule, values)))
    if not matching:
        yield Outcome(kind=kind, rule="")


def _effects(rule: Conditions, values: dict[str, Any]) -> Iterator[str]:
    """Say what a rule does: every text of it that is no condition, filled in."""
    conditions = _CONDITIONS | frozenset(rule.PATTERNS) | _lookups(rule)
    for key, field in type(rule).model_fields.items():
        written = getattr(rule, key)
        if key in conditions or written == field.default or not written:
            continue
        several = written if isinstance(written, tuple) else (written,)
        shown = [
            render(each, values) if isinstance(each, str) else _in_short(each) for each in several
        ]
        yield shown[0] if key in ("text", "markdown") else f"{key}: {', '.join(shown)}"


def _lookups(rule: Conditions) -> frozenset[str]:
    return frozenset({"department", "tags", "add_way", "gender", "event"} & rule.model_fields_set)


def _in_short(value: object) -> str:
    dump = getattr(value, "model_dump", None)
    parts = dump(exclude_none=True) if dump else {"": value}
    return ", ".join(f"{key} {part}".strip() for key, part in parts.items() if part)


def _meaning(errcode: int, told_with_it: str) -> Meaning:
    told = errcodes.describe(errcode, told_with_it)
    return Meaning(text=told.text, hint_en=told.hint, hint_zh=told.hint_zh)


def _token_state(app: str, client: Client, now: datetime) -> TokenState:
    refusal = client.credential_rejection()
    if refusal is not None:
        return TokenState(app=app, corpid=client.corpid, state="refused", errcode=refusal.errcode)
    left = client.token_seconds_left()
    if left is None:
        return TokenState(app=app, corpid=client.corpid, state="none")
    return TokenState(
        app=app, corpid=client.corpid, state="ok", expires_at=now + timedelta(seconds=left)
    )


def _oauth(settings: Settings, clients: Mapping[str, Client]) -> OAuth | None:
    server = settings.server
    if not server.console_app:
        return None
    client = clients.get(server.console_app)
    if client is None:
        raise ConfigurationError(
            f'{settings.path}: server.console_app: there is no app "{server.console_app}"'
        )
    if not server.public_url:
        raise ConfigurationError(
            f"{settings.path}: server.public_url: missing; whoever signs in through WeCom comes"
            " back there"
        )
    back = f"{server.public_url.rstrip('/')}/console/wecom/back"
    return OAuth(
        authorize_url=lambda state: oauth.authorize_url(client, back, state=state),
        userid_of=partial(_userid_of, client),
        members=frozenset(server.console_members),
        permissions=frozenset(server.console_permissions),
    )


def _userid_of(client: Client, code: str) -> str:
    return oauth.getuserinfo(client, code).userid
