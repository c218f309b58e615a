"""`simulator push`: an event of the catalogue, encrypted and pushed as WeCom does it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby

from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

import events
from commands.names import in_short
from commands.plaintext import Addressee, compose, is_json
from commands.routes import chapter_title
from crypto import decode_key, decrypt, read_ciphertext
from errors import ConfigurationError, DecryptionFailed, MalformedEnvelope
from events import Event
from settings import AppSettings, Settings
from simulator import DEFAULT_CORPID, DEFAULT_ENCODING_AES_KEY, DEFAULT_TOKEN, default_tenant
from simulator.clock import Clock
from simulator.description import TenantDescription
from simulator.pusher import Pusher
from simulator.records import Callback, PushRecord, PushTry
from simulator.tenant import Tenant

_HINTS = {
    None: "is the server running, and is this its URL?",
    403: "Token, EncodingAESKey or receiveid differ from the server's; its log tells which",
    404: "the server has no app of that name: /callback/<name> of an [[apps]] table",
    413: "the server accepts no body of this size (max_body_bytes)",
    503: "the server cannot write its journal now; WeCom would come again",
}


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where to push and how it is sealed; what of the addressee stands in the plaintext."""

    callback: Callback
    addressee: Addressee

    def in_json(self) -> Target:
        """Return the same for an app whose callbacks come as JSON."""
        return Target(
            callback=replace(self.callback, form="json"),
            addressee=replace(self.addressee, json=True),
        )


def target_of(settings: Settings, name: str | None, url: str | None) -> Target:
    """Return an app of wecom.toml, by default the only one, where it listens or at another URL.

    Raises ConfigurationError.
    """
    if name is None and len(settings.apps) != 1:
        names = ", ".join(app.name for app in settings.apps) or "there is none"
        raise ConfigurationError(f"{settings.path}: say which app with --app ({names})")
    app = settings.apps[0] if name is None else settings.app(name)
    return _target(url or f"{local_url(settings)}/callback/{app.name}", app)


def local_url(settings: Settings) -> str:
    """Return where the web server of this machine listens."""
    server = settings.server
    host = "127.0.0.1" if server.host in {"0.0.0.0", "::"} else server.host  # noqa: S104 - not bound here
    return f"http://{f'[{host}]' if ':' in host else host}:{server.port}"


def target_at(
    url: str,
    *,
    token: str = DEFAULT_TOKEN,
    key: str = DEFAULT_ENCODING_AES_KEY,
    receiveid: str | None = None,
    kind: str = "self_built",
) -> Target:
    """Return any callback URL. Raises ConfigurationError for a Token or key that is none."""
    if receiveid is None:
        receiveid = "" if kind == "robot" else DEFAULT_CORPID
    described = {
        "name": "push",
        "corpid": receiveid if kind == "self_built" and receiveid else DEFAULT_CORPID,
        "token": token,
        "encoding_aes_key": key,
        "receiveid": receiveid,
        "kind": kind,
    }
    if kind == "suite":
        described |= {"suite_id": receiveid, "suite_secret": "not needed to push"}
    try:
        return _target(url, AppSettings.model_validate(described))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        option = {"encoding_aes_key": "key"}.get(str(problem["loc"][0]), problem["loc"][0])
        reason = problem["msg"].removeprefix("Value error, ")
        raise ConfigurationError(f"--{option}: {reason}") from None


def plaintext_for(target: Target, cls: type[Event], values: Mapping[str, str]) -> bytes:
    """Return the plaintext of an event that happens now. Raises NoSuchName."""
    now = datetime.now(UTC)
    return compose(cls, values, to=target.addressee, now=now, dice=random.SystemRandom())


def push_event(
    console: Console, target: Target, cls: type[Event], values: Mapping[str, str], times: int
) -> bool:
    """Push an event so many times, each with new ids; tell of every try. True: all accepted."""
    callback = replace(target.callback, form="json") if is_json(cls) else target.callback
    console.print(Text(f"{cls.event_name}  ", style="bold").append(cls.chinese_name, "not bold"))
    console.print(Text(f"{callback.form.upper()} to {callback.url}", style="dim"))
    accepted = 0
    with _pusher() as push:
        for _ in range(times):
            record = push(callback, plaintext_for(target, cls, values))
            _print_record(console, record)
            accepted += record.outcome == "delivered"
    if times > 1:
        console.print(f"{accepted} of {times} accepted")
    return accepted == times


def print_names(console: Console) -> None:
    """List every event that can be pushed, chapter by chapter."""
    longest = max(len(in_short(cls.event_name)) for cls in events.catalogue())
    for module, members in groupby(events.catalogue(), key=lambda cls: cls.__module__):
        console.print(Text(f"\n{chapter_title(module)}", style="bold"))
        for cls in members:
            console.print(
                Text(f"{in_short(cls.event_name):{longest}}  ").append(cls.chinese_name, "dim"),
                soft_wrap=True,
            )


def _target(url: str, app: AppSettings) -> Target:
    receiveid = next(iter(app.receiveid), "" if app.kind == "robot" else app.suite_id or app.corpid)
    is_suite = app.kind == "suite"
    agentid = str(app.agentid or "")
    callback = Callback(
        url=url,
        token=app.token[0],
        encoding_aes_key=app.encoding_aes_key[0],
        aes_key=decode_key(app.encoding_aes_key[0]),
        receiveid=receiveid,
        to_user=receiveid if is_suite else app.corpid,
        agentid=agentid,
        kind=app.kind,
    )
    addressee = Addressee(
        corpid=app.corpid,
        agentid=agentid,
        suite_id=receiveid if is_suite else "",
        is_suite=is_suite,
    )
    return Target(callback=callback, addressee=addressee)


@contextmanager
def _pusher() -> Iterator[Callable[[Callback, bytes], PushRecord]]:
    """Give the simulator's own way to push, with nothing around it; it returns when all is over."""
    tenant = Tenant(TenantDescription.model_validate(default_tenant()), Clock())
    pusher = Pusher(tenant)

    def push(callback: Callback, plaintext: bytes) -> PushRecord:
        record = pusher.push(callback, plaintext)
        with tenant.changed:
            tenant.changed.wait_for(lambda: record.outcome != "pending")
        return record

    try:
        yield push
    finally:
        pusher.close()


def _print_record(console: Console, record: PushRecord) -> None:
    event = events.parse(record.plaintext)
    ids = Text("  ".join(each for each in (event.userid, event.subject) if each) or event.name)
    console.print(ids, soft_wrap=True)
    for number, attempt in enumerate(record.tries, 1):
        console.print(_line(number, attempt, record), soft_wrap=True)
    last = record.tries[-1].status
    if record.outcome == "failed" and last in _HINTS:
        console.print(f"  {_HINTS[last]}", style="dim", soft_wrap=True)


def _line(number: int, attempt: PushTry, record: PushRecord) -> Text:
    is_accepted = attempt.outcome == "accepted"
    status = attempt.status or "-"
    line = Text(f"  try {number}  {status:>3}  {attempt.milliseconds:8.1f} ms  ")
    line.append(attempt.outcome, "green" if is_accepted else "red")
    if is_accepted:
        line.append(f"  answer: {_answer(record) or 'empty'}", "dim")
    return line


def _answer(record: PushRecord) -> str:
    """Return what the server answered; a passive reply (被动回复) in clear."""
    try:
        ciphertext, _ = read_ciphertext(record.reply.encode())
        return decrypt(record.callback.aes_key, ciphertext).message.decode(errors="replace")
    except (MalformedEnvelope, DecryptionFailed):
        return record.reply
