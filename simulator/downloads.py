"""Files that an answer gives the address of, for a while: exported contacts."""

from __future__ import annotations

import secrets


class Downloads:
    """The files by the secret end of their address. The tenant's lock guards them."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[bytes, float]] = {}

    def keep(self, content: bytes, *, until: float) -> str:
        """Keep a file and return its key."""
        key = secrets.token_urlsafe(24)
        self._files[key] = (content, until)
        return key

    def find(self, key: str, now: float) -> bytes | None:
        """Return the content while it may be had."""
        content, until = self._files.get(key, (None, 0.0))
        return content if now < until else None
