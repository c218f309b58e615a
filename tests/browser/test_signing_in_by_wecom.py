"""Signing in through WeCom, the whole way: our door, the simulated WeCom's page, and back."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from server import Server, running
from simulated import Caller
from visitor import Open

CONSOLE = """[server]
public_url = "{server}"
console_login_url = "{wecom}"
console_app = "contacts"
console_members = ["zhangsan", "lisi"]
"""
WECOM = "Mozilla/5.0 (Windows NT 10.0; WOW64) Chrome/120.0 Safari/537.36 wxwork/4.1.28"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("wecom"), "web", start=False) as prepared:
        added = CONSOLE.format(server=prepared.url, wecom=prepared.simulator.url)
        text = prepared.settings.read_text(encoding="utf-8")
        prepared.settings.write_text(text.replace("[server]\n", added), encoding="utf-8")
        prepared.start()
        yield prepared


def door(visit: Open, server: Server, path: str = "/console/", agent: str | None = None) -> Page:
    return visit(agent=agent, also=server.simulator.url).go(path)


def go_to_wecom(page: Page) -> Page:
    page.get_by_role("link", name="Sign in with WeCom").click()
    expect(page.get_by_role("heading", name="Simulated WeCom")).to_be_visible()
    return page


@pytest.mark.parametrize(
    ("agent", "path"),
    [(None, "/wwlogin/sso/login"), (WECOM, "/connect/oauth2/authorize")],
    ids=["desk", "wecom"],
)
def test_a_member_signs_in_and_comes_where_they_wanted_to_go(
    visit: Open, server: Server, agent: str | None, path: str
) -> None:
    page = go_to_wecom(door(visit, server, "/console/events?userid=li", agent))
    assert urlsplit(page.url).path == path

    page.get_by_role("button", name="zhangsan").click()

    expect(page.get_by_role("heading", name="Events")).to_be_visible()
    expect(page.locator(".who .name")).to_have_text("zhangsan")
    assert page.url.partition("#")[0] == f"{server.url}/console/events?userid=li"


def test_the_other_way_is_offered(visit: Open, server: Server) -> None:
    page = door(visit, server)

    page.get_by_role("link", name="This browser is the one in WeCom").click()

    expect(page.get_by_role("heading", name="Simulated WeCom")).to_be_visible()
    assert urlsplit(page.url).path == "/connect/oauth2/authorize"


def test_a_member_without_the_right_stays_outside(visit: Open, server: Server) -> None:
    page = go_to_wecom(door(visit, server))

    page.get_by_role("button", name="wangwu").click()

    expect(page.get_by_role("alert")).to_contain_text("you are not on the list")
    assert "code=" not in page.url
    page.goto(f"{server.url}/console/events")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_member_who_has_left_stays_outside(visit: Open, server: Server) -> None:
    server.simulator.add_member({"userid": "leaver", "name": "离职"})
    page = go_to_wecom(door(visit, server))
    server.simulator.remove_member("leaver")

    page.get_by_role("button", name="leaver").click()

    expect(page.get_by_role("alert")).to_contain_text("无权限")


def test_whoever_refuses_in_wecom_may_try_again(visit: Open, server: Server) -> None:
    page = go_to_wecom(door(visit, server, "/console/rules"))

    page.get_by_role("button", name="Refuse").click()
    expect(page.get_by_role("alert")).to_contain_text("You refused the sign-in")
    go_to_wecom(page).get_by_role("button", name="zhangsan").click()

    expect(page.get_by_role("heading", name="Rules", exact=True)).to_be_visible()


def test_a_code_opens_the_door_once(visit: Open, server: Server) -> None:
    page = go_to_wecom(door(visit, server))
    with page.expect_request(lambda request: "/wecom/back?" in request.url) as used:
        page.get_by_role("button", name="zhangsan").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    page.goto(used.value.url)

    expect(page.get_by_role("alert")).to_contain_text("was used already")


def test_a_link_with_a_code_signs_in_nobody_else(visit: Open, server: Server) -> None:
    page = go_to_wecom(door(visit, server))
    state = server.simulator.open_page("zhangsan", app="contacts")

    page.goto(f"{server.url}/console/wecom/back?code={state}&state={'0' * 64}")

    expect(page.get_by_role("alert")).to_contain_text("did not begin in this browser")


def test_wecom_sends_nobody_to_a_domain_it_does_not_trust(visit: Open, server: Server) -> None:
    contacts = Caller(server.simulator)
    contacts.post("agent/set", agentid=1_000_002, redirect_domain="another.example.com")
    page = door(visit, server)

    page.get_by_role("link", name="Sign in with WeCom").click()

    expect(page.get_by_role("alert")).to_contain_text("50001")
    contacts.post("agent/set", agentid=1_000_002, redirect_domain="")


def test_the_record_tells_who_came_in_and_who_did_not(visit: Open, server: Server) -> None:
    page = go_to_wecom(door(visit, server, "/console/audit"))
    page.get_by_role("button", name="wangwu").click()
    go_to_wecom(page).get_by_role("button", name="lisi").click()

    page.goto(f"{server.url}/console/audit")

    refused = page.locator("tr", has_text="wangwu").first
    expect(refused).to_contain_text("refused")
    expect(page.locator("tbody tr").first).to_contain_text("lisi")
