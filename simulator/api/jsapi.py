"""Tickets for signing pages (JS-SDK - 使用说明)."""

from __future__ import annotations

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.days import HOUR_SECONDS
from simulator.oauth import OAuth
from simulator.quotas import Quotas

chapter = Chapter()

_SECONDS = 7200


@chapter.endpoint("GET", "get_jsapi_ticket", doc=90506)
def get_jsapi_ticket(call: Call) -> dict[str, object]:
    """Return the ticket of the corp, the same while it lives (获取企业的jsapi_ticket)."""
    most = call.tenant.limits.jsapi_ticket_per_hour
    call.corp.of(Quotas).count("jsapi_ticket", call.now, most=most, seconds=HOUR_SECONDS)
    return _ticket(call, "corp")


@chapter.endpoint("GET", "ticket/get", doc=90506)
def get(call: Call) -> dict[str, object]:
    """Return the ticket of the app, the same while it lives (获取应用的jsapi_ticket)."""
    if call.text("type") != "agent_config":
        raise CallRefused(40058)
    return _ticket(call, "agent")


def _ticket(call: Call, kind: str) -> dict[str, object]:
    name, most = f"{kind} {call.app.name}", call.tenant.limits.agent_ticket_per_hour
    call.corp.of(Quotas).count(name, call.now, most=most, seconds=HOUR_SECONDS)
    ticket = call.corp.of(OAuth).js_ticket("" if kind == "corp" else name, call.now, _SECONDS)
    return {"ticket": ticket.value, "expires_in": int(ticket.expires_at - call.now)}
