"""Customers who write to a customer service account: pulled, kept, greeted in time (微信客服)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from server import ONE_WORKER, PATIENCE_SECONDS, RULES, Server, run_of, running, wait_for

from journal import Delivery

RULES_OF_SERVICE = (
    RULES
    + """
[[kf_welcome]]
scene = "shop-*"
text = "欢迎光临，{{ event.scene }}"

[[kf_welcome]]
scene = "silent"
app = "another"
text = "nobody reads this"
"""
)


@pytest.fixture(scope="module")
def _service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("service")
    with running(folder, "web", ONE_WORKER, rules=RULES_OF_SERVICE) as server:
        yield server


@pytest.fixture
def service(_service: Server) -> Iterator[Server]:
    yield _service
    _service.heal()


@pytest.fixture
def account(service: Server) -> str:
    return str(service.simulator.add_kf_account("售后", app="contacts"))


def items(server: Server, visitor: str) -> list[Delivery]:
    """Return what was pulled of one visitor, oldest first."""
    return server.journal.deliveries(subject=visitor, limit=1000)[::-1]


def sent_to(server: Server, visitor: str) -> list[str]:
    return [each["text"] for each in server.simulator.kf_messages(external_userid=visitor)]


def test_a_visitor_is_greeted_with_the_code_of_the_event(service: Server, account: str) -> None:
    visitor = service.simulator.kf_enter(account, scene="shop-1")

    delivery = service.settled(visitor)

    run = run_of(delivery, "greet_visitor")
    assert sent_to(service, visitor) == ["欢迎光临，shop-1"]
    assert (delivery.event, run.lane, run.result) == ("kf.enter_session", "urgent", "sent")
    assert run.deadline_at is not None
    assert delivery.occurred_at is not None
    assert run.deadline_at - delivery.occurred_at == timedelta(seconds=19)


def test_a_visitor_no_rule_speaks_of_is_left_alone(service: Server, account: str) -> None:
    visitor = service.simulator.kf_enter(account, scene="silent")

    delivery = service.settled(visitor)

    assert run_of(delivery, "greet_visitor").result == "no_rule"
    assert sent_to(service, visitor) == []


def test_one_notification_brings_what_came_with_lost_ones(service: Server, account: str) -> None:
    simulator = service.simulator
    lost = [simulator.kf_enter(account, scene="shop-2", notify=False) for _ in range(20)]
    told = simulator.kf_enter(account, scene="shop-2")

    for visitor in [*lost, told]:
        service.settled(visitor)

    assert [sent_to(service, visitor) for visitor in [*lost, told]] == [["欢迎光临，shop-2"]] * 21


def test_messages_come_once_each_in_many_pages_over_many_notifications_and_two_workers(
    service: Server, account: str
) -> None:
    simulator = service.simulator
    simulator.set_limits({"kf_page_items": 7})
    service.start("urgent#2")
    visitor = simulator.kf_enter(account, scene="shop-3")

    msgids = {simulator.kf_write(account, visitor, str(number)) for number in range(60)}
    wait_for(
        lambda: len(items(service, visitor)) >= 61,
        "all messages are in the journal",
        seconds=PATIENCE_SECONDS,
    )
    service.all_settled()

    kept = items(service, visitor)
    assert len(kept) == 61
    assert Counter(each.event for each in kept) == {"kf.enter_session": 1, "kf.text": 60}
    assert all(any(msgid.encode() in each.payload for each in kept) for msgid in msgids)
    assert len(sent_to(service, visitor)) == 1


def test_a_worker_that_dies_amid_a_pull_costs_nothing(service: Server, account: str) -> None:
    simulator = service.simulator
    simulator.set_limits({"kf_page_items": 2, "service_seconds": 0.1})
    visitors = [simulator.kf_enter(account, scene="shop-4", notify=False) for _ in range(12)]

    simulator.kf_notify(account)
    wait_for(lambda: items(service, visitors[0]), "the pull has begun")
    service.kill(ONE_WORKER)
    service.start(ONE_WORKER)
    for visitor in visitors:
        service.settled(visitor)

    assert [len(items(service, visitor)) for visitor in visitors] == [1] * 12
    assert max(len(sent_to(service, visitor)) for visitor in visitors) == 1


def test_no_welcome_is_sent_when_the_pull_comes_too_late(service: Server, account: str) -> None:
    simulator = service.simulator
    simulator.set_time(simulator.now() - 25)  # the event happens on a clock that is then put right
    visitor = simulator.kf_enter(account, scene="shop-5", notify=False)
    simulator.advance(25)

    simulator.kf_notify(account)
    delivery = service.settled(visitor)

    assert run_of(delivery, "greet_visitor").status == "expired"
    assert sent_to(service, visitor) == []


def test_no_secret_of_a_visitor_is_logged(service: Server, account: str) -> None:
    visitor = service.simulator.kf_enter(account, scene="shop-6")
    delivery = service.settled(visitor)
    code = delivery.payload.partition(b'"welcome_code":"')[2].partition(b'"')[0].decode()

    assert len(code) > 20
    assert code not in service.log()
