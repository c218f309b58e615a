"""What supervises is small: the application is for the processes that need it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from commands.serving import check_apart
from errors import ConfigurationError
from settings import read_settings

ROOT = Path(__file__).parents[3]
APPLICATION = {"app", "callback", "handlers", "journal", "wecom", "worker"}
HEAVY = {"celery", "flask", "httpx2", "jinja2", "redis", "rich", "sqlalchemy", "structlog"}


def test_a_supervisor_imports_neither_the_application_nor_what_that_needs() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import cli, commands.serving, sys; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert "settings" in loaded
    assert not (APPLICATION | HEAVY) & set(loaded)


def test_what_another_process_finds_wrong_is_told_in_both_languages(tmp_path: Path) -> None:
    (tmp_path / "wecom.toml").write_text("[server]\n", encoding="utf-8")

    with pytest.raises(ConfigurationError) as told:
        check_apart(read_settings(str(tmp_path / "wecom.toml"), {}))

    assert "apps: there is none" in told.value.text["en"]
    assert told.value.text["zh"] != told.value.text["en"]
