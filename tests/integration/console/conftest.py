"""A console over a journal of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from console_parts import Stage
from werkzeug.security import generate_password_hash

from console import password
from journal import Journal


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash a hundred times as fast: what is counted here is tries, not what one of them costs."""
    quick = "scrypt:256:8:1"
    monkeypatch.setattr(password, "_METHOD", quick)
    monkeypatch.setattr(password, "_NOBODY", generate_password_hash("nobody", method=quick))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    journal = Journal(f"sqlite:///{tmp_path / 'journal.db'}")
    journal.migrate()
    yield Stage(journal)
    journal.close()
