"""What a caller sent, read field by field; whatever is wrong is refused with its code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from errors import CallRefused

_HIGHEST = 2**63 - 1
_CURSOR = re.compile("C[0-9a-f]{1,12}")
_DIGITS = re.compile("[0-9]{1,19}")


def size_of(text: str) -> int:
    """Return the bytes of a text on the wire."""
    return len(text.encode("utf-8", "surrogatepass"))


def number_of(text: str) -> int | None:
    """Return the number a text spells in ASCII digits, None when it spells none."""
    return int(text) if _DIGITS.fullmatch(text) else None


@dataclass(kw_only=True)
class Fields:
    """A JSON object, or the query of a GET."""

    params: Mapping[str, Any]

    def text(self, name: str, *, missing: int = 40058) -> str:
        """Return a text that must be there. Raises CallRefused."""
        value = self.params.get(name)
        if value is None or value == "":
            raise CallRefused(missing)
        if not isinstance(value, str):
            raise CallRefused(40058)
        return value

    def optional_text(
        self, name: str, *, most: int | None = None, too_long: int = 40058
    ) -> str | None:
        """Return a text of at most so many characters, or None when the field is absent."""
        value = self.params.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise CallRefused(40058)
        if most is not None and len(value) > most:
            raise CallRefused(too_long)
        return value

    def named(self, name: str, *, most: int, wrong: int = 40058) -> str:
        """Return a text of one to so many characters."""
        value = self.text(name, missing=wrong)
        if len(value) > most:
            raise CallRefused(wrong)
        return value

    def texts(self, name: str, *, most: int | None = None, too_many: int = 40058) -> list[str]:
        """Return a list of texts, empty when the field is absent."""
        value = self._listed(name, most, too_many)
        if not all(isinstance(each, str) for each in value):
            raise CallRefused(40058)
        return value

    def numbers(self, name: str, *, most: int | None = None, too_many: int = 40058) -> list[int]:
        """Return a list of whole numbers, empty when the field is absent."""
        value = self._listed(name, most, too_many)
        if not all(isinstance(each, int) and not isinstance(each, bool) for each in value):
            raise CallRefused(40058)
        return value

    def integer(self, name: str, default: int | None = None, *, low: int, high: int) -> int:
        """Return a number inside its bounds; one from a query comes as text."""
        value = self.params.get(name, default)
        if isinstance(value, str):
            value = number_of(value)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise CallRefused(40058)
        return value

    def flag(self, name: str) -> bool:
        """Return true for 1 or true."""
        return self.params.get(name) in (1, "1", True)

    def switch(self, name: str, *, default: bool) -> bool:
        """Return a setting that is on or off: true, false, 1 or 0."""
        value = self.params.get(name)
        if value is None:
            return default
        if value not in (0, 1) or isinstance(value, float):
            raise CallRefused(40058)
        return bool(value)

    def has(self, name: str) -> bool:
        """Return whether the field was sent at all; null is as good as absent."""
        return self.params.get(name) is not None

    def inside(self, name: str) -> Fields:
        """Return the object in a field, an empty one when the field is absent."""
        value = self.params.get(name)
        if value is None:
            return Fields(params={})
        if not isinstance(value, dict):
            raise CallRefused(40058)
        return Fields(params=value)

    def objects(self, name: str, *, most: int | None = None, too_many: int = 40058) -> list[Fields]:
        """Return a list of objects, empty when the field is absent."""
        value = self._listed(name, most, too_many)
        if not all(isinstance(each, dict) for each in value):
            raise CallRefused(40058)
        return [Fields(params=each) for each in value]

    def paged(
        self, name: str, items: list[Any], *, default: int, most: int, lenient: bool = False
    ) -> dict[str, object]:
        """Return the page asked for with limit and cursor, and the cursor of the next.

        lenient: a limit above the most counts as the default, as some documents say. Raises
        CallRefused, 50100 for a cursor that was never handed out.
        """
        limit = self.integer("limit", default, low=1, high=_HIGHEST if lenient else most)
        if limit > most:
            limit = default
        found, next_cursor = page_of(items, self.optional_text("cursor") or "", limit)
        return {name: found, "next_cursor": next_cursor}

    def _listed(self, name: str, most: int | None, too_many: int) -> list[Any]:
        value = self.params.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise CallRefused(40058)
        if most is not None and len(value) > most:
            raise CallRefused(too_many)
        return value


def page_of(items: list[Any], cursor: str, limit: int) -> tuple[list[Any], str]:
    """Return one page and the opaque cursor of the next, empty on the last. Raises CallRefused."""
    start = _read_cursor(cursor)
    end = start + limit
    return items[start:end], f"C{end:x}" if end < len(items) else ""


def _read_cursor(cursor: str) -> int:
    if not cursor:
        return 0
    if _CURSOR.fullmatch(cursor) is None:
        raise CallRefused(50100)
    return int(cursor[1:], 16)
