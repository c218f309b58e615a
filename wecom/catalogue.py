"""Every API that can be called, collected from the chapters, and what is computed beside them."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from wecom.endpoint import Endpoint, Local


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An endpoint and the function that calls it.

    name: chapter and function, `tag.mark_tag`. Method and path of the endpoint are what the
    official documents list it under; a Local one is computed without a call.
    """

    name: str
    endpoint: Endpoint[Any] | Local
    function: Callable[..., Any]


@cache
def catalogue() -> tuple[Entry, ...]:
    """Return every endpoint with its function, chapter by chapter.

    A chapter names the endpoint in capitals and the function alike: MARK_TAG, mark_tag. Where
    Python keeps a word for itself the function ends in an underscore: DEL, del_.
    """
    package = __name__.rpartition(".")[0]
    found = pkgutil.iter_modules(import_module(package).__path__, f"{package}.")
    return tuple(entry for module in found for entry in _entries(import_module(module.name)))


def _entries(chapter: ModuleType) -> Iterator[Entry]:
    own = chapter.__name__.rpartition(".")[2]
    for name, endpoint in vars(chapter).items():
        if isinstance(endpoint, Endpoint | Local):
            function = _function(chapter, name.lower())
            yield Entry(name=f"{own}.{function.__name__}", endpoint=endpoint, function=function)


def _function(chapter: ModuleType, name: str) -> Callable[..., Any]:
    function: Callable[..., Any] | None = vars(chapter).get(name) or vars(chapter).get(f"{name}_")
    if function is None:
        raise TypeError(f"{chapter.__name__}: no function for {name.upper()}")
    return function
