"""Callbacks on the wire: those recorded in `vectors/`, and frames no honest sender makes."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from crypto import Credentials, decode_key

_FOLDER = Path(__file__).parent / "vectors"


@dataclass(frozen=True, kw_only=True)
class Vector:
    """One ciphertext somebody else made, and all that is needed to open it."""

    name: str
    origin: str
    token: str
    encoding_aes_key: str
    receiveid: str
    timestamp: str
    nonce: str
    random_prefix: str | None  # hexadecimal; None where the maker did not tell it
    ciphertext: str
    signature: str
    plaintext: str

    @property
    def aes_key(self) -> bytes:
        return decode_key(self.encoding_aes_key)

    @property
    def credentials(self) -> Credentials:
        return Credentials.from_text(
            tokens=(self.token,),
            encoding_aes_keys=(self.encoding_aes_key,),
            receiveids=frozenset({self.receiveid}),
        )


def vectors_of(file_name: str) -> list[Vector]:
    """Read one file of `vectors/`."""
    text = (_FOLDER / file_name).read_text(encoding="utf-8")
    return [Vector(**fields) for fields in json.loads(text)]


def all_vectors() -> list[Vector]:
    """Read every file of `vectors/`."""
    return [vector for path in sorted(_FOLDER.glob("*.json")) for vector in vectors_of(path.name)]


OFFICIAL = vectors_of("official.json")[0]


def encrypt_blocks(aes_key: bytes, padded_frame: bytes) -> str:
    """Encrypt bytes exactly as they are: no frame, no padding, nothing of `crypto/`."""
    encryptor = Cipher(algorithms.AES(aes_key), modes.CBC(aes_key[:16])).encryptor()
    return base64.b64encode(encryptor.update(padded_frame) + encryptor.finalize()).decode()


def pkcs7(frame: bytes) -> bytes:
    """Pad to 32 bytes, so that a wrong frame is wrong in its frame alone."""
    count = 32 - len(frame) % 32
    return frame + bytes([count] * count)
