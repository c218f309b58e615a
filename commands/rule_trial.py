"""`rules test`: what the rules make of one event."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.cells import set_cell_size
from rich.console import Console

import events
from commands.plaintext import compose, event_named
from commands.push import target_of
from errors import ConfigurationError, WeComError
from events import Event
from handlers import App, Rules
from handlers.preview import (
    HandlerPreview,
    Preview,
    PreviewPeople,
    bare_context,
    preview,
    routes_for,
)
from handlers.rules import Verdict
from handlers.rules.conditions import GENDERS
from handlers.rules.matching import moment_of
from handlers.rules.problems import rule_named
from language import Language, Text
from settings import NO_APPS, Settings
from simulator import DEFAULT_CORPID, DEFAULT_SECRET, Simulator, default_tenant
from wecom import Call, Client

_ONCE = {
    "customer.name": "customer_name",
    "staff.name": "staff_name",
    "staff.alias": "staff_alias",
    "group.name": "group_name",
    "group.owner": "group_owner",
}
_OFTEN = {"customer.tag": "tags", "department": "departments"}
_UNTRIED = Text(
    en="; no event leads to them: `groups list` and `reconcile` show what they do",
    zh="；它们不由事件触发，请用 `groups list` 与 `reconcile` 查看",
)
_MATCHES = Text(en="matches", zh="匹配")
_DOES_NOT = Text(en="does not", zh="不匹配")
_OVERTAKEN = Text(en="an earlier one goes first", zh="前面的规则优先")
_MARK_WIDTH = 9
_NO_RULE = Text(en="no rule is about this event", zh="没有与此事件有关的规则")
_NOT_TRIED = Text(en="not tried: ", zh="未试: ")
_DONE = Text(en="done", zh="完成")
_NUMBERS = {
    "customer.gender": "gender",
    "customer.add_way": "add_way",
    "group.changes": "group_changes",
}


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One event to be tried: by which rules, for which app, when, about whom, told how."""

    rules: Rules
    app: App
    event: Event
    at: datetime
    people: PreviewPeople
    language: Language

    @classmethod
    def of(
        cls,
        settings: Settings,
        app_name: str | None,
        rules: Rules,
        event_name: str,
        values: Sequence[tuple[str, str]],
        *,
        at: datetime | None = None,
        language: Language = "en",
    ) -> Trial:
        """Read what the command was given. Raises ConfigurationError and NoSuchName."""
        if not settings.apps:
            raise settings.wrong(NO_APPS)
        app = settings.apps[0] if app_name is None else settings.app(app_name)
        moment = _in_zone(at, ZoneInfo(rules.document.timezone))
        fields, people = _told_apart(values)
        kind = event_named(event_name, language)
        if "state" in kind.empty:
            fields = {"state": "", **fields}  # who is not said to come by a channel does not
        return cls(
            rules=rules,
            app=App(
                name=app.name,
                corpid=app.corpid,
                agentid=app.agentid or 0,
                operators=app.operators,
            ),
            event=events.parse(
                compose(
                    kind,
                    fields,
                    to=target_of(settings, app.name, None).addressee,
                    now=moment,
                    dice=random.SystemRandom(),
                    language=language,
                )
            ),
            at=moment,
            people=people,
            language=language,
        )

    def preview(self) -> Preview:
        """Try it out."""
        return preview(self.rules, self.app, self.event, self.at, self.people)


def print_trial(console: Console, trial: Trial) -> None:
    """Show rules, reasons and calls."""
    shown, language = trial.preview(), trial.language
    when = moment_of(shown.at, "%Y-%m-%d %H:%M %Z")
    head = Text(
        en=f"{shown.event} of {shown.app} at {when.en}",
        zh=f"{trial.event.chinese_name} {shown.event}，应用 {shown.app}，{when.zh}",
    )
    console.print(head[language], style="bold", soft_wrap=True)
    for verdict in shown.verdicts:
        console.print(f"  {_line(verdict, language)}", soft_wrap=True)
    if not shown.verdicts:
        console.print(f"  {_NO_RULE[language]}")
    if shown.untried:
        untried = _NOT_TRIED + ", ".join(shown.untried) + _UNTRIED
        console.print(f"  {untried[language]}", soft_wrap=True)
    for handler in shown.handlers:
        _print_handler(console, handler, language)


def _line(verdict: Verdict, language: Language) -> str:
    mark = _MATCHES if verdict.matches else _DOES_NOT
    rule = rule_named(verdict.kind, verdict.name, verdict.number)
    but = verdict.against or (_OVERTAKEN if verdict.overtaken else None)
    reason = f"  {but[language]}" if but else ""
    return f"{set_cell_size(mark[language], _MARK_WIDTH)} {rule[language]}{reason}"


def _print_handler(console: Console, handler: HandlerPreview, language: Language) -> None:
    ended = handler.error or handler.conclusion or _DONE[language]
    console.print(f"{handler.handler}: {ended}", soft_wrap=True)
    for call in handler.calls:
        style = "dim" if call.lookup else ""
        body = json.dumps(call.body, ensure_ascii=False)
        console.print(f"  {call.endpoint} {body}", style=style, soft_wrap=True)


def trial_as_json(trial: Trial) -> str:
    """Return the preview for machines, with its reasons in both languages."""
    shown = asdict(trial.preview())
    return json.dumps(shown, ensure_ascii=False, default=str, indent=2)


