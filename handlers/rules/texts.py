"""The texts of rules: templates that are checked when the rules are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator

from handlers.templates import NAMES, compile_template
from language import Mistake


def template(
    *, most_bytes: int | None = None, names: frozenset[str] = NAMES
) -> Callable[[str], str]:
    """Return what checks a template, and how long it is before anything is filled in."""

    def check(text: str) -> str:
        compile_template(text, names)
        if most_bytes is not None and len(text.encode()) > most_bytes:
            raise too_long(text, most_bytes)
        return text

    return check


def too_long(text: str, most_bytes: int) -> Mistake:
    """Return that a text has more bytes of UTF-8 than WeCom takes."""
    size = len(text.encode())
    return Mistake(
        en=f"has {size} bytes, WeCom takes {most_bytes}",
        zh=f"共 {size} 字节，企业微信最多接受 {most_bytes} 字节",
    )


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
