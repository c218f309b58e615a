"""What should happen, without code: the rules of `rules.toml`.

Read at start and again when the file changes; a wrong file is refused with its name, the rule, the
key and the reason, and the last good rules stay in force.
"""

from __future__ import annotations

import threading
import tomllib
import zoneinfo
from collections.abc import Callable
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from errors import ConfigurationError
from events import Event
from events.customer_service import KfSessionEntered
from handlers.templates import EVENT_FACTS, compile_template, render

LONGEST_WELCOME_BYTES = 4000
LONGEST_KF_WELCOME_BYTES = 2048
LONGEST_TAG_NAME = 30


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Patterns = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


class Rule(BaseModel):
    """The conditions every rule may have; all that are given must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("", description="For logs and error messages.")
    app: Patterns | None = Field(None, description="Names of apps.")
    state: Patterns | None = Field(None, description="Of the contact way; * and ? are wild.")
    userid: Patterns | None = Field(None, description="Members; * and ? are wild.")

    def matches(self, app: str, event: Event) -> bool:
        """Whether all conditions hold for an event that this app received."""
        facts = {"app": app, "state": getattr(event, "state", ""), "userid": event.userid}
        return all(
            patterns is None or any(fnmatchcase(fact, pattern) for pattern in patterns)
            for key, fact in facts.items()
            for patterns in (getattr(self, key),)
        )


class WelcomeRule(Rule):
    """One `[[welcome]]`: the first that matches greets the customer."""

    text: str = Field(min_length=1, description="At most 4000 bytes of UTF-8.")

    @field_validator("text")
    @classmethod
    def _check_text(cls, text: str) -> str:
        compile_template(text)
        if len(text.encode()) > LONGEST_WELCOME_BYTES:
            raise ValueError(f"has {len(text.encode())} bytes, WeCom takes 4000")
        return text


class TagRule(Rule):
    """One `[[tag]]`: every rule that matches adds its tags."""

    add: Patterns = Field(min_length=1, description='"group/tag"; created when missing.')

    @field_validator("add")
    @classmethod
    def _check_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            compile_template(name)
            if "{{" not in name:
                split_tag_name(name)
        return names


class KfWelcomeRule(BaseModel):
    """One `[[kf_welcome]]`: the first that matches greets who opens a customer service chat."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("", description="For logs and error messages.")
    app: Patterns | None = Field(None, description="Names of apps.")
    open_kfid: Patterns | None = Field(None, description="Accounts; * and ? are wild.")
    scene: Patterns | None = Field(None, description="Of the account's link; * and ? are wild.")
    text: str = Field(min_length=1, description="At most 2048 bytes of UTF-8.")

    def matches(self, app: str, open_kfid: str, scene: str) -> bool:
        """Whether all conditions hold for a chat that was opened."""
        conditions = ((self.app, app), (self.open_kfid, open_kfid), (self.scene, scene))
        return all(
            patterns is None or any(fnmatchcase(fact, pattern) for pattern in patterns)
            for patterns, fact in conditions
        )

    @field_validator("text")
    @classmethod
    def _check_text(cls, text: str) -> str:
        compile_template(text)
        if len(text.encode()) > LONGEST_KF_WELCOME_BYTES:
            raise ValueError(f"has {len(text.encode())} bytes, WeCom takes 2048")
        return text


class _File(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timezone: str = "Asia/Shanghai"
    welcome: tuple[WelcomeRule, ...] = ()
    tag: tuple[TagRule, ...] = ()
    kf_welcome: tuple[KfWelcomeRule, ...] = ()

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, name: str) -> str:
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f'there is no time zone "{name}"; write e.g. Asia/Shanghai') from error
        return name


class Rules:
    """The rules in force."""

    def __init__(self, file: _File | None = None) -> None:
        self._file = file or _File()
        self._zone = zoneinfo.ZoneInfo(self._file.timezone)

    def welcome(self, app: str, event: Event, now: datetime) -> str | None:
        """Return the text that greets this customer; None when no rule wants to."""
        for rule in self._file.welcome:
            if rule.matches(app, event):
                text = render(rule.text, self._values(event, now))
                return text.encode()[:LONGEST_WELCOME_BYTES].decode(errors="ignore")
        return None

    def kf_welcome(self, app: str, event: KfSessionEntered, now: datetime) -> str | None:
        """Return the text that greets this visitor; None when no rule wants to."""
        for rule in self._file.kf_welcome:
            if rule.matches(app, event.open_kfid, event.scene):
                text = render(rule.text, self._values(event, now))
                return text.encode()[:LONGEST_KF_WELCOME_BYTES].decode(errors="ignore")
        return None

    def tags(self, app: str, event: Event, now: datetime) -> list[str]:
        """Return the "group/tag" names of all rules that match, each once, in order.

        One that is none once it is filled in, as `source/{{ event.state }}` without a state, is
        left out, so that it does not cost the customer the other tags.
        """
        values = self._values(event, now)
        names = (
            render(name, values)
            for rule in self._file.tag
            if rule.matches(app, event)
            for name in rule.add
        )
        return [name for name in dict.fromkeys(names) if _is_tag_name(name)]

    def _values(self, event: Event, now: datetime) -> dict[str, Any]:
        known = {key: getattr(event, key, "") for key in EVENT_FACTS}
        return {"event": known, "now": now.astimezone(self._zone)}


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
        return Rules(_File(**document))
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {_describe(error, document)}") from None


def split_tag_name(name: str) -> tuple[str, str]:
    """Return group and tag of a "group/tag" name. Raises ValueError when it is none."""
    group, slash, tag = (part.strip() for part in name.partition("/"))
    if not slash or not group or not tag:
        raise ValueError(f'"{name}" must be written group/tag')
    if len(group) > LONGEST_TAG_NAME or len(tag) > LONGEST_TAG_NAME:
        raise ValueError(f'"{name}": group and tag may have 30 characters each')
    return group, tag


def _is_tag_name(name: str) -> bool:
    try:
        split_tag_name(name)
    except ValueError:
        return False
    return True


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
