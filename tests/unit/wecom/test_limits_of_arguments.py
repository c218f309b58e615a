"""Documented limits, told by the tables in limits/: what breaks one is refused, nothing is sent.

refused = [["chapter.function(api, ...)", "argument: limit"], ...]
accepted = ["chapter.function(api, ...)", ...]   # as much as is allowed
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from wecom_api import WeCom
from wecom_tables import evaluated, tables

from errors import APIUnreachable, ArgumentRejected

TABLES = dict(tables(Path(__file__).parent / "limits"))
REFUSED = [tuple(case) for table in TABLES.values() for case in table["refused"]]
ACCEPTED = [case for table in TABLES.values() for case in table["accepted"]]


@pytest.mark.parametrize(("call", "named"), REFUSED)
def test_refuses_what_breaks_a_limit_before_anything_is_sent(call: str, named: str) -> None:
    server = WeCom()

    with pytest.raises(ArgumentRejected) as refused:
        evaluated(call, api=server.client(), file=io.BytesIO)

    assert str(refused.value).startswith(named)
    assert server.asked == []


@pytest.mark.parametrize("call", ACCEPTED)
def test_sends_as_much_as_is_allowed(call: str) -> None:
    server = WeCom()

    with suppress(APIUnreachable):  # the stand-in answers nothing but "ok"
        result = evaluated(call, api=server.client(), file=io.BytesIO)
        deque(result if isinstance(result, Iterator) else (), maxlen=0)

    assert [asked.path for asked in server.asked[:1]] == ["gettoken"]
    assert len(server.asked) == 2
