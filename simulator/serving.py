"""How a simulator is served: from a thread of this process, or as a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

from simulator.web import create_app

if TYPE_CHECKING:
    from simulator.actions.stage import Stage
    from simulator.api.pipeline import Pipeline


class _QuietHandler(WSGIRequestHandler):
    """Keep-alive, and not a word in the log: URLs carry access_tokens."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def serving(pipeline: Pipeline, actions: Stage, port: int) -> Iterator[str]:
    """Serve on loopback from a thread; yields the URL."""
    server = make_server(
        "127.0.0.1",
        port,
        create_app(pipeline, actions),
        threaded=True,
        request_handler=_QuietHandler,
    )
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
