"""A command line is answered in one language: click's own words, the help, and every refusal."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from cli import main
from commands.bilingual import translations
from commands.speaking import WORDS, helps, language_of, speak

NEVER_SHOWN = {  # to operators: faults of whoever declares commands, or fixed when they are
    "%(prog)s, version %(version)s",
    "Argument",
    "Arguments take",
    "Boolean option",
    "Confirm the action",
    "Could not determine",
    "DeprecationWarning",
    "Do you want to continue?",
    "Invalid start character",
    "Name '{name}'",
    "No options defined",
    "Unknown color",
    "Value must be an iterable",
    "directory",
    "file",
    "path",
}
MODULES = (
    *("core", "decorators", "exceptions", "formatting"),
    *("parser", "termui", "types", "utils"),
)


def sentences_of_click() -> Iterator[str]:
    """Yield what click hands to gettext, in its last form where there are several."""
    folder = Path(inspect.getfile(click)).parent
    for name in MODULES:
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"_", "ngettext"}:
                yield from [str(a.value) for a in node.args[:2] if isinstance(a, ast.Constant)][-1:]


def test_every_sentence_of_click_is_known_in_chinese() -> None:
    sentences = [each for each in sentences_of_click() if not each.startswith(tuple(NEVER_SHOWN))]

    assert len(sentences) > 30
    assert [each for each in sentences if each not in WORDS] == []


def test_every_help_is_there_in_chinese() -> None:
    told = {part for _, paragraphs in helps(main) for part in paragraphs if part}

    assert [each for each in told if each not in WORDS and each not in translations()] == []


@pytest.mark.parametrize("columns", [60, 80])
def test_chinese_help_fits_the_terminal(columns: int) -> None:
    speak(main, "zh")
    try:
        context = main.context_class(main, terminal_width=columns, info_name="wecom-callback")
        lines = main.commands["call"].get_help(
            main.context_class(main.commands["call"], parent=context, terminal_width=columns)
        )
    finally:
        speak(main, "en")

    assert "调用任意接口" in lines
    assert max(map(cell_len, lines.splitlines())) <= columns


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["events", "list", "--limit", "abc"], "错误: '--limit' 的值无效: 'abc' 不是有效的数字\n"),
        (["events", "list", "--limit", "0"], "错误: '--limit' 的值无效: 0 超出范围 1<=x<=1000\n"),
        (["events", "list", "--status", "x"], "错误: '--status' 的值无效: 'x' 不在可选范围内: "),
        (["events", "list", "--nothing"], "错误: 没有选项 '--nothing'\n"),
        (["events", "list", "--app"], "错误: 选项 '--app' 需要一个值\n"),
        (["events", "show"], "错误: 缺少参数 'ID'.\n"),
        (["events", "show", "1", "2"], "错误: 多余的参数（2）\n"),
        (["nothing"], "错误: 没有命令 'nothing'\n"),
        (["batch", "invite", "/nothing.csv"], "错误: 'FILE' 的值无效: '/nothing.csv' 不存在\n"),
        (["--config", "/nothing.toml", "web"], "错误: /nothing.toml: 没有这个文件；"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_a_command_line_that_is_wrong_is_refused_in_chinese(
    arguments: list[str], told: str
) -> None:
    result = CliRunner(env={"LANG": "zh_CN.UTF-8", "LC_ALL": ""}).invoke(main, arguments)

    assert result.exit_code > 0
    assert told in result.stderr


def test_the_help_is_english_again_for_the_next_who_reads_english() -> None:
    outputs = [
        CliRunner(env={"LC_ALL": locale}).invoke(main, ["events", "--help"]).stdout
        for locale in ("C", "zh_CN.UTF-8", "C")
    ]

    assert outputs[0] == outputs[2]
    assert outputs[0].startswith("Usage: main events [OPTIONS]")
    assert outputs[1].startswith("用法: main events [OPTIONS]")
    assert "显示本说明后退出。" in outputs[1]


@pytest.mark.parametrize(
    ("arguments", "language"),
    [
        ([], "zh"),
        (["--lang", "en"], "en"),
        (["--lang=en", "--help"], "en"),
        (["events", "--lang"], "zh"),
        (["events", "--lang", "fr"], "zh"),
    ],
)
def test_the_option_goes_before_the_terminal(arguments: list[str], language: str) -> None:
    assert language_of(arguments, {"LANG": "zh_CN.UTF-8"}) == language


@pytest.mark.parametrize(
    "arguments", [["--lang", "zh", "endpoints", "--help"], ["endpoints", "--lang", "zh", "--help"]]
)
def test_the_option_stands_before_the_command_or_after_it(arguments: list[str]) -> None:
    assert "选项:" in CliRunner().invoke(main, arguments).output
