"""The recorder of the unit tests answers as the journal does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from endpoint_in_memory import Recorder as RecorderInMemory

from callback.endpoint import Recorder
from errors import JournalUnavailable
from journal import Journal
from journal_factories import a_delivery, a_planned_run, a_welcome


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(f"sqlite:///{tmp_path / 'journal.db'}")
    journal.migrate()
    yield journal
    journal.close()


@pytest.fixture(params=["memory", "journal"])
def recorder(request: pytest.FixtureRequest, journal: Journal) -> Recorder:
    return RecorderInMemory() if request.param == "memory" else journal


def test_a_new_event_is_new_with_a_run_for_each_handler(recorder: Recorder) -> None:
    planned = a_welcome(), a_planned_run(handler="handlers.tagging.tag_new_customer")

    recorded = recorder.record(a_delivery(plan=planned))

    assert recorded.new
    assert recorded.delivery_id is not None
    assert [(run.handler, run.lane) for run in recorded.runs] == [
        (run.handler, run.lane) for run in planned
    ]


def test_the_ids_of_runs_are_distinct(recorder: Recorder) -> None:
    runs = [run for _ in range(3) for run in recorder.record(a_delivery()).runs]

    assert len({run.run_id for run in runs}) == 3


def test_the_same_key_again_is_not_new_and_has_no_runs(recorder: Recorder) -> None:
    recorder.record(a_delivery(event_key="k"))

    again = recorder.record(a_delivery(event_key="k"))

    assert (again.new, again.delivery_id, again.runs) == (False, None, ())


def test_an_event_nobody_wants_is_new_without_runs(recorder: Recorder) -> None:
    recorded = recorder.record(a_delivery(plan=()))

    assert (recorded.new, recorded.runs) == (True, ())


def test_refuses_when_it_is_away() -> None:
    with pytest.raises(JournalUnavailable):
        RecorderInMemory(available=False).record(a_delivery())


def test_a_closed_journal_refuses_alike(journal: Journal) -> None:
    journal.close()

    with pytest.raises(JournalUnavailable):
        journal.record(a_delivery())
