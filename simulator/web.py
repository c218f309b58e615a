"""The HTTP surface: the API, its files, the pages to log in, the control door /simulator/."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

from flask import Flask, Response, jsonify, request
from flask.json.provider import DefaultJSONProvider

from simulator.actions.apps import AppActions
from simulator.api.pipeline import Pipeline, Reply
from simulator.door import ControlDoor
from simulator.login import make_login

_SLOW_PIECES = 10
_DROPPED_LENGTH = "64"


def create_app(pipeline: Pipeline, actions: AppActions) -> Flask:
    """Return the WSGI application of one simulator."""
    app = Flask("simulator", static_folder=None)
    app.json = _Readable(app)
    door = ControlDoor(actions)
    app.register_blueprint(make_login(actions))

    @app.route("/cgi-bin/<path:path>", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    def api(path: str) -> Response:
        return _response(pipeline.answer(path, request))

    @app.get("/downloads/<key>")
    def download(key: str) -> Response:
        return _response(pipeline.download(key, request))

    @app.get("/")
    @app.get("/simulator/", strict_slashes=False)
    def documentation() -> Response:
        if request.accept_mimetypes.best == "application/json":
            return jsonify(door.documentation())
        return Response(door.page(), content_type="text/plain; charset=utf-8")

    @app.route("/simulator/<name>", methods=["GET", "POST"])
    def act(name: str) -> Response | tuple[Response, int]:
        return door.open(name)

    return app


class _Readable(DefaultJSONProvider):
    """Leaves Chinese as it is: people read what curl prints."""

    ensure_ascii = False


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
