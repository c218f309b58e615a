"""Log-ins through a page (网页授权登录): codes, tickets of members, tickets for scripts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

CODE_SECONDS = 300
USER_TICKET_SECONDS = 1800
_KEPT = 10_000


@dataclass(kw_only=True, slots=True)
class OAuthCode:
    """One code in a redirect: of a member, or of somebody else with an openid."""

    app: str
    userid: str
    openid: str
    external_userid: str
    private: bool
    expires_at: float


@dataclass(kw_only=True, slots=True)
class UserTicket:
    """The right to read what a member allowed."""

    app: str
    userid: str
    expires_at: float


@dataclass(kw_only=True, slots=True)
class JsTicket:
    """A ticket for signing pages."""

    value: str = field(repr=False)
    expires_at: float


class OAuth:
    """Those of one corp."""

    def __init__(self) -> None:
        self.codes: dict[str, OAuthCode] = {}
        self.user_tickets: dict[str, UserTicket] = {}
        self.js_tickets: dict[str, JsTicket] = {}

    def issue_code(self, code: OAuthCode) -> str:
        """Return the value of a new code."""
        value = secrets.token_urlsafe(32)
        self.codes[value] = code
        while len(self.codes) > _KEPT:
            del self.codes[next(iter(self.codes))]
        return value

    def issue_user_ticket(self, app: str, userid: str, now: float) -> str:
        """Return the value of a new user_ticket."""
        value = secrets.token_urlsafe(48)
        self.user_tickets[value] = UserTicket(
            app=app, userid=userid, expires_at=now + USER_TICKET_SECONDS
        )
        while len(self.user_tickets) > _KEPT:
            del self.user_tickets[next(iter(self.user_tickets))]
        return value

    def js_ticket(self, subject: str, now: float, seconds: float) -> JsTicket:
        """Return the living ticket of an app or of the corp, or a new one."""
        ticket = self.js_tickets.get(subject)
        if ticket is None or now >= ticket.expires_at:
            ticket = JsTicket(value=secrets.token_urlsafe(64), expires_at=now + seconds)
            self.js_tickets[subject] = ticket
        return ticket
