"""Whatever is wrong with a rules file or with the settings, a Chinese reader is told in Chinese."""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

import foreign
from handlers.rules import RulesDocument, parse_rules
from settings import AppSettings, ServerSettings

ROOT = Path(__file__).parents[3]
HAN = re.compile(r"[\u4e00-\u9fff]")
WRITERS = [
    *sorted(ROOT.glob("handlers/rules/*.py")),
    ROOT / "handlers" / "templates.py",
    ROOT / "settings.py",
]
HOSTILE: list[Any] = [
    *(5, -1, 99, 10**30, 10**5000, 1.5, float("inf"), True, "", "x", "x" * 5000, "{{", "{{ x }}"),
    *([], [5], ["x"], [[]], [{}], ["x"] * 200, {}, {"x": 1}, datetime(2026, 1, 1, tzinfo=UTC)),
]


def models(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any type there is
    """Yield the models in an annotation, and in theirs."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models(field.annotation)
    for each in get_args(annotation):
        yield from models(each)


def refusals(model: type[BaseModel]) -> Iterator[Any]:
    """Yield what pydantic says of wrong values for every field, and for the whole."""
    for wrong in [*({name: each} for name in model.model_fields for each in HOSTILE), 5, "x"]:
        try:
            model.model_validate(wrong)
        except ValidationError as error:
            yield from error.errors(include_url=False)


def sentences_of_tomllib() -> Iterator[str]:
    """Yield what its parser may say, up to the first sign of the file."""
    parser = inspect.getmodule(tomllib.loads)
    assert parser is not None
    for node in ast.walk(ast.parse(inspect.getsource(parser))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "suffixed_err":
            first, *_ = (each for each in ast.walk(node.args[2]) if isinstance(each, ast.Constant))
            yield str(first.value)


@pytest.mark.parametrize(
    "model", sorted({*models(RulesDocument), ServerSettings, AppSettings}, key=str)
)
def test_every_refused_value_is_told_in_chinese(model: type[BaseModel]) -> None:
    told = {(each["type"], foreign.reason(each).zh) for each in refusals(model)}

    assert [type_ for type_, chinese in told if not HAN.search(chinese)] == []


def test_every_sentence_of_the_toml_parser_is_known_in_chinese() -> None:
    sentences = list(sentences_of_tomllib())

    unknown = [
        each
        for each in sentences
        if HAN.search(foreign.syntax(tomllib.TOMLDecodeError(each), "")[0].zh.partition(": ")[2])
        is None
    ]

    assert len(sentences) > 20
    assert unknown == []


@pytest.mark.parametrize(
    ("source", "chinese"),
    [
        ("text = “你好”", "值的写法有误，文本要写在引号里（第 1 行第 8 列）；“ 是全角符号"),
        ("[[welcome]]\ntext ＝ 1", "键的后面缺少 =（第 2 行第 6 列）；＝ 是全角符号"),
        ("[[welcome]\n", "表名的后面缺少 ]]（第 1 行第 10 列）"),
        ("a = [1", "数组缺少 ]（在文件末尾）"),
        ("a = 1\u2028\nb = ", "这里应当换行"),
        ("a = " + "[" * 9000, "嵌套过深"),
        ("a = " + "9" * 5000, "数字太长"),
    ],
)
def test_a_file_that_is_no_toml_is_told_with_its_place(
    tmp_path: Path, source: str, chinese: str
) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(source, encoding="utf-8")

    (problem,) = parse_rules(path).problems

    assert problem.text.zh.startswith(f"不是有效的 TOML: {chinese}")
    assert problem.text.en.startswith("not valid TOML: ")


@pytest.mark.parametrize("zone", ["x" * 5000, "\\u0000", "..", "Asia"])
def test_a_time_zone_that_no_file_system_takes_is_a_mistake(tmp_path: Path, zone: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(f'timezone = "{zone}"', encoding="utf-8")

    (problem,) = parse_rules(path).problems

    assert problem.text.zh.startswith("timezone: 没有时区 ")


@pytest.mark.parametrize("path", WRITERS, ids=lambda path: path.name)
def test_a_mistake_is_never_raised_in_one_language(path: Path) -> None:
    raised = [
        ast.unparse(node.exc)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Raise) and node.exc is not None
    ]

    assert [each for each in raised if each.startswith("ValueError")] == []
