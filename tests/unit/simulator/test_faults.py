"""Faults on demand."""

from __future__ import annotations

import time

import pytest
from simulated import Caller, errcodes, welcome_code

from errors import ActionImpossible
from simulator import Simulator

PATH = "getcallbackip"
WELCOME = "externalcontact/send_welcome_msg"


def test_an_error_code_strikes_the_next_calls_only(sim: Simulator, contacts: Caller) -> None:
    sim.add_fault({"path": PATH, "errcode": -1, "calls": 2})

    answers = [contacts.get(PATH) for _ in range(3)]

    assert errcodes(*answers) == [-1, -1, 0]
    assert answers[0]["ip_list"] == []
    assert sim.faults() == []


def test_calls_can_pass_before_it_strikes(sim: Simulator, contacts: Caller) -> None:
    sim.add_fault({"path": PATH, "errcode": 45009, "skip_calls": 2, "calls": 1})

    assert errcodes(*(contacts.get(PATH) for _ in range(4))) == [0, 0, 45009, 0]


def test_paths_are_globs_and_apps_can_be_named(
    sim: Simulator, contacts: Caller, marketing: Caller
) -> None:
    sim.add_fault({"path": "get*", "errcode": 6000, "app": "marketing"})

    assert errcodes(contacts.get(PATH), marketing.get(PATH)) == [0, 6000]


def test_before_acting_nothing_happens_and_after_acting_it_has_happened(
    sim: Simulator, contacts: Caller
) -> None:
    sim.add_customer("zhangsan")
    code = welcome_code(sim)

    def send() -> int:
        errcode: int = contacts.post(WELCOME, welcome_code=code, text={"content": "hi"})["errcode"]
        return errcode

    sim.add_fault({"path": WELCOME, "errcode": -1, "calls": 1})
    before, delivered_before = send(), len(sim.welcomes())
    sim.add_fault({"path": WELCOME, "errcode": -1, "when": "after", "calls": 1})
    after, delivered_after = send(), len(sim.welcomes())

    assert (before, delivered_before) == (-1, 0)
    assert (after, delivered_after) == (-1, 1)
    assert send() == 41051


def test_a_gateway_error_is_no_json(sim: Simulator, contacts: Caller) -> None:
    sim.add_fault({"path": PATH, "http_status": 502, "calls": 1})

    response = contacts.http.get(f"/cgi-bin/{PATH}?access_token={contacts.access_token}")

    assert response.status_code == 502
    assert not response.is_json
    [call] = sim.calls(limit=1)
    assert (call["errcode"], call["http_status"], call["fault"]) == (None, 502, True)


def test_a_call_can_be_made_slow(sim: Simulator, contacts: Caller) -> None:
    sim.add_fault({"path": PATH, "latency_seconds": 0.2})
    started = time.monotonic()

    assert contacts.get(PATH)["errcode"] == 0
    assert time.monotonic() - started >= 0.2


def test_a_body_can_trickle(sim: Simulator, contacts: Caller) -> None:
    sim.add_fault({"path": PATH, "slow_body_seconds": 0.2})
    started = time.monotonic()

    answer = contacts.get(PATH)

    assert answer["ip_list"]
    assert time.monotonic() - started >= 0.2


def test_chance_decides_where_a_probability_is_given(sim: Simulator, contacts: Caller) -> None:
    sim.add_fault({"path": PATH, "errcode": -1, "probability": 0.5})

    answers = errcodes(*(contacts.get(PATH) for _ in range(200)))

    assert 50 < answers.count(-1) < 150
    [fault] = sim.faults()
    assert (fault["seen"], fault["hits"]) == (200, answers.count(-1))


def test_faults_can_be_lifted(sim: Simulator, contacts: Caller) -> None:
    one = sim.add_fault({"path": PATH, "errcode": -1})
    sim.add_fault({"path": "user/get", "errcode": -1})

    sim.remove_fault(one)
    lifted = contacts.get(PATH)
    sim.remove_fault()

    assert lifted["errcode"] == 0
    assert sim.faults() == []


@pytest.mark.parametrize(
    "fault",
    [
        {"latency": 1},
        {"http_status": 200},
        {"probability": 2},
        {"calls": 0},
        {"when": "sometimes"},
        {"latency_seconds": -1},
    ],
)
def test_refuses_a_fault_that_makes_no_sense(sim: Simulator, fault: dict[str, object]) -> None:
    with pytest.raises(ActionImpossible):
        sim.add_fault(fault)
