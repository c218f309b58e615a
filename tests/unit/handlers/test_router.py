from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import events
from errors import ConfigurationError
from events import (
    Event,
    ExternalContactAdded,
    ExternalContactChanged,
    ExternalContactDeleted,
    GroupChatChanged,
    GroupChatMembersJoined,
    UnknownEvent,
)
from factories import CREATE_TIME, an_app_plaintext, an_external_contact_added, an_unknown_event
from handlers import LANES, Context, Router, batch_job, group_chat, tagging, welcome

OCCURRED_AT = datetime.fromtimestamp(CREATE_TIME, UTC)
MARGIN = timedelta(seconds=1)


def first(event: Event, ctx: Context) -> None:
    """Do nothing."""


def second(event: Event, ctx: Context) -> None:
    """Do nothing."""


def third(event: Event, ctx: Context) -> None:
    """Do nothing."""


def handlers_of(router: Router, event: type[Event]) -> list[Any]:
    return [route.handler for route in router.fetch(event)]


def test_names_a_handler_by_its_module_and_name() -> None:
    router = Router()
    router.on(ExternalContactAdded)(first)

    (route,) = router

    assert route.name == f"{__name__}.first"
    assert (route.lane, route.within) == ("default", None)
    assert router[route.name] is route
    assert route.name in router
    assert "another" not in router


def test_gives_the_handler_back_to_be_called_as_a_function() -> None:
    assert Router().on(ExternalContactAdded)(first) is first


def test_fetches_the_most_specific_first_and_then_as_registered() -> None:
    router = Router()
    router.on(Event)(first)
    router.on(ExternalContactChanged)(second)
    router.on(ExternalContactAdded)(third)
    router.on(ExternalContactAdded, name="fourth")(first)

    names = [route.name.rpartition(".")[2] for route in router.fetch(ExternalContactAdded)]

    assert names == ["third", "fourth", "second", "first"]


def test_a_family_takes_all_its_events_and_no_others() -> None:
    router = Router()
    router.on(ExternalContactChanged)(first)

    assert handlers_of(router, ExternalContactDeleted) == [first]
    assert handlers_of(router, GroupChatMembersJoined) == []


def test_a_family_takes_its_events_that_nobody_knows_yet() -> None:
    router = Router()
    router.on(ExternalContactChanged)(first)
    router.on(UnknownEvent)(second)
    unknown = events.parse(
        an_app_plaintext(Event="change_external_contact", ChangeType="of_tomorrow")
    )

    assert handlers_of(router, type(unknown)) == [first, second]


@pytest.mark.parametrize("cls", events.catalogue(), ids=lambda cls: cls.__name__)
def test_the_base_takes_everything(cls: type[Event]) -> None:
    router = Router()
    router.on(Event)(first)

    assert handlers_of(router, cls) == [first]


def test_the_base_takes_what_nobody_knows() -> None:
    router = Router()
    router.on(Event)(first)

    assert handlers_of(router, type(an_unknown_event())) == [first]


def test_refuses_two_handlers_of_one_name() -> None:
    router = Router()
    router.on(ExternalContactAdded)(first)

    with pytest.raises(ConfigurationError, match=r"two handlers are named .*\.first; give one a"):
        router.on(ExternalContactDeleted)(first)


def test_one_function_may_serve_twice_under_two_names() -> None:
    router = Router()
    router.on(ExternalContactAdded)(first)
    router.on(ExternalContactDeleted, name="mine.first_too")(first)

    assert [route.name for route in router] == [f"{__name__}.first", "mine.first_too"]


def test_routers_merge_in_order() -> None:
    one, two = Router(), Router()
    one.on(ExternalContactAdded)(first)
    two.on(ExternalContactAdded)(second)

    assert handlers_of(Router(one, two), ExternalContactAdded) == [first, second]


def test_merging_leaves_the_merged_as_they_were() -> None:
    one = Router()
    Router(one).on(ExternalContactAdded)(first)

    assert list(one) == []


def test_refuses_to_merge_two_handlers_of_one_name() -> None:
    one, two = Router(), Router()
    one.on(ExternalContactAdded, name="same")(first)
    two.on(ExternalContactAdded, name="same")(second)

    with pytest.raises(ConfigurationError, match="two handlers are named same"):
        Router(one, two)


def test_the_built_in_handlers_merge_and_lie_in_known_lanes() -> None:
    router = Router(welcome.router, tagging.router, group_chat.router, batch_job.router)

    assert {route.lane for route in router} <= set(LANES)
    assert [route.name for route in router if route.lane == "urgent"] == [
        "handlers.welcome.greet_new_customer",
        "handlers.welcome.greet_half_added_customer",
        "handlers.welcome.greet_after_consent",
    ]
    assert all(route.within == timedelta(seconds=20) for route in welcome.router)


@pytest.mark.parametrize("cls", [route.event for route in group_chat.router])
def test_group_chats_are_followed_through_their_whole_family(cls: type[Event]) -> None:
    assert cls is GroupChatChanged


def deadline(
    *, create_time: object, received_at: datetime, within: timedelta | None = timedelta(seconds=20)
) -> datetime | None:
    router = Router()
    router.on(ExternalContactAdded, within=within)(first)
    (route,) = router
    event = events.parse(
        an_app_plaintext(
            CreateTime=create_time,
            Event="change_external_contact",
            ChangeType="add_external_contact",
        )
    )
    return route.deadline(event, received_at, MARGIN)


@pytest.mark.parametrize("offset", [-30, -29, 0, 0.5, 29, 30])
def test_the_deadline_counts_from_the_event_where_the_clocks_agree(offset: float) -> None:
    received_at = OCCURRED_AT + timedelta(seconds=offset)

    assert deadline(create_time=CREATE_TIME, received_at=received_at) == OCCURRED_AT + timedelta(
        seconds=19
    )


@pytest.mark.parametrize("offset", [-86400, -31, -30.001, 30.001, 31, 86400])
def test_the_deadline_counts_from_the_receipt_where_they_do_not(offset: float) -> None:
    received_at = OCCURRED_AT + timedelta(seconds=offset)

    assert deadline(create_time=CREATE_TIME, received_at=received_at) == received_at + timedelta(
        seconds=19
    )


@pytest.mark.parametrize("create_time", [None, "", "soon", -1, 0, 10**30, 253402300799])
def test_the_deadline_counts_from_the_receipt_without_a_time_in_the_event(
    create_time: object,
) -> None:
    assert deadline(create_time=create_time, received_at=OCCURRED_AT) == OCCURRED_AT + timedelta(
        seconds=19
    )


def test_a_handler_without_a_limit_has_no_deadline() -> None:
    assert deadline(create_time=CREATE_TIME, received_at=OCCURRED_AT, within=None) is None


def test_the_deadline_of_a_real_event_is_aware() -> None:
    greet, *_ = welcome.router

    until = greet.deadline(an_external_contact_added(), OCCURRED_AT, MARGIN)

    assert until is not None
    assert until.tzinfo is not None
