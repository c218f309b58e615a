"""PKCS#7 padding to 32 bytes, as WeCom pads (the usual 16 would refuse half of its messages)."""

from __future__ import annotations

from errors import DecryptionFailed

BLOCK_SIZE = 32


def pad(data: bytes) -> bytes:
    """Fill up to a multiple of 32; data that fits already gets a whole block."""
    count = BLOCK_SIZE - len(data) % BLOCK_SIZE
    return data + bytes([count]) * count


def unpad(data: bytes) -> bytes:
    """Take the padding off. Raises DecryptionFailed unless every padding byte is right."""
    if not data or len(data) % BLOCK_SIZE:
        raise DecryptionFailed("The ciphertext is not a multiple of 32 bytes.")
    count = data[-1]
    if not 1 <= count <= BLOCK_SIZE or data[-count:] != bytes([count]) * count:
        raise DecryptionFailed("The padding is wrong.")
    return data[:-count]
