"""While processes are restarted one after the other, old and new ones work side by side."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx2
import psutil
from callbacks import Callback
from server import CONTACTS, ONE_WORKER, Process, Server, command, running, wait_for

from factories import an_app_plaintext

CUSTOMER = "wm-of-a-new-app"
ANEW_SECONDS = 60  # a check, and then three processes that start at once


def test_an_event_of_a_new_app_waits_for_a_worker_that_knows_it(tmp_path: Path) -> None:
    with running(tmp_path, apps=(CONTACTS,)) as server:
        _add_app(server)
        server.kill("web")
        server.start("web")

        status = _push(server)
        wait_for(
            lambda: all(run.attempts for run in server.delivery(CUSTOMER).runs),
            "the old worker has met both runs",
        )
        server.kill(ONE_WORKER)
        server.start(ONE_WORKER)
        delivery = server.settled(CUSTOMER)

        assert status == 200
        assert [run.attempts[0].error for run in delivery.runs] == [
            "AppUnknown: The app is not known here; a process that was started later may know it."
        ] * 2
        assert [(run.status, run.result) for run in delivery.runs] == [
            ("done", "no_welcome_code"),
            ("done", "no_rule"),
        ]


def test_a_hangup_has_serve_take_up_changed_settings_and_refuse_wrong_ones(tmp_path: Path) -> None:
    with running(tmp_path, start=False, apps=(CONTACTS,)) as server:
        serve = Process(command(server.settings, "serve"), tmp_path / "serve.log")
        server.processes["serve"] = serve
        server.wait_until_served(workers=2)
        family = psutil.Process(serve.pid).children()
        settings = server.settings.read_text(encoding="utf-8")

        server.settings.write_text(f"{settings}\n[misspelt]\n", encoding="utf-8")
        serve.send(signal.SIGHUP)
        wait_for(
            lambda: "misspelt" in server.log(),
            "the wrong settings are refused",
            seconds=ANEW_SECONDS,
        )
        untouched = psutil.Process(serve.pid).children()
        server.settings.write_text(settings, encoding="utf-8")
        _add_app(server)
        serve.send(signal.SIGHUP)
        wait_for(lambda: _push(server) == 200, "the new app is known", seconds=ANEW_SECONDS)
        delivery = server.settled(CUSTOMER, seconds=ANEW_SECONDS)
        wait_for(
            lambda: len(server.log_lines("worker_ready")) >= 4,
            "both workers are new",
            seconds=ANEW_SECONDS,
        )

        assert untouched == family
        assert serve.is_alive
        assert [(run.status, run.result) for run in delivery.runs] == [
            ("done", "no_welcome_code"),
            ("done", "no_rule"),
        ]


def _add_app(server: Server) -> None:
    settings = server.settings.read_text(encoding="utf-8")
    app = settings[settings.index("[[apps]]") :].replace('"contacts"', '"new"')
    server.settings.write_text(f"{settings}\n{app}", encoding="utf-8")


def _push(server: Server) -> int:
    """Push an event to the new app and return the status of the answer, 0 without one."""
    event = Callback.of(
        an_app_plaintext(
            Event="change_external_contact",
            ChangeType="add_external_contact",
            UserID="zhangsan",
            ExternalUserID=CUSTOMER,
        )
    )
    url = f"{server.url}/callback/new?{event.query}"
    try:
        return httpx2.post(url, content=event.body, trust_env=False).status_code
    except httpx2.TransportError:
        return 0
