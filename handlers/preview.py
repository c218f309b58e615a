"""What would happen: the handlers themselves, over an API that only notes what it is asked.

Nothing leaves the process. `rules test` and the console show what comes out.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar, cast

from errors import WeComError
from events import Event
from events.group_chat import GroupChatMembersJoined, GroupChatMembersLeft
from handlers import customer_service, groups, notifying, remarking, tagging, welcome
from handlers.context import App, Chats, Context, Inbox, Jobs
from handlers.ledger import Ledger
from handlers.lookup import Lookup
from handlers.memory import MemoryInProcess, Upload
from handlers.router import Route, Router
from handlers.rules import (
    AlarmRule,
    ArchiveConsentRule,
    Conditions,
    KfWelcomeRule,
    NotifyRule,
    RemarkRule,
    Rules,
    TagRule,
    Verdict,
    WelcomeRule,
)
from handlers.rules.facts import Facts
from handlers.rules.group import GroupNoticeRule
from handlers.tag_directory import TagDirectory
from wecom import Client, Endpoint

_router = Router(
    welcome.router,
    tagging.router,
    remarking.router,
    notifying.router,
    customer_service.router,
    groups.router,
)

T = TypeVar("T")

_ADDED = ("add_external_contact", "add_half_external_contact")
_UNTRIED = ("group_welcome", "reconcile")
_FIRST_WINS = (WelcomeRule, ArchiveConsentRule, KfWelcomeRule)
_LOOKUPS = frozenset(
    {
        "department/list",
        "externalcontact/get",
        "externalcontact/get_corp_tag_list",
        "externalcontact/groupchat/get",
        "user/get",
    }
)


@dataclass(frozen=True, kw_only=True)
class PreviewPeople:
    """Who the event is about; departments: ids and names, from the member's own upwards.

    group_changes: how many have come, or gone, within the time of any rule.
    """

    customer_name: str = "小明"
    gender: int = 0
    add_way: int = 0
    tags: tuple[str, ...] = ()
    staff_name: str = "张三"
    staff_alias: str = ""
    departments: tuple[str, ...] = ()
    group_name: str = "客户群"
    group_owner: str = "zhangsan"
    group_changes: int = 0


@dataclass(frozen=True, kw_only=True)
class PreviewCall:
    """One call as it would be made; body: the JSON of it, or its query.

    lookup: it only reads, to decide or to fill in.
    """

    endpoint: str
    body: Mapping[str, Any]
    lookup: bool


@dataclass(frozen=True, kw_only=True)
class HandlerPreview:
    """What one handler would do; conclusion: its word, error: why it would fail."""

    handler: str
    conclusion: str
    error: str
    calls: tuple[PreviewCall, ...]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What an event would lead to.

    verdicts: every rule that this kind of event concerns, with the reason against those that do
    not match. untried: kinds of rule that are there and cannot be tried, because no event leads to
    them: they keep something in step.
    """

    event: str
    app: str
    at: datetime
    verdicts: tuple[Verdict, ...]
    handlers: tuple[HandlerPreview, ...]
    untried: tuple[str, ...] = ()

    @property
    def calls(self) -> tuple[PreviewCall, ...]:
        """All calls that would change something, in order."""
        return tuple(call for handler in self.handlers for call in handler.calls if not call.lookup)


def preview(
    rules: Rules, app: App, event: Event, at: datetime, people: PreviewPeople | None = None
) -> Preview:
    """Say which rules match an event at a time, and which API calls would be made for them."""
    people = people or PreviewPeople()
    with _Notepad(people, app, event.userid) as api:
        handlers = tuple(
            _try_out(_context(rules, app, at, api, people), event, route)
            for route in routes_for(rules, event)
        )
        people_of = Lookup(event, _context(rules, app, at, api, people))
        facts = rules.facts(app.name, app.corpid, event, at, people_of)
        verdicts = (
            *_channels(rules, facts),
            *(
                verdict
                for kind in kinds_for(event)
                for verdict in _ruled(kind, rules.verdicts(kind, facts))
            ),
            *_group_notices(rules, facts, people),
        )
    return Preview(
        event=event.name,
        app=app.name,
        at=at,
        verdicts=verdicts,
        handlers=handlers,
        untried=tuple(kind for kind in _UNTRIED if getattr(rules.document, kind)),
    )


