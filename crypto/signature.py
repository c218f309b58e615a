"""The msg_signature of a callback: made and checked."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from errors import SignatureMismatch


def sign(token: str, timestamp: str, nonce: str, ciphertext: str) -> str:
    """Return the msg_signature over the four values, each used as the text received.

    Source: developer.work.weixin.qq.com/document/path/90968
    """
    parts = sorted(_as_bytes(value) for value in (token, timestamp, nonce, ciphertext))
    return hashlib.sha1(b"".join(parts), usedforsecurity=False).hexdigest()


def verify(
    tokens: Iterable[str], signature: str, timestamp: str, nonce: str, ciphertext: str
) -> None:
    """Raise SignatureMismatch unless one of the Tokens made this signature.

    Every Token is tried, whichever matches, and each comparison takes constant time.
    """
    received = _as_bytes(signature)
    matches = [
        hmac.compare_digest(_as_bytes(sign(token, timestamp, nonce, ciphertext)), received)
        for token in tokens
    ]
    if not any(matches):
        raise SignatureMismatch


def _as_bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")
