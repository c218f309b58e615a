"""What all actions stand on: the tenant, the pusher, the agenda, and who is told of an event."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, TypeVar

from pydantic import ValidationError

from errors import ActionImpossible
from simulator.agenda import Agenda
from simulator.contacts import ACTIVE
from simulator.corp import Corp
from simulator.foreign_ids import as_provider_knows
from simulator.plaintext import Fields, Value, app_event, suite_event, write
from simulator.pusher import Pusher
from simulator.records import App, Callback, Member
from simulator.tenant import Tenant

Door = Literal["GET", "POST"]
_Function = TypeVar("_Function", bound=Callable[..., object])
_DOOR = "__simulator_door__"
_MEMBERS_NAMED = 4
_TOLD_OF_MEMBERS = ("self_built", "suite")


def action(method: Door) -> Callable[[_Function], _Function]:
    """Put a method on the control door; GET for what only reads."""

    def mark(function: _Function) -> _Function:
        setattr(function, _DOOR, method)
        return function

    return mark


def door_method(function: object) -> Door | None:
    """Return how the control door offers a method, None if it does not."""
    return getattr(function, _DOOR, None)


def sentence(error: ValidationError | TypeError) -> str:
    """Say what is wrong with values that were given, each by its name."""
    if isinstance(error, TypeError):
        return str(error)
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(
        ": ".join(filter(None, (".".join(map(str, each["loc"])), each["msg"]))) for each in problems
    ).replace("Value error, ", "")


class Stage:
    """The state that the groups of actions share."""

    def __init__(self, tenant: Tenant, pusher: Pusher, agenda: Agenda) -> None:
        self.tenant = tenant
        self._pusher = pusher
        self._agenda = agenda
        self._closing = threading.Event()

    def _member(self, corp: Corp, userid: str) -> Member:
        if userid not in corp.members:
            known = ", ".join(itertools.islice(corp.members, _MEMBERS_NAMED))
            raise ActionImpossible(f"There is no member {userid!r}; there are {known}, …")
        return corp.members[userid]

    def _listeners(self, corp: Corp, userid: str) -> list[App]:
        """Return the apps that are told about a member's customers."""
        return [
            app
            for app in corp.apps.values()
            if app.callback
            and app.enabled
            and "customer_contact" in app.permissions
            and corp.sees_userid(app, userid)
        ]

    def _contact_listeners(self, corp: Corp) -> list[App]:
        return [
            app
            for app in corp.apps.values()
            if app.callback and app.enabled and "customer_contact" in app.permissions
        ]

    @contextmanager
    def _watching_ranges(self, corp: Corp, userid: str = "") -> Iterator[None]:
        """Tell apps afterwards who came into their visible range, or went (成员关注, doc 90240).

        userid: the only one who can.
        """
        before = _in_range(corp, userid)
        yield
        after = _in_range(corp, userid)
        for name, userids in after.items():
            for each in sorted(userids ^ before[name]):
                event = "subscribe" if each in userids else "unsubscribe"
                self._tell_of_member(corp.apps[name], each, event, {})

    def _push_tickets(self) -> None:
        """Begin to push what is pushed without anybody's doing."""

    def _tell(
        self,
        app: App,
        event: str,
        fields: Mapping[str, Value],
        *,
        at: float,
        userid: str = "",
        subject: str = "",
    ) -> None:
        """Push an event to one app, in that app's envelope and format."""
        if app.callback is not None:
            self._push_event(
                app.callback, app, event, fields, at=at, userid=userid, subject=subject
            )

    def _data_callback(self, app: App) -> Callback:
        """Return where an app is told of its members. Raises ActionImpossible."""
        if app.data_callback is None:
            raise ActionImpossible(
                f"The app {app.name} has no callback URL; `set_callback` gives it one."
            )
        return app.data_callback

    def _tell_of_member(
        self, app: App, userid: str, event: str, fields: Mapping[str, Value]
    ) -> int:
        """Push what a member did in an app (doc 90240); returns the number of the push."""
        callback, now = self._data_callback(app), self.tenant.clock.now()
        whole = app_event(app.corpid, event, now, {**fields, "AgentID": app.agentid}, sender=userid)
        return self._pusher.push(
            callback, write(whole, callback.form), app=app.name, event=event, userid=userid
        ).number

    def _push_event(
        self,
        callback: Callback,
        app: App,
        event: str,
        fields: Mapping[str, Value],
        *,
        at: float,
        userid: str = "",
        subject: str = "",
    ) -> None:
        kind = fields.get("ChangeType")
        if app.kind == "suite" and self.tenant.limits.ids_per_suite:
            fields = as_provider_knows(self.tenant.corps[app.corpid], app, fields)
        self._pusher.push(
            callback,
            write(_enveloped(app, event, fields, at), callback.form),
            app=app.name,
            event=f"{event}.{kind}" if kind else event,
            userid=userid,
            subject=subject,
        )


def _in_range(corp: Corp, userid: str) -> dict[str, set[str]]:
    """Return by app the members who have joined and whom it sees, or only this one."""
    only = corp.members.get(userid)
    members = corp.members.values() if not userid else [only] if only else []
    return {
        app.name: {
            each.userid for each in members if each.status == ACTIVE and corp.sees(app, each)
        }
        for app in corp.apps.values()
        if app.kind in _TOLD_OF_MEMBERS and app.enabled and app.callback
    }


def _enveloped(app: App, event: str, fields: Mapping[str, Value], at: float) -> Fields:
    if app.kind == "suite" and not app.data_events:
        return suite_event(app.suite_id, app.corpid, event, at, fields)
    return app_event(app.corpid, event, at, fields)
