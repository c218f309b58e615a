"""The official list of APIs: every one with a path is answered, group by group."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from pathlib import Path

import pytest
from simulated import Caller

from simulator.api import ENDPOINTS

LIST = Path(__file__).parents[3] / "wecom" / "endpoints.csv"


def rows() -> dict[str, dict[str, str]]:
    """Return the method of every path, by group."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    with LIST.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["http_method"] != "LOCAL":
                path = row["path"].partition(" ")[0]
                found[row["group"]][path] = row["http_method"].partition(" ")[0]
    return found


def fields() -> set[str]:
    """Return every name of a field in the list."""
    with LIST.open(encoding="utf-8", newline="") as file:
        texts = [row["required_params"] + row["optional_params"] for row in csv.DictReader(file)]
    return set(re.findall(r"[a-zA-Z_]{3,}", " ".join(texts)))


ROWS = rows()
FIELDS = fields()
WEIRD: list[object] = [
    None,
    True,
    -1,
    1.5,
    "",
    "text",
    "9" * 400,
    [],
    {},
    [[]],
    [{}],
    [None],
    {"a": []},
]


@pytest.mark.parametrize("group", ROWS)
def test_every_api_of_a_group_is_answered(group: str) -> None:
    assert ROWS[group].keys() - ENDPOINTS.keys() == set()


@pytest.mark.parametrize("group", ROWS)
def test_the_method_is_the_listed_one(group: str) -> None:
    answered = {path: ENDPOINTS[path].method for path in ROWS[group]}

    assert answered == ROWS[group]


@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_call_without_anything_gets_an_answer_of_the_api(contacts: Caller, path: str) -> None:
    answer = contacts.get(path) if ENDPOINTS[path].method == "GET" else contacts.post(path)

    assert isinstance(answer["errcode"], int)
    assert set(ENDPOINTS[path].empty) <= answer.keys()


@pytest.mark.parametrize("half", [rb"\ud800", b"\xed\xa0\x80"])
def test_half_a_character_is_refused(contacts: Caller, half: bytes) -> None:
    answers = [
        contacts.post_bytes("tag/create", b'{"tagname": "' + text + b'"}')
        for text in (half, rb"\ud83d\ude00", "\ud55c".encode())
    ]

    assert [each["errcode"] for each in answers] == [40033, 0, 0]


@pytest.mark.parametrize("value", WEIRD, ids=lambda value: json.dumps(value)[:12])
def test_weird_values_are_refused_or_borne(contacts: Caller, value: object) -> None:
    body = json.dumps(dict.fromkeys(FIELDS, value)).encode()
    query = {**dict.fromkeys(FIELDS, str(value)), "access_token": contacts.access_token}

    for path, endpoint in ENDPOINTS.items():
        if endpoint.method == "POST" and not endpoint.file:
            assert isinstance(contacts.post_bytes(path, body)["errcode"], int), path
        elif endpoint.method == "GET" and endpoint.token:
            response = contacts.http.get(f"/cgi-bin/{path}", query_string=query)
            assert response.status_code == 200, path
