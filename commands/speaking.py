"""What click says by itself, and the help of every command, in the language of who reads it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from functools import cache
from itertools import pairwise
from typing import get_args

import click
from click import core, decorators, exceptions, formatting, parser, termui, types, utils

from commands.bilingual import translations
from language import Language, terminal_language

_OPTION = "--lang"
# By click's own sentence; what it was put together from is filled in.
WORDS: Mapping[str, str] = {
    "(Did you mean one of: {possibilities}?)": "（您是否想用: {possibilities}）",
    "(dynamic)": "（动态）",
    "Aborted!": "已取消",
    "Choose from:\n\t{choices}": "可选:\n\t{choices}",
    "Choice({choices})": "可选（{choices}）",
    "Commands": "命令",
    "Could not open file {filename!r}: {message}": "无法打开文件 {filename!r}: {message}",
    "Error: invalid input": "错误: 输入无效",
    "Error: {message}": "错误: {message}",
    "Error: The two entered values do not match.": "错误: 两次输入不一致",
    "Got unexpected extra arguments ({args})": "多余的参数（{args}）",
    "Invalid value for {param_hint}: {message}": "{param_hint} 的值无效: {message}",
    "Invalid value: {message}": "值无效: {message}",
    "Missing argument": "缺少参数",
    "Missing command.": "缺少命令",
    "Missing option": "缺少选项",
    "Missing parameter": "缺少参数",
    "Missing parameter: {param_name}": "缺少参数: {param_name}",
    "Missing {param_type}": "缺少 {param_type}",
    "No such command {name!r}.": "没有命令 {name!r}",
    "No such option {name!r}.": "没有选项 {name!r}",
    "Option {name!r} does not take a value.": "选项 {name!r} 不带值",
    "Option {name!r} requires {nargs} arguments.": "选项 {name!r} 需要一个值",
    "Options": "选项",
    "Argument {name!r} takes {nargs} values.": "参数 {name!r} 需要 {nargs} 个值",
    "Positional arguments": "参数",
    "Press any key to continue...": "按任意键继续...",
    "Repeat for confirmation": "请再输入一次",
    "Show the version and exit.": "显示版本后退出。",
    "Show this message and exit.": "显示本说明后退出。",
    "Takes {nargs} values but {len} were given.": "需要 {nargs} 个值，给出了 {len} 个",
    "Try '{command} {option}' for help.": "用 '{command} {option}' 查看帮助。",
    "Unknown standard stream '{name}'": "没有标准流 '{name}'",
    "Usage:": "用法:",
    "default: {default}": "默认: {default}",
    "deprecated": "已弃用",
    "env var: {var}": "环境变量: {var}",
    "required": "必填",
    "unknown error": "未知错误",
    "{len_type} values are required, but {len_value} were given.": (
        "需要 {len_type} 个值，给出了 {len_value} 个"
    ),
    "{name} {filename!r} does not exist.": "{filename!r} 不存在",
    "{name} {filename!r} is a directory.": "{filename!r} 是一个目录",
    "{name} {filename!r} is a file.": "{filename!r} 是一个文件",
    "{name} {filename!r} is not executable.": "{filename!r} 不可执行",
    "{name} {filename!r} is not readable.": "{filename!r} 不可读",
    "{name} {filename!r} is not writable.": "{filename!r} 不可写",
    "{value!r} does not match the formats {formats}.": "{value!r} 不符合格式 {formats}",
    "{value!r} is not a valid UUID.": "{value!r} 不是有效的 UUID",
    "{value!r} is not a valid boolean. Recognized values: {states}": (
        "{value!r} 应为 true 或 false"
    ),
    "{value!r} is not a valid {number_type}.": "{value!r} 不是有效的数字",
    "{value!r} is not one of {choices}.": "{value!r} 不在可选范围内: {choices}",
    "{value} is not in the range {range}.": "{value} 超出范围 {range}",
}
_PIECE = re.compile(r"\s+|[（「]*(?:[!-~]+|[^\s（「])[，。；：、）」？！]*")

_spoken: ContextVar[Language] = ContextVar("spoken", default="en")


def language_of(arguments: Sequence[str], environ: Mapping[str, str]) -> Language:
    """Return the language a command line asks for, else that of the terminal."""
    for option, following in pairwise((*arguments, "")):
        name, given, value = option.partition("=")
        told = value if given else following
        for language in get_args(Language):
            if name == _OPTION and told == language:
                chosen: Language = language
                return chosen
    return terminal_language(environ)


def spoken() -> Language:
    """Return the language that this command line is answered in."""
    return _spoken.get()


def speak(command: click.Command, language: Language) -> None:
    """Answer in a language from here on: click's own words, and the help of all commands below."""
    if language == spoken():
        return
    helped = helps(command)
    _spoken.set(language)
    for each, english in helped:
        each.help = "\n\n".join(map(_word, english))
        if isinstance(each, click.Command):
            each.short_help = None if language == "en" else each.help.partition("。")[0]


class _Context(click.Context):
    """Lays out help so that Chinese fits as well."""

    def make_formatter(self) -> click.HelpFormatter:
        cls = _Chinese if spoken() == "zh" else click.HelpFormatter
        return cls(width=self.terminal_width, max_width=self.max_content_width)


class _Chinese(click.HelpFormatter):
    """Breaks lines between Chinese characters, of which each takes two columns."""

    def write_text(self, text: str) -> None:
        width = self.width - self.current_indent
        super().write_text("\n\n".join(_folded(each, width) for each in text.split("\n\n")))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        rows = list(rows)
        first = min(max(len(name) for name, _ in rows), col_max) + col_spacing
        width = max(self.width - first - self.current_indent, 10)
        folded = [(name, _folded(text, width) if text else "") for name, text in rows]
        super().write_dl(folded, col_max, col_spacing)


def _folded(text: str, width: int) -> str:
    """Return a paragraph in lines that fit, marked so that click leaves them as they are."""
    from rich.cells import cell_len

    lines = [""]
    for piece in _PIECE.findall(" ".join(text.split())):
        if cell_len(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return "\n".join(("\b", *(line.rstrip() for line in lines)))


@cache
def helps(command: click.Command) -> tuple[tuple[click.Command | click.Option, list[str]], ...]:
    """Return all that has help, with its paragraphs in English."""
    return tuple(
        (each, [" ".join(part.split()) for part in inspect.cleandoc(each.help or "").split("\n\n")])
        for each in _walk(command, None)
    )


def _walk(
    command: click.Command, parent: click.Context | None
) -> Iterator[click.Command | click.Option]:
    if command.hidden:
        return
    command.context_class = _Context
    context = click.Context(command, parent=parent, **command.context_settings)
    yield command
    for option in command.get_params(context):
        if isinstance(option, click.Option) and option.help and not option.hidden:
            yield option
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from _walk(each, context)


def _word(english: str) -> str:
    """Return a sentence of click or a paragraph of help, which a test holds to be there."""
    if spoken() == "en":
        return english
    return WORDS.get(english) or translations().get(english, english)


def _words(one: str, several: str, number: int) -> str:
    if spoken() == "en":
        return one if number == 1 else several
    return WORDS.get(several, several)


# Click asks gettext for each of its sentences, and gettext reads nothing but catalogues in files.
for _module in (core, decorators, exceptions, formatting, parser, termui, types, utils):
    vars(_module).update({"_": _word, "ngettext": _words})
