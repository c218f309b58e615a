"""A simulator as a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from simulated import Receiver, receiving, tenant

from commands.serving import free_port, ourselves
from errors import ActionImpossible, ConfigurationError
from simulator import DEFAULT_CORPID, DEFAULT_SECRET, ControlClient, serve

ROOT = Path(__file__).parents[3]


def wait_until_up(control: ControlClient, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            control.now()
        except httpx2.TransportError:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def control(receiver: Receiver) -> Iterator[ControlClient]:
    port = free_port()
    program = (
        "import json, sys; from simulator import serve; "
        f"serve('127.0.0.1', {port}, json.loads(sys.argv[1]))"
    )
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", program, json.dumps(tenant(receiver.url))],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with ControlClient(f"http://127.0.0.1:{port}") as control:
        wait_until_up(control, process)
        yield control
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=15)
    assert printed == ""
    assert process.returncode == 0


def test_serves_api_callbacks_and_control(control: ControlClient, receiver: Receiver) -> None:
    customer = control.add_customer("zhangsan")
    receiver.wait(1)

    token = httpx2.get(
        f"{control.url}/cgi-bin/gettoken",
        params={"corpid": DEFAULT_CORPID, "corpsecret": DEFAULT_SECRET},
        trust_env=False,
    ).json()["access_token"]
    read = httpx2.get(
        f"{control.url}/cgi-bin/externalcontact/get",
        params={"access_token": token, "external_userid": customer},
        trust_env=False,
    ).json()

    assert customer in receiver.plaintexts[0]
    assert read["external_contact"]["external_userid"] == customer
    assert [call["errcode"] for call in control.calls()] == [0, 0]


def test_a_dropped_connection_gives_no_usable_answer(control: ControlClient) -> None:
    control.add_fault({"path": "gettoken", "drop_connection": True, "calls": 1})

    with pytest.raises(httpx2.TransportError):
        httpx2.get(f"{control.url}/cgi-bin/gettoken", trust_env=False)


@pytest.mark.parametrize(
    ("path", "kind", "size", "errcode"),
    [
        ("externalcontact/mark_tag", "application/json", 8_000_000, 40206),
        ("media/upload", "multipart/form-data; boundary=b", 40_000_000, 45001),
    ],
)
def test_a_body_too_large_is_taken_in_and_refused(
    control: ControlClient, path: str, kind: str, size: int, errcode: int
) -> None:
    token = httpx2.get(
        f"{control.url}/cgi-bin/gettoken",
        params={"corpid": DEFAULT_CORPID, "corpsecret": DEFAULT_SECRET},
        trust_env=False,
    ).json()["access_token"]

    answer = httpx2.post(
        f"{control.url}/cgi-bin/{path}",
        params={"access_token": token, "type": "file"},
        content=b"x" * size,
        headers={"Content-Type": kind},
        timeout=30,
        trust_env=False,
    )

    assert answer.json()["errcode"] == errcode


def test_the_impossible_is_told_across_processes(control: ControlClient) -> None:
    with pytest.raises(ActionImpossible, match="nobody"):
        control.add_customer("nobody")


def test_a_port_that_is_taken_is_not_shared(control: ControlClient) -> None:
    port = int(control.url.rpartition(":")[2])

    with pytest.raises(ConfigurationError, match=str(port)):
        serve(port=port)


def test_a_tenant_wrongly_described_is_refused_before_anything_starts() -> None:
    with pytest.raises(ActionImpossible, match="corps"):
        serve(tenant={"corps": []})


def test_a_killed_simulator_leaves_nobody_on_its_port() -> None:
    port = free_port()
    process = subprocess.Popen(  # noqa: S603 - our own program
        [*ourselves(), "simulator", "--port", str(port)], stderr=subprocess.DEVNULL, text=True
    )
    with ControlClient(f"http://127.0.0.1:{port}") as control:
        wait_until_up(control, process)

        process.kill()
        process.wait()

        deadline = time.monotonic() + 20
        with suppress(httpx2.TransportError):
            while control.now():
                assert time.monotonic() < deadline, "somebody still answers"
                time.sleep(0.05)
