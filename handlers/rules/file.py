"""Reads the rules file, at start and again when it changes.

A wrong file is refused with its name, the rule, the key and the reason, and the last good rules
stay in force.
"""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from errors import ConfigurationError
from handlers.rules.document import RulesDocument
from handlers.rules.rules import Rules


class RulesFile:
    """Keeps the rules of a file in force, and the last good ones when a change is wrong.

    refused: told of a wrong change, once for each.
    """

    def __init__(
        self, path: Path, *, refused: Callable[[ConfigurationError], None] = lambda _: None
    ) -> None:
        self._path = path
        self._refused = refused
        self._lock = threading.Lock()
        self._stamp = _stamp(path)
        self._rules = read_rules(path)

    def current(self) -> Rules:
        """Return the rules in force, read anew if the file has changed."""
        stamp = _stamp(self._path)
        if stamp != self._stamp:
            with self._lock:
                self._reload(stamp)
        return self._rules

    def _reload(self, stamp: tuple[int, int] | None) -> None:
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            # An editor that replaces the file takes it away for a moment.
            self._rules = read_rules(self._path, must_exist=True)
        except ConfigurationError as error:
            self._refused(error)


def read_rules(path: Path, *, must_exist: bool = False) -> Rules:
    """Read a rules file; a missing one means no rules, unless it must exist.

    Raises ConfigurationError naming the file, the rule, the key and the reason.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if must_exist:
            raise ConfigurationError(f"{path}: the file is gone; bring it back") from error
        return Rules()
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: not valid TOML: {error}") from error
    try:
        return Rules(RulesDocument(**document))
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {_describe(error, document)}") from None


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _describe(error: ValidationError, document: dict[str, Any]) -> str:
    problem = error.errors(include_url=False)[0]
    kind, *rest = problem["loc"]
    where = str(kind)
    if rest:
        where = f"[[{kind}]] {_rule_name(document[str(kind)][int(rest[0])], int(rest[0]))}"
        where += f": {rest[1]}" if len(rest) > 1 else ""
    if problem["type"] == "tuple_type":
        return f"{where}: must be a list" + ("" if rest else f"; write [[{kind}]], in two brackets")
    if problem["type"] == "extra_forbidden":
        return f"{where}: there is no such key; remove it or mend its spelling"
    if problem["type"] == "missing":
        return f"{where}: missing; add it"
    return f"{where}: {problem['msg'].removeprefix('Value error, ')}"


def _rule_name(rule: object, index: int) -> str:
    name = rule.get("name") if isinstance(rule, dict) else None
    return f'"{name}"' if name else f"number {index + 1}"
