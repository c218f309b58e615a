from __future__ import annotations

from pathlib import Path

import pytest

from errors import ConfigurationError
from journal.database import connect


@pytest.mark.parametrize("database_url", ["", "journal.db", "sqlite", "://", "sqlite:/var"])
def test_refuses_what_is_no_url(database_url: str) -> None:
    with pytest.raises(ConfigurationError, match="database_url cannot be read"):
        connect(database_url)


@pytest.mark.parametrize("database_url", ["mysql://u:hunter2@h/db", "oracle://u:hunter2@h/db"])
def test_refuses_another_database_without_telling_the_password(database_url: str) -> None:
    with pytest.raises(ConfigurationError, match="sqlite or postgresql") as refused:
        connect(database_url)

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("database_url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_refuses_a_journal_that_would_vanish(database_url: str) -> None:
    with pytest.raises(ConfigurationError, match="must name a file"):
        connect(database_url)


@pytest.mark.parametrize(
    "database_url", ["postgresql://h/db", "postgresql+psycopg://h/db", "postgresql+asyncpg://h/db"]
)
def test_takes_postgresql_by_the_one_driver_there_is(database_url: str) -> None:
    assert connect(database_url).driver == "psycopg"


def test_takes_sqlite_by_the_one_driver_there_is(tmp_path: Path) -> None:
    assert connect(f"sqlite+aiosqlite:///{tmp_path}/journal.db").driver == "pysqlite"


def test_makes_the_folder_of_the_file(tmp_path: Path) -> None:
    connect(f"sqlite:///{tmp_path}/var/lib/journal.db")

    assert (tmp_path / "var" / "lib").is_dir()


def test_others_may_not_look_into_the_folder_it_makes(tmp_path: Path) -> None:
    connect(f"sqlite:///{tmp_path}/var/journal.db").dispose()

    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_names_the_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")

    with pytest.raises(ConfigurationError, match="var/lib cannot be made"):
        connect(f"sqlite:///{tmp_path}/var/lib/journal.db")
