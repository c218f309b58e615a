"""What is wrong with a rules file, for who has to mend it."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

import foreign
from language import Mistake, Text

_WORD = re.compile(r"[a-z_]+")
_BRACKET = re.compile(r"""\"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|[\[\]{}]""")
_LONG_QUOTES = ('"""', "'''")
_STRING = re.compile(
    r""""{3}(?:\\.|[^\\])*?"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*""", re.DOTALL
)
_NEEDED = frozenset({"app", "event", "name", "state"})


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong; the text says which rule, which key, why, and what to do.

    line: counted from 1; None when it is about the file as a whole.
    """

    text: Text
    line: int | None = None

    def at(self, file: str) -> Text:
        """Return it with its place in a file of that name."""
        return (f"{file}:{self.line}: " if self.line else f"{file}: ") + self.text


EMPTIED = Problem(
    text=Text(
        en="is empty now, as a full disk leaves it; to have no rules, leave a comment in it",
        zh="文件已变成空的（磁盘写满时会这样）；若确实不要任何规则，请在其中保留一行注释",
    )
)


def unreadable(error: OSError | UnicodeDecodeError) -> Problem:
    """Return why there is nothing to read: no file, or one in another encoding, such as GBK."""
    if isinstance(error, UnicodeDecodeError):
        line = error.object.count(b"\n", 0, error.start) + 1
        return Problem(text=foreign.unreadable(error), line=line)
    if isinstance(error, FileNotFoundError):
        return Problem(
            text=Text(
                en="there is no such file; bring it back, or mend its name",
                zh="没有这个文件，请放回原处，或改正文件名",
            )
        )
    return Problem(text=foreign.unreadable(error))


def every_error(
    error: ValidationError,
    document: Mapping[str, Any],
    read: Callable[[Mapping[str, Any]], object],
) -> list[Any]:
    """Return pydantic's records, and those of rules as a whole that wrong keys kept it from.

    read: reads a document again; wrong keys are gone from it, "*" stands for what it needs.
    """
    found: list[Any] = list(error.errors(include_url=False))
    mended = copy.deepcopy(dict(document))
    touched: dict[tuple[Any, ...], set[str]] = {}
    for each in found:
        _mend(mended, each, touched)
    try:
        read(mended)
    except ValidationError as again:
        found += [
            each
            for each in again.errors(include_url=False)
            if (keys := touched.get(each["loc"])) and not keys & set(_WORD.findall(each["msg"]))
        ]
    return found


def rules_in(document: Mapping[str, Any]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Yield kind, number from 0 and content of every rule in a document."""
    for kind, rules in document.items():
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, dict):
                yield kind, index, rule


def problems_of(
    errors: Iterable[Any], document: Mapping[str, Any], source: str
) -> tuple[Problem, ...]:
    """Return all that is wrong, in the order of the file."""
    found = [_problem(each, document, source) for each in errors]
    return tuple(sorted(found, key=lambda problem: problem.line or 0))


def line_of(source: str, kind: str, number: int, key: str = "") -> int | None:
    """Return the line of a key of the rule with that number (from 0), else of its head."""
    lines = _lines(source)
    heads = [place for place, line in enumerate(lines) if _is_head(line, kind)]
    if number >= len(heads):
        return None
    start = heads[number]
    for place in range(start + 1, len(lines)):
        if lines[place].lstrip().startswith("[["):
            break
        if key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", lines[place]):
            return place + 1
    return start + 1


def line_of_text(source: str, start: int | None, text: str) -> int | None:
    """Return the first line from a start, counted from 1, that has a text, else the start."""
    lines = _lines(source)
    places = range((start or 1) - 1, len(lines))
    return next((place + 1 for place in places if text in lines[place]), start)


def rule_named(kind: str, name: object, number: int) -> Text:
    """Return how a rule is called in sentences; number: from 1, for one without a name."""
    called = Text.same(f'"{name}"') if name else Text(en=f"number {number}", zh=f"第 {number} 条")
    return f"[[{kind}]] " + called


