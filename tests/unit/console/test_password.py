"""Passwords are kept as hashes, and nothing tells whether a user exists."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console.password import a_user, is_right
from errors import ConfigurationError

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PASSWORD = "correct horse battery"


def test_the_right_password_is_right() -> None:
    user = a_user("li", PASSWORD, ["replay"], NOW)

    assert is_right(user, PASSWORD)
    assert not is_right(user, PASSWORD + " ")
    assert not is_right(user, "")


def test_nobody_has_no_password() -> None:
    assert not is_right(None, "nobody")


def test_the_hash_is_scrypt_with_a_salt_of_its_own() -> None:
    first, second = (a_user("li", PASSWORD, [], NOW).password_hash for _ in range(2))

    assert first.startswith("scrypt:32768:8:1$")
    assert first != second
    assert PASSWORD not in first
    assert PASSWORD not in repr(a_user("li", PASSWORD, [], NOW))


@pytest.mark.parametrize(
    ("name", "password", "permissions", "problem"),
    [
        ("", PASSWORD, [], "a name has"),
        (" li", PASSWORD, [], "a name has"),
        ("l\ni", PASSWORD, [], "a name has"),
        ("l" * 65, PASSWORD, [], "a name has"),
        ("li", "short", [], "at least 10"),
        ("li", PASSWORD, ["root"], "no permission root"),
    ],
)
def test_what_will_not_do_is_refused(
    name: str, password: str, permissions: list[str], problem: str
) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        a_user(name, password, permissions, NOW)
