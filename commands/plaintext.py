"""A plaintext of any event of the catalogue: its example, made to happen now, with other values."""

from __future__ import annotations

import dataclasses
import random
import re
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from difflib import get_close_matches
from functools import partial
from typing import Any, cast

import events
from commands.names import in_full, in_short
from errors import WeComError
from events import Event
from events.examples import examples
from language import Language, Text
from simulator.plaintext import app_event, suite_event, write

Tree = dict[str, Any]

_BEIJING = timezone(timedelta(hours=8))
_INTEGER = re.compile("0|-?[1-9][0-9]{0,17}")
_FRESH = ("message_id", "external_userid", "chat_id", "welcome_code")  # and the subject
_FRESH_LENGTH = 32
_FEWEST_DIGITS = 6
_MOST_MEANT = 7
_HEAD = {
    *("ToUserName", "FromUserName", "CreateTime", "MsgType", "Event"),
    *("SuiteId", "AuthCorpId", "TimeStamp", "InfoType"),
}


class NoSuchName(WeComError):
    """An event or a field that does not exist was asked for."""


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """Whom a plaintext is for; an empty value leaves that of the example."""

    corpid: str = ""
    agentid: str = ""
    suite_id: str = ""
    is_suite: bool = False
    json: bool = False


def event_named(name: str, language: Language = "en") -> type[Event]:
    """Return the class of an event by its name, in full or in short, or by its own.

    Raises NoSuchName.
    """
    by_name = {cls.event_name: cls for cls in events.catalogue()}
    by_name |= {cls.__name__: cls for cls in events.catalogue()}
    found = by_name.get(name) or by_name.get(in_full(name))
    if found is None:
        told = (
            Text(en=f"there is no event {name!r}", zh=f"没有事件 {name!r}")
            + _meant(name)
            + Text(
                en=" (`simulator push --list` shows all)", zh="（`simulator push --list` 列出全部）"
            )
        )
        raise NoSuchName(told[language])
    return found


def is_json(cls: type[Event]) -> bool:
    """Tell whether WeCom sends this one as JSON in any case."""
    return examples()[cls].plaintext.startswith("{")


def compose(
    cls: type[Event],
    values: Mapping[str, str],
    *,
    to: Addressee,
    now: datetime,
    dice: random.Random,
    language: Language = "en",
) -> bytes:
    """Return the plaintext of one event.

    values: by tag (ExternalUserID), path of tags (BatchJob/JobId) or name (external_userid); ids
    that are not given are new ones each time. Raises NoSuchName for a field the event lacks.
    """
    tree = _addressed(cls, _example(cls), to, now)
    _happen(cls, tree, now)
    for name in {cls.subject_field, *_FRESH}:
        _replace(cls, tree, name, lambda old: _fresh(old, dice))
    for name, own in (("corpid", to.corpid), ("agentid", to.agentid), ("suite_id", to.suite_id)):
        if own:
            _replace(cls, tree, name, partial(_instead, own))
    for name, value in values.items():
        path = _path(cls, tree, name, language)
        _put(tree, path, _shaped(name, _get(tree, path), value, language))
    return write(tree, "json" if to.json or is_json(cls) else "xml")


def _example(cls: type[Event]) -> Tree:
    """Return the example as a tree in which XML's whole numbers are numbers, written bare."""
    event = events.parse(examples()[cls].plaintext)
    return cast("Tree", _plain(event.fields, numbers=not is_json(cls)))


def _plain(node: object, *, numbers: bool) -> object:
    if isinstance(node, Mapping):
        return {tag: _plain(child, numbers=numbers) for tag, child in node.items()}
    if isinstance(node, tuple):
        return [_plain(child, numbers=numbers) for child in node]
    if numbers and isinstance(node, str):
        return _number_or_text(node)
    return "" if node is None else node


def _instead(new: str, _old: object) -> int | str:
    return _number_or_text(new)


def _number_or_text(text: str) -> int | str:
    return int(text) if _INTEGER.fullmatch(text) else text


def _addressed(cls: type[Event], tree: Tree, to: Addressee, now: datetime) -> Tree:
    """Put a system event into the envelope of an app or of a suite (doc 92277).

    What members do in an app reaches a suite as it reaches an app.
    """
    inner = {tag: value for tag, value in tree.items() if tag not in _HEAD}
    at = now.timestamp()
    if to.is_suite and "suite" in cls.receivers and tree.get("FromUserName") == "sys":
        return dict(suite_event(to.suite_id, tree["ToUserName"], tree["Event"], at, inner))
    if not to.is_suite and "self_built" in cls.receivers and "AuthCorpId" in tree:
        return dict(app_event(tree["AuthCorpId"], tree["InfoType"], at, inner))
    return tree