def name_in(rule: object) -> object:
    """Return the name of a rule as the file has it."""
    return rule.get("name") if isinstance(rule, dict) else None


def _problem(found: Any, document: Mapping[str, Any], source: str) -> Problem:  # noqa: ANN401 - pydantic's record
    kind, *rest = found["loc"]
    if not rest or not isinstance(rest[0], int):
        return Problem(
            text=f"{kind}: " + foreign.reason(found, brackets="" if rest else str(kind)),
            line=_root_line(source, str(kind)),
        )
    index = rest[0]
    key = str(rest[1]) if len(rest) > 1 else _key_of(found)
    where = rule_named(str(kind), name_in(document[str(kind)][index]), index + 1)
    if len(rest) > 1:
        where += f": {_path(rest[1:])}"
    line = line_of(source, str(kind), index, key)
    if key == "attachments" and len(rest) > 2 and isinstance(rest[2], int):  # noqa: PLR2004 - a rule, a key, a place
        line = _line_of_item(source, line, rest[2])
    return Problem(text=where + ": " + foreign.reason(found), line=line)


def _line_of_item(source: str, start: int | None, number: int) -> int | None:
    """Return the line of a table in a list, counted from 0, that begins at a line; else the line.

    Brackets in texts do not count.
    """
    if start is None:
        return None
    depth = 0
    rest = "\n".join(_lines(source)[start - 1 :])
    for found in _BRACKET.finditer(rest):
        sign = found[0]
        if sign == "{" and depth == 1:
            number -= 1
            if number < 0:
                return start + rest.count("\n", 0, found.start())
        depth += (sign in "[{") - (sign in "]}")
        if depth == 0 and sign in "]}":
            break
    return start


def _mend(mended: dict[str, Any], found: Any, touched: dict[tuple[Any, ...], set[str]]) -> None:  # noqa: ANN401 - pydantic's record
    """Take out of a document what an error is about."""
    kind, *rest = found["loc"]
    if not rest or not isinstance(rest[0], int):
        mended.pop(kind, None)
        return
    rules = mended.get(kind)
    rule = rules[rest[0]] if isinstance(rules, list) else None
    if len(rest) == 1 or not isinstance(rule, dict):
        return
    key = str(rest[1])
    touched.setdefault((kind, rest[0]), set()).add(key)
    if key in _NEEDED:
        rule[key] = "*"
    else:
        rule.pop(key, None)


def _key_of(found: Any) -> str:  # noqa: ANN401 - pydantic's record
    """Return the key that a mistake of a whole rule is about."""
    mistake = found.get("ctx", {}).get("error")
    return mistake.key if isinstance(mistake, Mistake) else ""


def _path(parts: Sequence[int | str]) -> str:
    """Spell a key inside a key: attachments 2: link: title."""
    if len(parts) == 2 and isinstance(parts[1], int) and parts[0] != "attachments":  # noqa: PLR2004 - a key and a place
        parts = parts[:1]  # one of several texts: the sentence quotes it
    words = [f" {each + 1}" if isinstance(each, int) else f": {each}" for each in parts]
    return "".join(words).removeprefix(": ")


def _is_head(line: str, kind: str) -> bool:
    return re.match(rf"\s*\[\[\s*[\"']?{re.escape(kind)}[\"']?\s*\]\]", line) is not None


def _root_line(source: str, key: str) -> int | None:
    pattern = rf"\s*(\[+\s*)?[\"']?{re.escape(key)}[\"']?\s*(\]+|=)"
    lines = _lines(source)
    return next((n for n, line in enumerate(lines, 1) if re.match(pattern, line)), None)


@lru_cache(maxsize=4)
def _lines(source: str) -> tuple[str, ...]:
    """Return the lines as TOML counts them; what stands in long texts is not there."""
    hidden = _STRING.sub(lambda found: _hidden(found[0]), source)
    return tuple(hidden.split("\n"))


def _hidden(text: str) -> str:
    return "\n" * text.count("\n") if text[:3] in _LONG_QUOTES else text
