"""Helpers of the tests that use the simulator: a caller of its API, a receiver of its callbacks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import xmltodict
from werkzeug.test import TestResponse

from crypto import Credentials, read_ciphertext
from simulator import (
    DEFAULT_CORPID,
    DEFAULT_ENCODING_AES_KEY,
    DEFAULT_PROVIDER_CORPID,
    DEFAULT_SECRET,
    DEFAULT_SUITE_ID,
    DEFAULT_TOKEN,
    Simulator,
    default_tenant,
)

MARKETING_SECRET = "simulated-secret-of-the-app-marketing-00001"
CONTACT_SYNC_SECRET = "simulated-secret-of-the-contact-assistant-1"
NOWHERE = "http://127.0.0.1:9/nobody-listens"
Told = Callable[..., list[dict[str, Any]]]
"""What an app was told: `told("contacts", event, kind)`, the fields of each plaintext."""

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def tenant(callback_url: str = NOWHERE, marketing_url: str | None = None) -> dict[str, Any]:
    """Return the default tenant; with a second URL, `marketing` hears of customers too."""
    described: dict[str, Any] = default_tenant(callback_url)
    if marketing_url:
        described["corps"][0]["apps"][1]["callback"] = {
            "url": marketing_url,
            "token": DEFAULT_TOKEN,
            "encoding_aes_key": DEFAULT_ENCODING_AES_KEY,
        }
    return described


class Caller:
    """An app that calls the API through the WSGI application, without a network."""

    def __init__(self, simulator: Simulator, secret: str = DEFAULT_SECRET) -> None:
        self.http = simulator.app.test_client()
        self.secret = secret
        self.access_token = self.gettoken()["access_token"]

    def gettoken(self) -> dict[str, Any]:
        return self._json(
            self.http.get(
                "/cgi-bin/gettoken",
                query_string={"corpid": DEFAULT_CORPID, "corpsecret": self.secret},
            )
        )

    def get(self, path: str, **params: object) -> dict[str, Any]:
        query = {"access_token": self.access_token, **params}
        return self._json(self.http.get(f"/cgi-bin/{path}", query_string=query))

    def post(self, path: str, **body: object) -> dict[str, Any]:
        return self._json(self.http.post(self._url(path), json=body))

    def post_bytes(self, path: str, body: bytes) -> dict[str, Any]:
        return self._json(self.http.post(self._url(path), data=body))

    def upload(
        self, content: bytes = PNG, *, kind: str = "image", filename: str | None = "a.png"
    ) -> dict[str, Any]:
        """Upload a file; without a filename the part is a plain field."""
        return self.post_file(self._url("media/upload") + f"&type={kind}", content, filename)

    def post_file(
        self, url: str, content: bytes, filename: str | None, field: str = "media"
    ) -> dict[str, Any]:
        name = f'; filename="{filename}"' if filename else ""
        head = f'--b\r\nContent-Disposition: form-data; name="{field}"{name}\r\n\r\n'
        return self._json(
            self.http.post(
                url,
                data=head.encode() + content + b"\r\n--b--\r\n",
                content_type="multipart/form-data; boundary=b",
            )
        )

    def _url(self, path: str) -> str:
        return f"/cgi-bin/{path}?access_token={self.access_token}"

    @staticmethod
    def _json(response: TestResponse) -> dict[str, Any]:
        assert response.status_code == 200
        document: dict[str, Any] = json.loads(response.data)
        return document


def errcodes(*answers: dict[str, Any]) -> list[int]:
    return [answer["errcode"] for answer in answers]


def events(simulator: Simulator, app: str = "") -> list[dict[str, Any]]:
    """Return what was pushed, oldest first, as the fields of the plaintext."""
    return [
        xmltodict.parse(push.plaintext)["xml"]
        for push in list(simulator.tenant.pushes)
        if app in {"", push.app}
    ]


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something is so that the simulator does by itself."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def welcome_code(simulator: Simulator, app: str = "contacts") -> str:
    """Return the code of the newest event of an app."""
    code: str = events(simulator, app)[-1]["WelcomeCode"]
    return code


CREDENTIALS = Credentials.from_text(
    tokens=(DEFAULT_TOKEN,),
    encoding_aes_keys=(DEFAULT_ENCODING_AES_KEY,),
    receiveids=frozenset(
        {DEFAULT_CORPID, DEFAULT_SUITE_ID, DEFAULT_PROVIDER_CORPID, "wwsuite", ""}
    ),
)


class Receiver:
    """A callback URL that keeps what it gets; `answer` decides status and body of a POST."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.verified_for: list[str] = []
        self.connections = 0
        self.answer: Callable[[int], tuple[int, bytes]] = lambda _number: (200, b"")
        self.echo: Callable[[bytes], bytes] = lambda message: message
        self.url = ""

    @property
    def plaintexts(self) -> list[str]:
        return [request["message"].decode() for request in self.requests]

    def wait(self, count: int, seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while len(self.requests) < count:
            assert time.monotonic() < deadline, f"only {len(self.requests)} callbacks came"
            time.sleep(0.005)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Serve a receiver on loopback."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            receiver.connections += 1
            super().setup()

        def do_GET(self) -> None:
            query = self._query()
            frame = CREDENTIALS.open(
                query["echostr"],
                signature=query["msg_signature"],
                timestamp=query["timestamp"],
                nonce=query["nonce"],
            )
            receiver.verified_for.append(frame.receiveid)
            self._reply(200, receiver.echo(frame.message))

        def do_POST(self) -> None:
            query = self._query()
            body = self.rfile.read(int(self.headers["Content-Length"]))
            ciphertext, form = read_ciphertext(body)
            frame = CREDENTIALS.open(
                ciphertext,
                signature=query["msg_signature"],
                timestamp=query["timestamp"],
                nonce=query["nonce"],
            )
            receiver.requests.append(
                {
                    "query": query,
                    "body": body,
                    "form": form,
                    "ciphertext": ciphertext,
                    "message": frame.message,
                    "receiveid": frame.receiveid,
                }
            )
            self._reply(*receiver.answer(len(receiver.requests)))

        def _query(self) -> dict[str, str]:
            pairs = parse_qs(urlsplit(self.path).query)
            return {name: values[0].replace(" ", "+") for name, values in pairs.items()}

        def _reply(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def handle_error(self, *_: object) -> None:
            """A sender that gave up is no error here."""

    server = Server(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/callback/contacts"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
