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
from rich.text import Text as Shown

import events
import foreign
from commands.names import in_short
from commands.plaintext import Addressee, compose, is_json
from commands.routes import chapter_heading
from crypto import decode_key, decrypt, read_ciphertext
from errors import ConfigurationError, DecryptionFailed, MalformedEnvelope
from events import Event
from language import Language, Text
from settings import AppSettings, Settings
from simulator import DEFAULT_CORPID, DEFAULT_ENCODING_AES_KEY, DEFAULT_TOKEN, default_tenant
from simulator.clock import Clock
from simulator.description import TenantDescription
from simulator.pusher import Pusher
from simulator.records import Callback, PushRecord, PushTry
from simulator.tenant import Tenant
from wecom import is_template

_HINTS = {
    None: Text(
        en="is the server running, and is this its URL?", zh="服务器在运行吗？这是它的 URL 吗？"
    ),
    403: Text(
        en="Token, EncodingAESKey or receiveid differ from the server's; its log tells which",
        zh="Token、EncodingAESKey 或 receiveid 与服务器的不一致，具体见服务器日志",
    ),
    404: Text(
        en="the server has no app of that name: /callback/<name> of an [[apps]] table",
        zh="服务器上没有这个名称的应用: /callback/<名称>，名称取自 [[apps]]",
    ),
    413: Text(
        en="the server accepts no body of this size (max_body_bytes)",
        zh="服务器不接受这么大的请求体 (max_body_bytes)",
    ),
    503: Text(
        en="the server cannot write its journal now; WeCom would come again",
        zh="服务器暂时无法写入日志库；企业微信会再次推送",
    ),
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
        names = ", ".join(app.name for app in settings.apps)
        told = (
            Text(en="say which app with --app (", zh="请用 --app 指定应用（")
            + (names or Text(en="there is none", zh="一个也没有"))
            + Text(en=")", zh="）")
        )
        raise settings.wrong(told)
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
        raise ConfigurationError(f"--{option}: " + foreign.reason(problem)) from None


def plaintext_for(
    target: Target, cls: type[Event], values: Mapping[str, str], language: Language
) -> bytes:
    """Return the plaintext of an event that happens now. Raises NoSuchName."""
    return compose(
        cls,
        values,
        to=target.addressee,
        now=datetime.now(UTC),
        dice=random.SystemRandom(),
        language=language,
    )


def push_event(
    console: Console,
    target: Target,
    cls: type[Event],
    values: Mapping[str, str],
    *,
    times: int,
    language: Language,
) -> bool:
    """Push an event so many times, each with new ids; tell of every try. True: all accepted."""
    callback = replace(target.callback, form="json") if is_json(cls) else target.callback
    console.print(Shown(f"{cls.event_name}  ", style="bold").append(cls.chinese_name, "not bold"))
    form = callback.form.upper()
    where = Text(en=f"{form} to {callback.url}", zh=f"以 {form} 推送到 {callback.url}")
    console.print(Shown(where[language], style="dim"))
    accepted = 0
    with _pusher() as push:
        for _ in range(times):
            record = push(callback, plaintext_for(target, cls, values, language))
            _print_record(console, record, language)
            accepted += record.outcome == "delivered"
    if times > 1:
        told = Text(en=f"{accepted} of {times} accepted", zh=f"{times} 次中接受 {accepted} 次")
        console.print(told[language])
    return accepted == times


def print_names(console: Console, language: Language) -> None:
    """List every event that can be pushed, chapter by chapter."""
    longest = max(len(in_short(cls.event_name)) for cls in events.catalogue())
    for module, members in groupby(events.catalogue(), key=lambda cls: cls.__module__):
        console.print(Shown(f"\n{chapter_heading(module)[language]}", style="bold"))
        for cls in members:
            console.print(
                Shown(f"{in_short(cls.event_name):{longest}}  ").append(cls.chinese_name, "dim"),
                soft_wrap=True,
            )


def _target(url: str, app: AppSettings) -> Target:
    receiveid = next(iter(app.receiveid), "" if app.kind == "robot" else app.suite_id or app.corpid)
    is_suite = app.kind == "suite"
    hears_as_suite = is_suite and not is_template(app.suite_id)
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
        is_suite=hears_as_suite,
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


def _print_record(console: Console, record: PushRecord, language: Language) -> None:
    event = events.parse(record.plaintext)
    ids = Shown("  ".join(each for each in (event.userid, event.subject) if each) or event.name)
    console.print(ids, soft_wrap=True)
    for number, attempt in enumerate(record.tries, 1):
        console.print(_line(number, attempt, record, language), soft_wrap=True)
    last = record.tries[-1].status
    if record.outcome == "failed" and last in _HINTS:
        console.print(f"  {_HINTS[last][language]}", style="dim", soft_wrap=True)


def _line(number: int, attempt: PushTry, record: PushRecord, language: Language) -> Shown:
    is_accepted = attempt.outcome == "accepted"
    status = attempt.status or "-"
    tried = Text(en=f"try {number}", zh=f"第 {number} 次")
    line = Shown(f"  {tried[language]}  {status:>3}  {attempt.milliseconds:8.1f} ms  ")
    line.append(attempt.outcome, "green" if is_accepted else "red")
    if is_accepted:
        answer = _answer(record)
        told = Text(en="answer: ", zh="应答: ") + (answer or Text(en="empty", zh="空"))
        line.append(f"  {told[language]}", "dim")
    return line


def _answer(record: PushRecord) -> str:
    """Return what the server answered; a passive reply (被动回复) in clear."""
    try:
        ciphertext, _ = read_ciphertext(record.reply.encode())
        return decrypt(record.callback.aes_key, ciphertext).message.decode(errors="replace")
    except (MalformedEnvelope, DecryptionFailed):
        return record.reply
