"""Events: what arrived, by what is known of it, and live."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

import events
from console import page
from console.access import Access
from console.parts import Parts
from journal.lookup import Wanted

STATUSES = ("open", "done", "failed", "ignored")
_EACH_PAGE = 50
_TEXTS = ("app", "event", "userid", "subject", "state", "status")
_LONGEST = 255
_GREATEST_ID = 2**63 - 1


def add(blueprint: Blueprint, parts: Parts, access: Access) -> None:  # noqa: ARG001 - every page is added alike
    """Add the page."""

    @blueprint.get("/events")
    def list_events() -> AnyResponse:
        """Show what fits, the newest first; the first page is live."""
        wanted, asked = _wanted()
        before_id = _id(request.args.get("before"))
        found = parts.journal.find(wanted, before_id=before_id, limit=_EACH_PAGE)
        is_live = before_id is None
        return page.render(
            "events_rows" if page.is_fragment() else "events",
            found=found,
            asked=asked,
            is_live=is_live,
            apps=parts.apps,
            names=() if page.is_fragment() else parts.journal.events_seen(),
            chinese=chinese_names(),
            statuses=STATUSES,
            search={key: value for key, value in asked.items() if value},
        )


def _wanted() -> tuple[Wanted, dict[str, str]]:
    """Read the filters; a time that is none is left out, and shown as it was written."""
    asked = {
        name: request.args.get(name, "").strip()[:_LONGEST] for name in (*_TEXTS, "since", "until")
    }
    times = {name: _moment(asked[name]) for name in ("since", "until")}
    wanted = Wanted(**{name: asked[name] or None for name in _TEXTS}, **times)  # type: ignore[arg-type]  # texts and times
    return wanted, asked


def _moment(written: str) -> datetime | None:
    """Read what a browser's field for date and time sends, in the reader's zone."""
    try:
        return datetime.fromisoformat(written).replace(tzinfo=page.zone())
    except (ValueError, OverflowError):
        return None


def _id(written: str | None) -> int | None:
    if written is None or not written.isascii() or not written.isdigit():
        return None
    return min(int(written), _GREATEST_ID)


def chinese_names() -> dict[str, str]:
    """Return the vendor's names of events, for a reader of Chinese."""
    if page.language().code != "zh":
        return {}
    return {cls.event_name: cls.chinese_name for cls in events.catalogue()}
