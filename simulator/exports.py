"""Exports of the contacts (异步导出接口): jobs and their encrypted files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from crypto.padding import pad

_IV_BYTES = 16


@dataclass(kw_only=True, slots=True)
class ExportJob:
    """One export; write makes the plain files when the time has come, once."""

    jobid: str
    kind: str
    app: str
    aes_key: bytes = field(repr=False)
    started_at: float
    ends_at: float
    write: Callable[[], list[bytes]]
    files: list[bytes] | None = field(default=None, repr=False)


class Exports(dict[str, ExportJob]):
    """All of one corp, by jobid."""


def seal(content: bytes, aes_key: bytes) -> bytes:
    """Encrypt a file with AES-256-CBC, PKCS#7 to 32 bytes; the IV begins the key (doc 94849)."""
    encryptor = Cipher(algorithms.AES(aes_key), modes.CBC(aes_key[:_IV_BYTES])).encryptor()
    return encryptor.update(pad(content)) + encryptor.finalize()
