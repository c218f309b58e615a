"""Third-party apps of the simulated WeCom (第三方应用): tickets, codes, tokens, installations.

A template (代开发应用模板) is one whose permanent codes are the secrets of the apps in the corps.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from crypto import decode_key
from errors import ActionImpossible
from simulator.corp import SUITE_PERMISSIONS, Corp
from simulator.description import SuiteDescription, VisibleRange
from simulator.records import App, Callback

TICKET_SECONDS = 1800  # a ticket's life; a new one comes every TICKET_PAUSE_SECONDS
TICKET_PAUSE_SECONDS = 600
AUTH_CODE_SECONDS = 600
PRE_AUTH_CODE_SECONDS = 1200
_TICKETS_KEPT = 20
_FIRST_AGENTID = 1000100


@dataclass(kw_only=True, slots=True)
class AuthCode:
    """What an installation is exchanged with, once."""

    corpid: str
    expires_at: float
    state: str


@dataclass(kw_only=True, slots=True)
class Suite:
    """One third-party app and its provider.

    installed: agentids by corpid. permanent_codes: by corpid; a corp that installed the suite has
    one when its auth code was exchanged. tokens: with the time they end.
    """

    name: str
    suite_id: str
    secret: str = field(repr=False)
    provider_corpid: str
    provider_secret: str = field(repr=False)
    callback: Callback
    events: str
    is_template: bool = False
    tickets: dict[str, float] = field(default_factory=dict, repr=False)
    auth_codes: dict[str, AuthCode] = field(default_factory=dict, repr=False)
    pre_auth_codes: dict[str, float] = field(default_factory=dict, repr=False)
    login_codes: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)
    permanent_codes: dict[str, str] = field(default_factory=dict, repr=False)
    tokens: dict[str, float] = field(default_factory=dict, repr=False)
    provider_tokens: dict[str, float] = field(default_factory=dict, repr=False)
    installed: dict[str, int] = field(default_factory=dict)

    def app_name(self, corpid: str) -> str:
        """Return the name of the app that is the suite inside a corp."""
        return f"{self.name}@{corpid}"

    def issue_ticket(self, now: float) -> str:
        """Return a new ticket; those before it live on until their time is over."""
        ticket = secrets.token_urlsafe(64)
        self.tickets[ticket] = now + TICKET_SECONDS
        while len(self.tickets) > _TICKETS_KEPT:
            del self.tickets[next(iter(self.tickets))]
        return ticket

    def issue_auth_code(self, corpid: str, now: float, state: str = "") -> str:
        """Return a new auth code of a corp."""
        code = secrets.token_urlsafe(64)
        self.auth_codes[code] = AuthCode(
            corpid=corpid, expires_at=now + AUTH_CODE_SECONDS, state=state
        )
        return code

    def issue_permanent_code(self, app: App) -> str:
        """Return a new permanent code for the app inside a corp; that of a template's opens it."""
        code = secrets.token_urlsafe(48)
        self.permanent_codes[app.corpid] = code
        if self.is_template:
            app.secret = code
        return code

    def void_permanent_code(self, app: App) -> None:
        """Let a corp's permanent code open nothing any more."""
        self.permanent_codes.pop(app.corpid, None)
        app.secret = secrets.token_urlsafe(32)

    def app_in(self, corp: Corp, visible: VisibleRange | None) -> App:
        """Return the app that the suite becomes inside a corp."""
        agentids = [app.agentid for app in corp.apps.values()]
        agentid = max([_FIRST_AGENTID, *(each + 1 for each in agentids)])
        data = self.events == "data"
        return App(
            name=self.app_name(corp.corpid),
            corpid=corp.corpid,
            agentid=agentid,
            secret=secrets.token_urlsafe(32),
            kind="suite",
            permissions=SUITE_PERMISSIONS,
            visible_userids=frozenset(visible.userids if visible else ()),
            visible_departments=frozenset(visible.departments if visible else (1,)),
            trusted_ips=frozenset(),
            contact_changes=True,
            data_events=data,
            suite_id=self.suite_id,
            callback=self.callback.for_data(corp.corpid, agentid) if data else self.callback,
        )


def new_suite(description: SuiteDescription) -> Suite:
    """Return the suite described. Raises ActionImpossible for a key that is none."""
    told = description.callback
    try:
        aes_key = decode_key(told.encoding_aes_key)
    except ValueError as error:
        raise ActionImpossible(f"Suite {description.name}: {error}.") from error
    callback = Callback(
        url=told.url,
        token=told.token,
        encoding_aes_key=told.encoding_aes_key,
        aes_key=aes_key,
        receiveid=description.suite_id if told.receiveid is None else told.receiveid,
        to_user=description.suite_id,
        form=told.format,
        kind="suite",
        command=True,
    )
    return Suite(
        name=description.name,
        suite_id=description.suite_id,
        secret=description.suite_secret,
        provider_corpid=description.provider_corpid,
        provider_secret=description.provider_secret,
        callback=callback,
        events="data" if description.is_template else description.events,
        is_template=description.is_template,
    )
