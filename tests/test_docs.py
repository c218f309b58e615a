"""The documentation says what is there, and the README says it in two languages alike."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cli import main
from doctor import callback_url, platform
from handlers import read_rules
from settings import AppSettings, ServerSettings

ROOT = Path(__file__).parent.parent
ENGLISH = ROOT / "README.md"
CHINESE = ROOT / "README.zh-CN.md"
SETTINGS = ROOT / "docs/reference/settings.md"
HOW_TO = ROOT / "docs/how-to"
TWIN = ".zh-CN.md"
ENGLISH_PAGES = sorted(page for page in HOW_TO.glob("*.md") if not page.name.endswith(TWIN))
TWINS = [*ENGLISH_PAGES, SETTINGS, ROOT / "docs/reference/rules.md"]
PAGES = sorted([*ROOT.glob("*.md"), ROOT / "bench/README.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    return FENCE.sub("", text_of(page))


def blocks_of(page: Path) -> list[tuple[str, str]]:
    return FENCE.findall(text_of(page))


def skeleton_of(page: Path) -> list[str]:
    """Return what every line is, without its words: heading, table row with its width, step."""
    shape = []
    for line in prose_of(page).splitlines():
        if heading := re.match(r"#+ ", line):
            shape.append(heading[0])
        elif line.startswith("|"):
            shape.append(f"row of {line.count('|')}")
        elif step := re.match(r"- |\d+\. ", line):
            shape.append(step[0])
    return shape


def twin_of(page: Path) -> Path:
    return page.with_name(page.stem + TWIN)


def links_without_language(page: Path) -> list[str]:
    """Return where a page leads, the same for both languages; the door between them left out."""
    links = {link.replace(TWIN, ".md") for link in LINK.findall(prose_of(page))}
    return sorted(links - {page.name.replace(TWIN, ".md")})


def calls_in(*folders: str) -> Iterator[ast.Call]:
    """Give every call in the modules of these rooms."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    for path in paths:
        for node in ast.walk(ast.parse(text_of(path))):
            if isinstance(node, ast.Call):
                yield node


