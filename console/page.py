"""What every page has: its language, its times, its headers."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any

from flask import Response, g, make_response, render_template, request
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as AnyResponse

from console.language import LANGUAGES, Language, preferred
from console.parts import Meaning, Parts

LANGUAGE_COOKIE = "wecom_console_language"
THEME_COOKIE = "wecom_console_theme"
ZONE_COOKIE = "wecom_console_zone"
THEMES = ("auto", "light", "dark")

_TONES = {
    "chat_already_started": "expired",
    "used_by_another_app": "expired",
    "failed_rows": "expired",
    "no_rule": "ignored",
    "empty_text": "ignored",
    "no_welcome_code": "ignored",
    "not_external_contact": "ignored",
    "failed_job": "expired",
    "nobody_to_tell": "ignored",
    "quiet": "ignored",
    "unknown": "ignored",
    "no_suite": "ignored",
    "another_suite": "ignored",
    "no_suite_ticket": "ignored",
    "no_auth_code": "ignored",
    "not_authorised": "ignored",
    "awaits_archive_consent": "ignored",
}
_CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    " object-src 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}


def language() -> Language:
    """Return the language of the reader."""
    if "language" not in g:
        g.language = Language(
            preferred(
                request.headers.get("Accept-Language", ""), request.cookies.get(LANGUAGE_COOKIE)
            )
        )
    speaks: Language = g.language
    return speaks


def zone() -> tzinfo:
    """Return the time zone of the reader's browser, else that of this machine."""
    name = request.cookies.get(ZONE_COOKIE, "")
    try:
        return zoneinfo.ZoneInfo(name) if name else _local()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return _local()


def render(template: str, /, status: int = 200, **values: object) -> AnyResponse:
    """Render one of our templates."""
    return make_response(render_template(f"console/{template}.html", **values), status)


def is_fragment() -> bool:
    """Whether a page asks for a part of itself."""
    return request.headers.get("HX-Request") == "true"


def protect(response: AnyResponse) -> AnyResponse:
    """Set what keeps a browser from doing anything we did not mean."""
    for name, value in _HEADERS.items():
        response.headers[name] = value
    is_asset = (
        request.endpoint == "console.static" and response.status_code == Response().status_code
    )
    response.headers["Cache-Control"] = "private, max-age=31536000" if is_asset else "no-store"
    response.headers["Vary"] = "Cookie, Accept-Language"
    return response


def values_of(parts: Parts, csrf_token: Callable[[], str]) -> Callable[[], dict[str, Any]]:
    """Return what gives every template its values."""

    def values() -> dict[str, Any]:
        now = parts.now()
        theme = request.cookies.get(THEME_COOKIE)
        return {
            "t": language(),
            "now": now,
            "operator": g.get("operator"),
            "csrf": csrf_token,
            "theme": theme if theme in THEMES else "auto",
            "themes": THEMES,
            "languages": LANGUAGES,
            "version": parts.version,
            "when": _when,
            "clock": clock,
            "short": short_name,
            "tone": tone,
            "without_hint": without_hint,
            "number": _number,
        }

    return values


def short_name(dotted: str) -> str:
    """Return the last word of a handler's or an event's name."""
    return dotted.rpartition(".")[2]


def tone(status: str, result: str | None) -> str:
    """Return how a run's end looks: what was done may have come to nothing all the same."""
    return _TONES.get(result or "", status) if status == "done" else status


def without_hint(error: str, means: Meaning | None) -> str:
    """Return an error without the advice behind it, where that stands beside."""
    if means is None or means.hint is None:
        return error
    told_of_old = f"{means.hint.en} / {means.hint.zh}"  # up to 0.1.0, and kept in journals
    return error.removesuffix(f" ({told_of_old})").removesuffix(f" ({means.hint.en})")


def _when(at: datetime | None) -> Markup:
    """Show a moment in the reader's zone."""
    if at is None:
        return Markup("–")
    local = at.astimezone(zone())
    today = datetime.now(local.tzinfo).date()
    shown = local.strftime("%H:%M:%S" if local.date() == today else "%Y-%m-%d %H:%M:%S")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.isoformat(), local.strftime("%Y-%m-%d %H:%M:%S.%f %Z"), shown
    )


def clock(at: datetime, form: str = "%H:%M") -> str:
    """Write a moment in the reader's zone."""
    return at.astimezone(zone()).strftime(form)


def _number(value: int) -> str:
    return str(escape(f"{value:,}"))


def _local() -> tzinfo:
    local = datetime.now().astimezone().tzinfo
    assert local is not None  # noqa: S101 - an aware time has one
    return local
