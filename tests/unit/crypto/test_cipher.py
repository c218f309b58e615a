from __future__ import annotations

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.cipher import Frame, decode_key, decrypt, encrypt
from errors import CallbackRejected, DecryptionFailed
from wire import OFFICIAL, encrypt_blocks, pkcs7

KEY = bytes(range(32))
PREFIX = b"0123456789abcdef"
ENCODING_AES_KEY = "0123456789abcdefghijABCDEFGHIJ0123456789abc"
KEY_ALPHABET = string.ascii_letters + string.digits + "+/"

keys = st.binary(min_size=32, max_size=32)
prefixes = st.binary(min_size=16, max_size=16)


def frame(message: bytes = b"hi", receiveid: bytes = b"ww1", length: int | None = None) -> bytes:
    """Lay out a frame by hand, with any length field."""
    size = len(message) if length is None else length
    return PREFIX + size.to_bytes(4, "big") + message + receiveid


class TestDecodeKey:
    @pytest.mark.parametrize("last", "cdef")
    def test_four_spellings_of_the_last_character_are_one_key(self, last: str) -> None:
        assert decode_key(ENCODING_AES_KEY[:-1] + last) == decode_key(ENCODING_AES_KEY)

    @pytest.mark.parametrize("last", "bg")
    def test_the_next_character_is_another_key(self, last: str) -> None:
        assert decode_key(ENCODING_AES_KEY[:-1] + last) != decode_key(ENCODING_AES_KEY)

    def test_accepts_the_official_key_though_it_is_not_canonical(self) -> None:
        canonical = OFFICIAL.encoding_aes_key[:-1] + "A"

        assert decode_key(OFFICIAL.encoding_aes_key) == decode_key(canonical)

    @given(st.text(KEY_ALPHABET, min_size=43, max_size=43))
    def test_any_43_letters_and_digits_are_a_key_of_32_bytes(self, text: str) -> None:
        assert len(decode_key(text)) == 32

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "a",
            "a" * 42,
            "a" * 44,
            "a" * 43 + "=",
            "a" * 42 + "=",
            " " + "a" * 42,
            "a" * 42 + "\n",
            "a" * 42 + "-",
            "a" * 42 + "_",
            "a" * 42 + "%",
            "a" * 42 + "é",
            "a" * 42 + "\uff11",
            "a" * 42 + "\ud800",
            "a" * 42 + "\x00",
        ],
    )
    def test_rejects_a_text_that_is_no_key_without_repeating_it(self, text: str) -> None:
        with pytest.raises(ValueError, match="EncodingAESKey") as refused:
            decode_key(text)

        assert "aaa" not in str(refused.value)

    @given(st.text(max_size=60))
    def test_no_text_makes_it_raise_anything_else(self, text: str) -> None:
        with pytest.raises(ValueError, match="EncodingAESKey"):
            decode_key(text + "!")


class TestEncrypt:
    @pytest.mark.parametrize("length", [0, 15, 17, 32])
    def test_refuses_a_random_prefix_of_another_length(self, length: int) -> None:
        with pytest.raises(ValueError, match="16 bytes"):
            encrypt(KEY, b"hi", "ww1", random_prefix=b"r" * length)

    def test_the_random_prefix_alone_makes_equal_messages_differ(self) -> None:
        first = encrypt(KEY, b"hi", "ww1", random_prefix=b"r" * 16)
        second = encrypt(KEY, b"hi", "ww1", random_prefix=b"R" * 16)

        assert first[:20] != second[:20]
        assert first == encrypt(KEY, b"hi", "ww1", random_prefix=b"r" * 16)

    def test_lays_the_frame_out_as_the_document_says(self) -> None:
        ciphertext = encrypt(KEY, "你好".encode(), "ww1", random_prefix=PREFIX)

        assert ciphertext == encrypt_blocks(KEY, pkcs7(PREFIX + b"\0\0\0\x06" + "你好ww1".encode()))


