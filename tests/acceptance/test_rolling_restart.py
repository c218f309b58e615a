"""While processes are restarted one after the other, old and new ones work side by side."""

from __future__ import annotations

from pathlib import Path

import httpx2
from callbacks import Callback
from server import CONTACTS, ONE_WORKER, running, wait_for

from factories import an_app_plaintext

CUSTOMER = "wm-of-a-new-app"


def test_an_event_of_a_new_app_waits_for_a_worker_that_knows_it(tmp_path: Path) -> None:
    with running(tmp_path, apps=(CONTACTS,)) as server:
        settings = server.settings.read_text(encoding="utf-8")
        app = settings[settings.index("[[apps]]") :].replace('"contacts"', '"new"')
        server.settings.write_text(f"{settings}\n{app}", encoding="utf-8")
        server.kill("web")
        server.start("web")
        event = Callback.of(
            an_app_plaintext(
                Event="change_external_contact",
                ChangeType="add_external_contact",
                UserID="zhangsan",
                ExternalUserID=CUSTOMER,
            )
        )

        answer = httpx2.post(
            f"{server.url}/callback/new?{event.query}", content=event.body, trust_env=False
        )
        wait_for(
            lambda: all(run.attempts for run in server.delivery(CUSTOMER).runs),
            "the old worker has met both runs",
        )
        server.kill(ONE_WORKER)
        server.start(ONE_WORKER)
        delivery = server.settled(CUSTOMER)

        assert answer.status_code == 200
        assert [run.attempts[0].error for run in delivery.runs] == [
            "AppUnknown: The app is not known here; a process that was started later may know it."
        ] * 2
        assert [(run.status, run.result) for run in delivery.runs] == [
            ("done", "no_welcome_code"),
            ("done", "no_rule"),
        ]
