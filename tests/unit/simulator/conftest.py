"""A simulator without a network: its clock stands still, its callbacks reach nobody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from simulated import CONTACT_SYNC_SECRET, MARKETING_SECRET, NOWHERE, Caller, tenant

from simulator import Simulator


@pytest.fixture
def sim() -> Iterator[Simulator]:
    simulator = Simulator(tenant(marketing_url=NOWHERE))
    simulator.set_limits({"push_tries": 1})
    simulator.stop_time()
    yield simulator
    simulator.close()


@pytest.fixture
def contacts(sim: Simulator) -> Caller:
    return Caller(sim)


@pytest.fixture
def marketing(sim: Simulator) -> Caller:
    return Caller(sim, MARKETING_SECRET)


@pytest.fixture
def contact_sync(sim: Simulator) -> Caller:
    return Caller(sim, CONTACT_SYNC_SECRET)
