"""Texts with places to fill in, rendered where nothing can be reached from.

A template may name facts, choose between texts and change case: what it may contain is listed here,
and all else is refused when the rules are read. Nothing in it can loop, multiply or call.
"""

from __future__ import annotations

import copy
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

from jinja2 import Template, TemplateRuntimeError, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from language import Mistake

Flavour = Literal["plain", "text", "markdown"]

# What a template may see of an event: identifiers, never codes or content.
EVENT_FACTS = (
    "name",
    "chinese_name",
    "corpid",
    "userid",
    "external_userid",
    "state",
    "link_id",
    "open_kfid",
    "scene",
    "subject",
    "chat_id",
    "source",
    "fail_reason",
)
FACTS: Mapping[str, tuple[str, ...]] = {
    "event": EVENT_FACTS,
    "customer": ("name", "gender", "corp_name", "remark"),
    "staff": ("name", "alias", "userid"),
    "now": ("year", "month", "day", "hour", "minute", "strftime"),
}
NAMES = frozenset(FACTS)

_FILTERS = frozenset(
    {"capitalize", "d", "default", "first", "last", "length", "lower", "title", "trim"}
    | {"truncate", "upper"}
)
_PARTS = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Const,
    nodes.Tuple,
    nodes.List,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
    nodes.Filter,
    nodes.Keyword,
    nodes.Call,
)
# No widths: "%999999999d" would fill the memory.
_TIME_FORMAT = re.compile(r"(?:[^%]|%-?[aAbBdHIjmMpSUuwWyY%]){0,100}")
_LONGEST_TEMPLATE = 20_000
_LONGEST_VALUE = 256  # of a name; 64 is the most WeCom takes
# What holds the parts of 👨‍👩‍👧 together, or the letters of a Persian name apart; the parts of 🏴󠁧󠁢󠁥󠁮󠁧󠁿.
_JOINERS = frozenset({"\N{ZERO WIDTH JOINER}", "\N{ZERO WIDTH NON-JOINER}"}) | frozenset(
    map(chr, range(0xE0020, 0xE0080))
)


def _plain(value: object) -> object:
    return value


def _in_text(value: object) -> object:
    """Keep a name from being a link: an app message of text shows <a href> as one (doc 90236)."""
    return str(value).translate(str.maketrans("<>", "＜＞"))


def _in_markdown(value: object) -> object:
    """Keep a name from being a link, a heading, a quotation or a colour."""
    return str(value).translate(str.maketrans("<>[]*`#", "＜＞［］＊｀＃"))


def _environment(finalize: Callable[[object], object]) -> ImmutableSandboxedEnvironment:
    # Not HTML: WeCom shows what it is given.
    environment = ImmutableSandboxedEnvironment(autoescape=False, finalize=finalize)
    environment.globals.clear()
    return environment


_environments: Mapping[Flavour, ImmutableSandboxedEnvironment] = {
    "plain": _environment(_plain),
    "text": _environment(_in_text),
    "markdown": _environment(_in_markdown),
}


@lru_cache(maxsize=16384)
def compile_template(
    source: str, names: frozenset[str] = NAMES, flavour: Flavour = "plain"
) -> Template:
    """Return a template. Raises Mistake when it cannot work or names something unknown.

    flavour: where the text is shown; decides which signs of a name are made harmless.
    """
    if len(source) > _LONGEST_TEMPLATE:
        raise Mistake(
            en=f"has {len(source)} characters, a template may have {_LONGEST_TEMPLATE}",
            zh=f"共 {len(source)} 个字符，模板最多 {_LONGEST_TEMPLATE} 个",
        )
    environment = _environments[flavour]
    try:
        tree = environment.parse(source)
        _check(tree, names)
        _try_out(tree, environment)
        return environment.from_string(source)
    except TemplateSyntaxError as error:
        raise Mistake(
            en=f"is not a valid template: {error.message}", zh=f"模板写法有误: {error.message}"
        ) from None
    except (RecursionError, MemoryError, SyntaxError):  # of Python, when it compiles what we made
        raise Mistake(en="is nested too deeply", zh="嵌套过深") from None


@lru_cache(maxsize=16384)
def names_in(source: str) -> frozenset[str]:
    """Return what a template speaks of: event, customer, staff, now."""
    return _names_in(_environments["plain"].parse(source))


def render(
    source: str,
    values: Mapping[str, object],
    *,
    names: frozenset[str] = NAMES,
    flavour: Flavour = "plain",
) -> str:
    """Return a text with its places filled in."""
    return compile_template(source, names, flavour).render(values)


def fact(value: object) -> str:
    """Return what WeCom says of somebody as one line of plain text; None is nothing."""
    text = "" if value is None else str(value)[:_LONGEST_VALUE]
    return "".join(letter if _is_shown(letter) else " " for letter in text)


def _is_shown(letter: str) -> bool:
    """Whether a letter is shown or joins those that are; a new emoji is not in Python's tables."""
    return letter.isprintable() or letter in _JOINERS or unicodedata.category(letter) == "Cn"


