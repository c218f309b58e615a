"""What people are told has its twin in the other language, wherever it is written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from language import Text, terminal_language

ROOT = Path(__file__).parents[2]
HAN = re.compile(r"[\u4e00-\u9fff]")
WRITERS = sorted(
    path
    for path in (*ROOT.glob("*.py"), *ROOT.glob("[a-z]*/**/*.py"))
    if path.relative_to(ROOT).parts[0] != "tests"
    if re.search(r"zh=|Text\.same", path.read_text(encoding="utf-8"))
)
SAID_BY = {"Text", "Mistake", "ok"}
WORD = re.compile(r"[A-Za-z]{3}")
SENTENCE = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")


def pairs(path: Path) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield what is said in English and in Chinese, of each statement in a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in SAID_BY:
            said = {keyword.arg: keyword.value for keyword in node.keywords}
            if "en" in said or "zh" in said:
                yield said["en"], said["zh"]  # a KeyError is a twin that is missing


def words(said: ast.expr) -> str:
    """Return what is written out in an expression, without what is filled in."""
    if isinstance(said, ast.Subscript):
        return ""
    return " ".join(
        node.value
        for node in ast.walk(said)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@pytest.mark.parametrize("path", WRITERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_said_in_english_is_said_in_chinese(path: Path) -> None:
    alone = [
        ast.unparse(english)
        for english, chinese in pairs(path)
        if WORD.search(words(english)) and not HAN.search(words(chinese))
    ]

    assert alone == []


@pytest.mark.parametrize("path", WRITERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_the_same_in_both_languages_is_no_sentence(path: Path) -> None:
    sentences = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Text.same")
        if any(SENTENCE.search(words(each)) for each in node.args)
    ]

    assert sentences == []


def test_statements_are_put_together_in_both_languages() -> None:
    said = "[[tag]] " + Text(en="number 2", zh="第 2 条") + ": " + Text.same("add")

    assert (said["en"], said["zh"]) == ("[[tag]] number 2: add", "[[tag]] 第 2 条: add")


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_TW.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ({}, "en"),
    ],
)
def test_the_locale_decides_about_the_language(environ: dict[str, str], language: str) -> None:
    assert terminal_language(environ) == language
