"""AES-256-CBC and the frame inside it.

Frame: 16 random bytes | message length, 4 bytes big-endian | message | receiveid; then `padding`.
The IV is the first 16 bytes of the key, in both directions.

Source: developer.work.weixin.qq.com/document/path/90968
"""

from __future__ import annotations

import base64
import binascii
import string
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from crypto.padding import BLOCK_SIZE, pad, unpad
from errors import DecryptionFailed

ENCODING_AES_KEY_LENGTH = 43
RANDOM_PREFIX_LENGTH = 16
_HEADER_LENGTH = RANDOM_PREFIX_LENGTH + 4
_KEY_ALPHABET = frozenset(string.ascii_letters + string.digits + "+/")


class Frame(NamedTuple):
    """What one ciphertext held."""

    message: bytes
    receiveid: str


def decode_key(encoding_aes_key: str) -> bytes:
    """Return the 32-byte AES key behind the 43 characters of an EncodingAESKey.

    The last character carries two bits that are not part of the key; most real keys have them
    set, and all four spellings decode alike. Raises ValueError when the text is no such key.
    """
    if len(encoding_aes_key) != ENCODING_AES_KEY_LENGTH:
        message = f"EncodingAESKey has {len(encoding_aes_key)} characters, it must have 43"
        raise ValueError(message)
    if not _KEY_ALPHABET.issuperset(encoding_aes_key):
        message = "EncodingAESKey may hold only letters and digits"
        raise ValueError(message)
    return base64.b64decode(encoding_aes_key + "=")


def encrypt(aes_key: bytes, message: bytes, receiveid: str, *, random_prefix: bytes) -> str:
    """Return the base64 ciphertext of one message.

    random_prefix: 16 unpredictable bytes; with the IV fixed, they alone make equal messages differ.
    """
    if len(random_prefix) != RANDOM_PREFIX_LENGTH:
        raise ValueError("random_prefix must be 16 bytes")
    frame = random_prefix + len(message).to_bytes(4, "big") + message + receiveid.encode()
    encryptor = _cipher(aes_key).encryptor()
    return base64.b64encode(encryptor.update(pad(frame)) + encryptor.finalize()).decode("ascii")


def decrypt(aes_key: bytes, ciphertext: str) -> Frame:
    """Return the message and the receiveid of one base64 ciphertext.

    Raises DecryptionFailed if base64, padding, length or receiveid cannot be right.
    """
    try:
        data = base64.b64decode(ciphertext, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DecryptionFailed("The ciphertext is not base64.") from error
    if not data or len(data) % BLOCK_SIZE:
        raise DecryptionFailed("The ciphertext is not a multiple of 32 bytes.")
    decryptor = _cipher(aes_key).decryptor()
    frame = unpad(decryptor.update(data) + decryptor.finalize())
    end = _HEADER_LENGTH + int.from_bytes(frame[RANDOM_PREFIX_LENGTH:_HEADER_LENGTH], "big")
    if len(frame) < end:
        raise DecryptionFailed("The message is shorter than it says.")
    try:
        receiveid = frame[end:].decode("utf-8")
    except UnicodeDecodeError as error:
        raise DecryptionFailed("The receiveid is not text.") from error
    return Frame(frame[_HEADER_LENGTH:end], receiveid)


def _cipher(aes_key: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(aes_key), modes.CBC(aes_key[:16]))
