from __future__ import annotations

from datetime import timedelta

import pytest

from journal.operations import IN_ORDER, indexable, published_grace, storable
from journal.records import ClaimedRun
from journal_factories import NOW


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("zhangsan", "zhangsan"),
        ("张三", "张三"),
        ("", ""),
        ("a\0b", "ab"),
        ("a\ud800b", "a?b"),
        ("😀" * 300, "😀" * 255),
    ],
)
def test_any_text_is_made_to_fit_an_identifier(text: str, kept: str) -> None:
    assert indexable(text) == kept


def test_a_long_text_is_kept_whole_where_there_is_room() -> None:
    assert storable("x" * 1000) == "x" * 1000


def test_an_urgent_run_is_published_again_sooner() -> None:
    assert published_grace("urgent") == timedelta(seconds=3)
    assert published_grace("a lane of tomorrow") == timedelta(seconds=30)


def test_what_waits_for_deliveries_comes_before_what_holds_runs_only() -> None:
    names = [operation.__name__ for operation in IN_ORDER]

    assert names[:3] == ["record", "replay", "conclude"]


def test_a_claimed_run_does_not_show_its_payload() -> None:
    claimed = ClaimedRun(
        run_id=1,
        delivery_id=1,
        handler="h",
        lane="urgent",
        attempt=1,
        deadline_at=None,
        app="contacts",
        received_at=NOW,
        payload=b"WelcomeCode",
        outcome_unknown=False,
    )

    assert "WelcomeCode" not in repr(claimed)
