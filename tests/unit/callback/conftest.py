"""The endpoint over a recorder in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from endpoint_in_memory import Endpoint
from flask.testing import FlaskClient


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture
def client(endpoint: Endpoint) -> FlaskClient:
    return endpoint.client()


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as entries:
        yield entries
