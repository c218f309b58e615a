"""Times in SQLite, which journals of before hold as SQLAlchemy writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import DateTime
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

from journal.tables import UTCDateTime


def written(kind: TypeEngine[datetime], at: datetime | None) -> object:
    dialect = sqlite.dialect()
    write = kind.dialect_impl(dialect).bind_processor(dialect)
    assert write is not None
    return write(at)


@pytest.mark.parametrize("microsecond", [0, 7, 123456])
@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8))])
def test_are_written_as_sqlalchemy_does(zone: timezone, microsecond: int) -> None:
    at = datetime(2026, 3, 2, 9, 30, 1, microsecond, tzinfo=zone)
    own = DateTime()

    assert written(UTCDateTime(), at) == written(own, at.astimezone(UTC).replace(tzinfo=None))
    assert written(UTCDateTime(), None) is None
