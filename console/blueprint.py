"""Puts the pages together under `/console/`."""

from __future__ import annotations

from flask import Blueprint, g
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response as AnyResponse

from console import (
    audit,
    channels,
    delivery,
    failed,
    groups,
    jobs,
    lookup,
    overview,
    page,
    preferences,
    rules,
    signing_in,
    signing_in_by_wecom,
)
from console.access import Access
from console.parts import Parts
from errors import JournalUnavailable

_EXPLAINED = frozenset({403, 404, 405, 429, 503})
_PAGES = (
    signing_in,
    signing_in_by_wecom,
    preferences,
    overview,
    lookup,
    delivery,
    failed,
    rules,
    channels,
    groups,
    jobs,
    audit,
)


def make_console(parts: Parts) -> Blueprint:
    """Return the console, with what it is handed."""
    blueprint = Blueprint(
        "console",
        __name__,
        url_prefix="/console",
        static_folder="static",
        template_folder="templates",
    )
    access = Access(parts)
    blueprint.before_request(access.guard)
    blueprint.context_processor(page.values_of(parts, access.csrf_token))

    @blueprint.after_request
    def finish(response: AnyResponse) -> AnyResponse:
        """Add the cookie of a visitor and the headers of every answer."""
        access.remember_visitor(response)
        return page.protect(response)

    @blueprint.errorhandler(JournalUnavailable)
    def journal_is_away(_error: JournalUnavailable) -> AnyResponse:
        """Say that the database is away."""
        return _explained(503)

    @blueprint.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> AnyResponse:
        """Say in the reader's language what went wrong."""
        return _explained(error.code or 500)

    for each in _PAGES:
        each.add(blueprint, parts, access)

    @blueprint.get("/<path:_anything>")
    def nothing_here(_anything: str) -> AnyResponse:
        """Answer for every address that is none."""
        raise NotFound

    return blueprint


def _explained(status: int) -> AnyResponse:
    if "operator" not in g:
        g.operator = None
    shown = status if status in _EXPLAINED else 500
    return page.render("error", status=status, shown=shown)
