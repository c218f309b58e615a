"""A simulator as a process of its own, for the command line."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from simulator.actions.control import describe
from simulator.simulator import Simulator

_BLOCKING_THREADS = 64  # a call that is made slow keeps its thread


def serve(host: str = "127.0.0.1", port: int = 8765, tenant: dict[str, Any] | None = None) -> None:
    """Serve until interrupted. Raises ActionImpossible for a tenant that is wrongly described.

    One worker process, because the state is in it.
    """
    if tenant is not None:
        describe(tenant)
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
    ).serve(target_loader=partial(_load, tenant), wrap_loader=False)


def _load(tenant: dict[str, Any] | None) -> Flask:
    return Simulator(tenant).app
