"""A flood of tagging never delays a welcome."""

from __future__ import annotations

from server import Server, run_of, wait_for

FLOOD = 200


def test_a_welcome_overtakes_two_hundred_slow_tagging_jobs(server: Server) -> None:
    server.simulator.add_fault({"path": "externalcontact/mark_tag", "latency_seconds": 1})
    server.simulator.forget_records()
    flood = server.simulator.add_customers(FLOOD, state="spring-flood")["external_userids"]
    wait_for(lambda: _greeted(server) >= FLOOD, "the flood is queued and greeted")

    customer = server.simulator.add_customer("zhangsan", state="spring-now")
    wait_for(lambda: _greeted(server) > FLOOD, "the customer is greeted")

    untagged = FLOOD - len(server.simulator.markings())
    (welcome,) = server.simulator.welcomes(external_userid=customer)
    assert untagged > FLOOD / 2, "the flood was over, the test has shown nothing"
    assert welcome["seconds_after_event"] < 1

    server.simulator.remove_fault()
    for each in [*flood, customer]:
        run = run_of(server.settled(each, seconds=60), "tag_new_customer")
        assert run.result == "tagged"


def _greeted(server: Server) -> int:
    return len(server.simulator.welcomes())
