"""The sentences of the reference pages, in the language of the page."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from errors import WeComError
from language import Language

_FILE = Path(__file__).with_name("reference.zh.toml")


class NotTranslated(WeComError):
    """A sentence of the reference has no Chinese yet."""


@cache
def translations() -> dict[str, str]:
    """Return every sentence that is there in Chinese, by its English original."""
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def said(english: str, language: Language) -> str:
    """Return a sentence in a language. Raises NotTranslated."""
    if language == "en":
        return english
    try:
        return translations()[english]
    except KeyError:
        raise NotTranslated(f'{_FILE.name} has no Chinese for "{english}"') from None


def cell(sentence: str) -> str:
    """Return a sentence as it stands in a table of Markdown."""
    return sentence.replace("<", "&lt;").replace("|", "\\|")
