"""The console as an operator meets it: in a browser, before a server that runs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from server import Server
from visitor import PASSWORD, Open, Visitor

from console import a_user


def a_failed_tagging(server: Server) -> str:
    """Let a customer come whose tags fail for good; return the customer."""
    server.simulator.add_fault({"path": "externalcontact/mark_tag", "errcode": 60020, "calls": 1})
    customer: str = server.simulator.add_customer("zhangsan", state="spring-1")
    assert server.settled(customer).status == "failed"
    server.simulator.remove_fault()
    return customer


def test_without_a_session_there_is_only_the_door(visit: Open) -> None:
    page = visit().go("/console/events")

    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert "/console/sign-in" in page.url
    assert page.locator("table").count() == 0


def test_a_wrong_password_does_not_open_it(visit: Open) -> None:
    visitor = visit()

    page = visitor.sign_in(password="wrong")

    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    visitor.go("/console/")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_an_event_arrives_while_one_watches_and_can_be_opened(visit: Open, server: Server) -> None:
    visitor = visit()
    page = visitor.sign_in()
    visitor.go("/console/events")

    customer = server.simulator.add_customer("lisi", state="spring-live")
    row = page.locator("tr", has_text=customer)
    expect(row).to_be_visible()
    expect(row.get_by_text("sent")).to_be_visible()
    row.locator("a").first.click()

    expect(page.get_by_role("heading", name="Time line")).to_be_visible()
    expect(page.get_by_text("externalcontact/send_welcome_msg", exact=True)).to_be_visible()
    expect(page.get_by_text("spring-live").first).to_be_visible()
    expect(page.locator(".masked").first).to_be_visible()
    assert "welcome_code" not in page.content().lower().replace("welcomecode", "")


def test_a_watched_list_can_be_paused(visit: Open, server: Server) -> None:
    visitor = visit()
    page = visitor.sign_in()
    visitor.go("/console/events")

    page.get_by_role("button", name="Live").click()
    expect(page.get_by_role("button", name="Paused")).to_have_attribute("aria-pressed", "false")
    customer = server.simulator.add_customer("lisi")
    server.settled(customer)
    with pytest.raises(AssertionError):
        expect(page.locator("tr", has_text=customer)).to_be_visible(timeout=3500)
    page.get_by_role("button", name="Paused").click()

    expect(page.locator("tr", has_text=customer)).to_be_visible()


def test_what_failed_is_tried_again(visit: Open, server: Server) -> None:
    customer = a_failed_tagging(server)
    visitor = visit()
    page = visitor.sign_in()
    visitor.go("/console/failed")
    group = page.locator("section", has_text="60020")
    expect(group.get_by_text("trusted IP").first).to_be_visible()

    page.once("dialog", lambda dialog: dialog.accept())
    group.get_by_role("button", name="Try all again").click()

    expect(page.get_by_role("status")).to_contain_text("Runs put to work again")
    assert server.settled(customer).status == "done"
    server.all_settled()
    visitor.go("/console/failed")
    expect(page.get_by_text("Nothing has failed.")).to_be_visible()
    visitor.go("/console/audit")
    expect(page.get_by_text("tried a group again")).to_be_visible()


def test_an_event_is_run_again_only_when_one_is_sure(visit: Open, server: Server) -> None:
    customer = server.simulator.add_customer("wangwu", state="spring-again")
    delivery = server.settled(customer)
    visitor = visit()
    page = visitor.sign_in()
    visitor.go(f"/console/events/{delivery.id}")

    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_role("status")).to_have_count(0)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Run again").click()

    expect(page.get_by_role("status")).to_contain_text("Runs put to work again")
    server.settled(customer)
    assert server.welcome(customer).attempt == 1  # never sent twice


def test_a_rule_is_tried_against_an_event(visit: Open) -> None:
    visitor = visit()
    page = visitor.sign_in()
    visitor.go("/console/rules")

    page.fill("input[name=userid]", "zhangsan")
    page.fill("input[name=state]", "spring-gate")
    page.get_by_role("button", name="What would happen?").click()

    shown = page.locator(".preview")
    expect(shown.get_by_text("春天好，spring-gate")).to_be_visible()
    expect(shown.get_by_text("externalcontact/mark_tag")).to_be_visible()
    expect(shown.get_by_text("Nothing was sent.")).to_be_visible()


def test_a_form_without_its_token_is_refused(visit: Open) -> None:
    page = visit().sign_in()
    expect(page.get_by_role("heading", name="Now")).to_be_visible()

    status = page.evaluate(
        "async () => (await fetch('/console/sign-out', {method: 'POST'})).status"
    )

    assert status == 403
    page.reload()
    expect(page.get_by_role("heading", name="Now")).to_be_visible()


def test_who_may_only_look_finds_nothing_to_press(visit: Open, server: Server) -> None:
    server.settled(server.simulator.add_customer("zhangsan"))
    visitor = visit()
    page = visitor.sign_in("guest")
    visitor.go("/console/events")

    page.locator("tbody a").first.click()

    expect(page.get_by_role("heading", name="Facts")).to_be_visible()
    expect(page.get_by_role("button", name="Run again")).to_have_count(0)
    expect(page.get_by_role("link", name="Audit")).to_have_count(0)


def test_a_reader_of_chinese_is_spoken_to_in_chinese(visit: Open) -> None:
    page = visit(locale="zh-CN").sign_in()

    expect(page.get_by_role("heading", name="实时")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_the_language_can_be_switched(visit: Open) -> None:
    page = visit().sign_in()

    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="实时")).to_be_visible()
    page.get_by_role("button", name="English").click()

    expect(page.get_by_role("heading", name="Now")).to_be_visible()


def test_the_colours_can_be_switched(visit: Open) -> None:
    page = visit().sign_in()

    def background() -> str:
        return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))

    light = background()
    page.get_by_role("button", name="Dark").click()
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")

    assert background() != light


def test_signing_out_closes_the_door(visit: Open) -> None:
    visitor = visit()
    page = visitor.sign_in()

    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    visitor.go("/console/audit")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_server_that_does_not_answer_is_said_and_so_is_its_return(visit: Open) -> None:
    visitor = visit()
    page = visitor.sign_in()
    visitor.go("/console/events")
    gone = page.get_by_text("The server does not answer.")
    expect(gone).to_be_hidden()

    page.context.set_offline(True)
    expect(gone).to_be_visible()
    page.context.set_offline(False)

    expect(gone).to_be_hidden()
    visitor.troubles.clear()  # the browser names each request that came to nothing


def test_a_session_that_ends_while_one_watches_leads_to_the_door_and_back(
    visit: Open, server: Server
) -> None:
    server.journal.store_user(a_user("leaver", PASSWORD, (), datetime.now(UTC)))
    visitor = visit()
    page = visitor.sign_in("leaver")
    visitor.go("/console/events?userid=lisi")

    server.journal.store_user(a_user("leaver", PASSWORD, (), datetime.now(UTC)))
    expect(page.get_by_role("alert")).to_have_text("Your session has ended: sign in again.")
    page.fill("input[name=name]", "leaver")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", name="Events")).to_be_visible()
    assert page.url.endswith("/console/events?userid=lisi")


def test_whoever_walks_by_keyboard_keeps_the_place_in_a_live_list(
    visit: Open, server: Server
) -> None:
    customer = server.simulator.add_customer("lisi")
    server.settled(customer)
    visitor = visit()
    page = visitor.sign_in()
    visitor.go("/console/events")
    member = page.locator("tr", has_text=customer).get_by_role("link", name="lisi")

    page.locator("tr", has_text=customer).locator("a").first.focus()
    page.keyboard.press("Tab")
    expect(member).to_be_focused()
    server.settled(server.simulator.add_customer("lisi"))
    page.wait_for_timeout(3500)  # longer than a list waits until it asks again

    expect(member).to_be_focused()


def test_times_are_those_of_the_browser(visit: Open, server: Server) -> None:
    customer = server.simulator.add_customer("zhangsan")
    received = server.settled(customer).received_at
    visitor: Visitor = visit()
    page = visitor.sign_in()
    visitor.go(f"/console/events?subject={customer}")

    shown = page.locator("tbody time").first

    hour = (received.hour + 8) % 24
    expect(shown).to_contain_text(f"{hour:02}:{received:%M:%S}")
