from __future__ import annotations

import pytest
from handler_context import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()
