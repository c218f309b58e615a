"""Files that people send to a smart robot (智能机器人): fetched from where WeCom put them."""

from __future__ import annotations

from wecom import stored_file

LARGEST_BYTES = 100 * 1024 * 1024  # doc 100719
_PADDING_BYTES = 32


def fetch(url: str, *, timeout_seconds: float = 60.0, largest_bytes: int = LARGEST_BYTES) -> bytes:
    """Return the encrypted content behind a url of a message; it is there for five minutes.

    largest_bytes: of the file in clear. Raises FileUnavailable when it is not to be had,
    APIUnreachable when it may be later.
    """
    most_bytes = largest_bytes + _PADDING_BYTES
    return b"".join(
        stored_file.chunks(
            url, good_for="five minutes", timeout_seconds=timeout_seconds, most_bytes=most_bytes
        )
    )
