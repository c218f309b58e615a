"""Who is looking: sessions, CSRF tokens, signing in and out, and what is written down of it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from ipaddress import ip_address
from typing import ParamSpec

import structlog
from flask import Response, abort, g, make_response, redirect, request, url_for
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as AnyResponse

from console.parts import OAuth, Parts
from console.password import is_right
from journal.people import Deed, Session, Try

log = structlog.get_logger(__name__)

P = ParamSpec("P")

SESSION_COOKIE = "wecom_console"
VISITOR_COOKIE = "wecom_console_visitor"
COOKIE_PATH = "/console"
IDLE = timedelta(hours=1)
LONGEST = timedelta(hours=12)
WINDOW = timedelta(minutes=15)
MOST_BY_NAME = 10
MOST_BY_ADDRESS = 30

_TOUCH_EACH = timedelta(minutes=1)
_LONGEST_FIELD = 256
_OPEN = frozenset({"static", "sign_in", "try_password", "go_to_wecom", "from_wecom", "prefer"})


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Somebody who is signed in."""

    name: str
    source: str
    session_id: str
    permissions: frozenset[str]

    def may(self, permission: str) -> bool:
        """Whether this person has a permission."""
        return permission in self.permissions


class Access:
    """The door of the console."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._journal = parts.journal

    # --- before and after each request

    def guard(self) -> AnyResponse | None:
        """Let nobody in who is not signed in, and no POST without its CSRF token."""
        g.operator = self._operator()
        endpoint = (request.endpoint or "").removeprefix("console.")
        if request.method == "POST":
            self._check_csrf()
        if endpoint in _OPEN or g.operator is not None:
            return None
        there = url_for("console.sign_in", next=place(request.full_path))
        if request.headers.get("HX-Request"):
            return Response(status=401, headers={"HX-Redirect": url_for("console.sign_in")})
        return redirect(there, 303)

    def remember_visitor(self, response: AnyResponse) -> None:
        """Give a browser that is not signed in something its CSRF token can hang on."""
        if (visitor := g.get("visitor")) and not request.cookies.get(VISITOR_COOKIE):
            self._set_cookie(response, VISITOR_COOKIE, visitor)

    def csrf_token(self) -> str:
        """Return the token that a form of this browser has to bring back."""
        secret = request.cookies.get(SESSION_COOKIE) if g.get("operator") else None
        return _digest("csrf", secret or self._visitor())

    # --- in and out

    def anybody(self) -> bool:
        """Whether there is any way to sign in."""
        return self._parts.oauth is not None or bool(self._journal.users())

    def try_password(self, name: str, password: str) -> AnyResponse | None:
        """Sign in by name and password; None when that fails. Raises 429 after too many tries."""
        by_name = _digest("name", name.casefold()[:_LONGEST_FIELD])
        by_address = _digest("address", address())
        if not self._may_try(by_name, MOST_BY_NAME) or not self._may_try(
            by_address, MOST_BY_ADDRESS
        ):
            self.note("sign_in", name, "too_many", by=name)
            log.warning("console_sign_in_refused", reason="too_many")
            abort(429)
        user = next((user for user in self._journal.users() if user.name == name), None)
        if not is_right(user, password[:_LONGEST_FIELD]):
            self.note("sign_in", name, "refused", by=name)
            log.warning("console_sign_in_refused", reason="wrong")
            return None
        self._journal.forgive(by_name)
        # Not forgiven: who has one password must not try those of others without end.
        self._journal.take_back(by_address)
        return self._begin(name, "password")

    def oauth_state(self) -> str:
        """Return what WeCom brings back with somebody who went there from this browser."""
        return _digest("oauth", self._visitor())

    def try_code(self, oauth: OAuth, code: str, state: str) -> AnyResponse | None:
        """Sign in somebody who comes back from WeCom; None when they may not."""
        if not code or not hmac.compare_digest(state.encode(), self.oauth_state().encode()):
            return None
        by_address = _digest("address", address())
        if not self._may_try(by_address, MOST_BY_ADDRESS):
            self.note("sign_in", "", "too_many", by="")
            log.warning("console_sign_in_refused", reason="too_many")
            abort(429)
        userid = oauth.userid_of(code)
        if userid not in oauth.members:
            self.note("sign_in", userid, "refused", by=userid)
            return None
        self._journal.take_back(by_address)
        return self._begin(userid, "wecom")

    def sign_out(self) -> AnyResponse:
        """End the session."""
        self._journal.end_session(g.operator.session_id)
        self.note("sign_out", "", "done")
        response = redirect(url_for("console.sign_in"), 303)
        response.delete_cookie(SESSION_COOKIE, path=COOKIE_PATH)
        return response

    def note(self, action: str, target: str, outcome: str, *, by: str | None = None) -> None:
        """Write down what was done, and by whom."""
        self._journal.note_deed(
            Deed(
                at=self._parts.now(),
                name=by if by is not None else g.operator.name,
                address=address(),
                action=action,
                target=target,
                outcome=outcome,
            )
        )

    # --- inside

    def _operator(self) -> Operator | None:
        token = request.cookies.get(SESSION_COOKIE)
        if not token:
            return None
        now = self._parts.now()
        session = self._journal.session(_digest("session", token))
        if session is None:
            return None
        if now - session.seen_at > IDLE or now - session.started_at > LONGEST:
            self._journal.end_session(session.id)
            return None
        permissions = self._permissions(session)
        if permissions is None:
            return None
        # A page that refreshes itself does not keep a session alive that nobody uses.
        if now - session.seen_at > _TOUCH_EACH and not request.headers.get("HX-Request"):
            self._journal.touch_session(session.id, now)
        return Operator(
            name=session.name,
            source=session.source,
            session_id=session.id,
            permissions=permissions,
        )

    def _permissions(self, session: Session) -> frozenset[str] | None:
        """Return what the person may now; None for one who may not sign in any more."""
        if session.source == "wecom":
            oauth = self._parts.oauth
            known = oauth is not None and session.name in oauth.members
            return oauth.permissions if oauth is not None and known else None
        users = {user.name: user.permissions for user in self._journal.users()}
        return users.get(session.name)

    def _check_csrf(self) -> None:
        given = request.form.get("csrf", "")
        if not hmac.compare_digest(given.encode(), self.csrf_token().encode()):
            raise Forbidden

    def _visitor(self) -> str:
        if "visitor" not in g:
            g.visitor = request.cookies.get(VISITOR_COOKIE) or secrets.token_urlsafe(32)
        return str(g.visitor)

    def _may_try(self, key: str, most: int) -> bool:
        return self._journal.count_try(
            Try(key=key, now=self._parts.now(), window=WINDOW, most=most)
        )

    def _begin(self, name: str, source: str) -> AnyResponse:
        token = secrets.token_urlsafe(32)
        now = self._parts.now()
        session = Session(
            id=_digest("session", token), name=name, source=source, started_at=now, seen_at=now
        )
        self._journal.begin_session(session, longest=LONGEST)
        self.note("sign_in", source, "done", by=name)
        response = make_response(redirect(place(request.values.get("next", "")), 303))
        self._set_cookie(response, SESSION_COOKIE, token)
        return response

    def _set_cookie(self, response: AnyResponse, name: str, value: str) -> None:
        # Lax, not Strict: whoever comes back from WeCom, or follows a link in a chat, is known.
        response.set_cookie(
            name,
            value,
            path=COOKIE_PATH,
            secure=self._parts.secure,
            httponly=True,
            samesite="Lax",
        )


def needs(permission: str) -> Callable[[Callable[P, AnyResponse]], Callable[P, AnyResponse]]:
    """Refuse a view to those who lack a permission."""

    def decorate(view: Callable[P, AnyResponse]) -> Callable[P, AnyResponse]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> AnyResponse:
            if not g.operator.may(permission):
                raise Forbidden
            return view(*args, **kwargs)

        return guarded

    return decorate


def address() -> str:
    """Return where the request comes from; a proxy on this machine tells whom it stands for."""
    peer = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded[:64] if forwarded and _is_loopback(peer) else peer


def _is_loopback(peer: str) -> bool:
    try:
        return ip_address(peer).is_loopback
    except ValueError:
        return False


def place(wanted: str) -> str:
    """Return a page of ours to go to; whatever leads elsewhere leads to the first page."""
    inside = wanted.startswith("/console/") and "\\" not in wanted and "//" not in wanted
    return wanted.rstrip("?") if inside and wanted.isprintable() else url_for("console.now")


def _digest(purpose: str, text: str) -> str:
    return hashlib.sha256(f"{purpose}\0{text}".encode()).hexdigest()
