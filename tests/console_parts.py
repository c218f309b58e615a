"""A console of its own for a test: what `app.py` hands in is replaced by values of the test."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from console import (
    Meaning,
    OAuth,
    Parts,
    Preview,
    RulesState,
    Ruling,
    Specimen,
    TokenState,
    WouldCall,
    WouldRun,
    a_user,
    make_console,
)
from errors import ConfigurationError
from events import Event
from journal import Journal, PlannedRun, PublishableRun
from language import Text

PASSWORD = "correct horse battery"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
WANTS_SHOP = Text(en="state: wants shop", zh="state: 要求 shop")
ADDED = "change_external_contact.add_external_contact"


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def move(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class RulesOfATest:
    """Rules that greet everybody."""

    problems: tuple[Text, ...] = ()

    def state(self) -> RulesState:
        return RulesState(
            path="rules.toml",
            text='[[welcome]]\ntext = "你好"',
            changed_at=NOW,
            problems=self.problems,
        )

    def events(self) -> Sequence[str]:
        return (ADDED,)

    def preview(self, specimen: Specimen) -> Preview:
        if specimen.state == "broken":
            raise ConfigurationError(Text.same("the rules cannot be tried"))
        return Preview(
            rulings=(
                Ruling(kind="welcome", rule="everybody", verdict="applies"),
                Ruling(kind="welcome", rule="others", verdict="overtaken"),
                Ruling(kind="tag", rule="#1", verdict="against", against=WANTS_SHOP),
            ),
            runs=(
                WouldRun(
                    handler="handlers.welcome.greet_new_customer",
                    result="sent",
                    error="",
                    calls=(
                        WouldCall(
                            endpoint="externalcontact/send_welcome_msg",
                            body=f"你好 {specimen.name}",
                            lookup=False,
                        ),
                    ),
                ),
            ),
        )


@dataclass
class Stage:
    """A console over a journal, and what it did."""

    journal: Journal
    clock: Clock = field(default_factory=Clock)
    rules: RulesOfATest = field(default_factory=RulesOfATest)
    published: list[PublishableRun] = field(default_factory=list)
    planned: list[PlannedRun] = field(default_factory=list)
    oauth: OAuth | None = None
    secure: bool = False
    trusted_proxies: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    tokens: tuple[TokenState, ...] = (
        TokenState(app="contacts", corpid="ww1", state="refused", errcode=40001),
        TokenState(app="other", corpid="ww1", state="ok", expires_at=NOW + timedelta(seconds=7000)),
    )

    def app(self) -> Flask:
        flask = Flask("test", static_folder=None)
        flask.register_blueprint(make_console(self.parts()))
        return flask

    def client(self) -> FlaskClient:
        return self.app().test_client()

    def parts(self) -> Parts:
        return Parts(
            journal=self.journal,
            plan=self._plan,
            publish=self.published.extend,
            now=self.clock,
            apps=("contacts", "other"),
            lanes=("urgent", "default", "bulk"),
            secure=self.secure,
            version="0.1.0",
            meaning=lambda errcode, _told: Meaning(
                text=Text(en=f"meaning of {errcode}", zh=f"{errcode} 的含义"),
                hint=Text(en="mend it", zh="修好它"),
            ),
            token_states=lambda: self.tokens,
            rules=self.rules,
            oauth=self.oauth,
            trusted_proxies=tuple(map(ip_network, self.trusted_proxies)),
        )

    def add_user(self, name: str = "admin", *permissions: str, password: str = PASSWORD) -> None:
        self.journal.store_user(a_user(name, password, permissions, self.clock()))

    def _plan(self, _event: Event, _received_at: datetime) -> tuple[PlannedRun, ...]:
        return tuple(self.planned)


def csrf_of(page: str) -> str:
    """Return the CSRF token of a page's first form."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def sign_in(
    client: FlaskClient, name: str = "admin", password: str = PASSWORD, **values: str
) -> Any:  # noqa: ANN401 - werkzeug's response
    page = client.get("/console/sign-in").text
    return client.post(
        "/console/sign-in",
        data={"name": name, "password": password, "csrf": csrf_of(page), **values},
    )


def signed_in(stage: Stage, *permissions: str, name: str = "admin") -> FlaskClient:
    """Return the browser of a user who has just signed in."""
    stage.add_user(name, *permissions)
    client = stage.client()
    assert sign_in(client, name).status_code == 303
    return client


def post(client: FlaskClient, path: str, **values: str) -> Any:  # noqa: ANN401 - werkzeug's response
    """Send a form as one of the pages would."""
    token = csrf_of(client.get("/console/rules").text)
    return client.post(path, data={"csrf": token, **values})
