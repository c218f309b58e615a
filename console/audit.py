"""What was done in the console, and by whom."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from console import page
from console.access import Access, needs
from console.parts import Parts

_EACH_PAGE = 100
_GREATEST_ID = 2**63 - 1


def add(blueprint: Blueprint, parts: Parts, access: Access) -> None:  # noqa: ARG001 - every page is added alike
    """Add the page."""

    @blueprint.get("/audit")
    @needs("audit")
    def list_deeds() -> AnyResponse:
        """Show what was done, the newest first."""
        before = request.args.get("before", type=int)
        deeds = parts.journal.deeds(
            before_id=None if before is None else min(before, _GREATEST_ID), limit=_EACH_PAGE
        )
        return page.render(
            "audit", deeds=deeds, older=deeds[-1].id if len(deeds) == _EACH_PAGE else None
        )
