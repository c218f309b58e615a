"""What lies sealed in the database opens with the keys and with nothing else."""

from __future__ import annotations

import pytest

from crypto import Vault, new_key
from errors import SealBroken

OLD, NEW = new_key(), new_key()
PLAIN = "永久授权码".encode()


def test_opens_what_it_sealed() -> None:
    vault = Vault([NEW])

    assert vault.open(vault.seal(PLAIN)) == PLAIN


def test_a_seal_shows_nothing_and_is_another_each_time() -> None:
    vault = Vault([NEW])

    first, second = vault.seal(PLAIN), vault.seal(PLAIN)

    assert first != second
    assert PLAIN not in first


def test_opens_what_an_older_key_sealed() -> None:
    assert Vault([NEW, OLD]).open(Vault([OLD]).seal(PLAIN)) == PLAIN


def test_what_is_resealed_needs_the_older_key_no_more() -> None:
    resealed = Vault([NEW, OLD]).reseal(Vault([OLD]).seal(PLAIN))

    assert Vault([NEW]).open(resealed) == PLAIN


@pytest.mark.parametrize(
    "broken",
    [b"", b"x", b"\xff" * 100, PLAIN, Vault([OLD]).seal(PLAIN)],
    ids=["nothing", "short", "noise", "plain", "of another key"],
)
def test_opens_and_reseals_nothing_of_another_key_or_damaged(broken: bytes) -> None:
    vault = Vault([NEW])

    with pytest.raises(SealBroken):
        vault.open(broken)
    with pytest.raises(SealBroken):
        vault.reseal(broken)


def test_a_changed_byte_breaks_the_seal() -> None:
    vault = Vault([NEW])
    sealed = bytearray(vault.seal(PLAIN))
    sealed[40] = ord("A") if sealed[40] != ord("A") else ord("B")

    with pytest.raises(SealBroken):
        vault.open(bytes(sealed))


@pytest.mark.parametrize("keys", [[], ["short"], [NEW, ""], [NEW[:-2] + "=="]])
def test_refuses_what_is_no_key(keys: list[str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Vault(keys)
