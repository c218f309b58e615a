"""What is wrong with a rules file, for who has to mend it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong; the text says which rule, which key, why, and what to do.

    line: counted from 1; None when it is about the file as a whole.
    """

    text: str
    line: int | None = None
    rule: str = ""

    def __str__(self) -> str:
        """Return the sentence alone."""
        return self.text


def syntax_problem(error: Exception) -> Problem:
    """Return what is wrong with a file that is not TOML."""
    line = _TOML_LINE.search(str(error))
    return Problem(text=f"not valid TOML: {error}", line=int(line[1]) if line else None)


def problems_of(
    error: ValidationError, document: Mapping[str, Any], source: str
) -> tuple[Problem, ...]:
    """Return all that is wrong, in the order of the file."""
    found = [_problem(each, document, source) for each in error.errors(include_url=False)]
    return tuple(sorted(found, key=lambda problem: problem.line or 0))


def line_of(source: str, kind: str, number: int, key: str = "") -> int | None:
    """Return the line of a key of the rule with that number (from 0), else of its head."""
    lines = source.splitlines()
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


def rule_name(rule: object, index: int) -> str:
    """Return how a rule is called in sentences."""
    name = rule.get("name") if isinstance(rule, dict) else None
    return f'"{name}"' if name else f"number {index + 1}"


def _problem(found: Any, document: Mapping[str, Any], source: str) -> Problem:  # noqa: ANN401 - pydantic's record
    kind, *rest = found["loc"]
    if not rest or not isinstance(rest[0], int):
        return Problem(
            text=_sentence(f"{kind}", found, brackets=not rest, kind=str(kind)),
            line=_root_line(source, str(kind)),
        )
    index = rest[0]
    name = rule_name(document[str(kind)][index], index)
    key = str(rest[1]) if len(rest) > 1 else _key_named_first(found)
    where = f"[[{kind}]] {name}" + (f": {_path(rest[1:])}" if len(rest) > 1 else "")
    return Problem(
        text=_sentence(where, found, brackets=False, kind=str(kind)),
        line=line_of(source, str(kind), index, key),
        rule=f"[[{kind}]] {name}",
    )


def _sentence(where: str, found: Any, *, brackets: bool, kind: str) -> str:  # noqa: ANN401 - pydantic's record
    if found["type"] == "tuple_type":
        return f"{where}: must be a list" + (
            f"; write [[{kind}]], in two brackets" if brackets else ""
        )
    if found["type"] == "extra_forbidden":
        return f"{where}: there is no such key; remove it or mend its spelling"
    if found["type"] == "missing":
        return f"{where}: missing; add it"
    return f"{where}: {found['msg'].removeprefix('Value error, ')}"


def _key_named_first(found: Any) -> str:  # noqa: ANN401 - pydantic's record
    """Return the key that a sentence about a whole rule begins with."""
    return str(found["msg"].removeprefix("Value error, ").partition(":")[0])


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
    lines = source.splitlines()
    return next((n for n, line in enumerate(lines, 1) if re.match(pattern, line)), None)
