"""Requests whose body does not come: their connections are ended, so that none keeps its thread.

The web server waits for a body for ever, in one of its threads, and does not tell the port of who
sends it. So once a body is late, every connection of its sender's address is ended on which, for
as long, nothing has arrived or a request was not answered.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import structlog

if TYPE_CHECKING:
    from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)

_PAUSE_SECONDS = 0.5
_INACCURACY_SECONDS = 0.1  # of what the system tells, and of when a thread begins
_TCP_INFO = struct.Struct("=44xI4xI")  # of Linux; all up to tcpi_last_data_recv


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a body is awaited; crowded_seconds: while more than half of the threads do."""

    seconds: float = 5.0  # as long as WeCom waits for the answer
    crowded_seconds: float = 1.0


_PATIENCE = Patience()


class SlowBodies:
    """A WSGI application around another one that knows who is awaited.

    port: where the server listens. threads: how many it has.
    """

    def __init__(
        self,
        inner: WSGIApplication,
        *,
        port: int,
        threads: int,
        patience: Patience = _PATIENCE,
    ) -> None:
        self._inner = inner
        self._port = port
        self._threads = threads
        self._patience = patience
        self._awaited: set[_Body] = set()
        self._late: set[_Body] = set()
        self._unanswered: dict[object, float] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the inner one does."""
        environ["wsgi.input"] = _Body(environ["wsgi.input"], environ["REMOTE_ADDR"], self._awaited)
        return self._inner(environ, start_response)

    def watch(self) -> None:
        """Look again and again, in a thread, where the system tells about connections."""
        if sys.platform == "linux":
            threading.Thread(target=self._watch, name="slow-bodies", daemon=True).start()

    def look(self) -> int:
        """End what is too slow, and return how many connections that were."""
        awaited = list(self._awaited)
        crowded = len(awaited) > self._threads / 2
        seconds = self._patience.crowded_seconds if crowded else self._patience.seconds
        ended = self._end(self._late_addresses(awaited, seconds), seconds)
        if ended:
            log.warning("slow_requests_ended", connections=ended)
        return ended

    def _watch(self) -> None:
        while True:
            time.sleep(_PAUSE_SECONDS)
            with suppress(OSError):  # no file is left to look with
                self.look()

    def _late_addresses(
        self, awaited: list[_Body], seconds: float
    ) -> dict[IPv4Address | IPv6Address, float]:
        """Return from where bodies are late, and how late the last of them is.

        Late is who was so at the last look too: perhaps this machine stood still.
        """
        now = time.monotonic()
        late = {body for body in awaited if now - body.begun > seconds}
        still, self._late = late & self._late, late
        found: dict[IPv4Address | IPv6Address, float] = {}
        for body in still:
            address, waited = _address(body.sender), now - body.begun
            found[address] = min(found.get(address, waited), waited)
        return found

    def _end(self, late: dict[IPv4Address | IPv6Address, float], seconds: float) -> int:
        """End what has been there for as long as the last of them, and return how many that were.

        Whoever came later may only be waiting for one of their threads.
        """
        now, before = time.monotonic(), self._unanswered
        self._unanswered = {}
        ended = 0
        for each in _connections(self._port) if late else ():
            limit = late.get(_address(each.peer[0]))
            if limit is None:
                continue
            if each.received < each.sent:
                self._unanswered[each.peer] = before.get(each.peer, now)
            waiting = now - self._unanswered.get(each.peer, now)
            silent = each.received > limit - _INACCURACY_SECONDS
            if silent or (each.sent > limit - _INACCURACY_SECONDS and waiting >= seconds):
                with suppress(OSError):  # it has ended by itself
                    each.connection.shutdown(socket.SHUT_RDWR)
                ended += 1
        return ended


class _Body:
    """The body of a request, which is among the awaited ones while somebody waits for it."""

    def __init__(self, body: InputStream, sender: str, awaited: set[_Body]) -> None:
        self.sender = sender
        self.begun = time.monotonic()
        self._body = body
        self._awaited = awaited

    def __enter__(self) -> None:
        self._awaited.add(self)

    def __exit__(self, *_: object) -> None:
        self._awaited.remove(self)

    def read(self, *size: int) -> bytes:
        with self:
            return self._body.read(*size)

    def readline(self, *size: int) -> bytes:
        with self:
            return self._body.readline(*size)

    def readlines(self, *hint: int) -> list[bytes]:
        with self:
            return self._body.readlines(*hint)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")


class _Connection(NamedTuple):
    """sent, received: how many seconds ago data last went and came."""

    connection: socket.socket
    peer: tuple[str, int]
    sent: float
    received: float


def _connections(port: int) -> Iterator[_Connection]:
    """Yield the connections that this process has accepted there, each open for the moment."""
    for descriptor in Path("/proc/self/fd").iterdir():
        connection = _socket(int(descriptor.name))
        if connection is None:
            continue
        with connection, suppress(OSError):  # no TCP, or not connected
            told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
            sent, received = _TCP_INFO.unpack(told)
            if connection.getsockname()[1] == port:
                peer = connection.getpeername()[:2]
                yield _Connection(connection, peer, sent / 1000, received / 1000)


def _socket(descriptor: int) -> socket.socket | None:
    """Return a second handle of a socket, which stays the same whatever becomes of the first."""
    try:
        duplicate = os.dup(descriptor)
    except OSError:
        return None
    try:
        return socket.socket(fileno=duplicate)
    except OSError:
        os.close(duplicate)
        return None


def _address(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address
