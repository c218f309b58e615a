"""A stand-in for the server API that notes every request, and a loopback server to serve it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from wecom import Client, ProviderSecret, SuiteSecret

CORPID = "ww1234567890abcdef"
OTHER_CREDENTIALS = {"suite_access_token", "provider_access_token"}
"""Of suites and providers: accepted as they come."""

OTHER_GRANTS = {
    "service/get_suite_token": "suite_access_token",
    "service/get_provider_token": "provider_access_token",
}
SUITE = SuiteSecret(
    "ww4asffe99e54c0fxx", "s3cret-Of-The-Suite_0123456789abcdefghijklm", lambda: "TICKET"
)
PROVIDER = ProviderSecret("wwprovider", "s3cret-Of-The-Provider_0123456789abcdefghij")
SECRET = "s3cret-Of-The-App_0123456789abcdefghijklmno"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:  # noqa: ANN401 - the body may be anything
        return json.loads(self.body)


Answer = dict[str, Any]
Script = Callable[[Asked], Answer]


@dataclass
class WeCom:
    """Hands out tokens TOKEN-1, TOKEN-2 ... and accepts the newest; other answers are scripted."""

    scripts: dict[str, Script] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    expires_in: int = 7200
    issued: int = 0
    accepted: set[str] = field(default_factory=set)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def on(self, path: str, answer: Answer | Script) -> None:
        """Answer so from now on."""
        self.scripts[path] = answer if callable(answer) else lambda _: answer

    def to(self, path: str) -> list[Asked]:
        """Give the requests that came for the path."""
        return [each for each in self.asked if each.path == path]

    def revoke(self) -> None:
        """Accept no token that was issued until now."""
        self.accepted.clear()

    def answer(self, asked: Asked) -> Answer:
        with self._guard:
            self.asked.append(asked)
        script = self.scripts.get(asked.path)
        if asked.path == "gettoken":
            return script(asked) if script else self.grant()
        if asked.path in OTHER_GRANTS and not script:
            return {OTHER_GRANTS[asked.path]: "OF-ANOTHER-KIND", "expires_in": self.expires_in}
        if asked.query.keys().isdisjoint(OTHER_CREDENTIALS) and not self.accepts(asked):
            return {"errcode": 40014, "errmsg": "invalid access_token"}
        return script(asked) if script else {"errcode": 0, "errmsg": "ok"}

    def accepts(self, asked: Asked) -> bool:
        if asked.path in OTHER_GRANTS or asked.query.get("access_token") == "OF-ANOTHER-KIND":
            return True
        return asked.query.get("access_token") in self.accepted

    def grant(self) -> Answer:
        with self._guard:
            self.issued += 1
            token = f"TOKEN-{self.issued}"
            self.accepted = {token}
        return {
            "errcode": 0,
            "errmsg": "ok",
            "access_token": token,
            "expires_in": self.expires_in,
        }

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        """Serve as the handler of a MockTransport."""
        url = urlsplit(str(request.url))
        return httpx2.Response(
            200,
            json=self.answer(
                _asked(request.method, url.path, url.query, request.read(), dict(request.headers))
            ),
        )

    def client(self, *, agentid: int | None = None) -> Client:
        """A real client whose requests end here."""
        http = httpx2.Client(transport=httpx2.MockTransport(self))
        return Client(CORPID, SECRET, http=http, agentid=agentid, suite=SUITE, provider=PROVIDER)


def _asked(method: str, path: str, query: str, body: bytes, headers: dict[str, str]) -> Asked:
    return Asked(
        method=method,
        path=path.partition("/cgi-bin/")[2],
        query={name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()},
        body=body,
        headers={name.lower(): value for name, value in headers.items()},
    )


class Exchange(BaseHTTPRequestHandler):
    """One connection of the loopback server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def respond(self, asked: Asked) -> None:
        """Answer one request."""
        raise NotImplementedError

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        try:
            self.respond(_asked(self.command, url.path, url.query, body, dict(self.headers)))
        except OSError:
            self.close_connection = True  # the client went away, as it may

    do_POST = do_GET  # noqa: N815 - the library's name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Stay quiet."""

    def reply(self, content: bytes, *, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


@contextmanager
def serve(respond: Callable[[Exchange, Asked], None]) -> Iterator[str]:
    """Serve on a free loopback port; gives the base URL."""
    handler = type("Handler", (Exchange,), {"respond": respond})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def serve_wecom(wecom: WeCom) -> Iterator[str]:
    """Serve the stand-in."""

    def respond(exchange: Exchange, asked: Asked) -> None:
        exchange.reply(json.dumps(wecom.answer(asked)).encode())

    with serve(respond) as url:
        yield url