def _happen(cls: type[Event], tree: Tree, now: datetime) -> None:
    """Let it happen now, told in the form of the example: seconds, or ISO 8601 of China."""
    text = now.astimezone(_BEIJING).isoformat("T", "seconds")
    seconds = int(now.timestamp())
    _replace(
        cls, tree, "occurred_at", lambda old: seconds if _INTEGER.fullmatch(str(old)) else text
    )


def _replace(cls: type[Event], tree: Tree, name: str, new: Callable[[object], object]) -> None:
    """Replace the value of a field where the tree holds it."""
    for path in _present(cls, tree, name):
        _put(tree, path, new(_get(tree, path)))


def _present(cls: type[Event], tree: Tree, name: str) -> list[list[str]]:
    """Return the first place of a field that is there, if there is one."""
    paths = [tag.split("/") for tag in _tags(cls).get(name, ())]
    return [path for path in paths if _get(tree, path) is not None][:1]


def _path(cls: type[Event], tree: Tree, name: str, language: Language) -> list[str]:
    """Return where a value belongs: a field's tag or a tag of the tree. Raises NoSuchName."""
    tags = _tags(cls)
    if name in tags:
        return [*_present(cls, tree, name), tags[name][0].split("/")][0]
    leaves = list(_leaves(tree))
    declared = [tag.split("/") for each in tags.values() for tag in each]
    wanted = name.split("/")
    found = [path for path in leaves if path == wanted]
    found += [path for path in leaves if path[-1:] == wanted]
    found += [path for path in declared if path == wanted]
    if not found:
        names = [*tags, *map("/".join, leaves)]
        told = Text(
            en=f"{cls.event_name} has no field {name!r}", zh=f"{cls.event_name} 没有字段 {name!r}"
        ) + _similar(name, names)
        raise NoSuchName(told[language])
    return found[0]


def _tags(cls: type[Event]) -> dict[str, tuple[str, ...]]:
    fields = dataclasses.fields(cls)
    return {field.name: field.metadata["tags"] for field in fields if "tags" in field.metadata}


def _leaves(tree: Tree, above: tuple[str, ...] = ()) -> Iterator[list[str]]:
    for tag, node in tree.items():
        if isinstance(node, dict):
            yield from _leaves(node, (*above, tag))
        else:
            yield [*above, tag]


def _get(tree: Tree, path: list[str]) -> Any:  # noqa: ANN401 - a node of any kind
    node: Any = tree
    for tag in path:
        node = node.get(tag) if isinstance(node, dict) else None
    return node


def _put(tree: Tree, path: list[str], value: object) -> None:
    *above, last = path
    for tag in above:
        tree = tree.setdefault(tag, {})
    tree[last] = value


def _shaped(name: str, old: object, value: str, language: Language) -> object:
    """Return a value in the shape of the one it replaces: many, in a node of their own, or one."""
    match old:
        case list() if not any(isinstance(each, dict) for each in old):
            return value.split(",")
        case {**node} if len(node) == 1 and not isinstance(next(iter(node.values())), dict):
            return {next(iter(node)): value.split(",")}
        case dict() | list():
            told = Text(
                en=f"{name} has parts; give one of them, such as {name}/TAG",
                zh=f"{name} 由多个部分组成，请给出其中之一，如 {name}/TAG",
            )
            raise NoSuchName(told[language])
        case str():
            return value
    return _number_or_text(value)


def _fresh(old: object, dice: random.Random) -> object:
    """Return a new id that looks like the old one."""
    text = str(old)
    if text.isdigit():
        length = max(len(text), _FEWEST_DIGITS)
        number = dice.randrange(10 ** (length - 1), 10**length)
        return number if isinstance(old, int) else str(number)
    letters = string.ascii_letters + string.digits
    prefix = text[:2]
    return prefix + "".join(dice.choices(letters, k=_FRESH_LENGTH - len(prefix)))


def _meant(name: str) -> Text:
    """Name the events of which this is a part (change_contact, text), or those spelled like it."""
    named = [cls.event_name for cls in events.catalogue()]
    parts = [in_short(each) for each in named if name in each.split(".")]
    if not parts:
        return _similar(name, [in_short(each) for each in named])
    return _asked(parts[:_MOST_MEANT], more=len(parts) - _MOST_MEANT)


def _similar(name: str, names: list[str]) -> Text:
    by_lower = {each.lower(): each for each in names}
    found = get_close_matches(name.lower(), by_lower, n=3)
    return _asked([by_lower[each] for each in found])


def _asked(names: list[str], *, more: int = 0) -> Text:
    """Ask whether one of these was meant; nothing where there is none."""
    if not names:
        return Text.same("")
    rest = Text(en=f" or {more} more", zh=f"，或另外 {more} 个之一") if more > 0 else ""
    asked = Text(en=f"; did you mean {' or '.join(names)}", zh=f"；是不是 {' 或 '.join(names)}")
    return asked + rest + Text(en="?", zh="？")
