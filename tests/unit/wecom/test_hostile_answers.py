"""Whatever the platform answers, a function returns or raises an error of ours, and ends."""

from __future__ import annotations

import io
import json
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from wecom_api import Answer, Asked, WeCom
from wecom_tables import evaluated, tables

import wecom
from errors import APIUnreachable

CASES = {
    name: case
    for _, table in tables(Path(__file__).parent / "wire")
    for name, case in table.items()
    if "answer" in case
}
PATHS = {entry.name: entry.endpoint.path for entry in wecom.catalogue()}
WRONG: list[object] = [None, "x", "", -1, 10**30, 1.5, True, [], {}, [None], [[]], [{}], ["x"]]
MOST_REQUESTS = 50


def first_answer(case: dict[str, Any]) -> Answer:
    told = case["answer"]
    answer: Answer = json.loads(told if isinstance(told, str) else told[0])
    return answer


def spoilt(value: object, wrong: object) -> Iterator[object]:
    """Give the value with one part after the other replaced, at any depth."""
    yield wrong
    if isinstance(value, dict):
        for name, part in value.items():
            yield {other: each for other, each in value.items() if other != name}
            yield from ({**value, name: worse} for worse in spoilt(part, wrong))
    if isinstance(value, list):
        for index, part in enumerate(value):
            yield from (
                [*value[:index], worse, *value[index + 1 :]] for worse in spoilt(part, wrong)
            )


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize("name", CASES)
def test_a_spoilt_answer_is_read_or_refused(name: str, wrong: object) -> None:
    answer = {"errcode": 0, "errmsg": "ok", **first_answer(CASES[name])}
    tried = 0

    for fields in spoilt(answer, wrong):
        if isinstance(fields, dict) and fields.get("errcode", 0) == 0:
            call(name, fields)
            tried += 1

    assert tried >= len(answer) - 1


def call(name: str, answer: Answer) -> None:
    server = WeCom()

    def once_more(_: Asked) -> Answer:
        assert len(server.asked) < MOST_REQUESTS
        return answer

    server.on(PATHS[name.partition(" ")[0]], once_more)
    with suppress(APIUnreachable):
        result = evaluated(
            CASES[name]["call"], api=server.client(agentid=1), file=io.BytesIO(b"ten bytes!")
        )
        deque(result if isinstance(result, Iterator) else (), maxlen=0)
