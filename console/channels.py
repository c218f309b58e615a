"""Channels: how many customers each contact way brought (渠道活码)."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import date
from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from console import charts, page
from console.access import Access
from console.parts import Parts

_DAYS = 14
_KEPT_SECONDS = 30.0


def add(blueprint: Blueprint, parts: Parts, access: Access) -> None:  # noqa: ARG001 - every page is added alike
    """Add the page."""
    lock = threading.Lock()
    kept: dict[str, tuple[float, list[Any]]] = {}

    def counts() -> list[Any]:
        zone = page.zone()
        with lock:
            until, known = kept.get(str(zone), (0.0, []))
            if time.monotonic() >= until:
                known = parts.journal.channel_counts(_DAYS, now=parts.now(), zone=zone)
                kept.clear()
                kept[str(zone)] = (time.monotonic() + _KEPT_SECONDS, known)
            return known

    @blueprint.get("/channels")
    def list_channels() -> AnyResponse:
        """Show the channels and what each brought."""
        counted = counts()
        per_day: Counter[date] = Counter()
        for each in counted:
            per_day.update(dict(each.per_day))
        return page.render(
            "channels",
            counts=counted,
            records={(each.app, each.state): each for each in parts.journal.channels()},
            counted={(each.app, each.state) for each in counted},
            per_day=charts.bars(
                [(day.strftime("%m-%d"), count) for day, count in sorted(per_day.items())]
            ),
            days=_DAYS,
        )
