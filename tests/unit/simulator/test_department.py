"""Departments (部门管理, doc 90205-90208, 95350, 95351)."""

from __future__ import annotations

import pytest
from simulated import Caller, errcodes

from simulator import Simulator


def test_a_department_is_created_moved_and_deleted(contact_sync: Caller) -> None:
    created = contact_sync.post("department/create", name="新部门", parentid=2, name_en="New")
    below = contact_sync.post("department/create", name="下级", parentid=created["id"], id=40)
    updated = contact_sync.post("department/update", id=40, parentid=3, order=7)
    moved = contact_sync.get("department/get", id=40)["department"]
    deleted = [contact_sync.get("department/delete", id=each) for each in (40, created["id"])]

    assert (created["id"], below["id"]) == (4, 40)
    assert updated["errmsg"] == "updated"
    assert (moved["name"], moved["parentid"], moved["order"]) == ("下级", 3, 7)
    assert [each["errmsg"] for each in deleted] == ["deleted", "deleted"]
    assert contact_sync.get("department/get", id=40)["errcode"] == 60003


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"parentid": 1}, 60001),
        ({"name": "x" * 65, "parentid": 1}, 60001),
        ({"name": "a:b", "parentid": 1}, 60009),
        ({"name": "x"}, 60124),
        ({"name": "x", "parentid": "1"}, 60124),
        ({"name": "x", "parentid": 99}, 60004),
        ({"name": "销售部", "parentid": 1}, 60008),
        ({"name": "x", "parentid": 1, "id": 2}, 60008),
        ({"name": "x", "parentid": 1, "id": 2**31}, 40058),
        ({"name": "x", "parentid": 1, "order": -1}, 40058),
    ],
)
def test_refuses_departments_that_cannot_be(
    contact_sync: Caller, body: dict[str, object], errcode: int
) -> None:
    assert contact_sync.post("department/create", **body)["errcode"] == errcode


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"id": 99, "name": "x"}, 60003),
        ({"id": 2, "name": "客服部"}, 60008),
        ({"id": 2, "name": 'a"b'}, 60009),
        ({"id": 2, "parentid": 2}, 60010),
        ({"id": 1, "parentid": 2}, 60010),
        ({"id": 1, "parentid": 0, "name": "总公司"}, 0),
        ({"id": 2, "parentid": 99}, 60004),
        ({"name": "x"}, 40058),
    ],
)
def test_refuses_changes_that_cannot_be(
    contact_sync: Caller, body: dict[str, object], errcode: int
) -> None:
    assert contact_sync.post("department/update", **body)["errcode"] == errcode


def test_only_an_empty_department_goes(sim: Simulator, contact_sync: Caller) -> None:
    middle = sim.add_department("中", parentid=1)
    sim.add_department("下", parentid=middle)

    answers = [contact_sync.get("department/delete", id=each) for each in (1, 2, middle, 99)]

    assert errcodes(*answers) == [60007, 60005, 60006, 60003]


def test_there_are_fifteen_levels(contact_sync: Caller) -> None:
    parent, made = 1, 0
    while True:
        answer = contact_sync.post("department/create", name=f"{made}", parentid=parent)
        if answer["errcode"]:
            break
        parent, made = answer["id"], made + 1

    assert (answer["errcode"], made) == (81002, 14)


def test_ids_are_listed_without_names(sim: Simulator, contacts: Caller) -> None:
    sim.change_app("contacts", visible_departments=[3])

    listed = contacts.get("department/simplelist")["department_id"]
    refused = [contacts.get("department/get", id=each) for each in (2, 99)]

    assert listed == [{"id": 3, "parentid": 1, "order": 90}]
    assert errcodes(*refused) == [60011, 60003]


@pytest.mark.parametrize("path", ["create", "update", "delete"])
def test_only_the_contact_assistant_writes(contacts: Caller, path: str) -> None:
    send = contacts.get if path == "delete" else contacts.post

    assert send(f"department/{path}", id=2)["errcode"] == 48002
