"""Keep-alive connections to callback URLs."""

from __future__ import annotations

import http.client
import select
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

_MOST_REPLY_BYTES = 65_536


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


class Connections:
    """A pool without a limit: one connection for each request under way.

    The standard library's client directly: at 400 callbacks a second, layers above it show.
    """

    def __init__(self) -> None:
        self._idle: dict[tuple[str, str], list[http.client.HTTPConnection]] = {}
        self._lock = threading.Lock()
        self._closed = False

    def request(
        self, method: str, url: str, body: bytes | None, headers: dict[str, str], seconds: float
    ) -> Answer:
        """Send one request. Raises OSError (TimeoutError when the time is up) or HTTPException."""
        parts = urlsplit(url)
        deadline = time.monotonic() + seconds
        connection = self._take(parts.scheme, parts.netloc, seconds)
        try:
            target = parts.path or "/"
            connection.request(
                method, f"{target}?{parts.query}" if parts.query else target, body, headers
            )
            answer, reusable = _read(connection, deadline)
        except BaseException:
            connection.close()
            raise
        if reusable:
            self._give_back(parts.scheme, parts.netloc, connection)
        else:
            connection.close()
        return answer

    def close(self) -> None:
        """Close what is idle; what is in use closes when it is given back."""
        with self._lock:
            self._closed = True
            idle = [connection for pool in self._idle.values() for connection in pool]
            self._idle.clear()
        for connection in idle:
            connection.close()

    def _take(self, scheme: str, netloc: str, seconds: float) -> http.client.HTTPConnection:
        while True:
            with self._lock:
                pool = self._idle.get((scheme, netloc))
                connection = pool.pop() if pool else None
            if connection is None:
                return _connect(scheme, netloc, seconds)
            if not _closed_by_peer(connection):
                connection.sock.settimeout(seconds)
                return connection
            connection.close()

    def _give_back(self, scheme: str, netloc: str, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.setdefault((scheme, netloc), []).append(connection)
                return
        connection.close()


def _connect(scheme: str, netloc: str, seconds: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(
            netloc, timeout=seconds, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(netloc, timeout=seconds)


def _closed_by_peer(connection: http.client.HTTPConnection) -> bool:
    """An idle connection with something to read was closed, or says what nobody asked."""
    if connection.sock is None:
        return True
    poller = select.poll()
    poller.register(connection.sock, select.POLLIN)
    return bool(poller.poll(0))


def _read(connection: http.client.HTTPConnection, deadline: float) -> tuple[Answer, bool]:
    sock = connection.sock
    sock.settimeout(max(deadline - time.monotonic(), 0.001))
    response = connection.getresponse()
    body = b""
    while chunk := response.read1(_MOST_REPLY_BYTES):
        body += chunk
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if len(body) > _MOST_REPLY_BYTES:
            return Answer(status=response.status, body=body[:_MOST_REPLY_BYTES]), False
        if not response.will_close:
            sock.settimeout(left)
    response.close()  # read1 does not notice the end of an empty body
    return Answer(status=response.status, body=body), not response.will_close
