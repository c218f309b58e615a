"""Files sent to a robot, over real HTTP: fetched, decrypted, refused (doc 100719)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from app import decrypted_file
from crypto import decode_key
from errors import APIUnreachable, FileUnavailable
from wecom import robot

KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
OTHER_KEY = "k" * 42 + "A"
SECRET_PATH = "/secret-path?sign=secret-signature"


def encrypted(content: bytes, *, padding: bytes | None = None) -> bytes:
    """Encrypt as WeCom does, without a frame; another padding is a broken one."""
    count = 32 - len(content) % 32
    data = content + (bytes([count]) * count if padding is None else padding)
    key = decode_key(KEY)
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return encryptor.update(data) + encryptor.finalize()


@dataclass
class Store:
    """Serves one file, or something worse."""

    content: bytes = b""
    status: int = 200
    announced: int | None = None
    piece_seconds: float = 0
    location: str = ""
    url: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            self.send_response(made.status)
            if made.location:
                self.send_header("Location", made.location)
            length = len(made.content) if made.announced is None else made.announced
            if length >= 0:
                self.send_header("Content-Length", str(length))
            self.end_headers()
            for start in range(0, len(made.content), 65536):
                time.sleep(made.piece_seconds)
                self.wfile.write(made.content[start : start + 65536])

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A reader that gave up is no error here."""

    server = Server(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}{SECRET_PATH}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("size", [0, 1, 31, 32, 33, 1_000_000])
def test_a_file_is_fetched_and_decrypted(store: Store, size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    store.content = encrypted(content)

    assert decrypted_file(store.url, (KEY,)) == content
    assert store.asked == [SECRET_PATH]


def test_amid_a_rotation_each_key_is_tried(store: Store) -> None:
    store.content = encrypted("文件".encode())

    assert decrypted_file(store.url, (OTHER_KEY, KEY)) == "文件".encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not encrypted at all",
        bytes(64),
        encrypted(b"x" * 32, padding=b"\x00" * 32),
        encrypted(b"x" * 31, padding=b"\x21"),
        encrypted(b"x" * 30, padding=b"\x01\x02"),
        encrypted(b"x" * 40)[:-16],
    ],
)
def test_a_file_with_a_wrong_padding_is_refused(store: Store, content: bytes) -> None:
    store.content = content

    with pytest.raises(FileUnavailable, match="cannot be decrypted"):
        decrypted_file(store.url, (KEY, OTHER_KEY))


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_an_address_that_is_over_is_told(store: Store, status: int) -> None:
    store.status = status

    with pytest.raises(FileUnavailable, match=f"HTTP status {status}") as caught:
        decrypted_file(store.url, (KEY,))

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("status", [500, 503])
def test_a_fault_of_the_store_may_pass(store: Store, status: int) -> None:
    store.status = status

    with pytest.raises(APIUnreachable) as caught:
        decrypted_file(store.url, (KEY,))

    assert not caught.value.sent


def test_nobody_is_sent_elsewhere(store: Store) -> None:
    store.status, store.location = 302, "http://127.0.0.1:1/elsewhere"

    with pytest.raises(FileUnavailable, match="HTTP status 302"):
        decrypted_file(store.url, (KEY,))


def test_a_file_that_says_it_is_too_large_is_not_read(store: Store) -> None:
    store.announced = robot.LARGEST_BYTES + 64

    with pytest.raises(FileUnavailable, match=f"more than {robot.LARGEST_BYTES + 32} bytes"):
        robot.fetch(store.url)


@pytest.mark.parametrize("announced", [-1, None])
def test_a_file_that_turns_out_too_large_is_not_read_to_its_end(
    store: Store, announced: int | None
) -> None:
    store.content, store.announced = bytes(500_000), announced

    with pytest.raises(FileUnavailable, match="more than 100032 bytes"):
        robot.fetch(store.url, largest_bytes=100_000)


def test_a_trickle_is_given_up(store: Store) -> None:
    store.content, store.piece_seconds = bytes(65536 * 20), 0.1

    with pytest.raises(APIUnreachable, match="ReadTimeout"):
        robot.fetch(store.url, timeout_seconds=0.3)


def test_a_file_cut_short_is_no_file(store: Store) -> None:
    store.content, store.announced = encrypted(b"x" * 100), 1000

    with pytest.raises(APIUnreachable) as caught:
        decrypted_file(store.url, (KEY,))

    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/path",
        "ftp://example.com/x",
        "file:///etc/passwd",
        "https://",
        "http://[::1",
        "\0",
        "x y",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(FileUnavailable):
        decrypted_file(url, (KEY,))


def test_nobody_listening_is_told_without_the_address() -> None:
    with pytest.raises(APIUnreachable) as caught:
        decrypted_file(f"http://127.0.0.1:9{SECRET_PATH}", (KEY,))

    assert "secret" not in str(caught.value)
