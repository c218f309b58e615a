"""The language a person's terminal speaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Language = Literal["en", "zh"]


def terminal_language(environ: Mapping[str, str]) -> Language:
    """Return zh for a Chinese locale, en for any other; the first variable that is set decides."""
    told = (environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, told), "").lower().startswith("zh") else "en"
