"""Which fields of callbacks are keys to something: nobody is ever shown their values."""

from __future__ import annotations

SECRET_FIELDS = frozenset(
    {
        "AccessToken",
        "ActiveCode",
        "AuthCode",
        "ChatKey",
        "OnceKey",
        "PreviousActiveCode",
        "RegisterCode",
        "ResponseCode",
        "SuiteTicket",
        "Token",
        "WelcomeCode",
        "response_url",
        "welcome_code",
    }
)
