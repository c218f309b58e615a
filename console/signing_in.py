"""Signing in by name and password, and out."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from console import page
from console.access import Access
from console.parts import Parts


def add(blueprint: Blueprint, parts: Parts, access: Access) -> None:
    """Add the pages."""

    @blueprint.get("/sign-in")
    def sign_in() -> AnyResponse:
        """Ask for name and password; where nobody may sign in yet, tell how to change that."""
        if g.operator is not None:
            return redirect(url_for("console.now"), 303)
        if not access.anybody():
            return page.render("nobody")
        return form(parts)

    @blueprint.post("/sign-in")
    def try_password() -> AnyResponse:
        """Compare name and password."""
        done = access.try_password(request.form.get("name", ""), request.form.get("password", ""))
        return done or form(parts, problem="wrong", status=403)

    @blueprint.post("/sign-out")
    def sign_out() -> AnyResponse:
        """End the session."""
        return access.sign_out()


def form(parts: Parts, *, problem: str | None = None, status: int = 200) -> AnyResponse:
    """Return the page that asks who it is."""
    return page.render(
        "sign_in",
        status=status,
        problem=problem,
        next=request.values.get("next", ""),
        has_oauth=parts.oauth is not None,
        has_users=bool(parts.journal.users()),
    )
