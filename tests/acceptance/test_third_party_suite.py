"""Corps install a third-party app: each is served with a token of its own, until it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from server import (
    CONTACTS,
    ENCRYPTION_KEY,
    ONE_WORKER,
    SUITE,
    Server,
    run_command,
    run_of,
    running,
    wait_for,
)

from crypto import new_key
from journal import Delivery
from simulator import DEFAULT_TEMPLATE_ID, default_suite, default_template, default_tenant

CORPS = ("wwfirst0000000001", "wwsecond000000002")
SUITE_APP = {key: value for key, value in SUITE.items() if key != "receiveid"}
DEVELOPED_APP = {**SUITE_APP, "name": "developed", "suite_id": DEFAULT_TEMPLATE_ID}
EXCHANGE = "service/get_permanent_code"


def a_tenant(web_url: str, events: str) -> dict[str, Any]:
    """Describe two corps with a member each, a suite they can install, and a template."""
    tenant: dict[str, Any] = default_tenant(f"{web_url}/callback/contacts")
    tenant["corps"] += [
        {"corpid": corpid, "members": [{"userid": "zhangsan", "name": "张三"}]} for corpid in CORPS
    ]
    tenant["suites"] = [
        {**default_suite(f"{web_url}/callback/suite"), "events": events},
        default_template(f"{web_url}/callback/developed"),
    ]
    return tenant


@pytest.fixture(scope="module", params=["command", "data"])
def _suite_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("suite")
    with running(
        folder,
        tenant=lambda url: a_tenant(url, request.param),
        apps=(CONTACTS, SUITE_APP, DEVELOPED_APP),
    ) as server:
        yield server


@pytest.fixture
def server(_suite_server: Server) -> Iterator[Server]:
    """A server nobody has authorised; events of one second may be the same event."""
    _suite_server.simulator.advance(1)
    yield _suite_server
    simulator = _suite_server.simulator
    _suite_server.heal()
    for suite in ("suite", "developed"):
        for each in simulator.authorisations(suite=suite):
            simulator.cancel_authorisation(each["corpid"], suite=suite)
    _suite_server.all_settled()


def authorised(server: Server, corpid: str) -> Delivery:
    """Let a corp install the suite and wait until the suite has its code."""
    server.simulator.authorise_suite(corpid)
    return newest(server, "create_auth")


def newest(server: Server, event: str) -> Delivery:
    """Return the newest delivery of an event when nothing is left to do for it."""
    all_pushed(server)
    told = list(server.simulator.tenant.pushes)
    pushed = {each.plaintext for each in told if each.event == event}
    wait_for(
        lambda: len(server.journal.deliveries(event=event, limit=100)) >= len(pushed),
        f"{event} is in the journal",
    )
    (found,) = server.journal.deliveries(event=event, limit=1)
    wait_for(lambda: _closed(server, found.id), f"{event} is handled")
    delivery = server.journal.delivery(found.id)
    assert delivery is not None
    return delivery


def all_pushed(server: Server) -> None:
    """Wait until every callback was answered, or given up."""
    wait_for(
        lambda: all(each["outcome"] != "pending" for each in server.simulator.pushes()),
        "no callback is on its way",
    )


def _closed(server: Server, delivery_id: int) -> bool:
    delivery = server.journal.delivery(delivery_id)
    return delivery is not None and delivery.status != "open"


def greeted(server: Server, corpid: str) -> tuple[str, Delivery]:
    """Let a customer come to a corp; return who it is and what became of it."""
    customer = str(server.simulator.add_customer("zhangsan", state="spring-1", corpid=corpid))
    return customer, server.settled(customer)


def with_ticket(server: Server) -> None:
    server.simulator.push_suite_ticket()
    assert run_of(newest(server, "suite_ticket"), "keep_suite_ticket").result == "kept"


def test_each_corp_is_served_with_its_own_token_until_it_leaves_and_when_it_is_back(
    server: Server,
) -> None:
    simulator = server.simulator
    with_ticket(server)

    for corpid in CORPS:
        assert run_of(authorised(server, corpid), "authorise_corp").result == "authorised"
    for corpid in CORPS:
        customer, delivery = greeted(server, corpid)
        assert run_of(delivery, "greet_new_customer").result == "sent"
        assert run_of(delivery, "tag_new_customer").result == "tagged"
        assert delivery.corpid == corpid
        calls = [each for each in simulator.calls() if each["external_userid"] == customer]
        assert {each["app"] for each in calls} == {f"suite@{corpid}"}

    simulator.cancel_authorisation(CORPS[0])
    assert run_of(newest(server, "cancel_auth"), "forget_cancelled_corp").result == "cancelled"
    standing = {each.corpid: each.state for each in server.journal.authorisations()}
    assert standing == {CORPS[0]: "cancelled", CORPS[1]: "authorised"}

    simulator.reset_permanent_code(CORPS[1])
    delivery = newest(server, "reset_permanent_code")
    assert run_of(delivery, "renew_permanent_code").result == "authorised"
    _, delivery = greeted(server, CORPS[1])
    assert run_of(delivery, "greet_new_customer").result == "sent"

    authorised(server, CORPS[0])
    _, delivery = greeted(server, CORPS[0])
    assert run_of(delivery, "greet_new_customer").result == "sent"


def test_a_provider_developed_app_is_served_with_its_secret_through_a_reset_until_it_is_removed(
    server: Server,
) -> None:
    simulator, app = server.simulator, f"developed@{CORPS[0]}"
    simulator.push_suite_ticket(suite="developed")
    newest(server, "suite_ticket")

    simulator.authorise_suite(CORPS[0], suite="developed")
    assert run_of(newest(server, "create_auth"), "authorise_corp").result == "authorised"
    customer, delivery = greeted(server, CORPS[0])
    assert (delivery.app, delivery.corpid) == ("developed", CORPS[0])
    assert run_of(delivery, "greet_new_customer").result == "sent"
    assert run_of(delivery, "tag_new_customer").result == "tagged"
    calls = [each for each in simulator.calls() if each["external_userid"] == customer]
    assert {each["app"] for each in calls} == {app}

    simulator.reset_permanent_code(CORPS[0], suite="developed")
    _, delivery = greeted(server, CORPS[0])  # perhaps before the new secret is there
    assert run_of(delivery, "greet_new_customer").result == "sent"
    simulator.change_authorisation(CORPS[0], suite="developed", userids=["zhangsan"])
    delivery = newest(server, "change_auth")
    assert run_of(delivery, "read_changed_authorisation").result == "changed"

    simulator.cancel_authorisation(CORPS[0], suite="developed")
    assert run_of(newest(server, "cancel_auth"), "forget_cancelled_corp").result == "cancelled"


def test_what_is_left_of_a_corp_that_left_ends_cleanly_and_calls_nothing(server: Server) -> None:
    simulator = server.simulator
    with_ticket(server)
    authorised(server, CORPS[0])
    simulator.add_fault({"path": "externalcontact/*", "errcode": -1})
    customer = str(simulator.add_customer("zhangsan", state="spring-1", corpid=CORPS[0]))
    wait_for(
        lambda: run_of(server.delivery(customer), "greet_new_customer").status == "retry",
        "the welcome was tried and waits",
    )

    simulator.cancel_authorisation(CORPS[0])
    newest(server, "cancel_auth")
    delivery = server.settled(customer)

    assert {run.status for run in delivery.runs} == {"done"}
    assert run_of(delivery, "greet_new_customer").result == "not_authorised"
    assert run_of(delivery, "greet_new_customer").attempt > 1


def test_an_authorisation_that_comes_before_the_first_ticket_waits_for_it(tmp_path: Path) -> None:
    with running(
        tmp_path, tenant=lambda url: a_tenant(url, "command"), apps=(CONTACTS, SUITE_APP)
    ) as server:
        server.simulator.authorise_suite(CORPS[0])
        customer = str(server.simulator.add_customer("zhangsan", corpid=CORPS[0]))
        wait_for(lambda: len(server.log_lines("run_retry")) >= 2, "exchange and welcome are tried")

        server.simulator.push_suite_ticket()

        delivery = newest(server, "create_auth")
        assert run_of(delivery, "authorise_corp").result == "authorised"
        assert run_of(server.settled(customer), "greet_new_customer").result == "sent"


def test_a_worker_that_dies_before_the_exchange_costs_nothing(server: Server) -> None:
    simulator = server.simulator
    with_ticket(server)
    simulator.add_fault({"path": EXCHANGE, "errcode": -1, "calls": 3})
    simulator.authorise_suite(CORPS[0])
    wait_for(lambda: simulator.calls(path=EXCHANGE), "the exchange is tried")

    server.kill(ONE_WORKER)
    server.start(ONE_WORKER)

    assert run_of(newest(server, "create_auth"), "authorise_corp").result == "authorised"


def test_an_answer_that_is_lost_is_told_as_such(server: Server) -> None:
    simulator = server.simulator
    with_ticket(server)
    simulator.add_fault({"path": EXCHANGE, "when": "after", "drop_connection": True, "calls": 1})

    simulator.authorise_suite(CORPS[0])
    run = run_of(newest(server, "create_auth"), "authorise_corp")

    assert (run.status, run.result, run.errcode) == ("failed", "answer_lost", 40078)
    simulator.reset_permanent_code(CORPS[0])
    delivery = newest(server, "reset_permanent_code")
    assert run_of(delivery, "renew_permanent_code").result == "authorised"


def test_an_event_that_comes_again_exchanges_nothing_twice(server: Server) -> None:
    simulator = server.simulator
    with_ticket(server)
    simulator.authorise_suite(CORPS[0])
    newest(server, "create_auth")
    exchanges = len(simulator.calls(path=EXCHANGE))
    number = next(each["number"] for each in simulator.pushes() if each["event"] == "create_auth")

    simulator.push_again(number)
    all_pushed(server)
    server.all_settled()

    assert len(simulator.calls(path=EXCHANGE)) == exchanges


def test_commands_are_answered_in_time_while_the_api_is_slow(server: Server) -> None:
    simulator = server.simulator
    with_ticket(server)
    simulator.set_limits({"push_seconds": 1})  # WeCom waits so long for a command
    simulator.add_fault({"path": "service/*", "latency_seconds": 3})

    simulator.authorise_suite(CORPS[0])
    simulator.reset_permanent_code(CORPS[0])
    simulator.change_authorisation(CORPS[0])
    all_pushed(server)
    server.all_settled()

    told = [each for each in simulator.pushes() if each["app"] == "suite"]
    assert {each["reply"] for each in told} == {"success"}


def test_a_changed_authorisation_is_read(server: Server) -> None:
    simulator = server.simulator
    with_ticket(server)
    authorised(server, CORPS[0])

    simulator.change_authorisation(CORPS[0], userids=["zhangsan"])

    delivery = newest(server, "change_auth")
    assert run_of(delivery, "read_changed_authorisation").result == "changed"


def test_tokens_that_are_revoked_are_renewed_once(server: Server) -> None:
    simulator = server.simulator
    with_ticket(server)
    authorised(server, CORPS[0])
    greeted(server, CORPS[0])
    simulator.revoke_tokens()
    simulator.revoke_suite_tokens()
    granted = len(simulator.calls(path="service/get_suite_token"))

    _, delivery = greeted(server, CORPS[0])

    assert run_of(delivery, "greet_new_customer").result == "sent"
    assert len(simulator.calls(path="service/get_suite_token")) == granted + 1


def test_nothing_that_opens_doors_lies_open_and_keys_can_be_rotated(server: Server) -> None:
    simulator = server.simulator
    suite = simulator.tenant.suites[str(SUITE["suite_id"])]
    with_ticket(server)
    authorised(server, CORPS[0])
    greeted(server, CORPS[0])
    simulator.reset_permanent_code(CORPS[0])
    newest(server, "reset_permanent_code")
    secrets = {*suite.tickets, *suite.tokens, *suite.permanent_codes.values()}
    secrets |= {str(SUITE["suite_secret"]), ENCRYPTION_KEY}
    assert len(secrets) >= 5

    key = new_key()
    both = {"forth": f"{key},{ENCRYPTION_KEY}", "back": f"{ENCRYPTION_KEY},{key}"}
    forth = run_command(server.settings, "suites", "rotate", WECOM_ENCRYPTION_KEY=both["forth"])
    listed = run_command(server.settings, "suites", "list", WECOM_ENCRYPTION_KEY=key)
    back = run_command(server.settings, "suites", "rotate", WECOM_ENCRYPTION_KEY=both["back"])

    assert [each.returncode for each in (forth, listed, back)] == [0, 0, 0], forth.stderr
    assert CORPS[0] in listed.stdout
    told = (server.log() + forth.stdout + listed.stdout).encode() + _database(server)
    assert [secret for secret in secrets if secret.encode() in told] == []
    _, delivery = greeted(server, CORPS[0])
    assert run_of(delivery, "greet_new_customer").result == "sent"


def _database(server: Server) -> bytes:
    files = sorted((server.folder / "var").glob("journal.db*"))
    assert files
    return b"".join(path.read_bytes() for path in files)


def test_a_member_that_writes_is_acknowledged(server: Server) -> None:
    simulator = server.simulator
    with_ticket(server)
    authorised(server, CORPS[0])

    number = simulator.send_message("zhangsan", "在吗", app=f"suite@{CORPS[0]}")
    all_pushed(server)

    (push,) = [each for each in simulator.pushes() if each["number"] == number]
    assert (push["outcome"], push["reply"]) == ("delivered", "success")
