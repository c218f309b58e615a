"""The control door: every action under its name, and a page that says what there is."""

from __future__ import annotations

import difflib
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from flask import Response, jsonify, request
from pydantic import ValidationError, validate_call

from errors import ActionImpossible
from simulator.actions.stage import Stage, door_method, sentence

_ABOUT = (
    "A simulated WeCom (企业微信). The API is under /cgi-bin/. Every action below is "
    "POST /simulator/<name> with its arguments as a JSON object; those marked GET "
    "take them from the query too."
)


class ControlDoor:
    """Calls the actions by name, with arguments out of JSON or the query."""

    def __init__(self, actions: Stage) -> None:
        self._chapters = dict(_chapters(actions))
        self._actions = {
            function.__name__: validate_call(function)
            for functions in self._chapters.values()
            for function in functions
        }

    def documentation(self) -> dict[str, Any]:
        """Return all actions as JSON."""
        described = [_described(each) for _, each in sorted(self._actions.items())]
        return {"about": _ABOUT, "actions": described}

    def page(self) -> str:
        """Return all actions as text, by chapter."""
        pieces = [textwrap.fill(_ABOUT, 80)]
        for title, functions in self._chapters.items():
            pieces += [title, *(_written(each) for each in functions)]
        return "\n\n".join(pieces) + "\n"

    def open(self, name: str) -> Response | tuple[Response, int]:
        """Do what the request asks; what is wrong with it is said, with the right usage."""
        action = self._actions.get(name)
        if action is None:
            close = difflib.get_close_matches(name, self._actions)
            meant = f" Is it {' or '.join(close)}?" if close else ""
            return _problem(f"There is no action {name!r}.{meant} GET /simulator/ lists them."), 404
        if request.method == "GET" and door_method(action) != "GET":
            return _problem("This action changes something: POST it.", action), 405
        arguments = request.args.to_dict() if request.method == "GET" else _body()
        if not isinstance(arguments, dict):
            return _problem("The arguments must be one JSON object.", action), 400
        try:
            return jsonify(action(**arguments))
        except ValidationError as error:
            return _problem(sentence(error), action), 400
        except ActionImpossible as error:
            return _problem(str(error)), 400


def _chapters(actions: Stage) -> Iterator[tuple[str, list[Callable[..., Any]]]]:
    """Yield the title of each group of actions, and the actions in the order of their writing."""
    for group in type(actions).__mro__:
        names = [name for name, function in vars(group).items() if door_method(function)]
        if names:
            title = (inspect.getdoc(group) or "").partition("\n")[0]
            yield title, [getattr(actions, name) for name in names]


def _described(function: Callable[..., Any]) -> dict[str, Any]:
    return {
        "name": function.__name__,
        "method": door_method(function),
        "arguments": {
            each.name: str(each.annotation)
            + ("" if each.default is each.empty else f" = {each.default!r}")
            for each in inspect.signature(function).parameters.values()
        },
        "about": inspect.getdoc(function),
    }


def _written(function: Callable[..., Any]) -> str:
    about = textwrap.indent(inspect.getdoc(function) or "", "      ")
    return f"  {door_method(function):4} {_usage(function)}\n{about}"


def _usage(function: Callable[..., Any]) -> str:
    """Return the name and the arguments, those with a value may be left out."""
    arguments = [
        each.name if each.default is each.empty else f"{each.name}={each.default!r}"
        for each in inspect.signature(function).parameters.values()
    ]
    return f"{function.__name__}({', '.join(arguments)})"


def _body() -> object:
    return request.get_json(force=True, silent=True) if request.get_data() else {}


def _problem(text: str, function: Callable[..., Any] | None = None) -> Response:
    return jsonify({"problem": text} | ({"usage": _usage(function)} if function else {}))
