"""Seals what must not lie open on a disk: permanent codes, suite tickets."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from errors import SealBroken


class Vault:
    """Seals with the newest of several keys and opens with any, so that keys can be rotated.

    keys: newest first, as `new_key` makes them. Raises ValueError when one is none.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, plain: bytes) -> bytes:
        """Return what only the keys open (AES-128-CBC with HMAC-SHA256, as Fernet defines it)."""
        return self._fernet.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """Return what was sealed. Raises SealBroken."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise SealBroken from error

    def reseal(self, sealed: bytes) -> bytes:
        """Return the same under the newest key. Raises SealBroken."""
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken as error:
            raise SealBroken from error


def new_key() -> str:
    """Return a fresh key."""
    return Fernet.generate_key().decode()