def run_live(console: Console, trial: Trial) -> None:
    """Let it happen in a simulator of its own, make the calls there, and show what it received.

    Raises ConfigurationError for an event that the simulator cannot let happen.
    """
    with Simulator.running(tenant=_tenant(trial)) as simulator:
        event = _happens(simulator, trial)
        head = Text(en=f"{event.name} in a simulator", zh=f"在模拟器中发生 {event.name}")
        console.print(head[trial.language], style="bold")
        for route in routes_for(trial.rules, event):
            calls: list[Call] = []
            with Client(
                DEFAULT_CORPID,
                DEFAULT_SECRET,
                agentid=1000002,
                app=trial.app.name,
                base_url=simulator.url,
            ) as api:
                app = replace(trial.app, corpid=DEFAULT_CORPID, agentid=1000002)
                ctx = bare_context(trial.rules, app, trial.at, api.bound(observe=calls.append))
                ended = _ended(route.handler, event, ctx) or _DONE[trial.language]
                console.print(f"{route.name}: {ended}", soft_wrap=True)
            for call in calls:
                console.print(f"  {call.endpoint} {call.errcode}", style="dim")
        for what, received in (
            (Text(en="welcome", zh="欢迎语"), simulator.welcomes()),
            (Text(en="marking", zh="打标签"), simulator.markings()),
            (Text(en="message", zh="应用消息"), simulator.messages()),
        ):
            _show(console, what[trial.language], received)


def _ended(handler: Any, event: Event, ctx: Any) -> str:  # noqa: ANN401 - of any event
    try:
        handler(event, ctx)
    except WeComError as error:
        return f"{type(error).__name__}: {error}"
    return str(ctx.conclusion or "")


def _show(console: Console, what: str, received: Sequence[Mapping[str, Any]]) -> None:
    for each in received:
        console.print(f"{what} {json.dumps(each, ensure_ascii=False, default=str)}", soft_wrap=True)


def _tenant(trial: Trial) -> dict[str, Any]:
    """Describe a corp in which member and operators exist; nobody listens to its callbacks."""
    tenant: dict[str, Any] = default_tenant("http://127.0.0.1:9/nobody")
    corp = tenant["corps"][0]
    known = {member["userid"] for member in corp["members"]}
    for userid in dict.fromkeys((trial.event.userid, *trial.app.operators)):
        if userid and userid not in known:
            corp["members"].append(
                {"userid": userid, "name": trial.people.staff_name, "department": [1]}
            )
    return tenant


def _happens(simulator: Simulator, trial: Trial) -> Event:
    """Let the event happen, and return it with the code that the simulator gave it."""
    event, last = trial.event, trial.event.name.rpartition(".")[2]
    userid = event.userid
    acts: dict[str, Callable[[str], object]] = {
        "add_external_contact": lambda _: None,
        "add_half_external_contact": lambda _: None,
        "del_external_contact": lambda customer: simulator.delete_customer(userid, customer),
        "del_follow_user": lambda customer: simulator.customer_leaves(userid, customer),
        "transfer_fail": lambda customer: simulator.fail_transfer(userid, customer),
        "msg_audit_approved": lambda customer: simulator.consent_to_archive(userid, customer),
    }
    if last not in acts:
        told = Text(
            en=f"{event.name} cannot be tried live; these can: {', '.join(acts)}",
            zh=f"{event.name} 无法在模拟器中发生，可以的有: {', '.join(acts)}",
        )
        raise ConfigurationError(told)
    customer = simulator.add_customer(
        userid,
        state=getattr(event, "state", ""),
        name=trial.people.customer_name,
        half=last == "add_half_external_contact",
        add_way=trial.people.add_way or 1,
    )
    acts[last](customer)
    pushed = _pushed(simulator, customer, event.name)
    return replace(pushed, occurred_at=trial.at)


def _pushed(simulator: Simulator, customer: str, name: str) -> Event:
    """Return the callback that the simulator pushed, or tries to, to nobody."""
    with simulator.tenant.changed:
        for push in simulator.tenant.pushes:
            if push.subject == customer and push.event == name:
                return events.parse(push.plaintext)
    told = Text(en=f"{name} did not happen in the simulator", zh=f"{name} 在模拟器中没有发生")
    raise ConfigurationError(told)


def _in_zone(at: datetime | None, zone: ZoneInfo) -> datetime:
    if at is None:
        return datetime.now(UTC).astimezone(zone)
    return at.replace(tzinfo=zone) if at.tzinfo is None else at


def _told_apart(values: Sequence[tuple[str, str]]) -> tuple[dict[str, str], PreviewPeople]:
    fields: dict[str, str] = {}
    people: dict[str, Any] = {}
    for name, value in values:
        if name in _ONCE:
            people[_ONCE[name]] = value
        elif name in _OFTEN:
            people[_OFTEN[name]] = (*people.get(_OFTEN[name], ()), value)
        elif name in _NUMBERS:
            people[_NUMBERS[name]] = _number(name, value)
        else:
            fields[name] = value
    return fields, PreviewPeople(**people)


def _number(name: str, value: str) -> int:
    if value in GENDERS:
        return GENDERS.index(value)
    if not value.isdecimal():
        told = Text(en=f"{name}: {value} is not a number", zh=f"{name}: {value} 不是数字")
        raise ConfigurationError(told)
    return int(value)
