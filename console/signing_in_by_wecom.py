"""Signing in through WeCom (网页授权登录, 企业微信扫码登录)."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from flask import Blueprint, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from console.access import Access, place
from console.parts import OAuth, Parts, Way
from errors import APIError, WeComError

# WeCom's own browser calls itself both, that of WeChat only the second; both know who it is.
_INSIDE = re.compile(r"wxwork|micromessenger", re.IGNORECASE)
# The code was made up, is older than five minutes, or was used (doc 91023).
_SPENT_CODES = frozenset({40029, 42003, 42022})


def add(blueprint: Blueprint, parts: Parts, access: Access) -> None:
    """Add the way there and the way back."""

    @blueprint.get("/wecom")
    def go_to_wecom() -> AnyResponse:
        """Send somebody to WeCom, which tells us who they are."""
        oauth = _oauth(parts)
        way: Way = "inside" if request.args.get("way") == "inside" else "scan"
        back = f"{oauth.console_url}/wecom/back"
        if wanted := request.args.get("next"):
            back += f"?{urlencode({'next': place(wanted)})}"
        return redirect(oauth.login_url(way, back, access.oauth_state()), 303)

    @blueprint.get("/wecom/back")
    def from_wecom() -> AnyResponse:
        """Take somebody who comes back; the code does not stay in their address bar."""
        oauth = _oauth(parts)
        code = request.args.get("code", "")
        if not access.went_from_here(request.args.get("state", "")):
            return _again("elsewhere")
        if not code:
            return _again("cancelled")
        try:
            return access.try_code(oauth, code) or _again("member")
        except WeComError as error:
            is_spent = isinstance(error, APIError) and error.errcode in _SPENT_CODES
            return _again("code" if is_spent else "wecom_failed")


def usual_way() -> Way:
    """Return how this browser signs in: in WeCom it is known already, at a desk one scans."""
    return "inside" if _INSIDE.search(request.user_agent.string) else "scan"


def _again(problem: str) -> AnyResponse:
    """Send somebody back to the door, which says why."""
    wanted = request.args.get("next")
    return redirect(url_for("console.sign_in", problem=problem, next=wanted), 303)


def _oauth(parts: Parts) -> OAuth:
    if parts.oauth is None:
        raise NotFound
    return parts.oauth
