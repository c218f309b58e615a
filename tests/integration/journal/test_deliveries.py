from __future__ import annotations

import pytest

from journal import Journal
from journal_factories import NOW, a_claimed_run, a_conclusion, a_delivery, seconds

ADDED = "change_external_contact.add_external_contact"
LEFT = "change_external_contact.del_follow_user"


def _subjects(journal: Journal, **wanted: object) -> list[str]:
    return [each.subject for each in journal.deliveries(**wanted)]  # type: ignore[arg-type]  # the cases of a table


@pytest.fixture
def four_deliveries(journal: Journal) -> None:
    journal.record(a_delivery(subject="1", event=ADDED, userid="zhangsan"))
    journal.record(a_delivery(subject="2", event=LEFT, userid="lisi"))
    journal.record(a_delivery(subject="3", event="text", userid="zhangsan", plan=()))
    journal.record(a_delivery(subject="4", event=ADDED, app="sales", userid="长" * 300))


@pytest.mark.parametrize(
    ("wanted", "subjects"),
    [
        ({}, ["4", "3", "2", "1"]),
        ({"limit": 2}, ["4", "3"]),
        ({"before_id": 3}, ["2", "1"]),
        ({"before_id": 2**70}, ["4", "3", "2", "1"]),
        ({"app": "sales"}, ["4"]),
        ({"event": LEFT}, ["2"]),
        ({"event": "change_external_contact.*"}, ["4", "2", "1"]),
        ({"event": "change%*"}, []),
        ({"event": "*"}, ["4", "3", "2", "1"]),
        ({"userid": "zhangsan"}, ["3", "1"]),
        ({"userid": "长" * 300}, ["4"]),
        ({"subject": "2"}, ["2"]),
        ({"status": "ignored"}, ["3"]),
        ({"userid": "zhangsan", "status": "open"}, ["1"]),
        ({"userid": "\0"}, []),
        ({"userid": "\ud800"}, []),
        ({"event": "\0"}, []),
        ({"app": "' OR 1=1 --"}, []),
    ],
)
@pytest.mark.usefixtures("four_deliveries")
def test_deliveries_are_found(
    journal: Journal, wanted: dict[str, object], subjects: list[str]
) -> None:
    assert _subjects(journal, **wanted) == subjects


def test_a_delivery_is_read_with_its_runs_and_attempts(journal: Journal) -> None:
    claimed = a_claimed_run(journal)
    journal.conclude(a_conclusion(claimed, "retry", due_at=NOW))
    again = journal.claim(claimed.run_id, now=NOW, lease=seconds(1))
    assert again is not None
    journal.conclude(a_conclusion(again))

    delivery = journal.delivery(claimed.delivery_id)

    assert delivery is not None
    (run,) = delivery.runs
    assert [attempt.outcome for attempt in run.attempts] == ["retry", "done"]
    assert journal.deliveries() == [delivery]


@pytest.mark.parametrize("delivery_id", [0, -1, 4711, 2**63 - 1, 2**63, 10**30])
def test_a_delivery_that_does_not_exist_is_none(journal: Journal, delivery_id: int) -> None:
    assert journal.delivery(delivery_id) is None


def test_a_delivery_does_not_show_its_payload(journal: Journal) -> None:
    journal.record(a_delivery(payload=b"<WelcomeCode>SECRET</WelcomeCode>"))

    assert "SECRET" not in repr(journal.deliveries())


def test_runs_are_counted_by_status(journal: Journal) -> None:
    a_claimed_run(journal)
    journal.conclude(a_conclusion(a_claimed_run(journal)))
    journal.conclude(a_conclusion(a_claimed_run(journal)))

    assert journal.count() == {"running": 1, "done": 2}
