"""HTTP calls that end when they should, however a peer spreads its bytes.

The library limits each connect, write and read by itself, so whoever sends one byte at a time
could hold a call for ever. Here each of them ends with the call.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from typing import Any, Self

import httpcore2
import httpx2

# So few that a socket which takes some takes all, and a write of them waits once.
_PIECE_BYTES = 16_384


class TimeLeft:
    """The library's timeouts (`connect`, `write`, `read`, `pool`) of a call that ends at a time."""

    def __init__(self, until: float) -> None:
        self._until = until

    def get(self, _name: str, _default: object = None) -> float:
        """Return the seconds that are left, which know their end."""
        return _Left(self._until)

    __getitem__ = get


class _Left(float):
    """Seconds that were left when a phase of the call began; until: when the call ends."""

    until: float

    def __new__(cls, until: float) -> Self:
        # A socket takes 0 for "do not block" and refuses less.
        left = super().__new__(cls, max(until - time.monotonic(), 0.001))
        left.until = until
        return left


def http_client() -> httpx2.Client:
    """Return a client whose calls obey a TimeLeft; it uses a proxy that the environment names."""
    client = httpx2.Client(
        http1=True,
        http2=False,
        follow_redirects=False,
        limits=httpx2.Limits(
            max_connections=256, max_keepalive_connections=128, keepalive_expiry=30.0
        ),
    )
    for transport in _transports(client):
        transport._pool._network_backend = _Backend()  # noqa: SLF001 - httpx2 has no argument for it
    return client


def _transports(client: httpx2.Client) -> Iterator[httpx2.HTTPTransport]:
    for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001 - the same
        if isinstance(transport, httpx2.HTTPTransport):
            yield transport


class _Backend(httpcore2.SyncBackend):
    """Connects in the time that is left, of which each address of a host gets its share."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        addresses = _addresses(host, port)
        for more, address in zip(range(len(addresses))[::-1], addresses, strict=True):
            left = _left(timeout, httpcore2.ConnectTimeout)
            share = None if left is None else left / (more + 1)
            try:
                stream = super().connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if not more:
                    raise
            else:
                return _Stream(stream)
        raise httpcore2.ConnectError("the host has no address")


class _Stream(httpcore2.NetworkStream):
    """A stream of the library, each of whose reads and writes ends with the call."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE_BYTES):
            piece = buffer[start : start + _PIECE_BYTES]
            self._stream.write(piece, _left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as the library has it
        return self._stream.get_extra_info(info)


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore2.ConnectError(error) from error
    return [str(address[0]) for *_, address in found]


def _left(timeout: float | None, late: type[httpcore2.TimeoutException]) -> float | None:
    """Return the seconds that are left now of the call which was given this timeout."""
    if not isinstance(timeout, _Left):
        return timeout
    left = timeout.until - time.monotonic()
    if left <= 0:
        raise late("the call takes too long")
    return left
