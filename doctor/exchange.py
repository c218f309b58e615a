"""One HTTP exchange, with the reason told apart when there is none."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import httpx2

Obstacle = Literal["dns", "refused", "tls", "timeout", "broken"]

_MOST_BYTES = 4_000_000


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What came back, or what kept it from coming."""

    seconds: float
    obstacle: Obstacle | None = None
    detail: str = ""
    status: int = 0
    content_type: str = ""
    server: str = ""
    location: str = ""
    date: str = ""
    body: bytes = b""


def exchange(
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_seconds: float = 5.0,
) -> Exchange:
    """Ask once, follow nothing; never raises for what the other side does."""
    started = time.monotonic()

    def failed(obstacle: Obstacle, error: Exception) -> Exchange:
        return Exchange(
            seconds=time.monotonic() - started, obstacle=obstacle, detail=type(error).__name__
        )

    try:
        _resolve(url)
        with httpx2.Client(trust_env=False, timeout=timeout_seconds) as http:
            answer = http.request(
                "GET" if body is None else "POST", url, content=body, headers=headers
            )
    except (socket.gaierror, UnicodeError) as error:
        return failed("dns", error)
    except httpx2.TimeoutException as error:
        return failed("timeout", error)
    except httpx2.ConnectError as error:
        return failed("tls" if _is_tls(error) else "refused", error)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return failed("broken", error)
    return Exchange(
        seconds=time.monotonic() - started,
        status=answer.status_code,
        content_type=answer.headers.get("content-type", ""),
        server=answer.headers.get("server", ""),
        location=answer.headers.get("location", ""),
        date=answer.headers.get("date", ""),
        body=answer.content[:_MOST_BYTES],
    )


def _resolve(url: str) -> None:
    parts = urlsplit(url)
    socket.getaddrinfo(parts.hostname, parts.port or 443)


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError) or "ssl" in str(error).lower():
            return True
        error = error.__cause__ or error.__context__
    return False