def kinds_for(event: Event) -> tuple[type[Conditions], ...]:
    """Return the kinds of rule whose conditions alone decide about an event."""
    name = event.name
    kinds: list[type[Conditions]] = []
    if name.endswith(_ADDED):
        kinds.append(WelcomeRule)
    if name.endswith(".add_external_contact"):
        kinds += [TagRule, RemarkRule]
    if name.endswith("msg_audit_approved"):
        kinds.append(ArchiveConsentRule)
    if name.endswith("enter_session"):
        kinds.append(KfWelcomeRule)
    if name.endswith("change_external_contact.del_external_contact"):
        kinds.append(AlarmRule)
    return (*kinds, NotifyRule)


def routes_for(rules: Rules, event: Event) -> list[Route]:
    """Return the handlers of rules that an event gives work to."""
    return [route for route in _router.fetch(type(event)) if route.is_wanted(event, rules)]


def _ruled(kind: type[Conditions], verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    """Yield the verdicts, with those marked that match behind the one that applies."""
    applied = False
    for verdict in verdicts:
        behind = verdict.matches and applied and kind in _FIRST_WINS
        yield replace(verdict, overtaken=True) if behind else verdict
        applied |= verdict.matches


def _channels(rules: Rules, facts: Facts) -> list[Verdict]:
    """Say by which channel a customer came; it is counted there, and nothing is called for it."""
    if not facts.event.name.endswith(_ADDED):
        return []
    return [
        Verdict(
            kind="channel",
            number=number,
            name=rule.name,
            matches=(against := rule.against(facts)) is None,
            against=against,
        )
        for number, rule in enumerate(rules.document.channel, 1)
    ]


def _group_notices(rules: Rules, facts: Facts, people: PreviewPeople) -> list[Verdict]:
    """Say which notices are sent of a group; the first of what is against them decides."""
    event = facts.event
    if not isinstance(event, GroupChatMembersJoined | GroupChatMembersLeft):
        return []
    count = max(groups.number_in(event), people.group_changes)
    found = zip(rules.of(GroupNoticeRule), rules.verdicts(GroupNoticeRule, facts), strict=True)
    return [
        replace(verdict, matches=(against is None), against=against)
        for rule, verdict in found
        for against in [verdict.against or rule.against(people.group_owner, count)]
    ]


def _try_out(ctx: Context, event: Event, route: Route) -> HandlerPreview:
    api = ctx.api
    assert isinstance(api, _Notepad)  # noqa: S101 - we have just made it
    before, error = len(api.noted), ""
    try:
        route.handler(event, ctx)
    except WeComError as raised:
        error = f"{type(raised).__name__}: {raised}"
    return HandlerPreview(
        handler=route.name,
        conclusion=ctx.conclusion or "",
        error=error,
        calls=tuple(api.noted[before:]),
    )


def bare_context(rules: Rules, app: App, at: datetime, api: Client) -> Context:
    """Return what the handlers of rules need, remembered in this process alone.

    The second attempt: what other handlers write down first is there.
    """
    return Context(
        app=app,
        api=api,
        rules=rules,
        chats=cast("Chats", None),  # of no use to the handlers of rules, and so for the next two
        jobs=cast("Jobs", None),
        inbox=cast("Inbox", None),
        tags=TagDirectory(),
        robot_file=lambda _url: b"",
        log=_Silence(),
        now=lambda: at,
        memory=MemoryInProcess(now=lambda: at),
        attempt=2,
    )


def _context(rules: Rules, app: App, at: datetime, api: Client, people: PreviewPeople) -> Context:
    ctx = bare_context(rules, app, at, api)
    ctx.ledger = cast("Ledger", _GroupHistory(people.group_changes))
    for file in rules.files(app.name):
        if (rules.folder / file.path).is_file():
            media_id = f"MEDIA_ID({file.path})"
            ctx.memory.keep_upload(Upload(file=file, sha256="", media_id=media_id, created_at=at))
    return ctx


@dataclass(frozen=True)
class _GroupHistory:
    """Knows how many came to a group, or left it, and nothing else."""

    changes: int

    def group_changes_since(self, _chat_id: str, _since: datetime) -> Mapping[str, int]:
        """Return how many `joined` and `left`."""
        return {"joined": self.changes, "left": self.changes}


class _Notepad(Client):
    """Notes every call and answers as a WeCom would in which these people are."""

    def __init__(self, people: PreviewPeople, app: App, userid: str) -> None:
        super().__init__(app.corpid, "", agentid=app.agentid, app=app.name)
        self.noted: list[PreviewCall] = []
        self._people = people
        self._userid = userid

    def bound(self, *_: object, **__: object) -> Client:
        """Return itself: nothing here takes time."""
        return self

    def call(self, endpoint: Endpoint[T], **sent: Any) -> T:  # noqa: ANN401 - what Client.call takes
        """Note the call and answer."""
        body = {
            key: copy.deepcopy(value)
            for part in ("query", "json")
            for key, value in (sent.get(part) or {}).items()
            if value is not None
        }
        self.noted.append(
            PreviewCall(endpoint=endpoint.path, body=body, lookup=endpoint.path in _LOOKUPS)
        )
        answer = self._answer_to(endpoint.path, body)
        return endpoint.returns({"errcode": 0, "errmsg": "ok", **answer})

    def _answer_to(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        answers: Mapping[str, Callable[[], Mapping[str, Any]]] = {
            "externalcontact/get": lambda: self._customer(body),
            "user/get": lambda: self._member(body),
            "department/list": self._departments,
            "externalcontact/get_corp_tag_list": lambda: {"tag_group": []},
            "externalcontact/groupchat/get": lambda: self._group(body),
            "externalcontact/add_corp_tag": lambda: _made_tags(body),
            "media/upload": lambda: {"type": "file", "media_id": "MEDIA_ID", "created_at": "0"},
        }
        answer = answers.get(path)
        return answer() if answer else {}

    def _customer(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        people = self._people
        named = (tag.partition("/") for tag in people.tags)
        tags = [{"group_name": group, "tag_name": tag} for group, _, tag in named]
        return {
            "external_contact": {
                "external_userid": body.get("external_userid", ""),
                "name": people.customer_name,
                "gender": people.gender,
            },
            "follow_user": [{"userid": self._userid, "add_way": people.add_way, "tags": tags}],
        }

    def _group(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        people = self._people
        return {
            "group_chat": {
                "chat_id": body.get("chat_id", ""),
                "name": people.group_name,
                "owner": people.group_owner,
            }
        }

    def _member(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        people = self._people
        return {
            "userid": body.get("userid", ""),
            "name": people.staff_name,
            "alias": people.staff_alias,
            "department": [number for number, _ in self._numbered()],
        }

    def _departments(self) -> Mapping[str, Any]:
        return {"department": [{"id": number, "name": name} for number, name in self._numbered()]}

    def _numbered(self) -> list[tuple[int, str]]:
        """Return the departments, those that were given by name with numbers nobody has."""
        return [
            (int(each), "") if each.isdecimal() else (-number, each)
            for number, each in enumerate(self._people.departments, 1)
        ]


def _made_tags(body: Mapping[str, Any]) -> Mapping[str, Any]:
    tags = [{"id": f"TAG_ID({each['name']})", "name": each["name"]} for each in body["tag"]]
    group = {"group_id": "GROUP_ID", "group_name": body.get("group_name", ""), "tag": tags}
    return {"tag_group": group}


class _Silence:
    def info(self, event: str, **facts: object) -> None:
        """Say nothing."""

    def warning(self, event: str, **facts: object) -> None:
        """Say nothing."""
