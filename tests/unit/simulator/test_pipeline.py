"""What every call goes through: token, address, rights, frequency, concurrency, JSON."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import pytest
from simulated import MARKETING_SECRET, Caller, errcodes

from simulator import DEFAULT_CORPID, DEFAULT_SECRET, Simulator

LIST = "externalcontact/get_follow_user_list"


def test_an_unknown_path_is_a_real_404(sim: Simulator) -> None:
    assert sim.app.test_client().get("/cgi-bin/no/such/path").status_code == 404


def test_a_success_mirrors_its_code_in_the_headers(contacts: Caller) -> None:
    response = contacts.http.get(
        "/cgi-bin/getcallbackip", query_string={"access_token": contacts.access_token}
    )

    assert response.headers["Error-Code"] == "0"
    assert response.headers["Error-Msg"] == "ok"
    assert response.headers["Content-Type"] == "application/json; charset=UTF-8"


def test_a_refusal_has_hint_address_and_empty_results(sim: Simulator) -> None:
    response = sim.app.test_client().get(f"/cgi-bin/{LIST}?access_token=nonsense")

    assert response.status_code == 200
    assert response.json is not None
    assert response.json["follow_user"] == []
    assert response.headers["Error-Code"] == "40014"
    assert re.fullmatch(
        r"invalid access_token, hint: \[\d{19}\], from ip: 127\.0\.0\.1, "
        r"more info at https://open\.work\.weixin\.qq\.com/devtool/query\?e=40014",
        response.json["errmsg"],
    )
    assert response.headers["Error-Msg"] == response.json["errmsg"]


@pytest.mark.parametrize(
    ("query", "headers"),
    [("", {}), ("?access_token=", {}), ("", {"Authorization": "Bearer x", "access_token": "x"})],
)
def test_the_token_travels_in_the_query_only(
    sim: Simulator, query: str, headers: dict[str, str]
) -> None:
    response = sim.app.test_client().get(f"/cgi-bin/{LIST}{query}", headers=headers)

    assert response.json is not None
    assert response.json["errcode"] == 41001


def test_a_token_lives_two_hours(sim: Simulator, contacts: Caller) -> None:
    sim.advance(7199)
    alive = contacts.get(LIST)
    sim.advance(1)
    dead = contacts.get(LIST)

    assert errcodes(alive, dead) == [0, 42001]


def test_a_revoked_token_is_unknown(sim: Simulator, contacts: Caller, marketing: Caller) -> None:
    assert sim.revoke_tokens("contacts") == 1

    assert errcodes(contacts.get(LIST), marketing.get(LIST)) == [40014, 0]


def test_gettoken_returns_the_same_token_with_what_is_left_of_it(
    sim: Simulator, contacts: Caller
) -> None:
    sim.advance(200)

    answer = contacts.gettoken()

    assert answer["access_token"] == contacts.access_token
    assert answer["expires_in"] == 7000


def test_gettoken_returns_a_new_token_after_revocation_and_after_expiry(
    sim: Simulator, contacts: Caller
) -> None:
    sim.revoke_tokens()
    second = contacts.gettoken()["access_token"]
    sim.advance(7200)
    third = contacts.gettoken()["access_token"]

    assert len({contacts.access_token, second, third}) == 3


def test_gettoken_can_be_made_to_return_a_new_token_each_time(
    sim: Simulator, contacts: Caller
) -> None:
    sim.set_limits({"token_always_new": True, "token_seconds": 100})

    fresh = contacts.gettoken()

    assert fresh["access_token"] != contacts.access_token
    assert fresh["expires_in"] == 100
    assert contacts.get(LIST)["errcode"] == 0  # the old one is not knocked out


@pytest.mark.parametrize(
    ("query", "errcode"),
    [
        ({}, 41004),
        ({"corpid": DEFAULT_CORPID}, 41004),
        ({"corpsecret": DEFAULT_SECRET}, 41002),
        ({"corpid": "wwother", "corpsecret": DEFAULT_SECRET}, 40013),
        ({"corpid": DEFAULT_CORPID, "corpsecret": "wrong"}, 40001),
    ],
)
def test_gettoken_refuses_wrong_credentials(
    sim: Simulator, query: dict[str, str], errcode: int
) -> None:
    response = sim.app.test_client().get("/cgi-bin/gettoken", query_string=query)

    assert response.json is not None
    assert response.json["errcode"] == errcode


def test_many_wrong_secrets_shut_the_address_out_for_an_hour(
    sim: Simulator, contacts: Caller
) -> None:
    sim.set_limits({"wrong_secrets_per_hour": 3})
    stranger = Caller(sim)
    stranger.secret = "wrong"

    wrong = [stranger.gettoken() for _ in range(5)]
    right = contacts.gettoken()
    sim.advance(3600)
    later = contacts.gettoken()

    assert errcodes(*wrong) == [40001, 40001, 40001, 40001, 45009]
    assert errcodes(right, later) == [45009, 0]


def test_only_trusted_addresses_may_call(sim: Simulator, contacts: Caller) -> None:
    sim.change_app("contacts", trusted_ips=["203.0.113.7"])
    refused = contacts.get(LIST)
    sim.change_app("contacts", trusted_ips=["127.0.0.1"])

    assert errcodes(refused, contacts.get(LIST)) == [60020, 0]


def test_an_overrun_minute_rests_for_a_minute(
    sim: Simulator, contacts: Caller, marketing: Caller
) -> None:
    sim.set_limits({"calls_per_minute": 3})

    answers = [contacts.get(LIST) for _ in range(4)]
    same_corp = marketing.get(LIST)
    other_api = contacts.get("getcallbackip")
    sim.advance(59)
    still = contacts.get(LIST)
    sim.advance(1)
    again = contacts.get(LIST)

    assert errcodes(*answers) == [0, 0, 0, 45009]
    assert errcodes(same_corp, other_api, still, again) == [45009, 0, 45009, 0]


def test_an_overrun_hour_rests_for_an_hour(sim: Simulator) -> None:
    sim.set_limits({"calls_per_hour": 2})
    caller = Caller(sim)
    answers = [caller.get(LIST) for _ in range(3)]

    sim.advance(3599)
    still = caller.get(LIST)
    sim.advance(1)

    assert errcodes(*answers, still, caller.get(LIST)) == [0, 0, 45009, 45009, 0]


def test_an_address_has_a_limit_over_all_corps(sim: Simulator, contacts: Caller) -> None:
    sim.set_limits({"calls_per_minute_ip": 1})

    assert errcodes(contacts.get(LIST), contacts.get(LIST)) == [0, 45009]


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"text"', b"\xff\xfe", b"[" * 100_000, b"null", b"{}x"]
)
def test_a_body_that_is_no_json_object_is_refused_with_a_warning(
    contacts: Caller, body: bytes
) -> None:
    answer = contacts.post_bytes("externalcontact/mark_tag", body)

    assert answer["errcode"] == 40058
    assert "Warning: wrong json format." in answer["errmsg"]


def test_an_enormous_body_is_refused(contacts: Caller) -> None:
    answer = contacts.post_bytes("externalcontact/mark_tag", b" " * 2_000_001)

    assert answer["errcode"] == 40206


def test_unicode_escapes_are_refused_when_so_set(sim: Simulator, contacts: Caller) -> None:
    body = rb'{"userid": "\u5f20"}'
    usual = contacts.post_bytes("externalcontact/mark_tag", body)
    sim.set_limits({"refuse_unicode_escapes": True})

    assert errcodes(usual, contacts.post_bytes("externalcontact/mark_tag", body)) == [40058, 40033]


def test_a_wrong_method_brings_no_parameters(sim: Simulator, contacts: Caller) -> None:
    customer = sim.add_customer("zhangsan")

    posted = contacts.post("externalcontact/get", external_userid=customer)
    got = contacts.get("externalcontact/send_welcome_msg", welcome_code="x")

    assert errcodes(posted, got) == [41035, 41049]


def test_unknown_fields_do_no_harm(sim: Simulator, contacts: Caller) -> None:
    answer = contacts.post("externalcontact/get_corp_tag_list", something="new")

    assert answer["errcode"] == 0


class _Pair:
    """Two calls at the same time: the second starts while the first is being served."""

    def __init__(self, sim: Simulator, caller: Caller, path: str) -> None:
        self.answers: list[dict[str, Any]] = []
        self._sim, self._caller, self._path = sim, caller, path

    def run(self, *bodies: dict[str, object]) -> list[int]:
        threads = [threading.Thread(target=self._call, args=(body,)) for body in bodies]
        for thread in threads:
            thread.start()
            time.sleep(0.02)
        for thread in threads:
            thread.join()
        return sorted(errcodes(*self.answers))

    def _call(self, body: dict[str, object]) -> None:
        caller = Caller(self._sim, MARKETING_SECRET)
        self.answers.append(caller.post(self._path, **body))


def test_parallel_calls_on_one_pair_are_refused_and_later_ones_served(
    sim: Simulator, contacts: Caller
) -> None:
    sim.set_limits({"service_seconds": 0.3})
    customer = sim.add_customer("zhangsan")
    body: dict[str, object] = {
        "userid": "zhangsan",
        "external_userid": customer,
        "add_tag": [sim.tags()["来源"]["线上"]],
    }

    together = _Pair(sim, contacts, "externalcontact/mark_tag").run(body, body)

    assert together == [0, 45033]
    assert contacts.post("externalcontact/mark_tag", **body)["errcode"] == 0


def test_more_calls_at_once_than_the_api_takes_are_refused(
    sim: Simulator, contacts: Caller
) -> None:
    sim.set_limits({"service_seconds": 0.4, "calls_in_flight": {"externalcontact/remark": 2}})
    bodies: list[dict[str, object]] = [
        {"userid": "zhangsan", "external_userid": sim.add_customer("zhangsan"), "remark": "a"}
        for _ in range(3)
    ]

    assert _Pair(sim, contacts, "externalcontact/remark").run(*bodies) == [0, 0, 45033]


@pytest.mark.parametrize("kind", ["customer", "moment"])
def test_strategies_are_made_one_at_a_time(sim: Simulator, contacts: Caller, kind: str) -> None:
    sim.set_limits({"service_seconds": 0.4})
    bodies: list[dict[str, object]] = [
        {
            "strategy_name": userid,
            "admin_list": ["admin"],
            "range": [{"type": 1, "userid": userid}],
        }
        for userid in ("zhangsan", "lisi")
    ]

    together = _Pair(sim, contacts, f"externalcontact/{kind}_strategy/create").run(*bodies)

    assert together == [0, 45033]


def test_five_at_once_is_the_limit_of_marking_and_remarking(sim: Simulator) -> None:
    in_flight = sim.limits()["calls_in_flight"]

    assert in_flight["externalcontact/mark_tag"] == in_flight["externalcontact/remark"] == 5


def test_every_call_is_on_record_without_its_token(sim: Simulator, contacts: Caller) -> None:
    contacts.get("externalcontact/list", userid="nobody")

    [call, _] = sim.calls()
    assert (call["path"], call["app"], call["errcode"]) == (
        "externalcontact/list",
        "contacts",
        60111,
    )
    assert contacts.access_token not in repr(call)
