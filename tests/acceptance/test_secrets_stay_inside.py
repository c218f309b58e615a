"""Whatever happens, no log tells a secret, a welcome code or a customer's name."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx2
import pytest
import xmltodict
from callbacks import Callback
from server import CONTACTS, ONE_WORKER, SUITE, Server, run_command, running, wait_for

from factories import an_app_plaintext

NAME = "欧阳不可说"
HANDLERS = """
from datetime import timedelta

from events import ExternalContactAdded
from handlers import Context, Router

router = Router()


@router.on(ExternalContactAdded, within=timedelta(seconds=2))
def break_with_everything_in_the_text(event: ExternalContactAdded, ctx: Context) -> None:
    raise ValueError(f"{event.welcome_code} {event.raw!r} {ctx!r} {vars(ctx.api)!r}")
"""


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("secretive")
    (folder / "talkative.py").write_text(HANDLERS, encoding="utf-8")
    with running(folder, "web", ONE_WORKER, handlers=["talkative"]) as server:
        yield server


def test_a_run_full_of_failures_tells_no_secret(server: Server) -> None:
    welcome = "externalcontact/send_welcome_msg"
    faults = (
        {"path": welcome, "errcode": -1, "calls": 1},
        {"path": welcome, "http_status": 502, "calls": 1},
        {"path": welcome, "when": "after", "drop_connection": True, "calls": 1},
        {"path": welcome, "errcode": 48002, "calls": 1},
        {"path": welcome, "errcode": 41050, "calls": 1},
        {"path": "externalcontact/*tag*", "errcode": 45009, "calls": 1},
    )
    simulator = server.simulator
    simulator.verify_callback("contacts")
    for fault in faults:
        simulator.add_fault(fault)
        _greet(server)
    tokens = {token.value for token in simulator.tenant.tokens.values()}
    simulator.revoke_tokens()
    _greet(server)
    tokens |= {token.value for token in simulator.tenant.tokens.values()}
    simulator.change_app("contacts", secret="another-secret-of-the-app")
    _greet(server)
    _send_what_is_refused(server)
    server.valkey.stop()
    _greet(server)
    wait_for(lambda: "ValueError" in server.log(), "the broken handler is reported")
    shown = run_command(server.settings, "events", "show", "1")
    listed = run_command(server.settings, "events", "list")

    log = server.log()
    told = log + shown.stdout + shown.stderr + listed.stdout + listed.stderr
    secrets = {
        NAME,
        "another-secret-of-the-app",
        *tokens,
        *_welcome_codes(server),
        *(str(app[key]) for app in (CONTACTS, SUITE) for key in _SECRET_KEYS if key in app),
    }
    assert len(secrets) > 15
    assert [secret for secret in secrets if secret in told] == []
    for event in ("callback_received", "callback_rejected", "run_retry", "run_given_up"):
        wait_for(lambda event=event: server.log_lines(event), f"there is a {event}")  # type: ignore[misc]
    assert "talkative.py" in log, "where the broken handler broke is not told"


_SECRET_KEYS = ("secret", "suite_secret", "token", "encoding_aes_key")


def _greet(server: Server) -> None:
    customer = server.simulator.add_customer("zhangsan", name=NAME, state="spring-1")
    server.welcome(customer)


def _send_what_is_refused(server: Server) -> None:
    plaintext = an_app_plaintext(Event="change_external_contact", CreateTime=int(time.time()))
    for callback in (
        Callback.of(plaintext, token="AnotherToken"),
        Callback.of(plaintext, receiveid="wwsomebodyelse"),
    ):
        httpx2.post(
            f"{server.callback_url}?{callback.query}", content=callback.body, trust_env=False
        )
    wait_for(lambda: len(server.log_lines("callback_rejected")) == 2, "both are refused")


def _welcome_codes(server: Server) -> set[str]:
    return {
        str(fields["WelcomeCode"])
        for push in list(server.simulator.tenant.pushes)
        if "WelcomeCode" in (fields := xmltodict.parse(push.plaintext)["xml"])
    }
