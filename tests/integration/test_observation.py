"""Whoever watches can fail; what is watched cannot fail by it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from callback import Answered
from journal import ClaimedRun, Conclusion
from journal_factories import NOW
from metrics import page
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


def test_what_could_not_be_opened_is_opened_when_it_can_be(tmp_path: Path) -> None:
    settings = Settings(path=tmp_path / "wecom.toml", apps=())
    call = Call(endpoint="externalcontact/get", milliseconds=1.0, errcode=0)
    in_the_way = tmp_path / "var"
    in_the_way.touch()

    observers = Observers(settings, service="test")
    observers.called("contacts", call)
    uncounted, _ = page(settings.metrics_folder, lambda: ())
    in_the_way.unlink()
    observers.called("contacts", call)
    counted, _ = page(settings.metrics_folder, lambda: ())

    assert uncounted == b""
    assert b'wecom_api_calls_total{endpoint="externalcontact/get",errcode="0"} 1.0' in counted


ON_A_FULL_DISK = """
import sys
from contextlib import suppress
from pathlib import Path

from metrics import open_meters, page

folder = Path(sys.argv[1])
meters = open_meters(folder)
meters.call("contacts", "gettoken", 0, 0.1)
with suppress(OSError), (folder / "big").open("wb", buffering=0) as big:
    while True:
        big.write(bytes(4096))
refused = 0
for number in range(3000):
    try:
        meters.call("contacts", f"endpoint/{number}", 0, 0.1)
    except OSError:
        refused += 1
meters.call("contacts", "gettoken", 0, 0.1)
text, _ = page(folder, lambda: ())
print(refused, b'wecom_api_calls_total{endpoint="gettoken",errcode="0"} 2.0' in text)
"""


def test_a_full_disk_costs_new_counters_and_not_the_process(tmp_path: Path) -> None:
    own_mounts = ["unshare", "--map-root-user", "--mount"]
    if not shutil.which("unshare") or subprocess.call([*own_mounts, "true"]):  # noqa: S603 - ours
        pytest.skip("this machine lets nobody mount a small disk")

    told = subprocess.run(  # noqa: S603 - our own Python
        [
            *own_mounts,
            "sh",
            "-c",
            'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" -c "$3" "$1"',
            "sh",
            tmp_path,
            sys.executable,
            ON_A_FULL_DISK,
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    refused, counts_on = told.stdout.split()
    assert told.returncode == 0
    assert int(refused) > 0
    assert counts_on == "True"
