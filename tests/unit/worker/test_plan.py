from __future__ import annotations

from datetime import UTC, datetime, timedelta

from factories import (
    CREATE_TIME,
    a_group_chat_created,
    a_text_message,
    an_external_contact_added,
)
from handlers import Router, batch_job, group_chat, tagging, welcome
from journal import PlannedRun
from worker import plan

ROUTER = Router(welcome.router, tagging.router, group_chat.router, batch_job.router)
OCCURRED_AT = datetime.fromtimestamp(CREATE_TIME, UTC)
MARGIN = timedelta(seconds=1)


def test_a_new_customer_is_greeted_in_time_and_tagged() -> None:
    planned = plan(ROUTER, an_external_contact_added(), OCCURRED_AT, margin=MARGIN)

    assert planned == (
        PlannedRun(
            handler="handlers.welcome.greet_new_customer",
            lane="urgent",
            deadline_at=OCCURRED_AT + timedelta(seconds=19),
        ),
        PlannedRun(handler="handlers.tagging.tag_new_customer", lane="default"),
    )


def test_a_handler_of_a_family_is_planned_for_its_members() -> None:
    planned = plan(ROUTER, a_group_chat_created(), OCCURRED_AT, margin=MARGIN)

    assert planned == (PlannedRun(handler="handlers.group_chat.follow_group_chat", lane="default"),)


def test_nothing_is_planned_for_what_nobody_wants() -> None:
    assert plan(ROUTER, a_text_message(), OCCURRED_AT, margin=MARGIN) == ()
