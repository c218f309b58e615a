"""Unit tests reach no network, loopback included, and no example is refused for being slow."""

from __future__ import annotations

import hypothesis
import pytest
import pytest_socket

hypothesis.settings.register_profile("unit", deadline=None)
hypothesis.settings.load_profile("unit")


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """Block sockets; pytest-socket opens them again after each test."""
    pytest_socket.disable_socket(allow_unix_socket=True)
