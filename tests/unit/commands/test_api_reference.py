"""The page on every API holds each of them, and the names people bring along."""

from __future__ import annotations

import csv
import re
from importlib import resources

import wecom
from commands.api_reference import api_page
from commands.apis import apis
from wecom import official


def test_every_row_of_the_official_list_is_told() -> None:
    page = api_page()

    assert f"All {len(official.rows())} rows" in page
    assert len(official.rows()) == 214
    for row in official.rows():
        path = row.path if row.method == "LOCAL" else f"{row.method} {row.path}"
        assert f"- Path 路径: `{path}`, doc 文档 " in page
        assert f"document/path/{row.doc})" in page


def test_every_function_has_one_heading_and_its_arguments() -> None:
    page = api_page()

    headings = re.findall(r"(?m)^### `([^`]+)` .+$", page)

    assert sorted(headings) == sorted(entry.name for entry in wecom.catalogue())
    for entry in wecom.catalogue():
        assert f"```python\n{entry.name}(" in page
    assert " object at 0x" not in page


def test_every_link_within_the_page_leads_somewhere() -> None:
    page = api_page()

    anchors = re.findall(r'<a id="([^"]+)"></a>', page)

    assert len(set(anchors)) == len(anchors)
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= set(anchors)


def test_every_method_of_another_system_is_in_the_index() -> None:
    index = api_page().partition('<a id="elsewhere"></a>')[2]

    for api in apis():
        for names in api.elsewhere.values():
            for name in names:
                [line] = [line for line in index.splitlines() if line.startswith(f"| `{name}` |")]
                assert f"[`{api.name}`]" in line


def test_whatever_the_list_says_another_system_has_is_read_from_it() -> None:
    with resources.files("wecom").joinpath("endpoints.csv").open(encoding="utf-8") as file:
        cells = {row["method_name"]: row for row in csv.DictReader(file)}

    for row in official.rows():
        told = cells[row.name]
        for system, column in official.COLUMNS.items():
            is_there = told[column].startswith("Y") or "library source" in told[column]
            assert bool(row.names_elsewhere.get(system)) == is_there, (row.name, system)


def test_every_table_has_as_many_cells_in_each_row() -> None:
    for table in re.findall(r"(?m)(?:^\|.*\|\n)+", api_page()):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