def codes_of_the_doctor() -> set[str]:
    """Return the codes of all faults, as far as they are written out."""
    faults = [call for call in calls_in("doctor") if ast.unparse(call.func) == "fault"]
    written = {
        node.value
        for call in faults
        for node in ast.walk(call.args[1])
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    obstacles = {code for code, _ in callback_url._BY_OBSTACLE.values()}
    rights = {f"no_right_{right.code}" for right in platform.RIGHTS}
    return (written | obstacles | callback_url._REASONS.keys() | rights) - {"web", "_wrapped"}


def log_events() -> set[str]:
    """Return the first words of all calls of our loggers, where they are a name."""
    levels = {"info", "warning", "error"}
    rooms = ("callback", "commands", "console", "handlers", "journal", "worker")
    return {
        call.args[0].value
        for call in calls_in(*rooms)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in levels
        and ast.unparse(call.func.value).endswith("log")
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def words_of_runs() -> set[str]:
    """Return the words that handlers of events conclude with; those of duties are in the log."""
    duties = {"complete", "fresh", "no_files", "not_due", "not_wanted", "same"}
    return {
        str(node.value)
        for call in calls_in("handlers")
        if isinstance(call.func, ast.Attribute) and call.func.attr == "conclude"
        for node in _values_of(call.args[0])
    } - duties


def _values_of(word: ast.expr) -> Iterator[ast.Constant]:
    """Give what an expression may be: a constant, or one of the branches of an `if`."""
    if isinstance(word, ast.Constant):
        yield word
    elif isinstance(word, ast.IfExp):
        yield from (*_values_of(word.body), *_values_of(word.orelse))


def commands_of(group: click.Group, path: str = "wecom-callback") -> list[str]:
    found = []
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if isinstance(command, click.Group):
            found += commands_of(command, f"{path} {name}")
        else:
            found.append(f"{path} {name}")
    return found


@pytest.mark.parametrize("key", [*ServerSettings.model_fields, *AppSettings.model_fields])
def test_every_setting_is_described(key: str) -> None:
    row = next(line for line in text_of(SETTINGS).splitlines() if line.startswith(f"| `{key}` |"))

    assert re.search(r"\| [^|]{12,} \|$", row)


@pytest.mark.parametrize("command", commands_of(main))
def test_every_command_has_its_help_on_the_page_of_commands(command: str) -> None:
    assert f"## {command}\n" in text_of(ROOT / "docs/reference/cli.md")


@pytest.mark.parametrize("name", [name for name, each in main.commands.items() if not each.hidden])
@pytest.mark.parametrize("page", [ENGLISH, CHINESE])
def test_every_command_is_in_the_readme(page: Path, name: str) -> None:
    assert f"`wecom-callback {name}" in text_of(page)


def test_both_readmes_have_the_same_shape() -> None:
    assert skeleton_of(CHINESE) == skeleton_of(ENGLISH)


def test_both_readmes_have_the_same_code() -> None:
    assert blocks_of(CHINESE) == blocks_of(ENGLISH)


def test_both_readmes_link_to_the_same_pages() -> None:
    assert links_without_language(CHINESE) == links_without_language(ENGLISH)


@pytest.mark.parametrize("page", TWINS, ids=lambda page: page.name)
def test_every_page_is_there_in_chinese_with_the_same_shape_and_code(page: Path) -> None:
    twin = twin_of(page)

    assert skeleton_of(twin) == skeleton_of(page)
    assert blocks_of(twin) == blocks_of(page)
    assert links_without_language(twin) == links_without_language(page)


@pytest.mark.parametrize("page", [ENGLISH, *TWINS], ids=lambda page: page.name)
def test_a_page_and_its_twin_lead_to_each_other(page: Path) -> None:
    assert f"[中文]({twin_of(page).name})" in text_of(page)
    assert f"[English]({page.name})" in text_of(twin_of(page))


@pytest.mark.parametrize("page", [ENGLISH, *ENGLISH_PAGES], ids=lambda page: page.name)
def test_a_chinese_page_leads_to_chinese_pages(page: Path) -> None:
    links = [link for link in LINK.findall(prose_of(twin_of(page))) if link != page.name]
    english = [link for link in links if twin_of(page.parent / link.partition("#")[0]).exists()]

    assert english == []


@pytest.mark.parametrize("page", ENGLISH_PAGES, ids=lambda page: page.name)
def test_every_page_is_in_the_readme(page: Path) -> None:
    assert f"docs/how-to/{page.name}" in LINK.findall(prose_of(ENGLISH))


@pytest.mark.parametrize("language", ["", ".zh-CN"])
def test_every_code_of_the_doctor_is_explained(language: str) -> None:
    page = text_of(HOW_TO / f"find-out-what-is-wrong{language}.md")

    assert [code for code in sorted(codes_of_the_doctor()) if f"`{code}`" not in page] == []


@pytest.mark.parametrize("language", ["", ".zh-CN"])
def test_every_metric_and_every_log_event_is_explained(language: str) -> None:
    page = text_of(HOW_TO / f"monitor{language}.md")
    counted = re.findall(r'"(wecom_\w+)"', text_of(ROOT / "metrics/meters.py"))
    standing = re.findall(r'"(wecom_\w+)"', text_of(ROOT / "observation.py"))

    assert [name for name in {*counted, *standing} if f"`{name}" not in page] == []
    assert [name for name in sorted(log_events()) if f"`{name}`" not in page] == []


@pytest.mark.parametrize("language", ["", ".zh-CN"])
def test_every_word_a_run_ends_on_is_explained(language: str) -> None:
    names = ("what-happened-to-my-welcome", "third-party-suite")
    pages = "".join(text_of(HOW_TO / f"{name}{language}.md") for name in names)

    assert [word for word in sorted(words_of_runs()) if f"`{word}`" not in pages] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(prose_of(page)) if "://" not in link]

    assert [link for link in links if not (page.parent / link.partition("#")[0]).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_a_page_names_is_there(page: Path) -> None:
    folders = {each.name for each in ROOT.iterdir() if each.is_dir()} - {"var"}
    named = re.findall(r"`([\w-]+/[\w./-]+)`", prose_of(page))
    ours = [name for name in named if name.partition("/")[0] in folders]

    assert [name for name in ours if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", [ENGLISH, CHINESE, *sorted((ROOT / "docs/how-to").glob("*.md"))])
def test_every_make_target_a_page_names_is_there(page: Path) -> None:
    targets = re.findall(r"^([\w./-]+):", text_of(ROOT / "Makefile"), re.MULTILINE)
    named = re.findall(r"`?make (\.?[a-z][\w./-]*)`?", " ".join(_code(page)))

    assert set(named) <= set(targets)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_toml_example_is_toml(page: Path) -> None:
    for language, code in blocks_of(page):
        if language == "toml":
            tomllib.loads(code)


def test_the_rules_of_the_readme_are_taken(tmp_path: Path) -> None:
    rules = [code for language, code in blocks_of(ENGLISH) if "[[welcome]]" in code]
    (tmp_path / "rules.toml").write_text(rules[0], encoding="utf-8")

    assert read_rules(tmp_path / "rules.toml")


@pytest.mark.parametrize("page", [ENGLISH, ROOT / "docs/how-to/write-a-handler.md"])
def test_the_handlers_of_a_page_are_routed(page: Path, tmp_path: Path) -> None:
    (tmp_path / "wecom.toml").write_text('[server]\nhandlers = ["my_handlers"]\n', encoding="utf-8")
    module = next(code for language, code in blocks_of(page) if language == "python")
    (tmp_path / "my_handlers.py").write_text(module, encoding="utf-8")

    shown = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", "cli", "--config", tmp_path / "wecom.toml", "routes"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert "my_handlers.tell_the_member" in shown


def _code(page: Path) -> list[str]:
    """Return what a page marks as code, in its text and in blocks of shell."""
    inline = re.findall(r"`[^`\n]+`", prose_of(page))
    return inline + [code for language, code in blocks_of(page) if language == "sh"]
