"""`console`: who may sign in to the web pages, and what those pages are handed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import events
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
)
from console.parts import Plan, Publish, Way
from events import Event
from handlers import LANES, App, RulesFile
from handlers.preview import HandlerPreview, PreviewPeople, preview
from handlers.rules import Verdict
from journal import Journal
from language import Text
from settings import Settings
from wecom import Client, errcodes, oauth

_TRIED = ("change_external_contact.", "change_external_chat.", "customer_acquisition.")


def make_parts(
    settings: Settings,
    journal: Journal,
    clients: Mapping[str, Client],
    *,
    rules: RulesFile,
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
        trusted_proxies=tuple(
            ip_network(each, strict=False) for each in settings.server.trusted_proxies
        ),
        version=version,
        meaning=_meaning,
        token_states=lambda: [_token_state(name, each, now()) for name, each in clients.items()],
        rules=RulesDesk(settings, rules),
        oauth=_oauth(settings, clients),
    )


class RulesDesk:
    """The rules as the console shows them."""

    def __init__(self, settings: Settings, file: RulesFile) -> None:
        self._path = settings.rules_path
        self._file = file
        self._apps = {app.name: app for app in settings.apps}
        self._kinds = {cls.event_name: cls for cls in events.catalogue() if _can_be_tried(cls)}

    def state(self) -> RulesState:
        """Return what is in force, and what is wrong with the file."""
        rules, refusal = self._file.current(), self._file.refusal
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            text = ""
        return RulesState(
            path=self._path.name,
            text=text,
            changed_at=rules.read_at,
            problems=tuple(each.at(refusal.file) for each in refusal.problems) if refusal else (),
        )

    def events(self) -> Sequence[str]:
        """Return the names of the events that rules can be tried against."""
        return tuple(self._kinds)

    def preview(self, specimen: Specimen) -> Preview:
        """Return what the rules in force would do. Raises WeComError when it cannot be told."""
        app = self._apps[specimen.app]
        seen = preview(
            self._file.current(),
            App(
                name=app.name,
                corpid=app.corpid,
                agentid=app.agentid or 0,
                operators=app.operators,
            ),
            _event_of(self._kinds[specimen.event], specimen),
            specimen.at,
            PreviewPeople(customer_name=specimen.name, group_owner=specimen.userid),
        )
        return Preview(
            rulings=tuple(map(_ruling, seen.verdicts)),
            runs=tuple(map(_run, seen.handlers)),
            untried=seen.untried,
        )


def _can_be_tried(cls: type[Event]) -> bool:
    return cls.event_name.startswith(_TRIED) or ("open_kfid" in cls.empty and "scene" in cls.empty)


def _event_of(cls: type[Event], specimen: Specimen) -> Event:
    wanted: dict[str, Any] = {
        "userid": specimen.userid,
        "state": specimen.state,
        "scene": specimen.state,
        "open_kfid": specimen.userid,
        "external_userid": "wmEXAMPLE",
        "chat_id": specimen.state or "wrEXAMPLE",
        "welcome_code": "WELCOME_CODE",
        "occurred_at": specimen.at.astimezone(UTC),
    }
    return cls(**{key: value for key, value in wanted.items() if key in cls.empty})


def _ruling(verdict: Verdict) -> Ruling:
    return Ruling(
        kind=verdict.kind,
        rule=verdict.name or f"#{verdict.number}",
        verdict="overtaken" if verdict.overtaken else "applies" if verdict.matches else "against",
        against=verdict.against,
    )


def _run(handler: HandlerPreview) -> WouldRun:
    return WouldRun(
        handler=handler.handler,
        result=handler.conclusion,
        error=handler.error,
        calls=tuple(
            WouldCall(
                endpoint=call.endpoint,
                body=json.dumps(call.body, ensure_ascii=False, indent=1),
                lookup=call.lookup,
            )
            for call in handler.calls
        ),
    )


def _meaning(errcode: int, told_with_it: str) -> Meaning:
    told = errcodes.describe(errcode, told_with_it)
    return Meaning(text=told.text, hint=told.hint)


def _token_state(app: str, client: Client, now: datetime) -> TokenState:
    refusal, left = client.credential_rejection(), client.token_seconds_left()
    return TokenState(
        app=app,
        corpid=client.corpid,
        state="refused" if refusal is not None else "none" if left is None else "ok",
        expires_at=None if refusal is not None or left is None else now + timedelta(seconds=left),
        errcode=None if refusal is None else refusal.errcode,
        paused=tuple((path, now + rest) for path, rest in sorted(client.pauses().items())),
    )


def _oauth(settings: Settings, clients: Mapping[str, Client]) -> OAuth | None:
    server = settings.server
    if not server.console_app:
        return None
    client = clients.get(server.console_app)
    if client is None:
        raise settings.wrong(
            "server.console_app: "
            + Text(
                en=f'there is no app "{server.console_app}"',
                zh=f'没有应用 "{server.console_app}"',
            )
        )
    if not server.public_url:
        raise settings.wrong(
            "server.public_url: "
            + Text(
                en="missing; whoever signs in through WeCom comes back there",
                zh="缺少此项，通过企业微信登录后要跳回这个地址",
            )
        )
    if client.agentid is None:
        raise settings.wrong(
            "server.console_app: "
            + Text(
                en=f'app "{server.console_app}" has no agentid, which signing in through WeCom'
                " needs",
                zh=f'应用 "{server.console_app}" 没有 agentid，通过企业微信登录需要它',
            )
        )
    return OAuth(
        console_url=f"{server.public_url.rstrip('/')}/console",
        login_url=partial(_login_url, client, server.console_login_url),
        userid_of=partial(_userid_of, client),
        members=frozenset(server.console_members),
        permissions=frozenset(server.console_permissions),
    )


def _login_url(client: Client, base_url: str, way: Way, back: str, state: str) -> str:
    """Return WeCom's page, or the same page of the simulator."""
    to = oauth.authorize_url if way == "inside" else oauth.web_login_url
    url = urlsplit(to(client, back, state=state))
    base = urlsplit(base_url) if base_url else url
    return urlunsplit((*base[:2], *url[2:]))


def _userid_of(client: Client, code: str) -> str:
    return oauth.getuserinfo(client, code).userid
