"""The pages on which members log in to a site (doc 91022, 98152, 91019)."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from simulated import Caller, errcodes
from werkzeug.test import TestResponse

from simulator import DEFAULT_CORPID, Simulator

SITE = "https://site.example.com/back?a=b"
INSIDE = {
    "appid": DEFAULT_CORPID,
    "redirect_uri": SITE,
    "response_type": "code",
    "scope": "snsapi_base",
    "state": "S1",
}
SCAN = {
    "login_type": "CorpApp",
    "appid": DEFAULT_CORPID,
    "agentid": "1000002",
    "redirect_uri": SITE,
    "state": "S1",
}
PAGES = {
    "/connect/oauth2/authorize": INSIDE,
    "/wwlogin/sso/login": SCAN,
    "/wwopen/sso/qrConnect": SCAN,
}
EVERY_PAGE = pytest.mark.parametrize("path", PAGES)


def log_in(sim: Simulator, path: str, form: dict[str, str], **changed: str) -> TestResponse:
    """Press a button of the page."""
    query = {**PAGES[path], **changed}
    return sim.app.test_client().post(path, query_string=query, data=form)


def answer_of(response: TestResponse) -> dict[str, str]:
    """Return what the site is told in the redirect."""
    assert response.status_code == 303
    assert response.headers["Location"].startswith("https://site.example.com/back?a=b&")
    return dict(parse_qsl(urlsplit(response.headers["Location"]).query))


@EVERY_PAGE
def test_the_page_lets_one_choose_who_it_is(sim: Simulator, path: str) -> None:
    page = sim.app.test_client().get(path, query_string=PAGES[path])

    assert page.status_code == 200
    assert all(f'value="{member}"' in page.text for member in ("zhangsan", "lisi", "admin"))


@EVERY_PAGE
def test_whoever_is_chosen_comes_back_with_a_code_that_works_once(
    sim: Simulator, contacts: Caller, path: str
) -> None:
    told = answer_of(log_in(sim, path, {"userid": "lisi"}))

    answers = [contacts.get("auth/getuserinfo", code=told["code"]) for _ in range(2)]

    assert (told["a"], told["state"]) == ("b", "S1")
    assert errcodes(*answers) == [0, 40029]
    assert answers[0]["userid"] == "lisi"


def test_a_code_lives_for_five_minutes(sim: Simulator, contacts: Caller) -> None:
    told = answer_of(log_in(sim, "/wwlogin/sso/login", {"userid": "lisi"}))

    sim.advance(300)

    assert errcodes(contacts.get("auth/getuserinfo", code=told["code"])) == [40029]


@EVERY_PAGE
def test_whoever_refuses_comes_back_without_a_code(sim: Simulator, path: str) -> None:
    assert answer_of(log_in(sim, path, {"cancel": "1"})) == {"a": "b", "state": "S1"}


@EVERY_PAGE
@pytest.mark.parametrize("userid", ["nobody", ""])
def test_nobody_logs_in_who_is_no_member(sim: Simulator, path: str, userid: str) -> None:
    assert log_in(sim, path, {"userid": userid}).status_code == 400


def test_nobody_logs_in_outside_the_visible_range(sim: Simulator) -> None:
    sim.change_app("contacts", visible_userids=["zhangsan"], visible_departments=[])

    assert log_in(sim, "/wwlogin/sso/login", {"userid": "lisi"}).status_code == 400
    assert answer_of(log_in(sim, "/wwlogin/sso/login", {"userid": "zhangsan"}))["code"]


def test_a_member_who_has_left_is_nobody_of_the_corp(sim: Simulator, contacts: Caller) -> None:
    told = answer_of(log_in(sim, "/wwlogin/sso/login", {"userid": "lisi"}))

    sim.remove_member("lisi")
    answer = contacts.get("auth/getuserinfo", code=told["code"])

    assert "userid" not in answer
    assert answer["openid"]


@pytest.mark.parametrize(
    ("trusted", "status"),
    [
        ("site.example.com", 200),
        ("", 200),
        ("example.com", 400),
        ("site.example.com.evil.com", 400),
    ],
)
def test_only_the_trusted_domain_is_gone_back_to(
    sim: Simulator, contacts: Caller, trusted: str, status: int
) -> None:
    contacts.post("agent/set", agentid=1_000_002, redirect_domain=trusted)

    page = sim.app.test_client().get("/wwlogin/sso/login", query_string=SCAN)

    assert page.status_code == status
    assert ("50001" in page.text) == (status == 400)


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        ("/connect/oauth2/authorize", {"appid": "ww-another"}),
        ("/connect/oauth2/authorize", {"response_type": "token"}),
        ("/connect/oauth2/authorize", {"scope": ""}),
        ("/connect/oauth2/authorize", {"redirect_uri": "javascript:alert(1)"}),
        ("/connect/oauth2/authorize", {"redirect_uri": ""}),
        ("/wwlogin/sso/login", {"login_type": "ServiceApp"}),
        ("/wwlogin/sso/login", {"agentid": "1"}),
        ("/wwlogin/sso/login", {"agentid": ""}),
        ("/wwopen/sso/qrConnect", {"appid": ""}),
    ],
)
def test_a_link_that_is_wrong_is_refused(
    sim: Simulator, path: str, changed: dict[str, str]
) -> None:
    page = sim.app.test_client().get(path, query_string={**PAGES[path], **changed})

    assert page.status_code == 400
    assert "<button" not in page.text


def test_names_are_not_markup(sim: Simulator) -> None:
    sim.add_member({"userid": "x", "name": "<b>x</b>"})

    page = sim.app.test_client().get("/wwlogin/sso/login", query_string=SCAN)

    assert "&lt;b&gt;x&lt;/b&gt;" in page.text
