"""The examples of the how-to pages, so that tests hold what the pages promise."""

from __future__ import annotations

import re
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "docs" / "how-to"
_TOML = re.compile(r"^```toml\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def rules_of_page(name: str) -> str:
    """Return the first rules on a page; those of its Chinese twin differ in texts alone."""
    (rules, *_) = _TOML.findall((_FOLDER / f"{name}.md").read_text(encoding="utf-8"))
    return str(rules)
