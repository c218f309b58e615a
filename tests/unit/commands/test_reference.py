"""The pages under docs/reference/ say what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import events
from cli import main
from commands.bilingual import NotTranslated, cell, said, translations
from commands.event_reference import events_page
from commands.reference import cli_page, settings_page, write_pages
from commands.rule_reference import rules_page

PAGES = Path(__file__).parents[3] / "docs" / "reference"


@pytest.mark.parametrize(
    "name",
    [
        "settings.md",
        "settings.zh-CN.md",
        "cli.md",
        "cli.zh-CN.md",
        "events.md",
        "rules.md",
        "rules.zh-CN.md",
        "api.md",
    ],
)
def test_a_page_is_what_would_be_written_now(name: str, tmp_path: Path) -> None:
    written = write_pages(tmp_path, main)

    assert {path.name for path in written} >= {name}
    assert (PAGES / name).read_text(encoding="utf-8") == (tmp_path / name).read_text(
        encoding="utf-8"
    ), "run `wecom-callback reference`"


def test_every_chinese_sentence_stands_on_a_page() -> None:
    chinese = settings_page("zh") + rules_page("zh")
    helped = "".join(cli_page(main, "zh").split())  # lines are broken anywhere

    assert [
        en
        for en, zh in translations().items()
        if cell(zh) not in chinese and "".join(zh.split()) not in helped
    ] == []


def test_a_sentence_without_chinese_is_refused() -> None:
    with pytest.raises(NotTranslated, match="Something new"):
        said("Something new.", "zh")


def test_every_event_has_a_heading_and_the_count_is_told() -> None:
    page = events_page()

    headings = re.findall(r"(?m)^### `([^`]+)` (.+)$", page)

    assert headings == [(cls.event_name, cls.chinese_name) for cls in events.catalogue()]
    assert f"共 {len(headings)} 种" in page
    assert f"{len(headings)} typed events" in page


def test_every_official_page_is_linked() -> None:
    page = events_page()

    linked = {
        int(n) for n in re.findall(r"developer\.work\.weixin\.qq\.com/document/path/(\d+)", page)
    }

    assert linked == {number for cls in events.catalogue() for number in cls.docs}


def test_every_link_within_the_page_leads_somewhere() -> None:
    page = events_page()

    anchors = re.findall(r'<a id="([^"]+)"></a>', page)

    assert len(set(anchors)) == len(anchors)
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= set(anchors)


def test_every_field_of_every_event_is_in_the_table_below_it() -> None:
    _, *sections = re.split(r"(?m)^### ", events_page())

    for cls, section in zip(events.catalogue(), sections, strict=True):
        own = {name for name in cls.empty if name not in events.Event.empty}
        assert own <= set(re.findall(r"(?m)^\| `([a-z_0-9]+)` \|", section)), cls


def test_every_table_has_as_many_cells_in_each_row() -> None:
    for table in re.findall(r"(?m)(?:^\|.*\|\n)+", events_page()):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
