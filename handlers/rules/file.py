"""Reads the rules file, at start and again when it changes.

A wrong file is refused with its name, the rule, the key and the reason, and the last good rules
stay in force.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

import foreign
from errors import ConfigurationError
from handlers.rules.attachment import (
    ENDINGS,
    LARGEST_BYTES,
    Attachment,
    LocalFile,
    as_attachments,
)
from handlers.rules.document import RulesDocument
from handlers.rules.problems import (
    EMPTIED,
    Problem,
    every_error,
    line_of,
    line_of_text,
    name_in,
    problems_of,
    rule_named,
    rules_in,
    unreadable,
)
from handlers.rules.rules import Rules
from language import Text

ENCODING = "utf-8-sig"  # editors of Windows put a mark before the first sign
_WRITTEN_WITHIN_SECONDS = 0.5
_LOOK_EVERY_SECONDS = 0.2
_MORE_THAN_BYTES = 5  # what media/upload takes, doc 90253


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A rules file as it was read: rules and their source, or else all that is wrong with it."""

    rules: Rules | None
    source: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A version of a rules file that is not put in force; version tells its content from others."""

    file: str
    version: str
    problems: tuple[Problem, ...]


class RulesFile:
    """Keeps the rules of a file in force, and the last good ones when a change is wrong.

    refused: told of a wrong change, once for each. last_good: where a copy of the good ones is
    kept, for a process that is started again while the file is wrong. Raises ConfigurationError
    when there are no good ones. refusal: of the version that was read last, if it is wrong.
    """

    def __init__(
        self,
        path: Path,
        *,
        refused: Callable[[ConfigurationError], None] = lambda _: None,
        last_good: Path | None = None,
        clock: Callable[[], float] = time.time,
        look_every_seconds: float = _LOOK_EVERY_SECONDS,
    ) -> None:
        self._path = path
        self._clock = clock
        self._look_every_seconds = look_every_seconds
        self._look_at = 0.0
        self._refused = refused
        self._last_good = last_good
        self._lock = threading.Lock()
        self._stamp = _stamp(path)
        reading = parse_rules(path)
        self.refusal: Refusal | None = None
        self._rules = reading.rules or self._kept(reading.problems)
        self._settle(reading)

    def current(self) -> Rules:
        """Return the rules in force, read anew if the file has changed; `read_at` says when.

        Whoever asks often does not have the disk asked each time. A file that changed this very
        moment may be half written, which is no mistake of anybody's and may read well: it is left
        for a moment.
        """
        if time.monotonic() >= self._look_at:
            self._look()
            # Afterwards, so that whoever asks meanwhile waits for the new rules.
            self._look_at = time.monotonic() + self._look_every_seconds
        return self._rules

    def _look(self) -> None:
        stamp = _stamp(self._path)
        if stamp != self._stamp and not self._is_being_written(stamp):
            with self._lock:
                self._reload(stamp)

    def _is_being_written(self, stamp: tuple[int, int] | None) -> bool:
        return stamp is not None and 0 <= self._clock() - stamp[0] / 1e9 < _WRITTEN_WITHIN_SECONDS

    def _reload(self, stamp: tuple[int, int] | None) -> None:
        if stamp == self._stamp:
            return
        # An editor that replaces the file takes it away for a moment.
        reading = parse_rules(self._path, must_exist=True)
        if reading.rules is not None and not reading.source.strip():
            reading = _wrong(EMPTIED)
        if reading.rules is not None:
            self._rules = reading.rules
        self._stamp = stamp
        self._settle(reading)

    def _settle(self, reading: Reading) -> None:
        """Tell of a wrong file, keep a copy of a good one."""
        self.refusal = _refused_version(self._path, reading) if reading.problems else None
        if reading.problems:
            self._refused(_as_error(self._path, reading.problems))
        elif self._last_good is not None and reading.source:
            # A folder that cannot be written costs the copy alone.
            with contextlib.suppress(OSError):
                _copy(reading.source, self._last_good)

    def _kept(self, problems: tuple[Problem, ...]) -> Rules:
        if self._last_good is not None:
            kept = parse_rules(self._last_good, must_exist=True, folder=self._path.parent)
            if kept.rules is not None:
                return kept.rules
        raise _as_error(self._path, problems)


def read_rules(path: Path, *, must_exist: bool = False) -> Rules:
    """Read a rules file; a missing one means no rules, unless it must exist.

    Raises ConfigurationError naming the file, the rule, the key and the reason.
    """
    reading = parse_rules(path, must_exist=must_exist)
    if reading.rules is None:
        raise _as_error(path, reading.problems)
    return reading.rules


def parse_rules(path: Path, *, must_exist: bool = False, folder: Path | None = None) -> Reading:
    """Read a rules file and say all that is wrong with it at once.

    folder: where its relative paths start, if not beside it.
    """
    folder = folder or path.parent
    try:
        source = path.read_text(encoding=ENCODING)
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, FileNotFoundError) and not must_exist:
            return Reading(rules=Rules(folder=folder, read_at=datetime.now(UTC)))
        return _wrong(unreadable(error))
    try:
        document = tomllib.loads(source)
    except (ValueError, RecursionError) as error:
        text, line = foreign.syntax(error, source)
        return _wrong(Problem(text=text, line=line), source)
    try:
        checked = RulesDocument(**document)
    except ValidationError as error:
        return Reading(
            rules=None,
            source=source,
            problems=problems_of(
                every_error(error, document, lambda mended: RulesDocument(**mended)),
                document,
                source,
            ),
        )
    rules = Rules(checked, folder=folder, read_at=datetime.now(UTC))
    return Reading(rules=rules, source=source)


def file_problems(path: Path) -> list[Problem]:
    """Say which attached files cannot be uploaded; welcomes go out without them.

    Files of rules that are wrong in other ways are looked at too.
    """
    try:
        source = path.read_text(encoding=ENCODING)
        document = tomllib.loads(source)
    except (OSError, ValueError, RecursionError):
        return []
    found = []
    for kind, index, rule in rules_in(document):
        where = rule_named(kind, name_in(rule), index + 1)
        for local in _local_files(rule.get("attachments")):
            if reason := why_not_sendable(path.parent / local.path, local.kind):
                line = line_of(source, kind, index, "attachments")
                found.append(
                    Problem(
                        text=where + f": attachments: {local.path}: " + reason,
                        line=line_of_text(source, line, local.path),
                    )
                )
    return found


def _local_files(attachments: object) -> Iterator[LocalFile]:
    given = as_attachments(attachments)
    for each in given if isinstance(given, list) else ():
        try:
            local = Attachment.model_validate(each).local_file
        except ValidationError:
            continue
        if local is not None:
            yield local


def why_not_sendable(path: Path, kind: str) -> Text | None:
    """Say why a file cannot be uploaded as that kind, None when it can (doc 90253)."""
    try:
        size = path.stat().st_size
    except (OSError, ValueError):  # a NUL is a ValueError
        return Text(
            en="there is no such file; paths start beside the rules file",
            zh="没有这个文件；路径从规则文件所在的目录算起",
        )
    if not path.is_file():
        return Text(en="is not a file", zh="不是文件")
    if size <= _MORE_THAN_BYTES:
        return Text(
            en=f"has {size} bytes, it must have more than {_MORE_THAN_BYTES}",
            zh=f"只有 {size} 字节，必须大于 {_MORE_THAN_BYTES} 字节",
        )
    if size > LARGEST_BYTES[kind]:
        return Text(
            en=f"has {size} bytes, WeCom takes {LARGEST_BYTES[kind]}; make it smaller",
            zh=f"共 {size} 字节，企业微信最多接受 {LARGEST_BYTES[kind]} 字节，请缩小文件",
        )
    endings = ENDINGS.get(kind)
    if endings and path.suffix.lower() not in endings:
        return Text(
            en=f"must end in {' or '.join(endings)} for this kind of attachment",
            zh=f"这类附件的文件名应以 {' 或 '.join(endings)} 结尾",
        )
    return None


def _copy(source: str, path: Path) -> None:
    """Write a file as a whole or not at all, if it differs."""
    if path.is_file() and path.read_text(encoding="utf-8", errors="replace") == source:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        unfinished.write_text(source, encoding="utf-8", newline="")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _wrong(problem: Problem, source: str = "") -> Reading:
    return Reading(rules=None, source=source, problems=(problem,))


def _refused_version(path: Path, reading: Reading) -> Refusal:
    content = reading.source or repr(reading.problems)
    version = hashlib.sha256(content.encode()).hexdigest()
    return Refusal(file=path.name, version=version, problems=reading.problems)


def _as_error(path: Path, problems: tuple[Problem, ...]) -> ConfigurationError:
    return ConfigurationError(f"{path}: " + problems[0].text)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
