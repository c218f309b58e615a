"""A worker that dies, or is told to stop, in the middle of its work loses and doubles nothing."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from server import Process, Server, command, run_of, running, wait_for

WELCOME = "externalcontact/send_welcome_msg"
CTRL_C_SECONDS = 10


@pytest.fixture(scope="module")
def _own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("mortal")
    # A call may take long here, so that a second worker can start while the first is in it.
    with running(folder, "web", "urgent", api_timeout_seconds=15) as server:
        yield server


@pytest.fixture
def server(_own_server: Server) -> Iterator[Server]:
    yield _own_server
    _own_server.heal()


@pytest.mark.parametrize(
    ("fault", "results"),
    [
        ({"slow_body_seconds": 7}, {"already_sent"}),
        ({"drop_connection": True, "latency_seconds": 7}, {"sent"}),
        ({"latency_seconds": 7}, {"sent", "already_sent"}),
    ],
    ids=["WeCom had acted", "WeCom never acted", "WeCom acts later"],
)
def test_the_welcome_of_a_killed_worker_is_taken_over_in_time(
    server: Server, fault: dict[str, object], results: set[str]
) -> None:
    _warm_up(server)
    calls = len(server.simulator.calls(path=WELCOME))
    number = server.simulator.add_fault({"path": WELCOME, "calls": 1, **fault})
    customer = server.simulator.add_customer("zhangsan")
    _until_hit(server, number)
    server.start("urgent#2")

    server.kill("urgent")
    run = server.welcome(customer)

    assert (run.status, run.attempt) == ("done", 2)
    assert run.result in results
    assert [attempt.outcome for attempt in run.attempts] == ["lost", "done"]
    wait_for(
        lambda: len(server.simulator.calls(path=WELCOME)) == calls + 2, "both calls have ended"
    )
    (welcome,) = server.simulator.welcomes(external_userid=customer)
    assert welcome["seconds_after_event"] < 20


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_worker_told_to_stop_finishes_its_welcome_first(
    server: Server, told: signal.Signals
) -> None:
    _warm_up(server)
    number = server.simulator.add_fault({"path": WELCOME, "calls": 1, "latency_seconds": 2})
    customer = server.simulator.add_customer("zhangsan")
    _until_hit(server, number)
    worker = server.processes["urgent"]

    worker.send(told)

    assert worker.wait() == 0
    run = run_of(server.delivery(customer), "greet_new_customer")
    assert [attempt.outcome for attempt in run.attempts] == ["done"]
    assert run.result == "sent"


def test_a_worker_told_to_stop_hands_back_what_it_has_not_begun(server: Server) -> None:
    _warm_up(server)
    number = server.simulator.add_fault({"path": WELCOME, "latency_seconds": 1})
    customers = server.simulator.add_customers(150, userid="zhangsan")["external_userids"]
    _until_hit(server, number)
    worker = server.processes["urgent"]

    worker.send(signal.SIGTERM)
    status = worker.wait()
    begun = len(server.simulator.calls(path=WELCOME))
    server.simulator.remove_fault()
    server.start("urgent")

    assert status == 0
    assert begun < len(customers), "all had begun, the test has shown nothing"
    for customer in customers:
        run = server.welcome(customer)
        assert [attempt.outcome for attempt in run.attempts] == ["done"]
        assert len(server.simulator.welcomes(external_userid=customer)) == 1


@pytest.mark.parametrize("name", ["worker --lanes urgent", "web --supervised"])
def test_serve_restarts_a_killed_child_and_stops_them_all_at_ctrl_c(
    tmp_path: Path, name: str
) -> None:
    with running(tmp_path, start=False) as server:
        serve = _serve(server)
        server.wait_until_served(workers=2)
        child = _child(serve, name)
        assert child is not None
        _is_greeted_and_settled(server)

        child.kill()
        wait_for(lambda: _child(serve, name) not in {child, None}, "it is started again")
        server.wait_until_served(workers=2)
        _is_greeted_and_settled(server)

        family = serve.children()
        serve.send(signal.SIGINT)
        status = serve.wait(CTRL_C_SECONDS)
        gone, orphans = psutil.wait_procs(family, timeout=1)

        assert status == 0
        assert len(gone) >= 4  # web, its own child, two workers
        assert orphans == []
        assert "Traceback" not in server.log()
        wait_for(lambda: "web" not in _roles(server), "who stops takes itself off the list")


def test_a_killed_serve_takes_all_its_children_along_and_the_next_one_starts_at_once(
    tmp_path: Path,
) -> None:
    with running(tmp_path, start=False, redis_url=None) as server:
        serve = _serve(server)
        server.wait_until_served(workers=0)
        _is_greeted_and_settled(server)
        number = server.simulator.add_fault({"path": WELCOME, "latency_seconds": 1})
        customers = server.simulator.add_customers(20, userid="zhangsan")["external_userids"]
        _until_hit(server, number)
        family = serve.children()
        assert psutil.Process(serve.pid).net_connections("inet") == []  # nobody may ask it

        serve.send(signal.SIGKILL)  # it alone
        assert serve.wait() == -signal.SIGKILL
        _serve(server)

        wait_for(lambda: not any(map(_is_alive, family)), "no child is left")
        assert len(family) == 5  # Valkey, web, its own child, two workers
        for customer in customers:
            assert server.welcome(customer).result in {"sent", "already_sent"}
            assert len(server.simulator.welcomes(external_userid=customer)) == 1
        server.wait_until_served(workers=0)
        assert "cannot listen" not in server.log()


def _roles(server: Server) -> set[str]:
    return {node.role for node in server.journal.nodes()}


def _serve(server: Server) -> Process:
    serve = Process(command(server.settings, "serve"), server.folder / "serve.log")
    server.processes["serve"] = serve
    return serve


def _is_greeted_and_settled(server: Server) -> None:
    customer = server.simulator.add_customer("zhangsan")
    delivery = server.settled(customer)
    assert run_of(delivery, "greet_new_customer").result == "sent"


def _child(serve: Process, name: str) -> psutil.Process | None:
    """Return the living child of `serve` whose command line ends so."""
    for child in psutil.Process(serve.pid).children():
        with suppress(psutil.ZombieProcess, psutil.NoSuchProcess):
            if " ".join(child.cmdline()).endswith(name):
                return child
    return None


def _is_alive(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE  # nobody may be there to bury it
    return False


def _until_hit(server: Server, fault: int) -> None:
    """Wait until a call has met the fault; one for a single call is gone after that."""
    wait_for(
        lambda: (
            not [
                each
                for each in server.simulator.faults()
                if each["number"] == fault and not each["hits"]
            ]
        ),
        "the call is under way",
    )


def _warm_up(server: Server) -> None:
    """Have an access_token fetched, so that the first call is the one that matters."""
    server.welcome(server.simulator.add_customer("zhangsan"))
