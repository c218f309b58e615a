"""Signing in by name and password, and out."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from console import page
from console.access import Access
from console.parts import Parts
from console.signing_in_by_wecom import usual_way

# What a session, or the way back from WeCom, may have come to.
_PROBLEMS = frozenset({"ended", "elsewhere", "cancelled", "member", "code", "wecom_failed"})


def add(blueprint: Blueprint, parts: Parts, access: Access) -> None:
    """Add the pages."""

    @blueprint.get("/sign-in")
    def sign_in() -> AnyResponse:
        """Ask for name and password; where nobody may sign in yet, tell how to change that."""
        if g.operator is not None:
            return redirect(url_for("console.now"), 303)
        if not access.anybody():
            return page.render("nobody")
        problem = request.args.get("problem")
        return _form(parts, problem=problem if problem in _PROBLEMS else None)

    @blueprint.post("/sign-in")
    def try_password() -> AnyResponse:
        """Compare name and password."""
        done = access.try_password(request.form.get("name", ""), request.form.get("password", ""))
        return done or _form(parts, problem="wrong", status=403)

    @blueprint.post("/sign-out")
    def sign_out() -> AnyResponse:
        """End the session."""
        return access.sign_out()


def _form(parts: Parts, *, problem: str | None, status: int = 200) -> AnyResponse:
    return page.render(
        "sign_in",
        status=status,
        problem=problem,
        next=request.values.get("next", ""),
        oauth=parts.oauth,
        way=usual_way(),
        has_users=bool(parts.journal.users()),
    )
