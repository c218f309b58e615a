"""A simulator as a process of its own, for the command line."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

import foreign
from errors import ConfigurationError
from language import Text
from simulator.actions.control import describe
from simulator.simulator import Simulator

_BLOCKING_THREADS = 64  # a call that is made slow keeps its thread


def serve(
    host: str = "127.0.0.1",
    port: int = 8765,
    tenant: dict[str, Any] | None = None,
    *,
    begin: Callable[[], None] = lambda: None,
) -> None:
    """Serve until interrupted. One worker process, because the state is in it.

    begin: what that process does first.
    Raises ActionImpossible for a tenant wrongly described, ConfigurationError for a taken port.
    """
    if tenant is not None:
        describe(tenant)
    _check_free(host, port)
    Server(
        "simulator",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=_BLOCKING_THREADS,
        websockets=False,
        log_level=LogLevels.error,
        log_access=False,
        workers_kill_timeout=1,
    ).serve(target_loader=partial(_load, tenant, begin), wrap_loader=False)


def _check_free(host: str, port: int) -> None:
    """The server itself would share a taken port, and every other call would meet another state."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError as error:
            raise ConfigurationError(
                Text(en=f"Cannot listen on {host}:{port}: ", zh=f"无法监听 {host}:{port}: ")
                + foreign.fault(error)
            ) from error


def _load(tenant: dict[str, Any] | None, begin: Callable[[], None]) -> Flask:
    begin()
    return Simulator(tenant).app
