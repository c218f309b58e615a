"""The catalogue is whole, and every entry says where it belongs."""

from __future__ import annotations

import inspect
from collections import Counter
from types import ModuleType

import pytest

import wecom
from wecom.answer import nothing
from wecom.catalogue import Entry, _entries
from wecom.client import Client
from wecom.endpoint import Endpoint

ENTRIES = wecom.catalogue()


CALLS = [entry for entry in ENTRIES if isinstance(entry.endpoint, Endpoint)]


def test_no_name_is_given_twice() -> None:
    assert [name for name, count in Counter(e.name for e in ENTRIES).items() if count > 1] == []


def test_no_endpoint_is_written_down_twice() -> None:
    places = Counter((e.endpoint.method, e.endpoint.path) for e in ENTRIES)

    assert [place for place, count in places.items() if count > 1] == []


def test_every_chapter_can_be_reached_from_the_room() -> None:
    assert {entry.name.partition(".")[0] for entry in ENTRIES} <= set(wecom.__all__)


@pytest.mark.parametrize("entry", CALLS, ids=lambda entry: entry.name)
def test_a_function_takes_the_client_first_and_is_typed(entry: Entry) -> None:
    signature = inspect.signature(entry.function, eval_str=False)
    first, *others = signature.parameters.values()

    assert (first.name, first.annotation) == ("api", Client.__name__)
    assert signature.return_annotation is not inspect.Signature.empty
    assert all(other.annotation is not inspect.Parameter.empty for other in others)


def test_an_endpoint_without_a_function_is_noticed() -> None:
    chapter = ModuleType("wecom.forgotten")
    vars(chapter)["LOST"] = Endpoint("GET", "lost", nothing, doc=90_001)

    with pytest.raises(TypeError, match="forgotten: no function for LOST"):
        list(_entries(chapter))
