"""Files of exports over real HTTP: fetched, compared, refused (doc 94854)."""

from __future__ import annotations

import hashlib
import io

import pytest
from wecom_api import Asked, Exchange, serve

from errors import APIUnreachable, FileUnavailable
from wecom.export import ExportFile, fetch

CONTENT = bytes(range(256)) * 1000
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
SECRET_PATH = "/file?sign=secret"


def part(url: str, *, size: int = len(CONTENT), md5: str = MD5) -> ExportFile:
    return ExportFile(url=url + SECRET_PATH, size=size, md5=md5)


def test_a_file_is_written_as_it_comes() -> None:
    into = io.BytesIO()

    with serve(lambda exchange, _: exchange.reply(CONTENT)) as url:
        fetch(part(url, md5=MD5.upper()), into)

    assert into.getvalue() == CONTENT


def test_without_size_and_md5_nothing_is_compared() -> None:
    into = io.BytesIO()

    with serve(lambda exchange, _: exchange.reply(CONTENT)) as url:
        fetch(part(url, size=0, md5=""), into)

    assert into.getvalue() == CONTENT


@pytest.mark.parametrize(
    ("size", "md5", "named"),
    [
        (len(CONTENT) - 1, MD5, "size"),
        (len(CONTENT) + 1, MD5, "size"),
        (len(CONTENT), "0" * 32, "md5"),
    ],
)
def test_another_file_than_announced_is_refused(size: int, md5: str, named: str) -> None:
    with (
        serve(lambda exchange, _: exchange.reply(CONTENT)) as url,
        pytest.raises(FileUnavailable, match=named),
    ):
        fetch(part(url, size=size, md5=md5), io.BytesIO())


@pytest.mark.parametrize(
    ("status", "error"),
    [(403, FileUnavailable), (404, FileUnavailable), (302, FileUnavailable), (500, APIUnreachable)],
)
def test_a_refusal_is_told_without_the_address(status: int, error: type[Exception]) -> None:
    def respond(exchange: Exchange, _: Asked) -> None:
        exchange.reply(b"no", status=status)

    with serve(respond) as url, pytest.raises(error) as refused:
        fetch(part(url), io.BytesIO())

    assert "secret" not in str(refused.value)


def test_a_connection_that_breaks_off_is_told_without_the_address() -> None:
    def respond(exchange: Exchange, _: Asked) -> None:
        exchange.send_response(200)
        exchange.send_header("Content-Length", str(len(CONTENT)))
        exchange.end_headers()
        exchange.wfile.write(CONTENT[:1000])
        exchange.close_connection = True

    with serve(respond) as url, pytest.raises(APIUnreachable) as refused:
        fetch(part(url), io.BytesIO())

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "ftp://x/y", "http://", "nonsense"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(FileUnavailable):
        fetch(ExportFile(url=url), io.BytesIO())


def test_the_address_is_not_shown() -> None:
    assert "secret" not in repr(ExportFile(url="https://x/?sign=secret"))
