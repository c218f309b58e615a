"""The API over real HTTP: connections that break, bodies that trickle, connections that stay."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest
from simulated import NOWHERE, Caller, tenant, welcome_code

from simulator import ControlClient, Simulator

WELCOME = "externalcontact/send_welcome_msg"


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator.running(tenant=tenant(NOWHERE)) as simulator:
        yield simulator


@pytest.fixture
def http_client(sim: Simulator) -> Iterator[httpx2.Client]:
    token = Caller(sim).access_token
    with httpx2.Client(
        base_url=f"{sim.url}/cgi-bin/", params={"access_token": token}, trust_env=False
    ) as client:
        yield client


@pytest.mark.parametrize(("when", "delivered"), [("before", 0), ("after", 1)])
def test_a_connection_breaks_before_or_after_acting(
    sim: Simulator, http_client: httpx2.Client, when: str, delivered: int
) -> None:
    sim.add_customer("zhangsan")
    body = {"welcome_code": welcome_code(sim), "text": {"content": "hi"}}
    sim.add_fault({"path": WELCOME, "drop_connection": True, "when": when, "calls": 1})

    with pytest.raises(httpx2.TransportError):
        http_client.post(WELCOME, json=body)
    lost = len(sim.welcomes())
    again = http_client.post(WELCOME, json=body).json()["errcode"]

    assert lost == delivered
    assert again == (41051 if delivered else 0)
    assert len(sim.welcomes()) == 1


def test_not_one_byte_comes_over_a_broken_connection(sim: Simulator) -> None:
    sim.add_fault({"path": "gettoken", "drop_connection": True})
    address = urlsplit(sim.url)

    with socket.create_connection((address.hostname, address.port), timeout=5) as sock:
        sock.sendall(b"GET /cgi-bin/gettoken HTTP/1.1\r\nHost: x\r\n\r\n")

        assert sock.recv(100) == b""


def test_a_caller_with_less_patience_gives_up_on_a_trickling_body(
    sim: Simulator, http_client: httpx2.Client
) -> None:
    sim.add_fault({"path": "getcallbackip", "slow_body_seconds": 2, "calls": 1})
    started = time.monotonic()

    with pytest.raises(httpx2.ReadTimeout):
        http_client.get("getcallbackip", timeout=0.1)

    assert time.monotonic() - started < 2


def test_a_connection_is_kept_for_the_next_call(sim: Simulator) -> None:
    address = urlsplit(sim.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port or 0, timeout=5)
    connection.request("GET", "/cgi-bin/gettoken")
    assert json.loads(connection.getresponse().read())["errcode"] == 41004
    kept = connection.sock

    connection.request("GET", "/cgi-bin/gettoken")
    connection.getresponse().read()

    assert connection.sock is kept
    connection.close()


def test_an_unknown_path_is_a_404(http_client: httpx2.Client) -> None:
    assert http_client.get("no/such").status_code == 404


def test_a_post_with_a_body_to_an_unknown_path_does_not_spoil_the_connection(
    http_client: httpx2.Client,
) -> None:
    statuses = [
        http_client.post(path, content=b"x" * 100_000).status_code
        for path in ("no/such", "getcallbackip", "no/such", "getcallbackip")
    ]

    assert statuses == [404, 200, 404, 200]


def test_the_control_door_works_from_another_process(sim: Simulator) -> None:
    with ControlClient(sim.url) as control:
        customer = control.add_customer("zhangsan", state="s")

        assert control.wait(customers=1, timeout=5)["reached"]
        assert control.customer(customer)["relations"][0]["state"] == "s"
        assert control.now() == pytest.approx(sim.now(), abs=5)


def test_nothing_of_a_call_reaches_the_log(
    sim: Simulator, http_client: httpx2.Client, capfd: pytest.CaptureFixture[str]
) -> None:
    http_client.get("getcallbackip")
    http_client.get("no/such")

    out, err = capfd.readouterr()
    assert (out, err) == ("", "")
