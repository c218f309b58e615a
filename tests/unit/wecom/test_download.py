"""A file comes as bytes, a refusal as JSON; neither is taken for the other (doc 90254)."""

from __future__ import annotations

import io
import json
import os
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from wecom_api import CORPID, SECRET, WeCom

from errors import APIUnreachable, ArgumentRejected, MediaInvalid
from wecom import Call, Client, media

BYTES = bytes(range(256)) * 1000
ATTACHMENT = {
    "Content-Type": "image/png",
    "Content-Disposition": 'attachment; filename="poster.png"',
}


def answering(respond: Callable[[httpx2.Request], httpx2.Response]) -> Client:
    def handle(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/gettoken"):
            return httpx2.Response(200, json=WeCom().grant())
        return respond(request)

    return Client(CORPID, SECRET, http=httpx2.Client(transport=httpx2.MockTransport(handle)))


def sending(headers: dict[str, str], content: bytes = BYTES, status: int = 200) -> Client:
    return answering(lambda _: httpx2.Response(status, headers=headers, content=content))


def test_writes_the_bytes_and_tells_what_they_are() -> None:
    file = io.BytesIO()

    received = media.get(sending(ATTACHMENT), "M", file)

    assert file.getvalue() == BYTES
    assert received == media.MediaFile(
        filename="poster.png", content_type="image/png", size_bytes=len(BYTES)
    )


def test_a_file_appears_under_its_path_when_it_is_complete(tmp_path: Path) -> None:
    media.get(sending(ATTACHMENT), "M", tmp_path / "poster.png")

    assert [each.name for each in tmp_path.iterdir()] == ["poster.png"]
    assert (tmp_path / "poster.png").read_bytes() == BYTES


@pytest.mark.parametrize(
    "kind", ["application/json; charset=UTF-8", "text/plain", "Application/JSON"]
)
def test_a_refusal_is_an_error_and_writes_nothing(kind: str, tmp_path: Path) -> None:
    refusal = json.dumps({"errcode": 40007, "errmsg": "invalid media_id"}).encode()
    file, path = io.BytesIO(), tmp_path / "poster.png"

    with pytest.raises(MediaInvalid):
        media.get(sending({"Content-Type": kind}, refusal), "M", file)
    with pytest.raises(MediaInvalid):
        media.get(sending({"Content-Type": kind}, refusal), "M", path)

    assert file.getvalue() == b""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["application/json", "text/csv; charset=utf-8"])
def test_a_json_or_text_file_that_comes_as_an_attachment_is_a_file(kind: str) -> None:
    content, file = b'{"errcode": 40007}', io.BytesIO()

    media.get(sending(ATTACHMENT | {"Content-Type": kind}, content), "M", file)

    assert file.getvalue() == content


def test_a_login_page_on_the_way_is_no_file() -> None:
    file = io.BytesIO()

    with pytest.raises(APIUnreachable, match="not the API's JSON"):
        media.get(sending({"Content-Type": "text/html"}, b"<html>"), "M", file)

    assert file.getvalue() == b""


@pytest.mark.parametrize("status", [302, 404, 416, 500, 502])
def test_another_status_is_no_file(status: int) -> None:
    file = io.BytesIO()

    with pytest.raises(APIUnreachable, match=f"media/get: HTTP status {status}"):
        media.get(sending(ATTACHMENT, status=status), "M", file)

    assert file.getvalue() == b""


