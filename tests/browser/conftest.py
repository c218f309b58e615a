"""A real browser before a real server, with somebody who may sign in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from chromium import chromium
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from server import ONE_WORKER, Server, running
from visitor import PASSWORD, Open, Visitor

from console import a_user

DESKTOP = {"width": 1360, "height": 900}
PHONE = {"width": 390, "height": 844}
_PATIENCE_MS = 20_000


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        # Tests run as root in containers, where Chromium's sandbox cannot.
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("console"), "web", ONE_WORKER) as started:
        for name, permissions in (("admin", ("replay", "audit")), ("guest", ())):
            started.journal.store_user(a_user(name, PASSWORD, permissions, datetime.now(UTC)))
        yield started


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Open]:
    """Open windows; at the end nothing may have gone wrong in any of them."""
    contexts: list[BrowserContext] = []
    visitors: list[Visitor] = []

    def visit(
        *,
        locale: str = "en-US",
        scheme: str = "light",
        phone: bool = False,
        agent: str | None = None,
        also: str = "",
    ) -> Visitor:
        context = browser.new_context(
            user_agent=agent,
            locale=locale,
            color_scheme="dark" if scheme == "dark" else "light",
            viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]  # playwright's own dict
            timezone_id="Asia/Shanghai",
        )
        context.set_default_timeout(_PATIENCE_MS)
        contexts.append(context)
        visitors.append(Visitor(page=context.new_page(), url=server.url, also=also))
        visitors[-1].watch()
        return visitors[-1]

    yield visit
    for context in contexts:
        context.close()
    assert [trouble for each in visitors for trouble in each.troubles] == []
