"""Failed: what was given up, put together by handler and cause, and the way to try it again."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from console import page
from console.access import Access, needs
from console.parts import Parts
from journal.failures import FailureGroup

MOST_AT_ONCE = 500


def add(blueprint: Blueprint, parts: Parts, access: Access) -> None:
    """Add the page and what can be done there."""

    @blueprint.get("/failed")
    def list_failed() -> AnyResponse:
        """Show what was given up."""
        groups, more = parts.journal.failure_groups(parts.now())
        return page.render(
            "failed",
            groups=groups,
            more=more,
            meaning=parts.meaning,
            most_at_once=MOST_AT_ONCE,
            again=request.args.get("again", type=int),
        )

    @blueprint.post("/failed/retry")
    @needs("replay")
    def retry_group() -> AnyResponse:
        """Run a handler again on everything of one group, or as much as goes at once."""
        group = _chosen(parts.journal.failure_groups(parts.now())[0])
        runs = parts.journal.retry(
            group.delivery_ids[:MOST_AT_ONCE], group.handler, now=parts.now()
        )
        parts.publish(runs)
        access.note("retry_group", f"{group.handler} {group.cause}", f"{len(runs)} runs")
        return redirect(url_for("console.list_failed", again=len(runs)), 303)


def _chosen(groups: tuple[FailureGroup, ...]) -> FailureGroup:
    wanted = tuple(request.form.get(name, "") for name in ("handler", "status", "cause"))
    for group in groups:
        if (group.handler, group.status, group.cause) == wanted:
            return group
    raise NotFound
