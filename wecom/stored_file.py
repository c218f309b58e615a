"""Files that WeCom keeps behind an address of their own, which is all it takes to read them."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx2

from errors import APIUnreachable, FileUnavailable
from wecom.transport import TimeLeft, http_client

_OK = 200
_CLIENT_ERRORS = range(300, 500)


def chunks(
    url: str, *, good_for: str, timeout_seconds: float, most_bytes: int | None = None
) -> Iterator[bytes]:
    """Give what is behind the address as it comes; nobody is sent elsewhere.

    good_for: how long addresses live, to be told when this one is over. Raises FileUnavailable
    when the file is not to be had or larger than most_bytes, APIUnreachable when it may be had
    later; neither tells the address.
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
            _check_status(response.status_code, good_for)
            yield from _no_more_than(most_bytes, response)
            return
    except (httpx2.InvalidURL, TypeError) as error:
        raise FileUnavailable("The address of the file is none.") from error
    except (httpx2.HTTPError, httpx2.StreamError) as error:
        failure = _unreachable(type(error).__name__)
    raise failure  # not from the library's error, which carries the address


def _check_status(status: int, good_for: str) -> None:
    if status in _CLIENT_ERRORS:
        raise FileUnavailable(f"HTTP status {status}: the address is good for {good_for}.")
    if status != _OK:
        raise _unreachable(f"HTTP status {status}")


def _no_more_than(most_bytes: int | None, response: httpx2.Response) -> Iterator[bytes]:
    """Read no more than allowed; what the server announces is checked first."""
    announced = response.headers.get("Content-Length", "")
    size = int(announced) if announced.isdecimal() else 0
    _check_size(size, most_bytes)
    size = 0
    for chunk in response.iter_raw():
        size += len(chunk)
        _check_size(size, most_bytes)
        yield chunk


def _check_size(size: int, most_bytes: int | None) -> None:
    if most_bytes is not None and size > most_bytes:
        raise FileUnavailable(f"The file has more than {most_bytes} bytes.")


def _unreachable(reason: str) -> APIUnreachable:
    return APIUnreachable(f"the file could not be fetched: {reason}", sent=False)
