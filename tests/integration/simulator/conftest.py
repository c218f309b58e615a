"""A running simulator, two apps that call it, and what each is told, decrypted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import xmltodict
from simulated import MARKETING_SECRET, Receiver, Told, receiving, tenant

from simulator import DEFAULT_CORPID, DEFAULT_SECRET, Simulator
from wecom import Client


@pytest.fixture
def two_receivers() -> Iterator[tuple[Receiver, Receiver]]:
    with receiving() as contacts, receiving() as marketing:
        yield contacts, marketing


@pytest.fixture
def corp(two_receivers: tuple[Receiver, Receiver]) -> Iterator[Simulator]:
    """A simulated corp both of whose apps hear of customers; its time stands still."""
    contacts, marketing = two_receivers
    with Simulator.running(tenant=tenant(contacts.url, marketing.url)) as simulator:
        simulator.stop_time()
        simulator.set_limits({"token_seconds": 10**9})
        yield simulator


@pytest.fixture
def api(corp: Simulator) -> Iterator[Client]:
    """The app contacts."""
    with Client(DEFAULT_CORPID, DEFAULT_SECRET, base_url=corp.url) as client:
        yield client


@pytest.fixture
def other_api(corp: Simulator) -> Iterator[Client]:
    """The app marketing."""
    with Client(DEFAULT_CORPID, MARKETING_SECRET, base_url=corp.url) as client:
        yield client


@pytest.fixture
def told(corp: Simulator, two_receivers: tuple[Receiver, Receiver]) -> Told:
    """Return the events an app was told, of one kind; all that were pushed have arrived."""

    def told(app: str, event: str, kind: str = "") -> list[dict[str, Any]]:
        with corp.tenant.changed:
            number = sum(push.app in {"contacts", "marketing"} for push in corp.tenant.pushes)
        assert corp.wait(pushes=number)["reached"]
        receiver = two_receivers[app == "marketing"]
        found = [xmltodict.parse(each)["xml"] for each in receiver.plaintexts]
        wanted = [each for each in found if each["Event"] == event]
        wanted = [each for each in wanted if kind in {"", each["ChangeType"]}]
        return sorted(wanted, key=lambda each: int(each["CreateTime"]))

    return told
