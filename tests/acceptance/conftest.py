"""Servers to share, and what their processes printed when a test fails."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import pytest
from server import Server, running

_LAST_LINES = 150


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of each process's log beside a failure."""
    report = yield
    if report.failed:
        fixtures: dict[str, Any] = getattr(item, "funcargs", {})
        for server in {id(each): each for each in fixtures.values()}.values():
            if isinstance(server, Server):
                report.sections += _logs(server)
    return report


@pytest.fixture(scope="session")
def _shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with running(folder, "web", "urgent", "default,bulk") as server:
        yield server


@pytest.fixture
def server(_shared_server: Server) -> Iterator[Server]:
    """A running server, shared by all tests that leave its processes alone."""
    yield _shared_server
    _shared_server.heal()


def _logs(server: Server) -> list[tuple[str, str]]:
    texts = {path.stem: path.read_text(errors="replace") for path in server.folder.glob("*.log")}
    return [
        (f"log of {name}", "\n".join(text.splitlines()[-_LAST_LINES:]))
        for name, text in sorted(texts.items())
    ]
