"""Log-ins through a page (doc 91022, 91023, 95833) and tickets for pages (doc 90506)."""

from __future__ import annotations

import pytest
from simulated import Caller, errcodes

from errors import ActionImpossible
from simulator import Simulator


def test_a_code_tells_the_member_once(sim: Simulator, contacts: Caller) -> None:
    code = sim.open_page("lisi")

    answers = [contacts.get("auth/getuserinfo", code=code) for _ in range(2)]

    assert answers[0]["userid"] == "lisi"
    assert "user_ticket" not in answers[0]
    assert errcodes(*answers) == [0, 40029]


def test_the_old_path_spells_the_same_otherwise(sim: Simulator, contacts: Caller) -> None:
    customer = sim.add_customer("lisi")

    member = contacts.get("user/getuserinfo", code=sim.open_page("lisi"))
    stranger = contacts.get("user/getuserinfo", code=sim.open_page(external_userid=customer))

    assert (member["UserId"], "DeviceId" in member) == ("lisi", True)
    assert stranger["OpenId"].startswith("o")
    assert stranger["external_userid"] == customer


def test_a_code_lives_for_five_minutes(sim: Simulator, contacts: Caller) -> None:
    young, old = sim.open_page("lisi"), sim.open_page("lisi")
    sim.advance(299)
    first = contacts.get("auth/getuserinfo", code=young)
    sim.advance(1)
    second = contacts.get("auth/getuserinfo", code=old)

    assert errcodes(first, second) == [0, 40029]


def test_a_code_is_for_one_app(sim: Simulator, contacts: Caller, marketing: Caller) -> None:
    code = sim.open_page("lisi", app="contacts")

    answers = [
        marketing.get("auth/getuserinfo", code=code),
        contacts.get("auth/getuserinfo", code="made up"),
        contacts.get("auth/getuserinfo"),
        contacts.get("auth/getuserinfo", code=code),
    ]

    assert errcodes(*answers) == [40029, 40029, 40029, 0]


def test_somebody_else_has_an_openid(sim: Simulator, contacts: Caller) -> None:
    answer = contacts.get("auth/getuserinfo", code=sim.open_page())

    assert answer["openid"]
    assert not {"userid", "external_userid", "user_ticket"} & answer.keys()


def test_a_ticket_shows_for_half_an_hour_what_the_member_allowed(
    sim: Simulator, contacts: Caller, marketing: Caller
) -> None:
    sim.change_member("lisi", {"mobile": "13900000000", "gender": 1})
    ticket = contacts.get("auth/getuserinfo", code=sim.open_page("lisi", private=True))[
        "user_ticket"
    ]

    detail = contacts.post("auth/getuserdetail", user_ticket=ticket)
    strange = [
        marketing.post("auth/getuserdetail", user_ticket=ticket),
        contacts.post("auth/getuserdetail", user_ticket="made up"),
        contacts.post("auth/getuserdetail"),
    ]
    sim.advance(1800)
    late = contacts.post("auth/getuserdetail", user_ticket=ticket)

    assert (detail["userid"], detail["mobile"], detail["gender"]) == ("lisi", "13900000000", "1")
    assert errcodes(*strange, late) == [84015, 84015, 84015, 84014]


def test_nobody_opens_a_page_who_does_not_exist(sim: Simulator) -> None:
    with pytest.raises(ActionImpossible):
        sim.open_page("nobody")
    with pytest.raises(ActionImpossible):
        sim.open_page(external_userid="wm-nobody")


def test_tickets_stay_the_same_while_they_live(
    sim: Simulator, contacts: Caller, marketing: Caller
) -> None:
    corp = contacts.get("get_jsapi_ticket")
    sim.advance(7000)
    again, same = contacts.get("get_jsapi_ticket"), marketing.get("get_jsapi_ticket")
    own = contacts.get("ticket/get", type="agent_config")
    other = marketing.get("ticket/get", type="agent_config")

    assert corp["ticket"] == again["ticket"] == same["ticket"]
    assert (corp["expires_in"], again["expires_in"]) == (7200, 200)
    assert len({corp["ticket"], own["ticket"], other["ticket"]}) == 3
    assert contacts.get("ticket/get", type="other")["errcode"] == 40058


def test_tickets_are_fetched_only_so_often(
    sim: Simulator, contacts: Caller, marketing: Caller
) -> None:
    sim.set_limits({"jsapi_ticket_per_hour": 3, "agent_ticket_per_hour": 2})

    answers = [contacts.get("get_jsapi_ticket") for _ in range(3)]
    others = [marketing.get("get_jsapi_ticket") for _ in range(2)]
    own = [contacts.get("ticket/get", type="agent_config") for _ in range(3)]

    assert errcodes(*answers, *others, *own) == [0, 0, 45009, 45009, 45009, 0, 0, 45009]