@pytest.mark.parametrize(
    ("disposition", "filename"),
    [
        ('attachment; filename="a b.png"', "a b.png"),
        ("attachment; filename=a.png", "a.png"),
        ("attachment; filename*=utf-8''%E6%B5%B7%E6%8A%A5.png", "海报.png"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="..\\\\..\\\\boot.ini"', "boot.ini"),
        ('attachment; filename="/"', ""),
        ('attachment; filename=".."', ""),
        ("attachment", ""),
        ("", ""),
    ],
)
def test_a_filename_has_no_folder(disposition: str, filename: str) -> None:
    headers = {"Content-Type": "image/png", "Content-Disposition": disposition}

    assert media.get(sending(headers), "M", io.BytesIO()).filename == filename


def test_a_filename_may_come_as_raw_utf8() -> None:
    headers = [(b"Content-Disposition", 'attachment; filename="海报.png"'.encode())]
    client = answering(lambda _: httpx2.Response(200, headers=headers, content=BYTES))

    assert media.get(client, "M", io.BytesIO()).filename == "海报.png"


def test_goes_on_where_a_call_broke_off() -> None:
    asked: list[str] = []

    def respond(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.headers["range"])
        part = ATTACHMENT | {"Content-Range": f"bytes 1000-{len(BYTES) - 1}/{len(BYTES)}"}
        return httpx2.Response(206, headers=part, content=BYTES[1000:])

    file = io.BytesIO(BYTES[:1000])
    file.seek(1000)

    received = media.get(answering(respond), "M", file, start=1000)

    assert asked == ["bytes=1000-"]
    assert file.getvalue() == BYTES
    assert received.size_bytes == len(BYTES) - 1000


@pytest.mark.parametrize("start", [1, 1000, len(BYTES) - 1, len(BYTES), len(BYTES) + 1])
def test_a_server_that_sends_the_whole_again_doubles_nothing(start: int) -> None:
    file = io.BytesIO(BYTES[:start])
    file.seek(0, io.SEEK_END)

    media.get(sending(ATTACHMENT), "M", file, start=start)

    assert file.getvalue() == BYTES


@pytest.mark.parametrize("told", ["bytes 0-99/100", "bytes 10000-10001/20000", ""])
def test_another_part_than_wanted_is_refused(told: str) -> None:
    file = io.BytesIO()

    with pytest.raises(APIUnreachable, match="another part"):
        media.get(sending(ATTACHMENT | {"Content-Range": told}, status=206), "M", file, start=1000)

    assert file.getvalue() == b""


def test_a_start_needs_an_open_file(tmp_path: Path) -> None:
    with pytest.raises(ArgumentRejected, match="start: only with an open file"):
        media.get(sending(ATTACHMENT), "M", tmp_path / "a", start=1)


def test_a_file_that_breaks_off_leaves_nothing_under_its_path(tmp_path: Path) -> None:
    class BreaksOff(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield BYTES[:1000]
            raise httpx2.ReadError("reset by peer")

    client = answering(lambda _: httpx2.Response(200, headers=ATTACHMENT, stream=BreaksOff()))
    (tmp_path / "poster.png").write_bytes(b"the one before")

    with pytest.raises(APIUnreachable, match="media/get: ReadError"):
        media.get(client, "M", tmp_path / "poster.png")

    assert [each.name for each in tmp_path.iterdir()] == ["poster.png"]
    assert (tmp_path / "poster.png").read_bytes() == b"the one before"


def test_a_large_file_takes_the_memory_of_a_few_chunks() -> None:
    class Large(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            return (bytes(65_536) for _ in range(1024))

    client = answering(lambda _: httpx2.Response(200, headers=ATTACHMENT, stream=Large()))
    with Path(os.devnull).open("wb") as nowhere:
        tracemalloc.start()
        received = media.get(client, "M", nowhere)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert received.size_bytes == 64 * 1024 * 1024
    assert peak_bytes < 2_000_000


def test_a_rejected_token_is_renewed_before_the_file_is_written() -> None:
    answers = iter(
        [
            httpx2.Response(200, json={"errcode": 42001, "errmsg": "access_token expired"}),
            httpx2.Response(200, headers=ATTACHMENT, content=BYTES),
        ]
    )
    file = io.BytesIO()

    media.get(answering(lambda _: next(answers)), "M", file)

    assert file.getvalue() == BYTES


def test_a_call_that_receives_is_reported_like_any_other() -> None:
    calls: list[Call] = []

    media.get(sending(ATTACHMENT).bound(observe=calls.append), "M", io.BytesIO())

    assert [(call.endpoint, call.errcode) for call in calls] == [("gettoken", 0), ("media/get", 0)]
