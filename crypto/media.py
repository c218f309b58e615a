"""Files encrypted without a frame, decrypted while they are read: exports and robot files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from crypto.padding import BLOCK_SIZE, unpad
from errors import DecryptionFailed


def decrypt_media(aes_key: bytes, data: bytes) -> bytes:
    """Return the content of one file. Raises DecryptionFailed."""
    return b"".join(decrypt_chunks(aes_key, [data]))


def decrypt_chunks(aes_key: bytes, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content of a file of any size (docs 94849, 100719); the last block comes last.

    Raises DecryptionFailed if length or padding is wrong, which is known only at the end.
    """
    decryptor = Cipher(algorithms.AES(aes_key), modes.CBC(aes_key[:16])).decryptor()
    size, kept = 0, b""
    for chunk in chunks:
        size += len(chunk)
        kept += decryptor.update(chunk)
        yield kept[:-BLOCK_SIZE]
        kept = kept[-BLOCK_SIZE:]
    if not size or size % BLOCK_SIZE:
        raise DecryptionFailed("The file is not a multiple of 32 bytes.")
    yield unpad(kept + decryptor.finalize())
