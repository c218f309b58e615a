"""Bodies that do not come, over real connections: they are ended, and nobody else's is."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from server import wait_for
from werkzeug.serving import make_server

from commands.slow_bodies import Patience, SlowBodies

HEAD = b"POST %s HTTP/1.0\r\nContent-Length: 10\r\n\r\n"
AT_ONCE = Patience(seconds=0.2, crowded_seconds=0.2)


@dataclass
class Inner:
    """Reads the body and answers its length; for /held only when told to."""

    reading: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    held: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    go_on: threading.Event = field(default_factory=threading.Event)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/":
            self.reading.release()
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        if environ["PATH_INFO"] == "/held":
            self.held.release()
            self.go_on.wait(60)
        start_response("200 OK", [("Content-Length", "2")])
        return [f"{len(body):2}".encode()]


@dataclass
class Site:
    """A running server with a thread for each request."""

    inner: Inner
    bodies: SlowBodies
    port: int
    connections: list[socket.socket] = field(default_factory=list)

    def send(self, request: bytes, *, source: str = "127.0.0.1") -> socket.socket:
        address = ("127.0.0.1", self.port)
        connection = socket.create_connection(address, 60, source_address=(source, 0))
        self.connections.append(connection)
        connection.sendall(request)
        return connection

    def begin(self) -> socket.socket:
        """Send a request whose body is awaited."""
        connection = self.send(HEAD % b"/" + b"x")
        assert self.inner.reading.acquire(timeout=60)
        return connection

    def hold(self, *, source: str = "127.0.0.1") -> socket.socket:
        """Send a whole request that is being answered."""
        connection = self.send(HEAD % b"/held" + b"x" * 10, source=source)
        assert self.inner.held.acquire(timeout=60)
        return connection


@pytest.fixture
def patience() -> Patience:
    return AT_ONCE


@pytest.fixture
def site(patience: Patience) -> Iterator[Site]:
    inner = Inner()
    server = make_server("127.0.0.1", 0, inner, threaded=True)
    server.app = bodies = SlowBodies(inner, port=server.port, threads=4, patience=patience)
    site = Site(inner, bodies, server.port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield site
    inner.go_on.set()
    for connection in site.connections:
        connection.close()
    server.shutdown()
    thread.join()
    server.server_close()


def has_ended(connection: socket.socket) -> bool:
    with suppress(BlockingIOError):
        connection.settimeout(0)
        try:
            return connection.recv(1) == b""
        except ConnectionError:
            return True
        finally:
            connection.settimeout(60)
    return False


def answer(connection: socket.socket) -> bytes:
    connection.settimeout(60)
    with connection.makefile("rb") as stream:
        return stream.read().rpartition(b"\r\n\r\n")[2]


def test_a_body_that_does_not_come_is_given_up(site: Site) -> None:
    connection = site.begin()

    wait_for(site.bodies.look, "its connection is ended")

    wait_for(lambda: has_ended(connection), "it is told so")


def test_a_body_that_drips_is_given_up(site: Site) -> None:
    connection = site.send(HEAD.replace(b"10", b"100000") % b"/")

    def drip() -> bool:
        with suppress(ConnectionError):
            connection.send(b"x")
        site.bodies.look()
        return has_ended(connection)

    wait_for(drip, "it is ended")


def test_no_connection_is_ended_at_the_first_look_that_finds_its_body_late(site: Site) -> None:
    connection = site.begin()
    time.sleep(AT_ONCE.seconds + 0.1)

    assert site.bodies.look() == 0
    assert not has_ended(connection)
    assert site.bodies.look() == 1


def test_looking_leaves_no_file_open(site: Site) -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    site.begin()
    before = open_files()

    wait_for(site.bodies.look, "its connection is ended")

    assert open_files() < before + 5  # the server opens and closes some of its own


def test_a_body_that_comes_in_time_is_read(site: Site) -> None:
    connection = site.send(HEAD % b"/" + b"x" * 10)

    assert answer(connection) == b"10"


def test_who_waits_for_an_answer_at_another_address_is_left_alone(site: Site) -> None:
    patient = site.hold(source="127.0.0.2")
    connection = site.begin()

    wait_for(site.bodies.look, "its connection is ended")
    wait_for(lambda: has_ended(connection), "it is told so")
    site.inner.go_on.set()

    assert answer(patient) == b"10"


def test_who_came_after_the_late_one_is_left_alone(site: Site) -> None:
    connection = site.begin()
    time.sleep(0.3)
    patient = site.hold()

    wait_for(site.bodies.look, "its connection is ended")
    wait_for(lambda: has_ended(connection), "it is told so")
    site.inner.go_on.set()

    assert answer(patient) == b"10"


@pytest.mark.parametrize("patience", [Patience(seconds=3600, crowded_seconds=0.2)])
def test_while_half_of_the_threads_wait_patience_is_short(site: Site) -> None:
    connections = [site.begin() for _ in range(2)]
    time.sleep(0.3)
    assert [site.bodies.look() for _ in range(3)] == [0, 0, 0]

    connections.append(site.begin())

    wait_for(site.bodies.look, "connections are ended")
    wait_for(lambda: any(has_ended(each) for each in connections), "they are told so")


def test_a_body_can_be_read_in_every_way() -> None:
    def read(environ: WSGIEnvironment, _: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"]
        return [body.readline(), body.read(3), *body.readlines(1), *body]

    bodies = SlowBodies(read, port=1, threads=1)
    environ = {"wsgi.input": io.BytesIO(b"ab\ncd\nef\ngh\nij"), "REMOTE_ADDR": "127.0.0.1"}

    found = bodies(environ, lambda *_: lambda _: None)

    assert list(found) == [b"ab\n", b"cd\n", b"ef\n", b"gh\n", b"ij"]
