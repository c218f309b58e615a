"""Every page can be used by everybody: axe finds nothing, on a desk and on a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page
from server import Server
from visitor import Open

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = (
    "/console/",
    "/console/events",
    "/console/events/{delivery}",
    "/console/failed",
    "/console/rules",
    "/console/channels",
    "/console/groups",
    "/console/jobs",
    "/console/audit",
    "/console/nothing",
)


@pytest.fixture(scope="module")
def delivery(server: Server) -> int:
    """An event whose tags have failed, so that every page has something to show.

    Names are as long as they may be, and have no place to break.
    """
    longest = "m" * 64
    server.simulator.add_member({"userid": longest})
    server.simulator.add_customer(longest)
    server.settled(server.simulator.create_group_chat(longest, name="W" * 120 + "שלום"))
    server.settled(server.simulator.create_group_chat("zhangsan"))
    server.simulator.add_fault({"path": "externalcontact/mark_tag", "errcode": 60020, "calls": 1})
    customer = server.simulator.add_customer("zhangsan", state="spring-1")
    found = server.settled(customer)
    server.simulator.remove_fault()
    return found.id


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_no_page_keeps_anybody_out(visit: Open, delivery: int, scheme: str, *, phone: bool) -> None:
    visitor = visit(scheme=scheme, phone=phone)
    visitor.go("/console/sign-in")
    problems = {"/console/sign-in": _problems(visitor.page)}
    visitor.sign_in()
    for path in PAGES:
        visitor.go(path.format(delivery=delivery))
        problems[path] = _problems(visitor.page)
        if phone:
            problems[path] += _too_wide(visitor.page)

    assert {path: found for path, found in problems.items() if found} == {}


def test_a_page_can_be_walked_by_keyboard(visit: Open) -> None:
    page = visit().sign_in()
    page.get_by_role("heading", name="Now").wait_for()

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "content"


def _problems(page: Page) -> list[str]:
    """Return what axe finds, as rule and place."""
    page.evaluate(AXE)
    result = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
    )
    return [
        f"{found['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for found in result["violations"]
        for node in found["nodes"]
    ]


def _too_wide(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [f"wider than the window by {wide} px"] if wide > 0 else []
