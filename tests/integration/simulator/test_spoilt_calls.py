"""Right calls with one field made wrong: whatever it is, the API answers."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from wechatpy_calls import CASES, Case
from wechatpy_world import World, world_of

from simulator import Simulator

WRONG: tuple[object, ...] = (None, True, -1, "text", "汉" * 3000, [], {}, [[]], [{}], {"a": []})
Place = tuple[str | int, ...]


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator.running() as running:
        yield running


@pytest.fixture
def world(simulator: Simulator) -> Iterator[World]:
    with world_of(simulator) as made:
        yield made


def places(value: object, above: Place = ()) -> Iterator[Place]:
    """Yield where every field of a body stands."""
    pairs: Any = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[arg-type]  # a list
    for name, inside in pairs:
        yield (*above, name)
        if isinstance(inside, dict | list):
            yield from places(inside, (*above, name))


def spoilt(body: Any, place: Place, value: object) -> bytes:  # noqa: ANN401 - JSON
    """Return the body with one field made wrong."""
    whole = inside = copy.deepcopy(body)
    for name in place[:-1]:
        inside = inside[name]
    inside[place[-1]] = value
    return json.dumps(whole).encode()


def sent_by(world: World, case: Case) -> list[dict[str, Any]]:
    """Return what the library sends for a call: path, query and body."""
    sent: list[dict[str, Any]] = []
    client = getattr(world, case.by)
    arguments, request = case.arguments(world), client._http.request

    def recorded(method: str, url: str, **more: Any) -> Any:  # noqa: ANN401 - the library's own
        if not more.get("files"):
            sent.append({"path": url.partition("/cgi-bin/")[2], **more})
        return request(method=method, url=url, **more)

    client._http.request = recorded
    chapter, _, name = case.method.partition(".")
    getattr(getattr(client, chapter), name)(**arguments)
    return sent


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.method)
def test_a_wrong_field_gets_an_answer(world: World, case: Case) -> None:
    http = world.sim.app.test_client()

    for call in sent_by(world, case):
        if not call.get("data"):
            continue
        body = json.loads(call["data"])
        for place in places(body):
            for value in WRONG:
                response = http.post(
                    f"/cgi-bin/{call['path']}",
                    query_string=call["params"],
                    data=spoilt(body, place, value),
                )
                assert response.status_code == 200, (place, value)
                assert isinstance(json.loads(response.data)["errcode"], int)
