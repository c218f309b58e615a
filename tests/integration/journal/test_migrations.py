from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import journal_processes
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from errors import ConfigurationError, JournalUnavailable
from journal import Journal
from journal.database import connect, write
from journal.migrations.upgrade import _config, upgrade
from journal.tables import metadata
from journal_factories import a_delivery, why_refused


def _tables(engine: sa.Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names())


def test_an_empty_database_becomes_a_journal(empty_database_url: str) -> None:
    journal = Journal(empty_database_url)
    before = journal.is_migrated()

    journal.migrate()

    assert (before, journal.is_migrated()) == (False, True)
    assert journal.record(a_delivery()).new
    journal.close()


def test_the_migrations_make_the_tables_of_the_code(empty_database_url: str) -> None:
    engine = connect(empty_database_url)
    upgrade(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_partial_index_is_the_one_of_the_code(empty_database_url: str) -> None:
    engine = connect(empty_database_url)
    upgrade(engine)
    by_migrations = _where_of_open_runs(engine)

    with write(engine) as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)

    assert _where_of_open_runs(engine) == by_migrations
    engine.dispose()


def _where_of_open_runs(engine: sa.Engine) -> str:
    (index,) = (
        index for index in sa.inspect(engine).get_indexes("runs") if index["name"] == "ix_runs_open"
    )
    return str(index["dialect_options"][f"{engine.dialect.name}_where"])


def test_migrating_twice_changes_nothing(empty_database_url: str) -> None:
    journal = Journal(empty_database_url)
    journal.migrate()
    journal.record(a_delivery())

    journal.migrate()

    assert len(journal.deliveries()) == 1
    journal.close()


def test_processes_that_migrate_at_once_wait_for_each_other(
    empty_database_url: str, processes: ProcessPoolExecutor
) -> None:
    start_at = journal_processes.soon()

    futures = [
        processes.submit(journal_processes.migrate, empty_database_url, start_at) for _ in range(3)
    ]

    assert [future.result(timeout=60) for future in futures] == [True, True, True]


def test_every_step_can_be_taken_back(empty_database_url: str) -> None:
    engine = connect(empty_database_url)
    upgrade(engine)

    with write(engine) as connection:
        command.downgrade(_config(connection), "base")
    emptied = _tables(engine)
    upgrade(engine)

    assert emptied == {"alembic_version"}
    assert _tables(engine) == {"alembic_version", *metadata.tables}
    engine.dispose()


def test_a_failed_migration_leaves_nothing(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = connect(empty_database_url)
    with write(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE attempts (id INTEGER)")
    journal = Journal(empty_database_url)

    with pytest.raises(JournalUnavailable):
        journal.migrate()

    assert _tables(engine) == {"attempts"}
    assert not journal.is_migrated()
    journal.close()
    engine.dispose()


def test_the_database_of_another_program_is_refused(empty_database_url: str) -> None:
    journal = Journal(empty_database_url)
    journal.migrate()
    with write(journal._engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'ab12cd34'")

    assert not journal.is_migrated()
    with pytest.raises(ConfigurationError, match="another program"):
        journal.migrate()
    journal.close()


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_text("a shopping list " * 100)
    journal = Journal(f"sqlite:///{path}")

    with pytest.raises(JournalUnavailable):
        journal.is_migrated()
    with pytest.raises(JournalUnavailable):
        journal.migrate()
    with pytest.raises(JournalUnavailable):
        journal.record(a_delivery())

    assert path.read_text() == "a shopping list " * 100
    journal.close()


def test_a_journal_without_tables_refuses_and_recovers(empty_database_url: str) -> None:
    journal = Journal(empty_database_url)

    why_refused(journal)

    journal.migrate()
    assert journal.record(a_delivery()).new
    journal.close()
