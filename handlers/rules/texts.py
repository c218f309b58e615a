"""The texts of rules: templates that are checked when the rules are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator

from handlers.templates import NAMES, compile_template


def template(
    *, most_bytes: int | None = None, names: frozenset[str] = NAMES
) -> Callable[[str], str]:
    """Return what checks a template, and how long it is before anything is filled in."""

    def check(text: str) -> str:
        compile_template(text, names)
        if most_bytes is not None and len(text.encode()) > most_bytes:
            raise ValueError(f"has {len(text.encode())} bytes, WeCom takes {most_bytes}")
        return text

    return check


def texts_in(value: Any) -> list[str]:  # noqa: ANN401 - texts, and lists and models of them
    """Return all texts in a value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list | tuple):
        return [text for each in value for text in texts_in(each)]
    if hasattr(value, "model_fields_set"):
        return [
            text for field in type(value).model_fields for text in texts_in(getattr(value, field))
        ]
    return []


Template = Annotated[str, AfterValidator(template())]
