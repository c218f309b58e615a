"""Tables of calls of the server API, written as Python expressions in TOML files."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import wecom


def tables(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the name and the content of every table in a folder."""
    for file in sorted(folder.glob("*.toml")):
        yield file.stem, tomllib.loads(file.read_text(encoding="utf-8"))


def at(seconds: int) -> datetime:
    """Return the moment so many seconds after the epoch."""
    return datetime.fromtimestamp(seconds, UTC)


def evaluated(expression: str, **names: object) -> Any:  # noqa: ANN401 - what the table says
    """Evaluate an expression of a table; it knows the chapters, `at` and `timedelta`."""
    chapters = {name: value for name, value in vars(wecom).items() if not name.startswith("_")}
    known = {**chapters, "at": at, "datetime": datetime, "timedelta": timedelta, **names}
    return eval(expression, known)  # noqa: S307 - the tables are ours and stand beside the tests
