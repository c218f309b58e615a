"""What the pages say, in English and Chinese: one catalogue a language, the same keys in each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from importlib import resources

LANGUAGES = {"en": "English", "zh": "中文"}

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return every text of a language by its dotted key."""
    text = resources.files("console").joinpath(f"texts/{language}.toml").read_text(encoding="utf-8")
    return {
        f"{section}.{key}": value
        for section, texts in tomllib.loads(text).items()
        for key, value in texts.items()
    }


class Language:
    """Says things in one language."""

    def __init__(self, code: str) -> None:
        self.code = code
        self._texts = catalogue(code)

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of a key with its values filled in."""
        return self._texts[key].format(**values)

    def word(self, section: str, word: str | None) -> str:
        """Return how a word of the journal is said; one nobody knows stays as it is."""
        return self._texts.get(f"{section}.{word}", word or "")

    def span(self, seconds: float) -> str:
        """Say how long something takes."""
        if seconds < 1:
            return self("time.milliseconds", n=round(seconds * 1000))
        if seconds < _MINUTE:
            return self("time.seconds", n=f"{seconds:.1f}".removesuffix(".0"))
        if seconds < _HOUR:
            return self("time.minutes", n=int(seconds // _MINUTE))
        if seconds < _DAY:
            return self("time.hours", n=int(seconds // _HOUR))
        return self("time.days", n=int(seconds // _DAY))

    def ago(self, at: datetime, now: datetime) -> str:
        """Say how long ago something was."""
        seconds = max(timedelta(0), now - at).total_seconds()
        return self("time.now") if seconds < 1 else self("time.ago", span=self.span(int(seconds)))


def preferred(accept: str, chosen: str | None) -> str:
    """Return the language to speak: the chosen one, else the first one accepted that we have.

    accept: the header Accept-Language.
    """
    if chosen in LANGUAGES:
        return chosen
    ranked = []
    for place, part in enumerate(accept.split(",")):
        name, _, weight = part.strip().partition(";q=")
        ranked.append((-_quality(weight), place, name.split("-")[0].lower()))
    return next(
        (name for quality, _, name in sorted(ranked) if name in LANGUAGES and quality), "en"
    )


def _quality(weight: str) -> float:
    try:
        return float(weight or 1)
    except ValueError:
        return 0.0
