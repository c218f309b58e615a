"""Channels: how many customers each contact way brought (渠道活码)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from console import charts, page
from console.access import Access
from console.parts import Parts
from console.series import Series

_DAYS = 14
_SETTLING = timedelta(minutes=15)  # workers tally contacts a while after they came


def add(blueprint: Blueprint, parts: Parts, access: Access) -> None:  # noqa: ARG001 - every page is added alike
    """Add the page."""
    adds = Series(
        parts.journal.count_adds, span=timedelta(days=1), length=_DAYS, settling=_SETTLING
    )

    @blueprint.get("/channels")
    def list_channels() -> AnyResponse:
        """Show the channels and what each brought."""
        now = parts.now()
        offset = now.astimezone(page.zone()).utcoffset() or timedelta(0)
        counted = adds.up_to(now, offset)
        totals: Counter[tuple[str, str]] = Counter()
        for _, of_day in counted:
            totals.update(of_day or {})
        records = {(each.app, each.state): each for each in parts.journal.channels()}
        return page.render(
            "channels",
            totals={**dict.fromkeys(records, 0), **dict(totals.most_common())},
            today=counted[-1][1] or {},
            records=records,
            per_day=charts.bars(
                [
                    (page.clock(start, "%m-%d"), sum((of_day or {}).values()))
                    for start, of_day in counted
                ]
            ),
            days=_DAYS,
            counting=any(of_day is None for _, of_day in counted),
        )
