"""What every command needs and few need more of: the journal of the settings, and the time."""

from __future__ import annotations

from datetime import UTC, datetime

from crypto import Vault
from errors import ConfigurationError, JournalUnavailable
from journal import Journal
from language import Text
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
        cause = type(error.__cause__).__name__
        raise settings.wrong(
            "server.database_url: "
            + Text(
                en=f"the database cannot be reached ({cause}); start it or mend the address",
                zh=f"无法连接数据库（{cause}），请启动数据库或改正地址",
            )
        ) from error
    if not migrated:
        journal.close()
        raise settings.wrong(
            "server.database_url: "
            + Text(
                en="the tables are not those of this version; run `wecom-callback migrate`",
                zh="数据表与当前版本不符，请执行 `wecom-callback migrate`",
            )
        )
    return journal


def migrate_journal(settings: Settings) -> None:
    """Make the journal's tables, or bring them to this version. Raises ConfigurationError."""
    journal = _journal(settings)
    try:
        journal.migrate()
    except JournalUnavailable as error:
        cause = type(error.__cause__).__name__
        raise settings.wrong(
            "server.database_url: "
            + Text(
                en=f"the tables cannot be made ({cause}); start the database, mend the address, or"
                " let its user make tables",
                zh=f"无法创建数据表（{cause}），请启动数据库、改正地址，或授予其用户建表权限",
            )
        ) from error
    finally:
        journal.close()


def _journal(settings: Settings) -> Journal:
    keys = settings.server.encryption_key
    try:
        return Journal(settings.server.database_url, Vault(keys) if keys else None)
    except ConfigurationError as error:
        raise settings.wrong("server." + error.text) from error
