"""What each function puts on the wire and what it reads from there, told by the tables in wire/.

    ["chapter.function"]                  # and, for a further case, a word: ["message.send image"]
    call = "chapter.function(api, ...)"   # an iterator is drained into a tuple
    request = "POST path"
    query = {...}                         # without the token, of whichever kind
    json = '''{...}'''                    # the body, as the document shows it
    answer = '''{...}'''                  # errcode 0 when it says nothing of it
    result = "..."                        # None when it is left out

A call that sends `file` tells the part instead of the body; one that receives it tells the headers
the file comes with instead of the answer. Where one call makes several requests, query, json and
answer are lists.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from wecom_api import CORPID, OTHER_CREDENTIALS, PROVIDER, SECRET, SUITE, Answer, Asked, WeCom
from wecom_tables import evaluated, tables

import wecom
from wecom import Client, official
from wecom.bodies import Body
from wecom.endpoint import Endpoint

TABLES = Path(__file__).parent / "wire"
CONTENT = b"ten bytes!"
PART = re.compile(
    rb'name="media"; filename="(?P<filename>[^"]+)"; filelength=10\r\n'
    rb"Content-Type: (?P<content_type>\S+)\r\n\r\n(?P<content>.*)\r\n--",
    re.DOTALL,
)


def cases() -> dict[str, dict[str, Any]]:
    """Return every case by the name of its function."""
    found: dict[str, dict[str, Any]] = {}
    for _, table in tables(TABLES):
        for name, case in table.items():
            assert name not in found, f"{name} has two cases"
            found[name] = case
    return found


CASES = cases()
ENTRIES = {entry.name: entry for entry in wecom.catalogue()}


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - what TOML can hold
    return value if isinstance(value, list) else [value]


def drained(value: Any) -> Any:  # noqa: ANN401 - a result
    return tuple(value) if isinstance(value, Iterator) else value


@pytest.mark.parametrize("name", CASES)
def test_is_called_and_read_as_documented(name: str) -> None:
    case = CASES[name]
    endpoint = ENTRIES[name.partition(" ")[0]].endpoint
    server, answers = WeCom(), iter(listed(case.get("answer", [])))

    def answer(_: Asked) -> Answer:
        read: Answer = json.loads(next(answers, "{}"))
        return read

    server.on(endpoint.path, answer)
    file = io.BytesIO(b"" if "file" in case else CONTENT)

    with client(server, endpoint.path, case.get("file")) as api:
        result = drained(evaluated(case["call"], api=api, file=file))

    asked = server.to(endpoint.path)
    assert {f"{each.method} {each.path}" for each in asked} == {case["request"]}
    assert [query_of(each) for each in asked] == listed(case.get("query", [{}] * len(asked)))
    assert [body_of(each) for each in asked if each.body] == bodies(case)
    assert next(answers, None) is None
    assert file.getvalue() == CONTENT
    assert result == evaluated(case.get("result", "None"))


def query_of(asked: Asked) -> dict[str, str]:
    tokens = {"access_token", *OTHER_CREDENTIALS}
    return {name: value for name, value in asked.query.items() if name not in tokens}


def bodies(case: dict[str, Any]) -> list[Any]:
    return (
        [case["part"]]
        if "part" in case
        else [json.loads(body) for body in listed(case.get("json", []))]
    )


def body_of(asked: Asked) -> Any:  # noqa: ANN401 - a body
    if not asked.headers["content-type"].startswith("multipart/form-data"):
        return asked.json
    part = PART.search(asked.body)
    assert part is not None
    assert part["content"] == CONTENT
    return {name: part[name].decode() for name in ("filename", "content_type")}


@contextmanager
def client(server: WeCom, path: str, headers: dict[str, str] | None) -> Iterator[Client]:
    """Give a client of the server; where headers are told, the path answers with the file."""

    def respond(request: httpx2.Request) -> httpx2.Response:
        answer = server(request)
        if headers is None or not request.url.path.endswith(f"/cgi-bin/{path}"):
            return answer
        return httpx2.Response(200, headers=headers, content=CONTENT)

    with httpx2.Client(transport=httpx2.MockTransport(respond)) as http:
        yield Client(CORPID, SECRET, http=http, agentid=1_000_002, suite=SUITE, provider=PROVIDER)


@pytest.mark.parametrize("row", official.rows(), ids=lambda row: f"{row.group}-{row.name}")
def test_every_row_of_the_official_list_has_a_function_and_a_case(row: official.Row) -> None:
    entry = official.entry_of(row)

    assert entry is not None, f"{row.method} {row.path} cannot be called"
    assert entry.name in CASES or not isinstance(entry.endpoint, Endpoint)


def kinds(of: type[Body]) -> Iterator[str]:
    """Give every kind of message, and of card, by the words its case is named with."""
    for cls in of.__subclasses__():
        yield from kinds(cls)
        if "msgtype" in vars(cls) and not cls.__subclasses__():
            yield cls.msgtype
        if "card_type" in vars(cls) and (card_type := vars(cls)["card_type"]):
            yield f"{cls.msgtype} {card_type}"


@pytest.mark.parametrize("kind", sorted(set(kinds(Body))))
def test_every_kind_of_message_has_a_case(kind: str) -> None:
    assert f"message.send {kind}" in CASES


@pytest.mark.parametrize("name", ENTRIES)
def test_a_function_says_what_it_is_for_in_both_languages(name: str) -> None:
    described = ENTRIES[name].function.__doc__ or ""

    assert "(" in described
    assert any("\u4e00" <= letter <= "\u9fff" for letter in described)
