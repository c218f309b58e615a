from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from crypto.media import decrypt_chunks, decrypt_media
from crypto.padding import pad
from errors import DecryptionFailed

KEY = bytes(range(32))


def encrypted(content: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(KEY), modes.CBC(KEY[:16])).encryptor()
    return encryptor.update(pad(content)) + encryptor.finalize()


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 1000])
@pytest.mark.parametrize("size", [1, 7, 16, 32, 33, 5000])
def test_a_file_comes_back_however_it_is_cut(length: int, size: int) -> None:
    content = bytes(number % 251 for number in range(length))
    data = encrypted(content)

    assert b"".join(decrypt_chunks(KEY, cut(data, size))) == content == decrypt_media(KEY, data)


@pytest.mark.parametrize("data", [b"", b"x", bytes(31), bytes(48), bytes(33)])
def test_refuses_a_length_that_cannot_be(data: bytes) -> None:
    with pytest.raises(DecryptionFailed, match="multiple of 32"):
        list(decrypt_chunks(KEY, [data]))


@pytest.mark.parametrize(
    ("key", "data"),
    [(bytes(32), encrypted(b"content")), (KEY, encrypted(bytes(100))[:-32])],
    ids=["another key", "cut off"],
)
def test_refuses_what_ends_without_padding(key: bytes, data: bytes) -> None:
    with pytest.raises(DecryptionFailed):
        decrypt_media(key, data)
