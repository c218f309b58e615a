from __future__ import annotations

import hashlib
import string
from collections.abc import Iterator
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.signature import sign, verify
from errors import SignatureMismatch
from wire import OFFICIAL

FIELDS = ("signature", "timestamp", "nonce", "ciphertext")


def the_official_call(**changes: str) -> None:
    """Verify the official sample, with some of its values changed."""
    values = {field: getattr(OFFICIAL, field) for field in FIELDS} | changes
    verify((OFFICIAL.token,), **values)


def mutations(text: str) -> Iterator[str]:
    """Every text one keystroke away: a character replaced, dropped, doubled or put in."""
    replacements = string.ascii_letters + string.digits + "+/=- \n\x00é"
    for position, character in enumerate(text):
        before, after = text[:position], text[position + 1 :]
        yield from (before + other + after for other in replacements if other != character)
        yield before + after
        yield from (before + extra + character + after for extra in (character, " ", "\n"))
    yield from (text + extra for extra in ("=", " ", "\n", "\x00", "0"))


def test_accepts_the_signature_of_the_official_sample() -> None:
    the_official_call()

    signature = sign(OFFICIAL.token, OFFICIAL.timestamp, OFFICIAL.nonce, OFFICIAL.ciphertext)
    assert signature == "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"


def test_the_order_of_the_four_values_does_not_matter() -> None:
    values = ("QDG6eK", "1409659589", "263014780", "P9nA")

    signatures = {sign(*order) for order in permutations(values)}

    assert len(signatures) == 1


def test_values_are_sorted_as_bytes_not_as_numbers_or_words() -> None:
    signature = sign("b", "B", "10", "9")

    assert signature == hashlib.sha1(b"109Bb", usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("tokens", [("new", "old"), ("old", "new"), ("old",)])
def test_any_configured_token_verifies(tokens: tuple[str, ...]) -> None:
    signature = sign("old", "1", "2", "3")

    verify(tokens, signature, "1", "2", "3")


def test_tokens_may_come_from_a_generator() -> None:
    verify((token for token in ("new", "old")), sign("old", "1", "2", "3"), "1", "2", "3")


def test_rejects_a_signature_from_another_token() -> None:
    signature = sign("AnotherToken", OFFICIAL.timestamp, OFFICIAL.nonce, OFFICIAL.ciphertext)

    with pytest.raises(SignatureMismatch):
        the_official_call(signature=signature)


def test_rejects_everything_when_no_token_is_configured() -> None:
    with pytest.raises(SignatureMismatch):
        verify((), sign("", "1", "2", "3"), "1", "2", "3")


def test_rejects_an_upper_case_signature() -> None:
    with pytest.raises(SignatureMismatch):
        the_official_call(signature=OFFICIAL.signature.upper())


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", ["", " ", "0", "\x00", "null", "你好", "\ud800", "x" * 100_000])
def test_rejects_a_value_that_was_never_signed(field: str, value: str) -> None:
    with pytest.raises(SignatureMismatch):
        the_official_call(**{field: value})


@pytest.mark.parametrize("field", FIELDS)
def test_rejects_every_change_of_one_character(field: str) -> None:
    survivors = []

    for changed in mutations(getattr(OFFICIAL, field)):
        try:
            the_official_call(**{field: changed})
        except SignatureMismatch:
            continue
        survivors.append(changed)

    assert survivors == []


def test_rejects_an_echostr_whose_plus_became_a_blank() -> None:
    with pytest.raises(SignatureMismatch):
        the_official_call(ciphertext=OFFICIAL.ciphertext.replace("+", " "))


@pytest.mark.parametrize("cut", range(1, 40))
def test_rejects_the_beginning_of_the_right_signature(cut: int) -> None:
    with pytest.raises(SignatureMismatch):
        the_official_call(signature=OFFICIAL.signature[:cut])


@given(st.text(), st.text(), st.text(), st.text(), st.text())
def test_no_text_makes_verify_raise_anything_else(
    token: str, signature: str, timestamp: str, nonce: str, ciphertext: str
) -> None:
    with pytest.raises(SignatureMismatch):
        verify((token,), signature, timestamp, nonce, ciphertext)


@given(st.text(), st.text(), st.text(), st.text())
def test_what_a_token_signed_it_verifies(
    token: str, timestamp: str, nonce: str, ciphertext: str
) -> None:
    signature = sign(token, timestamp, nonce, ciphertext)

    verify((token,), signature, timestamp, nonce, ciphertext)

    assert len(signature) == 40
    assert set(signature) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    ("timestamp", "nonce"), [("14096595892", "63014780"), ("140965958", "9263014780")]
)
def test_the_border_between_timestamp_and_nonce_is_not_signed(timestamp: str, nonce: str) -> None:
    """The four values are signed without separators, so a genuine timestamp proves no time."""
    the_official_call(timestamp=timestamp, nonce=nonce)


def test_the_border_holds_where_moving_it_changes_the_order() -> None:
    with pytest.raises(SignatureMismatch):
        the_official_call(timestamp="140965958926301478", nonce="0")
