"""Files that people send to a smart robot (智能机器人): fetched from where WeCom put them."""

from __future__ import annotations

import time

import httpx2

from errors import APIUnreachable, FileUnavailable
from wecom.transport import TimeLeft, http_client

LARGEST_BYTES = 100 * 1024 * 1024  # doc 100719
_PADDING_BYTES = 32
_OK = 200
_CLIENT_ERRORS = range(300, 500)


def fetch(url: str, *, timeout_seconds: float = 60.0, largest_bytes: int = LARGEST_BYTES) -> bytes:
    """Return the encrypted content behind a url of a message; it is there for five minutes.

    Raises FileUnavailable when it is not to be had, APIUnreachable when it may be later.
    """
    until = time.monotonic() + timeout_seconds
    try:
        parsed = httpx2.URL(url)
        if parsed.scheme not in {"https", "http"} or not parsed.host:
            raise FileUnavailable("The address of the file is none.")
        with (
            http_client() as http,
            http.stream(
                "GET",
                parsed,
                headers={"Accept-Encoding": "identity"},
                extensions={"timeout": TimeLeft(until)},
            ) as response,
        ):
            _check_status(response.status_code)
            return _read(response, largest_bytes + _PADDING_BYTES)
    except (httpx2.InvalidURL, TypeError) as error:
        raise FileUnavailable("The address of the file is none.") from error
    except (httpx2.HTTPError, httpx2.StreamError) as error:
        failure = _unreachable(type(error).__name__)
    raise failure  # not from the library's error, which carries the address


def _check_status(status: int) -> None:
    if status in _CLIENT_ERRORS:
        raise FileUnavailable(f"HTTP status {status}: the address is good for five minutes.")
    if status != _OK:
        raise _unreachable(f"HTTP status {status}")


def _read(response: httpx2.Response, most_bytes: int) -> bytes:
    """Read no more than allowed; what the server announces is checked first."""
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced) > most_bytes:
        raise FileUnavailable("The file is larger than 100 MB.")
    content = bytearray()
    for chunk in response.iter_raw():
        content += chunk
        if len(content) > most_bytes:
            raise FileUnavailable("The file is larger than 100 MB.")
    return bytes(content)


def _unreachable(reason: str) -> APIUnreachable:
    return APIUnreachable(f"the file could not be fetched: {reason}", sent=False)
