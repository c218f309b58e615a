"""A process imports what it needs, and not the application where it needs none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
APPLICATION = {"app", "callback", "handlers", "simulator", "worker"}
HEAVY = {"celery", "circus", "flask", "granian", "jinja2", "sqlalchemy", "structlog"}


@pytest.mark.parametrize(
    ("imported", "unneeded"),
    [
        pytest.param("cli", {"settings", "wecom"}, id="help"),
        pytest.param("cli, commands.serving", {"journal", "redis", "rich", "wecom"}, id="serve"),
        pytest.param("cli, commands.caller, commands.calling", {"journal"}, id="call"),
    ],
)
def test_starting_imports_nothing_heavy_that_is_not_needed(
    imported: str, unneeded: set[str]
) -> None:
    loaded = subprocess.run(  # noqa: S603 - our own line
        [sys.executable, "-c", f"import sys, {imported}; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert "cli" in loaded
    assert not (APPLICATION | HEAVY | unneeded) & set(loaded)
