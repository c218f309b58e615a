"""One browser window before the console, and what must not happen in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

PASSWORD = "correct horse battery"


@dataclass
class Visitor:
    """One browser window; troubles: errors in its console, requests to other hosts.

    also: an address of another host that it may go to.
    """

    page: Page
    url: str
    also: str = ""
    troubles: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.url}{path}")
        return self.page

    def sign_in(self, name: str = "admin", password: str = PASSWORD) -> Page:
        self.go("/console/")
        self.page.fill("input[name=name]", name)
        self.page.fill("input[name=password]", password)
        self.page.click("button.primary")
        return self.page

    def watch(self) -> None:
        """Note errors in the browser's console, and requests to any other host."""
        hosts = {urlsplit(self.url).netloc, urlsplit(self.also).netloc, ""}
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", self._note)
        self.page.on(
            "request",
            lambda request: (
                None if urlsplit(request.url).netloc in hosts else self.troubles.append(request.url)
            ),
        )

    def _note(self, message: Any) -> None:  # noqa: ANN401 - playwright's
        # A refused form is an answer 403, which the browser calls an error.
        if message.type in {"error", "warning"} and "status of 4" not in message.text:
            self.troubles.append(message.text)


Open = Callable[..., Visitor]
