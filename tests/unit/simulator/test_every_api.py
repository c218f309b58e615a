"""The official list of APIs: every one with a path is answered, group by group."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest
from simulated import Caller

from simulator.api import ENDPOINTS

LIST = Path(__file__).parents[3] / "wecom" / "endpoints.csv"
PENDING = {"service", "ec_customer"}
"""Groups of which some APIs may still be missing."""


def rows() -> dict[str, dict[str, str]]:
    """Return the method of every path, by group."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    with LIST.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["http_method"] != "LOCAL":
                path = row["path"].partition(" ")[0]
                found[row["group"]][path] = row["http_method"].partition(" ")[0]
    return found


ROWS = rows()


@pytest.mark.parametrize("group", ROWS)
def test_every_api_of_a_group_is_answered(group: str) -> None:
    missing = ROWS[group].keys() - ENDPOINTS.keys()

    if missing and group in PENDING:
        pytest.xfail(f"missing: {', '.join(sorted(missing))}")
    assert missing == set()


@pytest.mark.parametrize("group", ROWS)
def test_the_method_is_the_listed_one(group: str) -> None:
    different = {
        path: ENDPOINTS[path].method
        for path, method in ROWS[group].items()
        if path in ENDPOINTS and ENDPOINTS[path].method != method
    }

    assert different == {}


@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_call_without_anything_gets_an_answer_of_the_api(contacts: Caller, path: str) -> None:
    answer = contacts.get(path) if ENDPOINTS[path].method == "GET" else contacts.post(path)

    assert isinstance(answer["errcode"], int)
    assert set(ENDPOINTS[path].empty) <= answer.keys()