def cut(text: str, most_bytes: int) -> str:
    """Cut a text between two characters where it grew too long for WeCom."""
    return text.encode("utf-8", "replace")[:most_bytes].decode(errors="ignore")


def _check(tree: nodes.Template, names: frozenset[str]) -> None:
    if any(True for _ in meta.find_referenced_templates(tree)):
        raise Mistake(en="may not use other files", zh="不能引用其他文件")
    # Not jinja2.meta's way, which computes constants: `9 ** 999999999` would take for ever.
    if unknown := _names_in(tree) - names:
        raise Mistake(
            en=f"uses {_listed(unknown)}, known are: {_listed(names)}",
            zh=f"用到了 {_listed(unknown)}，可用的有: {_listed(names)}",
        )
    for each in tree.find_all(nodes.Getattr):
        _check_fact(each)
    for node in tree.find_all(nodes.Node):
        _check_part(node)
    _check_whole_things(tree)


def _try_out(tree: nodes.Template, environment: ImmutableSandboxedEnvironment) -> None:
    """Refuse what fails whatever the facts are, as `now.hour > 'a'`, in every branch.

    Filters and comparisons are all that can fail, and they do so by the kind of a value.
    """
    for expression in list(tree.find_all((nodes.Filter, nodes.Compare))):
        output = nodes.Output([copy.deepcopy(expression)], lineno=1)
        alone = nodes.Template([output], lineno=1)
        alone.set_environment(environment)
        made = environment.from_string(alone)
        for values in _SAMPLES:
            try:
                made.render(values)
            except (TypeError, ValueError, ArithmeticError, TemplateRuntimeError) as error:
                raise Mistake(
                    en=f"cannot be filled in: {error}", zh=f"无法填入内容: {error}"
                ) from None


def _sample(text: str) -> Mapping[str, object]:
    facts = {name: dict.fromkeys(known, text) for name, known in FACTS.items() if name != "now"}
    others = {"count": 1, "group_name": text, "owner": text}
    return {**facts, **others, "now": datetime(2026, 1, 1, tzinfo=UTC)}


_SAMPLES = (_sample("x"), _sample(""))


def _names_in(tree: nodes.Template) -> frozenset[str]:
    return frozenset(name.name for name in tree.find_all(nodes.Name) if name.ctx == "load")


def _check_whole_things(tree: nodes.Template) -> None:
    """Refuse what shows more than a fact: an event as a whole, a function instead of its result."""
    parts = {id(each.node) for each in tree.find_all(nodes.Getattr)}
    called = {id(each.node) for each in tree.find_all(nodes.Call)}
    for name in tree.find_all(nodes.Name):
        if id(name) not in parts and name.name in ("event", "customer", "staff"):
            example = f"{name.name}.{FACTS[name.name][0]}"
            raise Mistake(en=f"must name a fact, as {example}", zh=f"要写明具体一项，如 {example}")
    for each in tree.find_all(nodes.Getattr):
        if each.attr == "strftime" and id(each) not in called:
            raise Mistake(
                en="must call now.strftime('%Y-%m-%d %H:%M')",
                zh="应写成调用 now.strftime('%Y-%m-%d %H:%M')",
            )


def _check_fact(node: nodes.Getattr) -> None:
    if not isinstance(node.node, nodes.Name):
        raise Mistake(
            en=f"may not look into a value (.{node.attr})",
            zh=f"不能再取某一项内部的内容（.{node.attr}）",
        )
    name, known = node.node.name, FACTS.get(node.node.name, ())
    if node.attr not in known:
        who = "an event" if name == "event" else name
        raise Mistake(
            en=f"uses {name}.{node.attr}, {who} has: {', '.join(known)}",
            zh=f"用到了 {name}.{node.attr}，{name} 只有: {', '.join(known)}",
        )


def _check_part(node: nodes.Node) -> None:
    if not isinstance(node, _PARTS):
        raise Mistake(
            en=f"may not contain {type(node).__name__}; only facts, if and filters",
            zh=f"不能包含 {type(node).__name__}；只能用各项内容、if 和过滤器",
        )
    if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
        raise Mistake(
            en=f"may not use the filter {node.name}; known are: {_listed(_FILTERS)}",
            zh=f"不能用过滤器 {node.name}，可用的有: {_listed(_FILTERS)}",
        )
    if isinstance(node, nodes.Call) and not _is_time(node):
        raise Mistake(
            en="may call nothing but now.strftime('%Y-%m-%d %H:%M')",
            zh="只能调用 now.strftime('%Y-%m-%d %H:%M')",
        )


def _is_time(call: nodes.Call) -> bool:
    """Whether this is now.strftime with one harmless format."""
    called = call.node
    if not isinstance(called, nodes.Getattr) or called.attr != "strftime":
        return False
    if len(call.args) != 1 or call.kwargs or call.dyn_args or call.dyn_kwargs:
        return False
    form = call.args[0]
    return (
        isinstance(form, nodes.Const)
        and isinstance(form.value, str)
        and _TIME_FORMAT.fullmatch(form.value) is not None
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
