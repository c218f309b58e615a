"""A server that stands before another one and gets in its way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What is answered."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Meddle = Callable[[str, str, Callable[[], Reply]], Reply]


@contextmanager
def front(behind: str, meddle: Meddle, bodies: list[bytes] | None = None) -> Iterator[str]:
    """Listen on loopback; `meddle` gets method, path and what fetches the answer from behind.

    bodies: where the bodies of the requests go.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if bodies is not None:
                bodies.append(content)

            def pass_on() -> Reply:
                answer = httpx2.request(
                    self.command, behind + self.path, content=content, trust_env=False
                )
                kept = {"content-type", "date"} & answer.headers.keys()
                headers = {name: answer.headers[name] for name in kept}
                return Reply(status=answer.status_code, body=answer.content, headers=headers)

            reply = meddle(self.command, self.path, pass_on)
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
