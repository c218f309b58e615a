"""Rules: what is in force, what is wrong with a file that is not, and what an event would meet."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from console import page
from console.access import Access
from console.lookup import chinese_names
from console.parts import Parts, Preview, Specimen
from errors import WeComError
from language import Text

_LONGEST = 255
_A_DAY = timedelta(days=1)


def add(blueprint: Blueprint, parts: Parts, access: Access) -> None:  # noqa: ARG001 - every page is added alike
    """Add the page."""

    def show(
        asked: dict[str, str], preview: Preview | None = None, problem: Text | None = None
    ) -> AnyResponse:
        return page.render(
            "rules",
            status=200 if problem is None else 422,
            state=parts.rules.state(),
            apps=parts.apps,
            events=parts.rules.events(),
            chinese=chinese_names(),
            asked=asked,
            preview=preview,
            problem=problem,
        )

    @blueprint.get("/rules")
    def list_rules() -> AnyResponse:
        """Show the rules, and a form to try them."""
        return show({"at": page.clock(parts.now(), "%Y-%m-%dT%H:%M")})

    @blueprint.post("/rules")
    def try_rules() -> AnyResponse:
        """Show what the rules would do with an event; nothing is sent."""
        asked = {
            name: request.form.get(name, "").strip()[:_LONGEST]
            for name in ("app", "event", "userid", "state", "name", "at")
        }
        try:
            at = datetime.fromisoformat(asked["at"]).replace(tzinfo=page.zone())
            _ = at - _A_DAY, at + _A_DAY  # it has to exist in every time zone
        except (ValueError, OverflowError):
            at = parts.now()
        if asked["app"] not in parts.apps or asked["event"] not in parts.rules.events():
            return show(asked, problem=Text.same(page.language()("rules.choose")))
        specimen = Specimen(**{name: asked[name] for name in asked if name != "at"}, at=at)
        try:
            return show(asked, preview=parts.rules.preview(specimen))
        except WeComError as error:
            return show(asked, problem=error.text)
