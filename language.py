"""What is said to people, in the languages they read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "zh"]


@dataclass(frozen=True, kw_only=True)
class Text:
    """One statement for people, in both languages."""

    en: str
    zh: str

    @classmethod
    def same(cls, text: object) -> Text:
        """Return what is the same in every language: a name, a key, a number."""
        return cls(en=str(text), zh=str(text))

    def __getitem__(self, language: Language) -> str:
        """Return it in a language."""
        return self.zh if language == "zh" else self.en

    def __add__(self, other: Text | str) -> Text:
        """Return both, one after the other; a plain text is the same in every language."""
        after = other if isinstance(other, Text) else Text.same(other)
        return Text(en=self.en + after.en, zh=self.zh + after.zh)

    def __radd__(self, before: str) -> Text:
        """Return a plain text and this."""
        return Text.same(before) + self


class Mistake(ValueError):
    """What cannot be, a value or a table as a whole, said so that its writer understands.

    key: the key that it is about, where the value alone does not tell.
    """

    def __init__(self, *, en: str, zh: str, key: str = "") -> None:
        text = Text(en=en, zh=zh)
        self.key = key
        self.text = f"{key}: " + text if key else text
        super().__init__(self.text.en)


def terminal_language(environ: Mapping[str, str]) -> Language:
    """Return zh for a Chinese locale, en for any other; the first variable that is set decides."""
    told = (environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, told), "").lower().startswith("zh") else "en"
