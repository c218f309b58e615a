"""Third-party apps as the simulated WeCom has them (第三方应用)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import xmltodict
from simulated import NOWHERE, Caller, errcodes, tenant

from errors import ActionImpossible
from simulator import (
    DEFAULT_CORPID,
    DEFAULT_PROVIDER_CORPID,
    DEFAULT_PROVIDER_SECRET,
    DEFAULT_SUITE_ID,
    DEFAULT_SUITE_SECRET,
    DEFAULT_TEMPLATE_ID,
    Simulator,
    default_suite,
    default_template,
)


@pytest.fixture
def sim() -> Iterator[Simulator]:
    described = tenant()
    described["suites"] = [default_suite(NOWHERE)]
    with closing(Simulator(described)) as simulator:
        simulator.set_limits({"push_tries": 1})
        yield simulator


def told(sim: Simulator, event: str) -> dict[str, str]:
    """Return the newest command callback of a kind."""
    push = [each for each in sim.tenant.pushes if each.event == event][-1]
    fields: dict[str, str] = xmltodict.parse(push.plaintext)["xml"]
    return fields


def wait_for_pushes(sim: Simulator, count: int) -> None:
    """Wait until so many callbacks were begun; without a network none is delivered."""
    until = time.monotonic() + 30
    while len(sim.tenant.pushes) < count:
        assert time.monotonic() < until, f"only {len(sim.tenant.pushes)} callbacks were pushed"
        time.sleep(0.005)


class Provider:
    """Calls the API of suites, without a network."""

    def __init__(self, sim: Simulator, suite_id: str = DEFAULT_SUITE_ID) -> None:
        self.sim = sim
        self.suite_id = suite_id
        self.http = sim.app.test_client()
        self.token = ""

    def post(self, path: str, **body: object) -> dict[str, Any]:
        url = f"/cgi-bin/service/{path}?suite_access_token={self.token}"
        answer: dict[str, Any] = self.http.post(url, json=body).json or {}
        return answer

    def get(self, path: str, **query: str) -> dict[str, Any]:
        query = {"suite_access_token": self.token, **query}
        response = self.http.get(f"/cgi-bin/service/{path}", query_string=query)
        answer: dict[str, Any] = response.json or {}
        return answer

    def suite_token(self, **other: str) -> dict[str, Any]:
        known = {"suite_id": self.suite_id, "suite_secret": DEFAULT_SUITE_SECRET}
        return self.post("get_suite_token", **{**known, **other})

    def log_in(self) -> None:
        self.sim.push_suite_ticket()
        ticket = told(self.sim, "suite_ticket")["SuiteTicket"]
        self.token = self.suite_token(suite_ticket=ticket)["suite_access_token"]

    def install(self) -> str:
        """Let the corp install the suite; return its permanent code."""
        self.sim.authorise_suite()
        granted: str = self.exchange("create_auth")["permanent_code"]
        return granted

    def exchange(self, event: str) -> dict[str, Any]:
        """Exchange the auth code of the newest event of a kind."""
        return self.post("get_permanent_code", auth_code=told(self.sim, event)["AuthCode"])

    def own_token(self, secret: str) -> dict[str, Any]:
        query = {"corpid": DEFAULT_CORPID, "corpsecret": secret}
        answer: dict[str, Any] = self.http.get("/cgi-bin/gettoken", query_string=query).json or {}
        return answer

    def corp_token(self, permanent_code: str) -> dict[str, Any]:
        return self.post(
            "get_corp_token", auth_corpid=DEFAULT_CORPID, permanent_code=permanent_code
        )


@pytest.fixture
def provider(sim: Simulator) -> Provider:
    provider = Provider(sim)
    provider.log_in()
    return provider


def test_a_ticket_is_good_for_half_an_hour(sim: Simulator) -> None:
    provider = Provider(sim)
    sim.push_suite_ticket()
    ticket = told(sim, "suite_ticket")["SuiteTicket"]

    sim.advance(1700)
    young = provider.suite_token(suite_ticket=ticket)
    sim.advance(101)
    old = provider.suite_token(suite_ticket=ticket)

    assert errcodes(young, old) == [0, 40085]


def test_a_new_ticket_comes_every_ten_minutes(sim: Simulator) -> None:
    sim.advance(600)
    wait_for_pushes(sim, 1)
    sim.advance(600)
    wait_for_pushes(sim, 2)

    assert len({push.plaintext for push in sim.tenant.pushes}) == 2


def test_after_a_reset_the_tickets_go_on(sim: Simulator) -> None:
    sim.reset()

    sim.advance(600)

    wait_for_pushes(sim, 1)


@pytest.mark.parametrize(
    ("wrong", "errcode"),
    [
        ({"suite_id": "wwother"}, 40083),
        ({"suite_id": ""}, 40083),
        ({"suite_secret": "wrong"}, 40083),
        ({"suite_ticket": "wrong"}, 40085),
        ({"suite_ticket": ""}, 40085),
    ],
)
def test_refuses_a_wrong_suite(provider: Provider, wrong: dict[str, str], errcode: int) -> None:
    ticket = told(provider.sim, "suite_ticket")["SuiteTicket"]

    assert provider.suite_token(**{"suite_ticket": ticket, **wrong})["errcode"] == errcode


def test_a_suite_token_ends(provider: Provider) -> None:
    fresh = provider.get("get_pre_auth_code")
    provider.sim.advance(7200)
    ended = provider.get("get_pre_auth_code")
    provider.log_in()
    provider.sim.revoke_suite_tokens()
    revoked = provider.get("get_pre_auth_code")

    assert errcodes(fresh, ended, revoked) == [0, 42009, 40082]
    assert fresh["expires_in"] == 1200


def test_an_auth_code_is_good_once_for_ten_minutes(provider: Provider) -> None:
    sim = provider.sim
    sim.authorise_suite(state="s1")
    code = told(sim, "create_auth")["AuthCode"]

    first = provider.post("get_permanent_code", auth_code=code)
    second = provider.post("get_permanent_code", auth_code=code)
    sim.reset_permanent_code()
    code = told(sim, "reset_permanent_code")["AuthCode"]
    sim.advance(600)
    late = provider.post("get_permanent_code", auth_code=code)

    assert errcodes(first, second, late) == [0, 40078, 40078]
    assert first["auth_corp_info"]["corpid"] == DEFAULT_CORPID
    assert first["state"] == "s1"


def test_a_corps_token_works_for_the_other_apis_until_the_corp_leaves(provider: Provider) -> None:
    permanent_code = provider.install()
    token = provider.corp_token(permanent_code)["access_token"]
    url = f"/cgi-bin/externalcontact/get_follow_user_list?access_token={token}"

    inside = provider.http.get(url).json or {}
    provider.sim.cancel_authorisation()
    outside = provider.http.get(url).json or {}

    assert errcodes(inside, outside) == [0, 40014]
    assert "zhangsan" in inside["follow_user"]
    assert provider.corp_token(permanent_code)["errcode"] == 40084
    assert told(provider.sim, "cancel_auth")["AuthCorpId"] == DEFAULT_CORPID


def test_a_reset_makes_the_old_code_void(provider: Provider) -> None:
    old = provider.install()
    provider.sim.reset_permanent_code()
    code = told(provider.sim, "reset_permanent_code")["AuthCode"]
    new = provider.post("get_permanent_code", auth_code=code)["permanent_code"]

    assert errcodes(provider.corp_token(old), provider.corp_token(new)) == [40084, 0]


def test_the_permanent_code_of_a_template_is_the_secret_of_the_corps_app(sim: Simulator) -> None:
    sim.reset({**tenant(), "suites": [default_template(NOWHERE)]})
    provider = Provider(sim, DEFAULT_TEMPLATE_ID)
    provider.log_in()

    sim.authorise_suite()
    granted = provider.exchange("create_auth")
    old = provider.own_token(granted["permanent_code"])
    as_a_suite = provider.corp_token(granted["permanent_code"])
    sim.reset_permanent_code()
    void = provider.own_token(granted["permanent_code"])
    new = provider.own_token(provider.exchange("reset_permanent_code")["permanent_code"])
    sim.cancel_authorisation()
    left = provider.own_token(granted["permanent_code"])

    assert errcodes(old, as_a_suite, void, new, left) == [0, 48002, 40001, 0, 40001]
    assert granted["auth_info"]["agent"][0]["is_customized_app"] is True
    assert "access_token" not in granted


def test_an_app_made_of_a_template_hears_of_customers_as_one_of_the_corps_own(
    sim: Simulator,
) -> None:
    sim.reset({**tenant(), "suites": [default_template(NOWHERE)]})
    sim.authorise_suite()

    sim.add_customer("zhangsan")

    [push] = [
        each
        for each in sim.tenant.pushes
        if each.app == f"developed@{DEFAULT_CORPID}" and "external" in each.event
    ]
    fields = xmltodict.parse(push.plaintext)["xml"]
    assert (fields["ToUserName"], fields["MsgType"]) == (DEFAULT_CORPID, "event")
    assert push.callback.receiveid == DEFAULT_CORPID


def test_says_what_a_corp_allows(provider: Provider) -> None:
    permanent_code = provider.install()
    provider.sim.change_authorisation(userids=["lisi"])

    info = provider.post("get_auth_info", auth_corpid=DEFAULT_CORPID, permanent_code=permanent_code)

    (agent,) = info["auth_info"]["agent"]
    assert agent["privilege"]["allow_user"] == ["lisi"]
    assert agent["agentid"] == provider.sim.authorisations()[0]["agentid"]


def test_a_page_of_the_suite_knows_its_visitor_once(provider: Provider) -> None:
    provider.install()
    code = provider.sim.open_page("zhangsan", app=f"suite@{DEFAULT_CORPID}", private=True)

    first = provider.get("auth/getuserinfo3rd", code=code)
    second = provider.get("auth/getuserinfo3rd", code=code)
    detail = provider.post("auth/getuserdetail3rd", user_ticket=first["user_ticket"])
    unknown = provider.post("auth/getuserdetail3rd", user_ticket="x")

    assert (first["corpid"], first["userid"]) == (DEFAULT_CORPID, "zhangsan")
    assert errcodes(second, detail, unknown) == [40029, 0, 84015]


def test_a_provider_logs_somebody_in_once(provider: Provider) -> None:
    body = {"corpid": DEFAULT_PROVIDER_CORPID, "provider_secret": DEFAULT_PROVIDER_SECRET}
    token = provider.post("get_provider_token", **body)["provider_access_token"]
    url = f"/cgi-bin/service/get_login_info?access_token={token}"
    code = provider.sim.log_in_to_provider("zhangsan")

    first = provider.http.post(url, json={"auth_code": code}).json or {}
    second = provider.http.post(url, json={"auth_code": code}).json or {}
    wrong = provider.http.post(f"{url}x", json={"auth_code": code}).json or {}
    secret = provider.post("get_provider_token", **{**body, "provider_secret": "x"})
    corp = provider.post("get_provider_token", **{**body, "corpid": "x"})

    assert first["user_info"]["userid"] == "zhangsan"
    assert errcodes(second, wrong, secret, corp) == [40078, 40014, 40001, 40013]


def test_what_cannot_happen_is_refused(provider: Provider) -> None:
    sim = provider.sim
    for act in (sim.cancel_authorisation, sim.change_authorisation, sim.reset_permanent_code):
        with pytest.raises(ActionImpossible, match="has not installed"):
            act()
    provider.install()
    with pytest.raises(ActionImpossible, match="has installed the suite already"):
        sim.authorise_suite()
    with pytest.raises(ActionImpossible, match="no suite 'x'"):
        sim.push_suite_ticket(suite="x")


def test_a_suite_with_a_wrong_key_is_refused() -> None:
    described = tenant()
    suite: dict[str, Any] = dict(default_suite(NOWHERE))
    suite["callback"] = {**suite["callback"], "encoding_aes_key": "short"}
    described["suites"] = [suite]

    with pytest.raises(ActionImpossible, match="Suite suite"):
        Simulator(described)


def test_a_suite_knows_customers_and_groups_by_ids_of_its_own(
    sim: Simulator, provider: Provider
) -> None:
    sim.set_limits({"ids_per_suite": True})
    token = provider.corp_token(provider.install())["access_token"]
    customer = sim.add_customer("zhangsan")
    chat_id = sim.create_group_chat("zhangsan", members=[customer])
    foreign = told(sim, "change_external_contact.add_external_contact")["ExternalUserID"]
    [contacts] = [
        xmltodict.parse(each.plaintext)["xml"]["ExternalUserID"]
        for each in sim.tenant.pushes
        if each.app == "contacts" and "ExternalUserID" in each.plaintext.decode()
    ]

    def get(external_userid: str) -> dict[str, Any]:
        query = {"access_token": token, "external_userid": external_userid}
        answer: dict[str, Any] = provider.http.get(
            "/cgi-bin/externalcontact/get", query_string=query
        ).json  # type: ignore[assignment]  # an object
        return answer

    def post(path: str, **body: object) -> dict[str, Any]:
        url = f"/cgi-bin/externalcontact/{path}?access_token={token}"
        answer: dict[str, Any] = provider.http.post(url, json=body).json  # type: ignore[assignment]  # an object
        return answer

    group = post("groupchat/list", limit=10)["group_chat_list"][0]["chat_id"]
    members = post("groupchat/get", chat_id=group)["group_chat"]["member_list"]

    assert contacts == customer != foreign
    assert get(foreign)["external_contact"]["external_userid"] == foreign
    assert get(customer)["errcode"] == 40096
    assert Caller(sim).get("externalcontact/get", external_userid=foreign)["errcode"] == 40096
    assert group == told(sim, "change_external_chat.create")["ChatId"] != chat_id
    assert [each["userid"] for each in members] == ["zhangsan", foreign]
    converted = post("to_service_external_userid", external_userid=customer)
    assert converted["external_userid"] == foreign
