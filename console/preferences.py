"""How the reader likes the pages."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from console import page
from console.access import COOKIE_PATH, Access, place
from console.language import LANGUAGES
from console.parts import Parts

_A_YEAR_SECONDS = 365 * 86400


def add(blueprint: Blueprint, parts: Parts, access: Access) -> None:  # noqa: ARG001 - every page is added alike
    """Add what takes the choice."""

    @blueprint.post("/preferences")
    def prefer() -> AnyResponse:
        """Remember language and theme."""
        response = redirect(place(request.form.get("next", "")), 303)
        choices = (
            (page.LANGUAGE_COOKIE, request.form.get("language", ""), LANGUAGES),
            (page.THEME_COOKIE, request.form.get("theme", ""), page.THEMES),
        )
        for cookie, chosen, known in choices:
            if chosen in known:
                response.set_cookie(
                    cookie,
                    chosen,
                    max_age=_A_YEAR_SECONDS,
                    path=COOKIE_PATH,
                    secure=parts.secure,
                    httponly=True,
                    samesite="Lax",
                )
        return response
