"""What all actions stand on: the tenant, the pusher, the agenda, and who is told of an event."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Literal, TypeVar

from errors import ActionImpossible
from simulator.agenda import Agenda
from simulator.corp import Corp
from simulator.plaintext import Fields, Value, app_event, suite_event, write
from simulator.pusher import Pusher
from simulator.records import App, Callback, Member
from simulator.tenant import Tenant

Door = Literal["GET", "POST"]
_Function = TypeVar("_Function", bound=Callable[..., object])
_DOOR = "__simulator_door__"


def action(method: Door) -> Callable[[_Function], _Function]:
    """Put a method on the control door; GET for what only reads."""

    def mark(function: _Function) -> _Function:
        setattr(function, _DOOR, method)
        return function

    return mark


def door_method(function: object) -> Door | None:
    """Return how the control door offers a method, None if it does not."""
    return getattr(function, _DOOR, None)


class Stage:
    """The state that the groups of actions share."""

    def __init__(self, tenant: Tenant, pusher: Pusher, agenda: Agenda) -> None:
        self.tenant = tenant
        self._pusher = pusher
        self._agenda = agenda
        self._closing = threading.Event()

    def _member(self, corp: Corp, userid: str) -> Member:
        if userid not in corp.members:
            raise ActionImpossible(f"There is no member {userid!r}.")
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

    def _member_event(
        self, app: App, userid: str, event: str, fields: Mapping[str, Value]
    ) -> bytes:
        """Return the plaintext of what a member did in an app (doc 90240)."""
        now, form = self.tenant.clock.now(), app.callback.form if app.callback else "xml"
        whole = {**fields, "AgentID": app.agentid}
        return write(app_event(app.corpid, event, now, whole, sender=userid), form)

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
        self._pusher.push(
            callback,
            write(_enveloped(app, event, fields, at), callback.form),
            app=app.name,
            event=f"{event}.{kind}" if kind else event,
            userid=userid,
            subject=subject,
        )


def _enveloped(app: App, event: str, fields: Mapping[str, Value], at: float) -> Fields:
    if app.kind == "suite" and not app.data_events:
        return suite_event(app.suite_id, app.corpid, event, at, fields)
    return app_event(app.corpid, event, at, fields)
