"""Passwords: made into hashes, and compared in the same time whether the user exists or not."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime

from werkzeug.security import check_password_hash, generate_password_hash

from errors import ConfigurationError
from journal.people import User
from language import Text

PERMISSIONS = ("replay", "personal", "audit")
DEFAULT_PERMISSIONS = ("replay", "audit")
SHORTEST_PASSWORD = 10
LONGEST_NAME = 64

_METHOD = "scrypt:32768:8:1"
# What is compared with when there is no such user, so that the time tells nothing.
_NOBODY = generate_password_hash("nobody", method=_METHOD)
# Hashing takes 32 MB and a tenth of a second on purpose; callbacks must not wait for it.
_TURNS = threading.BoundedSemaphore(2)
_PATIENCE_SECONDS = 3.0


def a_user(
    name: str,
    password: str,
    permissions: Iterable[str],
    now: datetime,
) -> User:
    """Return a user, the password hashed.

    Raises ConfigurationError for a name or password that will not do.
    """
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise ConfigurationError(
            Text(
                en=f"a name has 1 to {LONGEST_NAME} printable characters",
                zh=f"用户名应为 1 到 {LONGEST_NAME} 个可显示的字符",
            )
        )
    if len(password) < SHORTEST_PASSWORD:
        raise ConfigurationError(
            Text(
                en=f"a password has at least {SHORTEST_PASSWORD} characters",
                zh=f"密码至少需要 {SHORTEST_PASSWORD} 个字符",
            )
        )
    wanted = frozenset(permissions)
    if unknown := sorted(wanted - set(PERMISSIONS)):
        known = ", ".join(PERMISSIONS)
        raise ConfigurationError(
            Text(
                en=f"there is no permission {unknown[0]}; {known}",
                zh=f"没有权限 {unknown[0]}，可用的有: {known}",
            )
        )
    return User(
        name=name,
        password_hash=generate_password_hash(password, method=_METHOD),
        permissions=wanted,
        changed_at=now,
    )


def is_right(user: User | None, password: str) -> bool:
    """Whether this is the user's password; False, after as long, when there is no user.

    False as well when too many are being compared at once.
    """
    if not _TURNS.acquire(timeout=_PATIENCE_SECONDS):
        return False
    try:
        matches = check_password_hash(user.password_hash if user else _NOBODY, password)
    finally:
        _TURNS.release()
    return matches and user is not None
