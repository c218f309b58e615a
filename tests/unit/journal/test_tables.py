from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import postgresql, sqlite

from journal.tables import UTCDateTime

BEIJING = timezone(timedelta(hours=8))
NOON_IN_BEIJING = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=BEIJING)
DIALECTS = [sqlite.dialect(), postgresql.dialect()]  # type: ignore[no-untyped-call]  # SQLAlchemy's


@pytest.mark.parametrize("dialect", DIALECTS, ids=["sqlite", "postgresql"])
def test_a_time_of_any_zone_comes_back_as_the_same_moment_in_utc(dialect: object) -> None:
    column = UTCDateTime()

    stored = column.process_bind_param(NOON_IN_BEIJING, dialect)
    read = column.process_result_value(stored, dialect)

    assert read == NOON_IN_BEIJING
    assert read is not None
    assert read.tzinfo is UTC


@pytest.mark.parametrize("dialect", DIALECTS, ids=["sqlite", "postgresql"])
def test_no_time_stays_no_time(dialect: object) -> None:
    column = UTCDateTime()

    assert column.process_bind_param(None, dialect) is None
    assert column.process_result_value(None, dialect) is None


@pytest.mark.parametrize("dialect", DIALECTS, ids=["sqlite", "postgresql"])
def test_a_naive_time_is_refused(dialect: object) -> None:
    naive = NOON_IN_BEIJING.replace(tzinfo=None)

    with pytest.raises(ValueError, match="aware"):
        UTCDateTime().process_bind_param(naive, dialect)
