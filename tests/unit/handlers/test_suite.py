"""What is left alone: apps that are no suite, tickets and codes of another one, empty ones."""

from __future__ import annotations

import pytest
from handler_context import Stage

import events
from factories import SUITE_ID, a_suite_plaintext
from handlers.authorisations import NoSuite
from handlers.suite import router

ROUTES = {route.event.event_name: route for route in router}
FIELDS = {
    "suite_ticket": {"SuiteTicket": "T"},
    "create_auth": {"AuthCode": "AC"},
    "reset_permanent_code": {"AuthCode": "AC"},
    "change_auth": {},
    "cancel_auth": {},
}


class Suite(NoSuite):
    """A suite that keeps nothing."""

    def __init__(self, suite_id: str) -> None:
        self.suite_id = suite_id


@pytest.mark.parametrize(("suite_id", "word"), [("", "no_suite"), ("wwother", "another_suite")])
@pytest.mark.parametrize("name", FIELDS)
def test_what_is_not_for_this_suite_is_left_alone(
    stage: Stage, name: str, suite_id: str, word: str
) -> None:
    ctx = stage.context()
    ctx.authorisations = Suite(suite_id)

    ROUTES[name].handler(events.parse(a_suite_plaintext(InfoType=name, **FIELDS[name])), ctx)

    assert ctx.conclusion == word
    assert stage.wecom.asked == []


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("suite_ticket", "no_suite_ticket"),
        ("create_auth", "no_auth_code"),
        ("reset_permanent_code", "no_auth_code"),
        ("change_auth", "not_authorised"),
        ("cancel_auth", "authorised_since"),
    ],
)
def test_what_says_nothing_leads_to_nothing(stage: Stage, name: str, word: str) -> None:
    ctx = stage.context()
    ctx.authorisations = Suite(SUITE_ID)

    ROUTES[name].handler(events.parse(a_suite_plaintext(InfoType=name)), ctx)

    assert ctx.conclusion == word
    assert stage.wecom.asked == []
