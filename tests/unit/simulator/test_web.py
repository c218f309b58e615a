"""The control door: /simulator/."""

from __future__ import annotations

import inspect

import pytest
from simulated import NOWHERE, Caller, tenant
from werkzeug.test import TestResponse

from simulator import ControlClient, Simulator
from simulator.actions.stage import door_method

AS_JSON = {"Accept": "application/json"}


def act(sim: Simulator, name: str, **arguments: object) -> TestResponse:
    return sim.app.test_client().post(f"/simulator/{name}", json=arguments)


def test_documents_itself(sim: Simulator) -> None:
    described = sim.app.test_client().get("/simulator/", headers=AS_JSON).json

    assert described is not None
    names = {each["name"] for each in described["actions"]}
    assert {"reset", "add_customer", "add_fault", "advance", "wait", "welcomes"} <= names
    assert all(each["about"] and each["method"] in {"GET", "POST"} for each in described["actions"])


@pytest.mark.parametrize("path", ["/", "/simulator", "/simulator/"])
def test_people_can_read_what_there_is(sim: Simulator, path: str) -> None:
    page = sim.app.test_client().get(path)

    assert page.content_type.startswith("text/plain")
    assert "  POST add_fault(fault)" in page.text
    assert "  GET  welcomes(external_userid='', limit=1000)" in page.text
    assert "Customers come, change and go." in page.text


def test_a_misspelt_action_is_guessed(sim: Simulator) -> None:
    problem = act(sim, "add_custmer").get_json()["problem"]

    assert "Is it add_customer" in problem


def test_who_gives_wrong_arguments_is_told_the_right_ones(sim: Simulator) -> None:
    answer = act(sim, "customer_leaves", user="zhangsan").get_json()

    assert answer["usage"] == "customer_leaves(userid, external_userid, corpid='')"


def test_who_names_nobody_is_told_who_there_is(sim: Simulator) -> None:
    problem = act(sim, "add_customer", userid="zhang").get_json()["problem"]

    assert problem == "There is no member 'zhang'; there are zhangsan, lisi, wangwu, zhaoliu, …"


def test_an_action_takes_json_and_answers_json(sim: Simulator) -> None:
    response = act(sim, "add_customer", userid="zhangsan", state="s")

    assert response.status_code == 200
    assert response.get_json().startswith("wm")
    assert sim.counts()["customers"] == 1


def test_chinese_is_answered_as_it_is_written(sim: Simulator) -> None:
    response = sim.app.test_client().get("/simulator/")

    assert "企业微信" in response.text


def test_what_reads_takes_the_query_too(sim: Simulator) -> None:
    sim.add_customer("zhangsan")

    response = sim.app.test_client().get("/simulator/wait?customers=1&timeout=2")

    assert response.json == {"reached": True, "counts": sim.counts()}


def test_a_wait_ends_in_vain_when_its_time_is_up(sim: Simulator) -> None:
    response = sim.app.test_client().get("/simulator/wait?welcomes=1&timeout=0.05")

    assert response.json == {"reached": False, "counts": {}}


@pytest.mark.parametrize(
    ("name", "arguments", "status"),
    [
        ("add_customer", {}, 400),
        ("add_customer", {"userid": "nobody"}, 400),
        ("add_customer", {"userid": "zhangsan", "no_such": 1}, 400),
        ("add_customers", {"count": 0}, 400),
        ("advance", {"seconds": -1}, 400),
        ("set_limits", {"limits": {"push_tries": 0}}, 400),
        ("reset", {"tenant": {"corps": "none"}}, 400),
        ("close", {}, 404),
        ("running", {}, 404),
        ("__init__", {}, 404),
    ],
)
def test_refuses_what_cannot_be_with_a_sentence(
    sim: Simulator, name: str, arguments: dict[str, object], status: int
) -> None:
    response = act(sim, name, **arguments)

    assert response.status_code == status
    assert response.get_json()["problem"]


def test_what_changes_something_is_not_a_get(sim: Simulator) -> None:
    assert sim.app.test_client().get("/simulator/reset").status_code == 405


@pytest.mark.parametrize("body", [b"[]", b"{", b"3"])
def test_arguments_that_are_no_object_are_refused(sim: Simulator, body: bytes) -> None:
    response = sim.app.test_client().post("/simulator/advance", data=body)

    assert response.status_code == 400


def test_a_whole_tenant_can_be_set_up(sim: Simulator) -> None:
    described = tenant(NOWHERE)
    described["corps"][0]["members"] = [{"userid": "solo", "department": [1]}]

    assert act(sim, "reset", tenant=described).status_code == 200
    assert Caller(sim).get("user/get", userid="solo")["name"] == "solo"


def test_the_client_knows_every_action_and_no_more() -> None:
    actions = [
        name
        for name, function in inspect.getmembers(Simulator, inspect.isfunction)
        if door_method(function)
    ]
    with ControlClient("http://127.0.0.1:9") as client:
        assert all(callable(getattr(client, name)) for name in actions)
        with pytest.raises(AttributeError):
            client.no_such_action  # noqa: B018 - asking is the point
        with pytest.raises(TypeError):
            client.add_customer(no_such_argument=1)


def test_records_are_bounded_and_can_be_forgotten(sim: Simulator) -> None:
    sim.add_customer("zhangsan")
    assert sim.tenant.pushes.maxlen == sim.tenant.calls.maxlen == 100_000

    sim.forget_records()

    assert sim.counts() == {}
    assert sim.pushes() == sim.calls() == []
