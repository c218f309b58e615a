"""Who an event is about is looked up once, in time, and only where it is asked for."""

from __future__ import annotations

from typing import Any

import pytest
from handler_context import Stage
from structlog.contextvars import bound_contextvars, get_contextvars
from wecom_api import Asked

from errors import SystemBusy
from factories import an_external_contact_added
from handlers.lookup import Lookup
from handlers.people import PeopleDirectory

GET = "externalcontact/get"
EVENT = an_external_contact_added(userid="zhangsan", external_userid="wm1")
DEPARTMENTS = [
    {"id": 1, "name": "总公司", "parentid": 0},
    {"id": 2, "name": "销售部", "parentid": 1},
    {"id": 3, "name": "华东", "parentid": 2},
    {"id": 8, "name": "环", "parentid": 9},
    {"id": 9, "name": "圈", "parentid": 8},
]


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.wecom.on(GET, {"errcode": 0, "external_contact": {"name": "小明"}, "follow_user": []})
    stage.wecom.on("user/get", member(3))
    stage.wecom.on("department/list", {"errcode": 0, "department": DEPARTMENTS})
    return stage


def member(*department: int) -> dict[str, Any]:
    return {"errcode": 0, "userid": "zhangsan", "name": "张三", "department": department}


def asked(stage: Stage) -> list[str]:
    return sorted(each.path for each in stage.wecom.asked if each.path != "gettoken")


def test_both_are_looked_up_once_for_texts_that_name_them(stage: Stage) -> None:
    people = Lookup(EVENT, stage.context(seconds_left=18))

    for _ in range(2):
        people.read_for(["{{ customer.name }}", "{{ staff.alias or staff.name }}"])

    customer, staff = people.known()
    assert customer is not None
    assert staff is not None
    assert (customer.external_contact.name, staff.name) == ("小明", "张三")
    assert asked(stage) == [GET, "user/get"]


def test_what_is_logged_of_two_lookups_at_once_says_of_which_delivery(stage: Stage) -> None:
    bound: list[object] = []

    def note(_: Asked) -> dict[str, Any]:
        bound.append(get_contextvars().get("delivery_id"))
        return {"errcode": 84061, "errmsg": "no"}

    stage.wecom.on(GET, note)
    stage.wecom.on("user/get", note)

    with bound_contextvars(delivery_id=7):
        Lookup(EVENT, stage.context()).read_for(["{{ customer.name }} {{ staff.name }}"])

    assert bound == [7, 7]


def test_texts_that_name_nobody_cost_no_call(stage: Stage) -> None:
    people = Lookup(EVENT, stage.context())

    people.read_for(["{{ event.state }}", "customer.name", "{{ now.year }}"])

    assert people.known() == (None, None)
    assert asked(stage) == []


def test_departments_are_all_up_to_the_top(stage: Stage) -> None:
    found = Lookup(EVENT, stage.context()).departments()

    assert found == frozenset({"3", "华东", "2", "销售部", "1", "总公司"})


def test_departments_in_a_circle_end(stage: Stage) -> None:
    stage.wecom.on("user/get", member(8, 77))

    assert Lookup(EVENT, stage.context()).departments() == frozenset({"8", "环", "9", "圈", "77"})


def test_members_and_departments_are_remembered_for_a_while(stage: Stage) -> None:
    seconds = 0.0
    stage.people = PeopleDirectory(clock=lambda: seconds)
    for later in (0.0, 599.0, 2.0):
        seconds += later
        Lookup(EVENT, stage.context()).departments()

    assert asked(stage) == ["department/list"] * 2 + ["user/get"] * 2


@pytest.mark.parametrize("seconds_left", [7, 1, -1])
def test_nobody_is_looked_up_when_the_work_needs_the_time(
    stage: Stage, seconds_left: float
) -> None:
    people = Lookup(EVENT, stage.context(seconds_left=seconds_left))

    assert (people.customer(), people.staff(), people.departments()) == (None, None, None)
    assert asked(stage) == []


@pytest.mark.parametrize("errcode", [-1, 84061, 60011, 45009])
def test_with_a_deadline_what_fails_is_unknown(stage: Stage, errcode: int) -> None:
    for path in (GET, "user/get"):
        stage.wecom.on(path, {"errcode": errcode, "errmsg": "no"})
    people = Lookup(EVENT, stage.context(seconds_left=18))

    assert (people.customer(), people.departments()) == (None, None)


def test_without_a_deadline_what_may_succeed_later_raises(stage: Stage) -> None:
    stage.wecom.on(GET, {"errcode": -1, "errmsg": "busy"})

    with pytest.raises(SystemBusy):
        Lookup(EVENT, stage.context()).customer()


def test_a_known_member_is_better_than_none(stage: Stage) -> None:
    seconds = 0.0
    stage.people = PeopleDirectory(clock=lambda: seconds)
    Lookup(EVENT, stage.context()).staff()
    seconds = 601
    stage.wecom.on("user/get", {"errcode": -1, "errmsg": "busy"})

    staff = Lookup(EVENT, stage.context(seconds_left=18)).staff()

    assert staff is not None
    assert staff.name == "张三"
