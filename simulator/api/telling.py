"""Who hears of what an app changed through the API.

The app itself never does. The documents say both that no app hears of it and that this app does
not; the others hear of it while `api_changes_told` is set (unconfirmed).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.api.endpoint import Call
from simulator.handovers import sees_or_saw
from simulator.records import App

CONTACT = "change_external_contact"
CHAT = "change_external_chat"
TAG = "change_external_tag"


def tell_others(call: Call, event: str, fields: Mapping[str, Any], *, userid: str = "") -> None:
    """Push an event to every entitled app but the caller; userid: whose customer it is about."""
    if call.tenant.limits.api_changes_told:
        _tell(call, event, fields, [each for each in _entitled(call, userid) if each != call.app])


def tell_all(call: Call, event: str, fields: Mapping[str, Any], *, userid: str = "") -> None:
    """Push an event to every entitled app: the platform itself did it, later."""
    _tell(call, event, fields, _entitled(call, userid))


def tell_of_tag(call: Call, kind: str, known_id: str, tag_type: str, strategy_id: int = 0) -> None:
    """Push a change of a tag or group; the strategy is only told to the system app (doc 92130)."""
    fields: dict[str, Any] = {"Id": known_id, "TagType": tag_type, "ChangeType": kind}
    if not call.tenant.limits.api_changes_told:
        return
    for app in _entitled(call, ""):
        if app != call.app:
            more = {"StrategyId": strategy_id} if strategy_id and _is_system(app) else {}
            _tell(call, TAG, {**fields, **more}, [app])


def _entitled(call: Call, userid: str) -> list[App]:
    return [
        app
        for app in call.corp.apps.values()
        if app.callback
        and app.enabled
        and "customer_contact" in app.permissions
        and (not userid or sees_or_saw(call.corp, app, userid))
    ]


def _tell(call: Call, event: str, fields: Mapping[str, Any], apps: list[App]) -> None:
    for app in apps:
        if app.callback:
            call.push(app.callback, app, event, fields)


def _is_system(app: App) -> bool:
    return app.kind == "customer_contact"
