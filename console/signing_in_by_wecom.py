"""Signing in through WeCom (网页授权登录)."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from console.access import Access
from console.parts import OAuth, Parts
from console.signing_in import form
from errors import WeComError


def add(blueprint: Blueprint, parts: Parts, access: Access) -> None:
    """Add the way there and the way back."""

    @blueprint.get("/wecom")
    def go_to_wecom() -> AnyResponse:
        """Send somebody to WeCom, which tells us who they are."""
        return redirect(_oauth(parts).authorize_url(access.oauth_state()), 303)

    @blueprint.get("/wecom/back")
    def from_wecom() -> AnyResponse:
        """Take somebody who comes back."""
        oauth = _oauth(parts)
        code, state = request.args.get("code", ""), request.args.get("state", "")
        try:
            done = access.try_code(oauth, code, state)
        except WeComError:
            return form(parts, problem="wecom_failed", status=502)
        return done or form(parts, problem="member", status=403)


def _oauth(parts: Parts) -> OAuth:
    if parts.oauth is None:
        raise NotFound
    return parts.oauth
