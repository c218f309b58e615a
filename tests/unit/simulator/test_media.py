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


def attach(
    caller: Caller, scene: object, kind: str, content: bytes, filename: str | None = "a.bin"
) -> dict[str, object]:
    """Upload an attachment (上传附件资源, doc 95098)."""
    query = f"access_token={caller.access_token}&attachment_type={scene}&media_type={kind}"
    return caller.post_file(f"/cgi-bin/media/upload_attachment?{query}", content, filename)


def test_an_attachment_is_of_no_use_in_messages(contacts: Caller) -> None:
    answer = attach(contacts, 1, "image", PNG)

    image = {"media_id": answer["media_id"]}
    sent = contacts.post(
        "message/send", agentid=1000002, touser="lisi", msgtype="image", image=image
    )

    assert (answer["errcode"], answer["type"], type(answer["created_at"])) == (0, "image", int)
    assert sent["errcode"] == 40007


def test_an_attachment_can_be_received(contacts: Caller) -> None:
    media_id = attach(contacts, 2, "image", PNG)["media_id"]

    query = {"access_token": contacts.access_token, "media_id": media_id}
    received = contacts.http.get("/cgi-bin/media/get", query_string=query)

    assert received.data == PNG


@pytest.mark.parametrize(
    ("scene", "kind", "content", "errcode"),
    [
        (1, "image", JPG, 0),
        (1, "video", MP4, 0),
        (2, "image", PNG, 0),
        (1, "file", b"anything", 41072),
        (2, "video", MP4, 41072),
        (3, "image", PNG, 40005),
        ("", "image", PNG, 40005),
        (1, "voice", AMR, 40005),
        (1, "image", b"no picture", 41090),
        (1, "video", b"no video at all", 41090),
        (1, "image", PNG + bytes(10 * MEGABYTE), 41080),
        (1, "image", b"", 44001),
    ],
)
def test_attachments_have_their_own_rules(
    contacts: Caller, scene: object, kind: str, content: bytes, errcode: int
) -> None:
    assert attach(contacts, scene, kind, content)["errcode"] == errcode


def test_an_attachment_needs_a_filename(contacts: Caller) -> None:
    assert attach(contacts, 1, "image", PNG, None)["errcode"] == 44001


def test_only_what_a_page_recorded_comes_in_better_quality(
    sim: Simulator, contacts: Caller
) -> None:
    recorded, uploaded = sim.record_voice(), contacts.upload(AMR, kind="voice")["media_id"]
    query = {"access_token": contacts.access_token}

    voice = contacts.http.get(
        "/cgi-bin/media/get/jssdk", query_string={**query, "media_id": recorded}
    )
    other = contacts.get("media/get/jssdk", media_id=uploaded)
    sim.advance(3 * 86_400)
    contacts.access_token = contacts.gettoken()["access_token"]
    late = contacts.get("media/get/jssdk", media_id=recorded)

    assert voice.data.startswith(b"#!SPEEX")
    assert errcodes(other, late) == [40007, 40007]


def test_pictures_are_uploaded_only_so_often(sim: Simulator, contacts: Caller) -> None:
    sim.set_limits({"uploadimg_per_day": 1})
    url = f"/cgi-bin/media/uploadimg?access_token={contacts.access_token}"

    answers = [contacts.post_file(url, PNG, "a.png") for _ in range(2)]

    assert errcodes(*answers) == [0, 45009]
