"""What every command needs and few need more of: the journal of the settings, and the time."""

from __future__ import annotations

from datetime import UTC, datetime

from crypto import Vault
from errors import ConfigurationError, JournalUnavailable
from journal import Journal
from settings import Settings


def utc_now() -> datetime:
    """Return the time, aware and in UTC."""
    return datetime.now(UTC)


def open_journal(settings: Settings) -> Journal:
    """Open the journal. Raises ConfigurationError when it is not there or not migrated."""
    journal = _journal(settings)
    try:
        migrated = journal.is_migrated()
    except JournalUnavailable as error:
        journal.close()
        raise ConfigurationError(
            f"{settings.path}: server.database_url: the database cannot be reached"
            f" ({type(error.__cause__).__name__}); start it or mend the address"
        ) from error
    if not migrated:
        journal.close()
        raise ConfigurationError(
            f"{settings.path}: server.database_url: the tables are not those of this version;"
            " run `wecom-callback migrate`"
        )
    return journal


def migrate_journal(settings: Settings) -> None:
    """Make the journal's tables, or bring them to this version. Raises ConfigurationError."""
    journal = _journal(settings)
    try:
        journal.migrate()
    except JournalUnavailable as error:
        raise ConfigurationError(
            f"{settings.path}: server.database_url: the tables cannot be made"
            f" ({type(error.__cause__).__name__}); start the database, mend the address, or let its"
            " user make tables"
        ) from error
    finally:
        journal.close()


def _journal(settings: Settings) -> Journal:
    keys = settings.server.encryption_key
    try:
        return Journal(settings.server.database_url, Vault(keys) if keys else None)
    except ConfigurationError as error:
        raise ConfigurationError(f"{settings.path}: server.{error}") from error
