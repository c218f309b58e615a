"""The HTTP surface: the API, its files, the pages to log in, the control door /simulator/."""

from __future__ import annotations

import inspect
import socket
import time
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, jsonify, request
from flask.json.provider import DefaultJSONProvider
from pydantic import ValidationError, validate_call

from errors import ActionImpossible
from simulator.actions.apps import AppActions
from simulator.actions.stage import Door, Stage, door_method, sentence
from simulator.api.pipeline import Pipeline, Reply
from simulator.login import make_login

_SLOW_PIECES = 10
_DROPPED_LENGTH = "64"
_ABOUT = (
    "A simulated WeCom (企业微信). The API is under /cgi-bin/. Every action below is "
    "POST /simulator/<name> with its arguments as a JSON object; those marked GET "
    "take them from the query too."
)


def create_app(pipeline: Pipeline, actions: AppActions) -> Flask:
    """Return the WSGI application of one simulator."""
    app = Flask("simulator", static_folder=None)
    app.json = _Readable(app)
    door = _Door(actions)
    app.register_blueprint(make_login(actions))

    @app.route("/cgi-bin/<path:path>", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    def api(path: str) -> Response:
        return _response(pipeline.answer(path, request))

    @app.get("/downloads/<key>")
    def download(key: str) -> Response:
        return _response(pipeline.download(key, request))

    @app.get("/simulator/")
    def documentation() -> Response:
        return jsonify(door.documentation())

    @app.route("/simulator/<name>", methods=["GET", "POST"])
    def act(name: str) -> Response | tuple[Response, int]:
        return door.open(name)

    return app


class _Readable(DefaultJSONProvider):
    """Leaves Chinese as it is: people read what curl prints."""

    ensure_ascii = False


class _Door:
    """Calls the actions by name, with arguments out of JSON or the query."""

    def __init__(self, actions: Stage) -> None:
        self._actions = {
            name: validate_call(function)
            for name, function in inspect.getmembers(actions, inspect.ismethod)
            if door_method(function)
        }
        self._methods: dict[str, Door | None] = {
            name: door_method(getattr(actions, name)) for name in self._actions
        }
        self._documentation = [
            _described(name, self._methods[name], getattr(actions, name)) for name in self._actions
        ]

    def documentation(self) -> dict[str, Any]:
        return {
            "about": _ABOUT,
            "actions": self._documentation,
        }

    def open(self, name: str) -> Response | tuple[Response, int]:
        if name not in self._actions:
            return _problem(f"There is no action {name!r}; GET /simulator/ lists them."), 404
        if request.method == "GET" and self._methods[name] != "GET":
            return _problem("This action changes something: POST it."), 405
        arguments = request.args.to_dict() if request.method == "GET" else _body()
        if not isinstance(arguments, dict):
            return _problem("The arguments must be one JSON object."), 400
        try:
            return jsonify(self._actions[name](**arguments))
        except ValidationError as error:
            return _problem(sentence(error)), 400
        except ActionImpossible as error:
            return _problem(str(error)), 400


def _body() -> object:
    return request.get_json(force=True, silent=True) if request.get_data() else {}


def _problem(text: str) -> Response:
    return jsonify({"problem": text})


def _described(name: str, method: Door | None, function: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "name": name,
        "method": method,
        "arguments": {
            each.name: str(each.annotation)
            + ("" if each.default is each.empty else f" = {each.default!r}")
            for each in inspect.signature(function).parameters.values()
        },
        "about": inspect.getdoc(function),
    }


def _response(reply: Reply) -> Response:
    if reply.status is None:
        return _dropped()
    if reply.slow_seconds:
        return Response(
            _trickle(reply.body, reply.slow_seconds),
            reply.status,
            {**reply.headers, "Content-Length": str(len(reply.body))},
        )
    return Response(reply.body, reply.status, reply.headers)


def _trickle(body: bytes, seconds: float) -> Iterator[bytes]:
    size = max(len(body) // _SLOW_PIECES, 1)
    for start in range(0, len(body), size):
        time.sleep(seconds / _SLOW_PIECES)
        yield body[start : start + size]


def _dropped() -> Response:
    """Break the connection off.

    Where the server shows its socket, before a single byte; else by a body shorter than its
    length, which the server can only end by closing.
    """
    sock = request.environ.get("werkzeug.socket")
    if sock is not None:
        sock.shutdown(socket.SHUT_RDWR)
    return Response(iter([b"{"]), 200, {"Content-Length": _DROPPED_LENGTH})
