"""Files (素材管理, doc 90253-90256)."""

from __future__ import annotations

import pytest
from simulated import PNG, Caller, errcodes

from simulator import Simulator

MEGABYTE = 1024 * 1024
JPG = b"\xff\xd8\xff\xe0" + bytes(50)
MP4 = b"\0\0\0\x18ftypmp42" + bytes(20)
AMR = b"#!AMR\n" + bytes(20)


@pytest.mark.parametrize(
    ("kind", "content"),
    [("image", PNG), ("image", JPG), ("voice", AMR), ("video", MP4), ("file", b"anything")],
)
def test_a_file_comes_back_as_it_was(contacts: Caller, kind: str, content: bytes) -> None:
    answer = contacts.upload(content, kind=kind, filename="文 件.bin")

    assert (answer["errmsg"], answer["type"]) == ("", kind)
    assert isinstance(answer["created_at"], str)
    response = contacts.http.get(
        "/cgi-bin/media/get",
        query_string={
            "access_token": contacts.access_token,
            "media_id": answer["media_id"],
        },
    )
    assert response.data == content
    assert "attachment" in response.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        ("bytes=0-3", 206, b"0123"),
        ("bytes=4-", 206, b"456789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=8-99", 206, b"89"),
        ("bytes=20-30", 200, b"0123456789"),
        ("bytes=-", 200, b"0123456789"),
        ("nonsense", 200, b"0123456789"),
    ],
)
def test_a_range_can_be_asked_for(
    contacts: Caller, asked: str, status: int, content: bytes
) -> None:
    media_id = contacts.upload(b"0123456789", kind="file", filename="n.txt")["media_id"]

    response = contacts.http.get(
        "/cgi-bin/media/get",
        query_string={"access_token": contacts.access_token, "media_id": media_id},
        headers={"Range": asked},
    )

    assert (response.status_code, response.data) == (status, content)


@pytest.mark.parametrize(
    ("content", "kind", "filename", "errcode"),
    [
        (PNG, "picture", "a.png", 40005),
        (PNG, "", "a.png", 40005),
        (PNG, "image", None, 44001),
        (b"", "file", "a.txt", 44001),
        (b"12345", "file", "a.txt", 40006),
        (b"no picture", "image", "a.png", 40004),
        (b"no voice..", "voice", "a.amr", 301017),
        (b"no video..", "video", "a.mp4", 40004),
        (PNG + bytes(10 * MEGABYTE), "image", "a.png", 40009),
        (AMR + bytes(2 * MEGABYTE), "voice", "a.amr", 45001),
        (MP4 + bytes(10 * MEGABYTE), "video", "a.mp4", 40011),
        (bytes(20 * MEGABYTE + 1), "file", "a.bin", 45001),
        (bytes(33 * MEGABYTE), "file", "a.bin", 45001),
    ],
)
def test_refuses_files_the_platform_refuses(
    contacts: Caller, content: bytes, kind: str, filename: str | None, errcode: int
) -> None:
    answer = contacts.upload(content, kind=kind, filename=filename)

    assert answer["errcode"] == errcode


def test_a_file_lives_three_days(sim: Simulator) -> None:
    media_id = Caller(sim).upload()["media_id"]
    sim.advance(3 * 86_400 - 1)
    alive = Caller(sim).http.get(
        "/cgi-bin/media/get",
        query_string={"access_token": Caller(sim).access_token, "media_id": media_id},
    )
    sim.advance(1)

    assert alive.data == PNG
    assert Caller(sim).get("media/get", media_id=media_id)["errcode"] == 40007


def test_old_files_do_not_pile_up(sim: Simulator) -> None:
    Caller(sim).upload()
    sim.advance(7 * 86_400)

    Caller(sim).upload()

    assert len(sim.tenant.corp().media) == 1


def test_media_get_without_an_id_is_refused(contacts: Caller) -> None:
    assert errcodes(contacts.get("media/get"), contacts.get("media/get", media_id="x")) == [
        41006,
        40007,
    ]


@pytest.mark.parametrize(
    ("content", "errcode"), [(PNG, 0), (b"no picture", 40004), (PNG + bytes(2 * MEGABYTE), 40009)]
)
def test_a_picture_gets_an_address_that_welcomes_accept(
    sim: Simulator, contacts: Caller, content: bytes, errcode: int
) -> None:
    url = f"/cgi-bin/media/uploadimg?access_token={contacts.access_token}"

    answer = contacts.post_file(url, content, "a.png", field="fieldname")

    assert answer["errcode"] == errcode
    assert bool(sim.tenant.corp().image_urls) is (errcode == 0)
