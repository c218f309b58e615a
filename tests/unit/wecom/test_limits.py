"""Slots, turns and pauses inside one process, without Redis."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from wecom_api import Asked, WeCom

from errors import APIPaused
from wecom import customer_strategy, strategy, tag
from wecom.limits import Limits
from wecom.shared import Shared

FAR = float("inf")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> Limits:
    return Limits("ww1", {"limited": 2}, shared=Shared(None), clock=clock)


def soon() -> float:
    return time.monotonic() + 0.02


def test_gives_as_many_slots_as_there_are(limits: Limits) -> None:
    with (
        limits.slot("limited", until=soon(), lease_seconds=5),
        limits.slot("limited", until=soon(), lease_seconds=5),
        pytest.raises(APIPaused, match="limited: 2 calls are in flight"),
        limits.slot("limited", until=soon(), lease_seconds=5),
    ):
        pass


def test_gives_a_slot_back_after_a_failure(limits: Limits) -> None:
    for _ in range(3):
        with (
            pytest.raises(ZeroDivisionError),
            limits.slot("limited", until=soon(), lease_seconds=5),
        ):
            raise ZeroDivisionError

    with limits.slot("limited", until=soon(), lease_seconds=5):
        pass


def test_an_unlimited_endpoint_has_no_slots(limits: Limits) -> None:
    with (
        limits.slot("free", until=0, lease_seconds=5),
        limits.slot("free", until=0, lease_seconds=5),
    ):
        pass


def test_one_key_has_one_turn_at_a_time(limits: Limits) -> None:
    with limits.turn(("u", "e"), until=FAR):
        with pytest.raises(APIPaused), limits.turn(("u", "e"), until=soon()):
            pass
        with limits.turn(("u", "other"), until=soon()):
            pass


def test_forgets_the_keys_nobody_wants(limits: Limits) -> None:
    with limits.turn(("u", "e"), until=FAR):
        assert limits._turns._wanted

    assert limits._turns._wanted == {}


def test_parallel_edits_of_one_customer_take_turns() -> None:
    wecom = WeCom()
    guard = threading.Lock()
    most = 0
    running = 0

    def mark(_: Asked) -> dict[str, int]:
        nonlocal most, running
        with guard:
            running += 1
            most = max(most, running)
        time.sleep(0.005)
        with guard:
            running -= 1
        return {"errcode": 0}

    wecom.on("externalcontact/mark_tag", mark)
    client = wecom.client()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: tag.mark_tag(client, "u", "e", add_tag=[f"t{n}"]), range(12)))

    assert most == 1
    assert len(wecom.to("externalcontact/mark_tag")) == 12


def test_strategies_are_made_and_edited_one_at_a_time() -> None:
    wecom = WeCom()
    guard, edited = threading.Lock(), threading.Event()

    def edit(_: Asked) -> dict[str, int]:
        assert guard.acquire(blocking=False)
        edited.wait(0.01)
        guard.release()
        return {"errcode": 0, "strategy_id": 1}

    wecom.on("externalcontact/customer_strategy/create", edit)
    wecom.on("externalcontact/customer_strategy/edit", edit)
    client, everybody = wecom.client(), [strategy.RangeItem(partyid=1)]

    with ThreadPoolExecutor(4) as pool:
        made = [
            pool.submit(customer_strategy.create, client, "n", admin_list=["u"], range=everybody)
            for _ in range(4)
        ]
        changed = [
            pool.submit(customer_strategy.edit, client, number, strategy_name="n")
            for number in range(4)
        ]

    assert [each.result() for each in made] == [1] * 4
    assert [each.result() for each in changed] == [None] * 4


def test_a_pause_ends(limits: Limits, clock: Clock) -> None:
    limits.pause("x")
    clock.now += 59

    with pytest.raises(APIPaused) as paused:
        limits.check("x")
    clock.now += 1
    limits.check("x")

    assert paused.value.after == timedelta(seconds=1)


def test_pauses_grow_up_to_ten_minutes(limits: Limits, clock: Clock) -> None:
    lengths = []

    for _ in range(6):
        length = limits.pause("x")
        lengths.append(length.total_seconds())
        clock.now += length.total_seconds() + 1

    assert lengths == [60, 120, 240, 480, 600, 600]


def test_a_second_hit_during_a_pause_does_not_lengthen_it(limits: Limits, clock: Clock) -> None:
    limits.pause("x")
    clock.now += 20

    assert limits.pause("x") == timedelta(seconds=40)


def test_what_rests_and_for_how_long_can_be_asked(limits: Limits, clock: Clock) -> None:
    limits.pause("x")
    clock.now += 30
    limits.pause("y")

    assert limits.pauses() == {"x": timedelta(seconds=30), "y": timedelta(seconds=60)}
    clock.now += 30
    assert limits.pauses() == {"y": timedelta(seconds=30)}


def test_a_pause_long_ago_is_forgotten(limits: Limits, clock: Clock) -> None:
    limits.pause("x")
    clock.now += 60 + 600

    assert limits.pause("x") == timedelta(seconds=60)


def test_other_endpoints_go_on(limits: Limits) -> None:
    limits.pause("x")

    limits.check("y")
