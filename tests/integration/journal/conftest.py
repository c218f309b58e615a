"""One journal on either database; every test gets tables of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from multiprocessing import get_context
from pathlib import Path

import pytest
import sqlalchemy as sa

from journal import Journal
from journal.tables import metadata

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_admin(postgres_url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_admin: sa.Engine) -> Iterator[sa.Engine]:
    """One database with the tables, emptied after each test: making one takes too long."""
    with postgres_admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE journal_contract")
    _migrate(_url_of(postgres_admin, "journal_contract"))
    engine = sa.create_engine(
        _url_of(postgres_admin, "journal_contract"),
        isolation_level="AUTOCOMMIT",
        poolclass=sa.NullPool,  # a test may cut every connection
    )
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables, to copy from."""
    path = tmp_path_factory.mktemp("template") / "journal.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database nobody has used."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'journal.db'}"
        return
    admin = request.getfixturevalue("postgres_admin")
    name = f"empty_{next(_numbers)}"
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        yield _url_of(admin, name)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    path = tmp_path / "folder" / "journal.db"
    path.parent.mkdir()
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(migrated_postgres: sa.Engine) -> Iterator[str]:
    yield migrated_postgres.url.render_as_string(hide_password=False)
    with migrated_postgres.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        tables = ", ".join(metadata.tables)
        connection.exec_driver_sql(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty journal database."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def journal(database_url: str) -> Iterator[Journal]:
    journal = Journal(database_url)
    yield journal
    journal.close()


@pytest.fixture(scope="session")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Other processes, for the functions of `journal_processes`."""
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        yield pool


def _url_of(admin: sa.Engine, name: str) -> str:
    return admin.url.set(database=name).render_as_string(hide_password=False)


def _migrate(database_url: str) -> None:
    journal = Journal(database_url)
    journal.migrate()
    journal.close()
