"""Whoever watches can fail; what is watched cannot fail by it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from callback import Answered
from journal import ClaimedRun, Conclusion
from journal_factories import NOW
from observation import Observers
from settings import Settings
from wecom import Call

RUN = ClaimedRun(
    run_id=1,
    delivery_id=1,
    handler="handlers.welcome.greet_new_customer",
    lane="urgent",
    attempt=1,
    deadline_at=None,
    app="contacts",
    received_at=NOW,
    payload=b"",
    outcome_unknown=False,
)


@pytest.fixture
def observers(tmp_path: Path) -> Observers:
    """Observers whose folder went away after they had opened it."""
    settings = Settings(path=tmp_path / "wecom.toml", apps=())
    observers = Observers(settings, service="test")
    shutil.rmtree(settings.metrics_folder)
    return observers


def test_nothing_is_raised_when_nothing_can_be_counted(observers: Observers) -> None:
    with capture_logs() as lines:
        observers.answered(
            Answered(
                app="contacts",
                event="",
                delivery_id=None,
                received_at=None,
                outcome="failed",
                seconds=0.1,
            )
        )
        observers.called("contacts", Call(endpoint="gettoken", milliseconds=1.0, errcode=0))
        observers.concluded(
            RUN, Conclusion(run_id=1, attempt=1, status="done", started_at=NOW, finished_at=NOW)
        )

    assert [(line["event"], line["what"]) for line in lines] == [
        ("not_observed", "answered"),
        ("not_observed", "called"),
        ("not_observed", "concluded"),
    ]


def test_what_cannot_be_counted_a_thousand_times_is_said_once(observers: Observers) -> None:
    call = Call(endpoint="externalcontact/get", milliseconds=1.0, errcode=0)

    with capture_logs() as lines:
        for _ in range(1000):
            observers.called("contacts", call)

    assert len(lines) == 1
