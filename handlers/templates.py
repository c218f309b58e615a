"""Texts with places to fill in, rendered where nothing can be reached from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from jinja2 import Template, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

# Not HTML: WeCom shows what it is given, so nothing is escaped.
_environment = ImmutableSandboxedEnvironment(autoescape=False)
_environment.globals.clear()

NAMES = frozenset({"event", "now"})

# What a template may see of an event: identifiers, never codes or content.
EVENT_FACTS = (
    "name",
    "corpid",
    "userid",
    "external_userid",
    "state",
    "link_id",
    "open_kfid",
    "scene",
)


@lru_cache(maxsize=4096)
def compile_template(source: str) -> Template:
    """Return a template. Raises ValueError when it cannot work or names something unknown."""
    try:
        tree = _environment.parse(source)
        template = _environment.from_string(source)
    except TemplateSyntaxError as error:
        raise ValueError(f"is not a valid template: {error.message}") from None
    if any(True for _ in meta.find_referenced_templates(tree)):
        raise ValueError("may not use other files")
    if unknown := meta.find_undeclared_variables(tree) - NAMES:
        raise ValueError(f"uses {_listed(unknown)}, known are: {_listed(NAMES)}")
    if unknown := _facts_used(tree) - set(EVENT_FACTS):
        raise ValueError(f"uses event.{_listed(unknown)}, an event has: {', '.join(EVENT_FACTS)}")
    return template


def render(source: str, values: Mapping[str, object]) -> str:
    """Return a text with its places filled in."""
    return compile_template(source).render(values)


def _facts_used(tree: nodes.Template) -> set[str]:
    return {
        each.attr
        for each in tree.find_all(nodes.Getattr)
        if isinstance(each.node, nodes.Name) and each.node.name == "event"
    }


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
