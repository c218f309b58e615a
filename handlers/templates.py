"""Texts with places to fill in, rendered where nothing can be reached from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from jinja2 import Template, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

# Not HTML: WeCom shows what it is given, so nothing is escaped.
_environment = ImmutableSandboxedEnvironment(autoescape=False)
_environment.globals.clear()

NAMES = frozenset({"event", "now"})


@lru_cache(maxsize=4096)
def compile_template(source: str) -> Template:
    """Return a template. Raises ValueError when it cannot work or names something unknown."""
    try:
        unknown = meta.find_undeclared_variables(_environment.parse(source)) - NAMES
        template = _environment.from_string(source)
    except TemplateSyntaxError as error:
        raise ValueError(f"is not a valid template: {error.message}") from None
    if unknown:
        names = ", ".join(sorted(unknown))
        raise ValueError(f"uses {names}, known are: {', '.join(sorted(NAMES))}")
    return template


def render(source: str, values: Mapping[str, object]) -> str:
    """Return a text with its places filled in."""
    return compile_template(source).render(values)
