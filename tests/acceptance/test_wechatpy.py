"""An SDK that knows nothing of us works with the simulator: wechatpy, all of its methods."""

from __future__ import annotations

import csv
import inspect
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from wechatpy_calls import CASES, NOT_CALLED, REFUSED, WITHOUT_APIS, Case, matches
from wechatpy_world import World, world_of

from simulator import Simulator

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from wechatpy.client.api.base import BaseWeChatAPI
    from wechatpy.exceptions import WeChatClientException
    from wechatpy.work import WeChatClient
    from wechatpy.work.services import WeChatServiceClient

LIST = Path(__file__).parents[2] / "wecom" / "endpoints.csv"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator.running() as running:
        yield running


@pytest.fixture
def world(simulator: Simulator) -> Iterator[World]:
    with world_of(simulator) as made:
        yield made


def methods() -> set[str]:
    """Return every public method of every class of both clients, as class.method."""
    return {
        f"{name}.{method}"
        for client in (WeChatClient, WeChatServiceClient)
        for name, api in inspect.getmembers(client, lambda each: isinstance(each, BaseWeChatAPI))
        for method, _ in inspect.getmembers(type(api), inspect.isfunction)
        if not method.startswith("_")
    }


def listed_methods() -> dict[str, str]:
    """Return the methods that the official list knows to call an API, with its path."""
    found: dict[str, str] = {}
    with LIST.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for name in re.findall(r"\b[a-z_]+\.[a-z_]+", row["in_wechatpy"]):
                found[name] = row["path"]
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.method)
def test_a_method_gets_what_it_asks_for(world: World, case: Case) -> None:
    chapter, _, name = case.method.partition(".")
    arguments = case.arguments(world)

    answer: Any = getattr(getattr(getattr(world, case.by), chapter), name)(**arguments)

    assert matches(world, answer, case.back), answer


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.method)
def test_what_the_library_does_wrongly_is_not_taken_for_right(world: World, case: Case) -> None:
    chapter, _, name = case.method.partition(".")
    function = getattr(getattr(getattr(world, case.by), chapter), name)
    refusal = WeChatClientException if isinstance(case.back, int) else case.back

    with pytest.raises(refusal) as caught:
        list(function(**case.arguments(world)))

    assert getattr(caught.value, "errcode", case.back) == case.back


def test_every_method_has_a_case_or_a_reason() -> None:
    cases, reasons = {case.method for case in [*CASES, *REFUSED]}, NOT_CALLED.keys()
    whole = {each for each in methods() if each.partition(".")[0] in WITHOUT_APIS}

    assert cases | reasons | whole == methods()
    assert not cases & reasons
    assert len(cases) == len(CASES) + len(REFUSED)


def test_every_method_of_a_listed_api_has_a_case() -> None:
    cases = {case.method for case in [*CASES, *REFUSED]}
    listed = {each for each in listed_methods() if each.partition(".")[0] not in WITHOUT_APIS}

    assert listed <= cases
