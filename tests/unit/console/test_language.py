"""Both languages say the same things."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import handlers
from console.language import LANGUAGES, Language, catalogue, preferred
from console.page import short_name
from handlers import Router

TEMPLATES = Path(__file__).parents[3] / "console" / "templates"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HAN = re.compile(r"[\u4e00-\u9fff]")


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_language_has_the_same_keys() -> None:
    english, chinese = catalogue("en").keys(), catalogue("zh").keys()

    assert english ^ chinese == set()


@pytest.mark.parametrize("key", catalogue("en"))
def test_a_text_has_the_same_places_in_every_language(key: str) -> None:
    assert places(catalogue("en")[key]) == places(catalogue("zh")[key])


@pytest.mark.parametrize("key", catalogue("en"))
def test_no_text_is_empty_or_in_the_wrong_language(key: str) -> None:
    assert catalogue("zh")[key].strip()
    assert catalogue("en")[key].strip()
    assert not HAN.search(catalogue("en")[key])


@pytest.mark.parametrize("page", sorted(TEMPLATES.rglob("*.html")), ids=lambda page: page.name)
def test_every_text_a_page_asks_for_is_there(page: Path) -> None:
    asked = re.findall(r'\bt\("([a-z_]+\.[a-z_0-9]+)"[,)]', page.read_text(encoding="utf-8"))

    assert [key for key in asked if key not in catalogue("en")] == []


@pytest.mark.parametrize("page", sorted(TEMPLATES.rglob("*.html")), ids=lambda page: page.name)
def test_no_page_says_anything_by_itself(page: Path) -> None:
    text = re.sub(
        r"{[{%#].*?[}%#]}|<[^>]*>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    words = set(re.findall(r"[A-Za-z\u4e00-\u9fff]{3,}", text))

    known = {"wecom", "callback", "console", "passwd", "errcode", "userid", "alone", "framed"}
    assert words <= known


@pytest.mark.parametrize("page", sorted(TEMPLATES.rglob("*.html")), ids=lambda page: page.name)
def test_no_page_has_inline_scripts_or_styles(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?! src)", text)


@pytest.mark.parametrize(
    ("accept", "chosen", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", None, "zh"),
        ("en-US,en;q=0.9", None, "en"),
        ("de,zh;q=0.5,en;q=0.7", None, "en"),
        ("fr", None, "en"),
        ("", None, "en"),
        ("zh;q=0", None, "en"),
        ("zh;q=x,,;;q=", None, "en"),
        ("zh-TW", "en", "en"),
        ("en", "zh", "zh"),
        ("en", "xx", "en"),
    ],
)
def test_the_reader_decides_about_the_language(
    accept: str, chosen: str | None, language: str
) -> None:
    assert preferred(accept, chosen) == language


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0.0204, "20 ms", "20 ms"),
        (3.0, "3 s", "3 秒"),
        (3.25, "3.2 s", "3.2 秒"),
        (61, "1 min", "1 分钟"),
        (7200, "2 h", "2 小时"),
        (200_000, "2 d", "2 天"),
    ],
)
def test_spans_of_time_have_a_fitting_unit(seconds: float, english: str, chinese: str) -> None:
    assert (Language("en").span(seconds), Language("zh").span(seconds)) == (english, chinese)


def test_every_result_of_our_handlers_has_a_word() -> None:
    sources = [
        path.read_text(encoding="utf-8")
        for path in sorted((TEMPLATES.parents[1] / "handlers").glob("*.py"))
        if path.stem not in {"reconciling", "uploads", "channels"}  # duties: no run ends with it
    ]
    told = [
        word
        for source in sources
        for call in re.findall(r"\bconclude\((.*?)\)\n", source, re.DOTALL)
        for word in re.findall(r'(?<!f)"([a-z_]+)"', call)
    ]
    assert len(told) > 40
    assert [word for word in told if f"result.{word}" not in catalogue("zh")] == ["same"]


def test_exactly_our_handlers_have_a_word() -> None:
    modules = (import_module(f"handlers.{each.name}") for each in iter_modules(handlers.__path__))
    routers = [each.router for each in modules if isinstance(getattr(each, "router", None), Router)]

    named = {short_name(route.name) for router in routers for route in router}

    assert {key.partition(".")[2] for key in catalogue("en") if key.startswith("handler.")} == named


def test_what_is_not_over_yet_was_just_now() -> None:
    t = Language("en")

    assert t.ago(NOW + timedelta(seconds=5), NOW) == "just now"
    assert t.ago(NOW - timedelta(seconds=90), NOW) == "1 min ago"


def test_a_word_nobody_knows_stays_as_it_is() -> None:
    t = Language("zh")

    assert t.word("result", "sent") == "已发送"
    assert t.word("result", "my_own_word") == "my_own_word"
    assert t.word("result", None) == ""
    assert set(LANGUAGES) == {"en", "zh"}
