"""Every welcome ends in one known word, whatever WeCom answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from server import ONE_WORKER, Server, running, wait_for

from factories import an_app_plaintext
from journal import Run

WELCOME = "externalcontact/send_welcome_msg"


@pytest.fixture(scope="module")
def _quick_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("outcomes")
    # Five seconds for a welcome instead of nineteen, so that nobody has to wait long for their end.
    with running(
        folder, "web", ONE_WORKER, welcome_margin_seconds=15, api_timeout_seconds=1
    ) as server:
        yield server


@pytest.fixture
def server(_quick_server: Server) -> Iterator[Server]:
    yield _quick_server
    _quick_server.heal()


def test_a_welcome_that_wecom_takes_is_sent(server: Server) -> None:
    customer = server.simulator.add_customer("zhangsan")

    run = server.welcome(customer)

    assert (run.status, run.result, run.attempt) == ("done", "sent", 1)
    assert _texts(server, customer) == ["你好"]


def test_a_chat_that_has_started_already_is_left_alone(server: Server) -> None:
    server.simulator.add_fault({"path": WELCOME, "errcode": 41051})

    run = server.welcome(server.simulator.add_customer("zhangsan"))

    assert (run.status, run.result, run.attempt) == ("done", "chat_already_started", 1)


def test_a_code_that_is_invalid_at_the_first_call_is_a_failure(server: Server) -> None:
    server.simulator.add_fault({"path": WELCOME, "errcode": 41050})

    run = server.welcome(server.simulator.add_customer("zhangsan"))

    assert (run.status, run.result, run.errcode) == ("failed", "invalid_code", 41050)
    assert run.attempt == 1


def test_a_welcome_that_another_app_is_sending_is_tried_until_it_is_free(server: Server) -> None:
    server.simulator.add_fault({"path": WELCOME, "errcode": 41096, "calls": 2})

    customer = server.simulator.add_customer("zhangsan")
    run = server.welcome(customer)

    assert (run.status, run.result, run.attempt) == ("done", "sent", 3)
    assert _texts(server, customer) == ["你好"]


def test_a_welcome_that_another_app_never_lets_go_of_ends_with_the_deadline(
    server: Server,
) -> None:
    server.simulator.add_fault({"path": WELCOME, "errcode": 41096})

    customer = server.simulator.add_customer("zhangsan")
    run = server.welcome(customer)

    ended = ("unanswered", None) if _was_cut_off(run) else ("used_by_another_app", 41096)
    assert (run.status, run.result, run.errcode) == ("expired", *ended)
    assert run.attempt > 2
    assert {each.errcode for each in run.attempts[:3]} == {41096}
    assert _texts(server, customer) == []


def test_an_answer_that_is_lost_after_wecom_acted_counts_as_sent(server: Server) -> None:
    server.simulator.add_fault({"path": WELCOME, "slow_body_seconds": 3, "calls": 1})

    customer = server.simulator.add_customer("zhangsan")
    run = server.welcome(customer)

    assert (run.status, run.result, run.attempt) == ("done", "already_sent", 2)
    assert [attempt.outcome for attempt in run.attempts] == ["retry", "done"]
    assert _texts(server, customer) == ["你好"]


def test_an_answer_that_is_lost_is_not_doubled_where_a_used_code_is_called_invalid(
    server: Server,
) -> None:
    server.simulator.set_limits({"welcome_reused_errcode": 41050})
    server.simulator.add_fault(
        {"path": WELCOME, "when": "after", "drop_connection": True, "calls": 1}
    )

    customer = server.simulator.add_customer("zhangsan")
    run = server.welcome(customer)

    assert (run.status, run.result) == ("done", "already_sent")
    assert _texts(server, customer) == ["你好"]


@pytest.mark.parametrize(
    ("fault", "result"),
    [({"errcode": -1}, "too_late"), ({"http_status": 502}, "unanswered")],
    ids=["refused to the end", "unanswered to the end"],
)
def test_nothing_is_sent_once_the_deadline_has_passed(
    server: Server, fault: dict[str, object], result: str
) -> None:
    _warm_up(server)
    number = server.simulator.add_fault({"path": WELCOME, **fault})
    customer = server.simulator.add_customer("zhangsan")
    run = server.welcome(customer)
    server.simulator.remove_fault(number)
    deadline = run.deadline_at
    assert deadline is not None

    wait_for(lambda: datetime.now(UTC) > deadline, "the deadline has passed")

    assert (run.status, run.result) == ("expired", "unanswered" if _was_cut_off(run) else result)
    assert run.attempt > 2
    assert all(each.started_at and each.started_at < deadline for each in run.attempts)
    assert _texts(server, customer) == []


def test_an_event_that_arrives_too_late_is_recorded_and_not_greeted(server: Server) -> None:
    customer = f"wm-late-{time.time_ns()}"

    server.simulator.push(_added(customer, create_time=int(time.time()) - 25))
    run = server.welcome(customer)

    assert (run.status, run.result, run.attempts) == ("expired", "too_late", ())


def test_a_customer_without_a_welcome_code_is_not_greeted(server: Server) -> None:
    customer = f"wm-uncoded-{time.time_ns()}"

    server.simulator.push(_added(customer, welcome_code=None))

    assert server.welcome(customer).result == "no_welcome_code"


def test_a_customer_whom_no_rule_wants_to_greet_is_left_alone(server: Server) -> None:
    customer = server.simulator.add_customer("wangwu")

    run = server.welcome(customer)

    assert (run.status, run.result) == ("done", "no_rule")
    assert _texts(server, customer) == []


def test_a_code_that_wecom_does_not_know_is_a_failure(server: Server) -> None:
    customer = f"wm-unknown-{time.time_ns()}"

    server.simulator.push(_added(customer, welcome_code="NOBODYISSUEDTHIS"))
    run = server.welcome(customer)

    assert (run.status, run.result, run.errcode) == ("failed", "invalid_code", 41050)


def test_a_revoked_access_token_is_renewed_once_and_the_welcome_sent(server: Server) -> None:
    _warm_up(server)
    server.simulator.revoke_tokens()
    before = _count(server, "gettoken")

    runs = [server.welcome(server.simulator.add_customer("zhangsan")) for _ in range(3)]

    assert [(run.result, run.attempt) for run in runs] == [("sent", 1)] * 3
    assert _count(server, "gettoken") - before == 1


def test_a_missing_permission_is_a_failure_with_its_errcode_and_no_loop(server: Server) -> None:
    _warm_up(server)
    server.simulator.add_fault({"path": WELCOME, "errcode": 48002})
    before = _count(server, WELCOME), _count(server, "gettoken")

    run = server.welcome(server.simulator.add_customer("zhangsan"))

    assert (run.status, run.errcode, run.attempt) == ("failed", 48002, 1)
    assert (_count(server, WELCOME), _count(server, "gettoken")) == (before[0] + 1, before[1])


def test_every_attempt_is_kept_with_its_calls(server: Server) -> None:
    _warm_up(server)
    server.simulator.add_fault({"path": WELCOME, "errcode": -1, "calls": 1})

    run: Run = server.welcome(server.simulator.add_customer("zhangsan"))

    assert [(each.number, each.outcome, each.errcode) for each in run.attempts] == [
        (1, "retry", -1),
        (2, "done", None),
    ]
    assert [[(path, errcode) for path, _, errcode in each.calls] for each in run.attempts] == [
        [(WELCOME, -1)],
        [(WELCOME, 0)],
    ]


def _texts(server: Server, customer: str) -> list[str]:
    return [each["text"] for each in server.simulator.welcomes(external_userid=customer)]


def _was_cut_off(run: Run) -> bool:
    """Whether the deadline ended the last call before its answer, as on a busy machine."""
    return [errcode for *_, errcode in run.attempts[-1].calls] == [None]


def _count(server: Server, path: str) -> int:
    return len(server.simulator.calls(path=path))


def _warm_up(server: Server) -> None:
    """Have an access_token fetched, so that a test counts only its own calls."""
    server.settled(server.simulator.add_customer("zhangsan"))


def _added(
    customer: str, *, create_time: int | None = None, welcome_code: str | None = "CODE"
) -> str:
    return an_app_plaintext(
        CreateTime=create_time or int(time.time()),
        Event="change_external_contact",
        ChangeType="add_external_contact",
        UserID="zhangsan",
        ExternalUserID=customer,
        WelcomeCode=welcome_code,
    ).decode()
