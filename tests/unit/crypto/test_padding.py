from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.padding import pad, unpad
from errors import DecryptionFailed


@pytest.mark.parametrize("length", range(65))
def test_fills_up_to_the_next_multiple_of_32(length: int) -> None:
    padded = pad(b"x" * length)

    count = padded[-1]
    assert len(padded) == (length // 32 + 1) * 32
    assert padded == b"x" * length + bytes([count]) * count


@given(st.binary(max_size=200))
def test_takes_off_what_it_put_on(data: bytes) -> None:
    assert unpad(pad(data)) == data


@pytest.mark.parametrize("count", [0, 33, 64, 128, 255])
def test_rejects_a_count_outside_1_to_32(count: int) -> None:
    with pytest.raises(DecryptionFailed):
        unpad(bytes([count]) * 64)


@pytest.mark.parametrize("wrong", range(1, 32))
def test_rejects_unequal_padding_bytes(wrong: int) -> None:
    padding = bytearray([32] * 32)
    padding[31 - wrong] = 31

    with pytest.raises(DecryptionFailed):
        unpad(b"x" * 32 + padding)


@pytest.mark.parametrize("length", [0, 1, 16, 31, 33, 48, 63])
def test_rejects_data_that_is_no_multiple_of_32(length: int) -> None:
    with pytest.raises(DecryptionFailed):
        unpad(b"\x01" * length)


@given(st.binary(max_size=128))
def test_no_bytes_make_unpad_raise_anything_else(data: bytes) -> None:
    try:
        unpadded = unpad(data)
    except DecryptionFailed:
        return
    assert pad(unpadded) == data
