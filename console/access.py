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
from errors import WeComError
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
_LONGEST_FORM_BYTES = 65_536
_LONGEST_ADDRESS = 64
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
        request.max_content_length = _LONGEST_FORM_BYTES
        g.operator = self._operator()
        endpoint = (request.endpoint or "").removeprefix("console.")
        if request.method == "POST":
            self._check_csrf()
        if endpoint in _OPEN or g.operator is not None:
            return None
        here = place(request.full_path)
        if request.headers.get("HX-Request"):
            there = url_for("console.sign_in", problem="ended", next=here)
            return Response(status=401, headers={"HX-Redirect": there})
        return redirect(url_for("console.sign_in", next=here), 303)

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
        user = next((user for user in self._journal.users() if user.name == name), None)
        # Whoever types a password into the field above it must not find it in the record.
        known = "" if user is None else user.name
        by_name = _digest("name", name.casefold()[:_LONGEST_FIELD])
        by_address = self._by_address()
        for key, most in ((by_name, MOST_BY_NAME), (by_address, MOST_BY_ADDRESS)):
            self._count(key, most, "password", by=known)
        if not is_right(user, password[:_LONGEST_FIELD]):
            self._refuse("wrong", "password", by=known)
            return None
        self._journal.forgive(by_name)
        # Not forgiven: who has one password must not try those of others without end.
        self._journal.take_back(by_address)
        return self._begin(name, "password")

    def oauth_state(self) -> str:
        """Return what WeCom brings back with somebody who went there from this browser."""
        return _digest("oauth", self._visitor())

    def went_from_here(self, state: str) -> bool:
        """Whether somebody who comes back from WeCom went there from this browser."""
        return hmac.compare_digest(state.encode(), self.oauth_state().encode())

    def try_code(self, oauth: OAuth, code: str) -> AnyResponse | None:
        """Sign in whom a code stands for; None when they may not. Raises WeComError."""
        by_address = self._by_address()
        self._count(by_address, MOST_BY_ADDRESS, "wecom")
        try:
            userid = oauth.userid_of(code)
        except WeComError as error:
            self._refuse("no_answer", "wecom", errcode=getattr(error, "errcode", None))
            raise
        if userid not in oauth.members:
            self._refuse("not_listed", "wecom", by=userid)
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
                address=self._address(),
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

    def _count(self, key: str, most: int, source: str, *, by: str = "") -> None:
        """Count an attempt. Raises 429 after too many, which is written down once in the time."""
        if self._may_try(key, most):
            return
        if self._may_try(_digest("noted", key), 1):
            self.note("sign_in", source, "too_many", by=by)
        log.warning("console_sign_in_refused", reason="too_many")
        abort(429)

    def _may_try(self, key: str, most: int) -> bool:
        return self._journal.count_try(
            Try(key=key, now=self._parts.now(), window=WINDOW, most=most)
        )

    def _refuse(
        self, reason: str, source: str, *, by: str = "", errcode: int | None = None
    ) -> None:
        self.note("sign_in", source, "refused", by=by)
        log.warning("console_sign_in_refused", reason=reason, errcode=errcode)

    def _by_address(self) -> str:
        return _digest("address", self._address())

    def _address(self) -> str:
        """Return where the request comes from; a proxy we trust tells whom it stands for."""
        came = request.remote_addr or ""
        for told in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
            if not told.strip() or not self._is_trusted(came):
                break
            came = told.strip()[:_LONGEST_ADDRESS]
        return came

    def _is_trusted(self, peer: str) -> bool:
        try:
            there = ip_address(peer)
        except ValueError:
            return False
        there = getattr(there, "ipv4_mapped", None) or there
        return any(there in network for network in self._parts.trusted_proxies)

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


def place(wanted: str) -> str:
    """Return a page of ours to go to; whatever leads elsewhere leads to the first page."""
    inside = wanted.startswith("/console/") and "\\" not in wanted and "//" not in wanted
    return wanted.rstrip("?") if inside and wanted.isprintable() else url_for("console.now")


def _digest(purpose: str, text: str) -> str:
    return hashlib.sha256(f"{purpose}\0{text}".encode()).hexdigest()
