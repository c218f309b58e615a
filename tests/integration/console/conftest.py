"""A console over a journal of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from console_parts import Stage

from journal import Journal


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    journal = Journal(f"sqlite:///{tmp_path / 'journal.db'}")
    journal.migrate()
    yield Stage(journal)
    journal.close()
