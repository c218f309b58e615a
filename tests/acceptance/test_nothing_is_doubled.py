"""What arrives twice is done once, and what looks alike is not merged."""

from __future__ import annotations

from collections import Counter

from server import Server, run_of, wait_for


def test_an_event_pushed_three_times_is_one_delivery_and_one_welcome(server: Server) -> None:
    customer = server.simulator.add_customer("zhangsan")
    (first,) = server.simulator.pushes(subject=customer)

    for _ in range(2):
        server.simulator.push_again(first["number"])
    wait_for(lambda: server.delivery(customer).repeats == 2, "all three have arrived")
    server.settled(customer)

    assert len(server.journal.deliveries(subject=customer)) == 1
    assert len(server.simulator.welcomes(external_userid=customer)) == 1
    assert [push["outcome"] for push in server.simulator.pushes(subject=customer)] == [
        "delivered"
    ] * 3


def test_a_message_that_the_broker_delivers_twice_is_one_welcome(server: Server) -> None:
    server.kill("urgent")
    customer = server.simulator.add_customer("zhangsan")
    (message,) = wait_for(
        lambda: server.valkey.client.lrange("urgent", 0, -1), "the message is in the queue"
    )

    server.valkey.client.rpush("urgent", message, message)
    server.start("urgent")
    server.settled(customer)
    server.valkey.client.lpush("urgent", message)
    wait_for(lambda: not server.valkey.client.llen("urgent"), "the late copy has been taken")
    _pass_through(server)

    run = run_of(server.delivery(customer), "greet_new_customer")
    assert (run.result, len(run.attempts)) == ("sent", 1)
    assert len(server.simulator.welcomes(external_userid=customer)) == 1
    assert len(_welcome_calls(server, customer)) == 1


def test_a_thousand_customers_in_one_second_get_a_thousand_welcomes_from_two_workers(
    server: Server,
) -> None:
    server.start("urgent#2")

    customers = server.simulator.add_customers(1000, userid="zhangsan")["external_userids"]
    wait_for(lambda: not server.simulator.pushes(outcome="pending"), "all are pushed", seconds=60)
    server.all_settled(seconds=60)

    welcomes = Counter(each["external_userid"] for each in server.simulator.welcomes(limit=10_000))
    assert len(set(customers)) == 1000
    assert {customer: welcomes[customer] for customer in customers} == dict.fromkeys(customers, 1)
    subjects = Counter(each.subject for each in server.journal.deliveries(limit=10_000))
    assert {subjects[customer] for customer in customers} == {1}
    calls = Counter(
        call["external_userid"]
        for call in server.simulator.calls(path="externalcontact/send_welcome_msg", limit=10_000)
    )
    assert {calls[customer] for customer in customers} == {1}


def _pass_through(server: Server) -> None:
    """Wait until whatever was queued before has had its turn."""
    server.settled(server.simulator.add_customer("lisi"))


def _welcome_calls(server: Server, customer: str) -> list[dict[str, object]]:
    calls = server.simulator.calls(path="externalcontact/send_welcome_msg")
    return [call for call in calls if call["external_userid"] == customer]