class TestDecrypt:
    @given(keys, st.binary(max_size=300), st.text(max_size=40), prefixes)
    def test_gives_back_any_message_and_any_receiveid(
        self, aes_key: bytes, message: bytes, receiveid: str, prefix: bytes
    ) -> None:
        ciphertext = encrypt(aes_key, message, receiveid, random_prefix=prefix)

        assert decrypt(aes_key, ciphertext) == Frame(message, receiveid)

    @pytest.mark.parametrize("length", range(13, 46))
    def test_opens_every_padding_from_1_to_32(self, length: int) -> None:
        ciphertext = encrypt(KEY, b"x" * length, "", random_prefix=PREFIX)

        assert decrypt(KEY, ciphertext).message == b"x" * length

    def test_a_length_of_all_that_is_left_means_an_empty_receiveid(self) -> None:
        ciphertext = encrypt_blocks(KEY, pkcs7(frame(b"hi", b"")))

        assert decrypt(KEY, ciphertext) == Frame(b"hi", "")

    @pytest.mark.parametrize("count", [0, 33, 128, 255])
    def test_rejects_a_padding_count_outside_1_to_32(self, count: int) -> None:
        padded = frame(b"x" * 41) + bytes([count]) * 32

        with pytest.raises(DecryptionFailed):
            decrypt(KEY, encrypt_blocks(KEY, padded))

    def test_rejects_unequal_padding_bytes(self) -> None:
        padded = bytearray(pkcs7(frame()))
        padded[-2] ^= 1

        with pytest.raises(DecryptionFailed):
            decrypt(KEY, encrypt_blocks(KEY, bytes(padded)))

    def test_rejects_a_frame_padded_to_16_only(self) -> None:
        ciphertext = encrypt_blocks(KEY, frame(b"x" * 11, b"") + b"\x01" + b"\x10" * 16)

        with pytest.raises(DecryptionFailed):
            decrypt(KEY, ciphertext)

    @pytest.mark.parametrize("length", [6, 7, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF])
    def test_rejects_a_length_beyond_the_frame(self, length: int) -> None:
        ciphertext = encrypt_blocks(KEY, pkcs7(frame(b"hi", b"ww1", length)))

        with pytest.raises(DecryptionFailed):
            decrypt(KEY, ciphertext)

    def test_rejects_a_little_endian_length(self) -> None:
        ciphertext = encrypt_blocks(KEY, pkcs7(PREFIX + b"\x02\0\0\0" + b"hiww1"))

        with pytest.raises(DecryptionFailed):
            decrypt(KEY, ciphertext)

    @pytest.mark.parametrize("size", range(20))
    @pytest.mark.parametrize("filling", [b"\0", b"\xff"])
    def test_rejects_a_frame_shorter_than_its_header(self, size: int, filling: bytes) -> None:
        ciphertext = encrypt_blocks(KEY, pkcs7(filling * size))

        with pytest.raises(DecryptionFailed):
            decrypt(KEY, ciphertext)

    @pytest.mark.parametrize("receiveid", [b"\xff\xfe", b"ww\x80", b"\xed\xa0\x80", b"\xe4\xbd"])
    def test_rejects_a_receiveid_that_is_not_utf_8(self, receiveid: bytes) -> None:
        ciphertext = encrypt_blocks(KEY, pkcs7(frame(b"hi", receiveid)))

        with pytest.raises(DecryptionFailed):
            decrypt(KEY, ciphertext)

    def test_a_length_that_cuts_a_character_in_two_is_refused(self) -> None:
        ciphertext = encrypt_blocks(KEY, pkcs7(frame("你".encode(), b"ww1", 2)))

        with pytest.raises(DecryptionFailed):
            decrypt(KEY, ciphertext)

    @pytest.mark.parametrize("cut", range(1, len(OFFICIAL.ciphertext) + 1))
    def test_rejects_a_truncated_ciphertext(self, cut: int) -> None:
        with pytest.raises(DecryptionFailed):
            decrypt(OFFICIAL.aes_key, OFFICIAL.ciphertext[:-cut])

    @pytest.mark.parametrize("foreign", [" ", "\n", "\r\n", "\t", "%", "-", "_", "=", "é", "\x00"])
    @pytest.mark.parametrize("position", [0, 1, 44, 86, 88])
    def test_rejects_a_foreign_character_anywhere(self, foreign: str, position: int) -> None:
        text = OFFICIAL.ciphertext

        with pytest.raises(DecryptionFailed):
            decrypt(OFFICIAL.aes_key, text[:position] + foreign + text[position:])

    @pytest.mark.parametrize(
        "ciphertext",
        [
            "",
            "=",
            "====",
            "A",
            "AAAA",
            "A" * 43,
            "hello, world",
            "你好",
            "\ud800",
            OFFICIAL.ciphertext.rstrip("="),
            OFFICIAL.ciphertext.replace("+", " "),
            OFFICIAL.ciphertext.replace("+", "-").replace("/", "_"),
            OFFICIAL.ciphertext * 2,
            base64.b64encode(b"x" * 16).decode(),
            base64.b64encode(b"x" * 48).decode(),
        ],
    )
    def test_rejects_what_is_no_ciphertext(self, ciphertext: str) -> None:
        with pytest.raises(DecryptionFailed):
            decrypt(OFFICIAL.aes_key, ciphertext)

    def test_rejects_a_ciphertext_of_another_key(self) -> None:
        with pytest.raises(DecryptionFailed):
            decrypt(KEY, OFFICIAL.ciphertext)

    @given(st.text())
    def test_no_text_makes_it_raise_anything_else(self, ciphertext: str) -> None:
        with pytest.raises(CallbackRejected):
            decrypt(KEY, ciphertext)

    @given(st.integers(0, 4), st.data())
    def test_no_blocks_make_it_raise_anything_else(self, blocks: int, data: st.DataObject) -> None:
        noise = data.draw(st.binary(min_size=32 * blocks, max_size=32 * blocks))

        self.opens_or_refuses(base64.b64encode(noise).decode())

    @given(st.binary(max_size=100))
    def test_no_well_padded_frame_makes_it_raise_anything_else(self, content: bytes) -> None:
        self.opens_or_refuses(encrypt_blocks(KEY, pkcs7(content)))

    @given(prefixes, st.integers(0, 60), st.binary(max_size=50))
    def test_no_length_field_makes_it_raise_anything_else(
        self, prefix: bytes, length: int, rest: bytes
    ) -> None:
        self.opens_or_refuses(encrypt_blocks(KEY, pkcs7(prefix + length.to_bytes(4, "big") + rest)))

    @staticmethod
    def opens_or_refuses(ciphertext: str) -> None:
        try:
            opened = decrypt(KEY, ciphertext)
        except CallbackRejected:
            return
        assert isinstance(opened.message, bytes)
        assert isinstance(opened.receiveid, str)
