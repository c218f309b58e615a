"""Members, departments, apps and addresses, as an app may read them."""

from __future__ import annotations

import pytest
from simulated import Caller, errcodes

from simulator import Simulator


def test_a_member_is_shown_without_what_is_withheld(contacts: Caller) -> None:
    member = contacts.get("user/get", userid="zhangsan")

    assert (member["name"], member["department"], member["main_department"]) == ("张三", [2], 2)
    assert not {"mobile", "email", "gender", "avatar"} & member.keys()


def test_members_out_of_range_and_unknown_ones_are_refused(
    sim: Simulator, contacts: Caller
) -> None:
    sim.change_app("contacts", visible_departments=[2])

    answers = [
        contacts.get("user/get", userid=userid) for userid in ("lisi", "wangwu", "nobody", "")
    ]

    assert errcodes(*answers) == [0, 60011, 60111, 60111]


@pytest.mark.parametrize(
    ("visible", "asked", "found"), [([1], "", [1, 2, 3]), ([1], "2", [2]), ([3], "", [3])]
)
def test_departments_are_shown_as_far_as_they_are_visible(
    sim: Simulator, contacts: Caller, visible: list[int], asked: str, found: list[int]
) -> None:
    sim.change_app("contacts", visible_departments=visible)

    answer = contacts.get("department/list", **({"id": asked} if asked else {}))

    assert [each["id"] for each in answer["department"]] == found


def test_departments_unknown_or_out_of_range_are_refused(sim: Simulator, contacts: Caller) -> None:
    sim.change_app("contacts", visible_departments=[3])

    answers = [contacts.get("department/list", id=each) for each in ("99", "2", "x")]

    assert errcodes(*answers) == [60003, 60011, 40058]


def test_an_app_reads_itself_only(contacts: Caller) -> None:
    own = contacts.get("agent/get", agentid=1000002)

    assert (own["name"], own["close"]) == ("contacts", 0)
    assert own["allow_partys"] == {"partyid": [1]}
    assert errcodes(contacts.get("agent/get", agentid=1000003), contacts.get("agent/get")) == [
        301002,
        40056,
    ]


@pytest.mark.parametrize("path", ["getcallbackip", "get_api_domain_ip"])
def test_the_platform_is_on_this_machine(contacts: Caller, path: str) -> None:
    assert "127.0.0.1" in contacts.get(path)["ip_list"]
