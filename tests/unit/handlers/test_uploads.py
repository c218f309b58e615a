"""Files of rules are uploaded ahead of time, renewed, and missed by nobody but the operators."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from handler_context import Stage
from pictures import a_png
from wecom_api import Asked

from factories import an_external_contact_added
from handlers.rules import LocalFile
from handlers.uploads import keep_files_uploaded
from handlers.welcome import greet_new_customer

UPLOAD = "media/upload"
SEND = "externalcontact/send_welcome_msg"
RULES = """
[[welcome]]
name = "with files"
text = "hello"
attachments = [{ image = "a.png" }, { file = "b.pdf" }]
[[welcome]]
app = "another"
text = "hello"
attachments = [{ file = "of-another-app.pdf" }]
"""
EVENT = an_external_contact_added(userid="zhangsan", welcome_code="CODE")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.png").write_bytes(a_png())
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4 prices")
    return tmp_path


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    numbers = iter(range(1, 100))

    def take(_: Asked) -> dict[str, Any]:
        return {"errcode": 0, "type": "file", "media_id": f"m{next(numbers)}", "created_at": "1"}

    stage.wecom.on(UPLOAD, take)
    return stage


def keep(stage: Stage, folder: Path, rules: str = RULES) -> str:
    ctx = stage.context(rules, folder=folder, operators=("admin",))
    keep_files_uploaded(ctx)
    return ctx.conclusion or ""


def told(stage: Stage) -> list[str]:
    return [body["text"]["content"] for body in stage.bodies("message/send")]


def test_uploads_the_files_of_the_apps_own_rules_once(stage: Stage, folder: Path) -> None:
    words = [keep(stage, folder) for _ in range(3)]

    assert words == ["uploaded 2", "fresh", "fresh"]
    assert set(stage.memory.uploads()) == {
        LocalFile(path="a.png", kind="image"),
        LocalFile(path="b.pdf", kind="file"),
    }


@pytest.mark.parametrize(
    ("age", "word"), [(timedelta(days=2), "fresh"), (timedelta(days=2, hours=13), "uploaded 2")]
)
def test_renews_before_three_days_are_over(
    stage: Stage, folder: Path, age: timedelta, word: str
) -> None:
    keep(stage, folder)
    stage.now += age

    assert keep(stage, folder) == word


def test_uploads_what_has_changed(stage: Stage, folder: Path) -> None:
    keep(stage, folder)
    (folder / "b.pdf").write_bytes(b"%PDF-1.4 other prices")

    assert keep(stage, folder) == "uploaded 1"


def test_without_files_there_is_nothing_to_do(stage: Stage, folder: Path) -> None:
    assert keep(stage, folder, "") == "no_files"
    assert stage.wecom.asked == []


@pytest.mark.parametrize("content", [None, b"", b"12345"])
def test_a_bad_file_costs_no_other_and_is_told_once(
    stage: Stage, folder: Path, content: bytes | None
) -> None:
    if content is None:
        (folder / "a.png").unlink()
    else:
        (folder / "a.png").write_bytes(content)

    words = [keep(stage, folder) for _ in range(3)]

    assert words == ["failed 1"] * 3
    assert [file.path for file in stage.memory.uploads()] == ["b.pdf"]
    (sentence,) = told(stage)
    assert "a.png" in sentence


def test_a_refused_upload_costs_no_other(stage: Stage, folder: Path) -> None:
    answers = iter([{"errcode": 40004, "errmsg": "bad"}, {"errcode": 0, "media_id": "m1"}])
    stage.wecom.on(UPLOAD, lambda _: next(answers))

    assert keep(stage, folder) == "failed 1"
    assert len(stage.memory.uploads()) == 1


def test_content_that_wecom_refused_is_sent_again_only_when_it_changed(
    stage: Stage, folder: Path
) -> None:
    take = stage.wecom.scripts[UPLOAD]

    def refuse_pictures(asked: Asked) -> dict[str, Any]:
        bad = asked.query["type"] == "image" and b"damaged" in asked.body
        return {"errcode": 40123, "errmsg": "damaged"} if bad else take(asked)

    stage.wecom.on(UPLOAD, refuse_pictures)
    (folder / "a.png").write_bytes(b"damaged picture")

    words = [keep(stage, folder) for _ in range(3)]
    welcomes = [greet(stage, folder) for _ in range(2)]

    assert (words, welcomes) == (["failed 1"] * 3, ["sent"] * 2)
    assert kinds(stage) == [["file"]] * 2
    assert len(stage.wecom.to(UPLOAD)) == 2
    assert len(told(stage)) == 1
    (folder / "a.png").write_bytes(a_png())
    assert keep(stage, folder) == "uploaded 1"


def test_a_refusal_that_is_not_about_the_content_is_tried_again(stage: Stage, folder: Path) -> None:
    stage.wecom.on(UPLOAD, {"errcode": 60020, "errmsg": "not allow to access from your ip"})

    for _ in range(2):
        keep(stage, folder)

    assert len(stage.wecom.to(UPLOAD)) == 4


def greet(stage: Stage, folder: Path, *, seconds_left: float = 18) -> str:
    ctx = stage.context(RULES, folder=folder, operators=("admin",), seconds_left=seconds_left)
    greet_new_customer(EVENT, ctx)
    return ctx.conclusion or ""


def kinds(stage: Stage) -> list[list[str]]:
    return [
        [each["msgtype"] for each in body.get("attachments", ())] for body in stage.bodies(SEND)
    ]


def test_a_welcome_sends_what_was_uploaded(stage: Stage, folder: Path) -> None:
    keep(stage, folder)
    stage.wecom.asked.clear()

    assert greet(stage, folder) == "sent"

    assert kinds(stage) == [["image", "file"]]
    assert [asked.path for asked in stage.wecom.asked if asked.path != "gettoken"] == [SEND]


def test_a_welcome_before_the_first_upload_uploads_itself(stage: Stage, folder: Path) -> None:
    assert greet(stage, folder) == "sent"

    assert kinds(stage) == [["image", "file"]]


def test_with_little_time_left_a_welcome_goes_without(stage: Stage, folder: Path) -> None:
    assert greet(stage, folder, seconds_left=5) == "sent"

    assert kinds(stage) == [[]]
    assert stage.wecom.to(UPLOAD) == []


def test_an_upload_that_is_three_days_old_is_not_sent(stage: Stage, folder: Path) -> None:
    keep(stage, folder)
    stage.now += timedelta(days=3)

    greet(stage, folder, seconds_left=5)

    assert kinds(stage) == [[]]


def test_a_refusal_of_what_is_attached_does_not_cost_the_text(stage: Stage, folder: Path) -> None:
    answers = iter([{"errcode": 40058, "errmsg": "no"}, {"errcode": 0, "errmsg": "ok"}])
    stage.wecom.on(SEND, lambda _: next(answers))
    keep(stage, folder)

    assert greet(stage, folder) == "sent"

    assert kinds(stage) == [["image", "file"], []]
    (sentence,) = told(stage)
    assert "with files" in sentence
    assert "CODE" not in sentence


def test_a_missing_file_is_told_after_the_welcome_has_left(stage: Stage, folder: Path) -> None:
    (folder / "b.pdf").unlink()

    greet(stage, folder)

    paths = [asked.path for asked in stage.wecom.asked]
    assert paths.index(SEND) < paths.index("message/send")
    assert kinds(stage) == [["image"]]


def test_operators_who_cannot_be_told_cost_nothing(stage: Stage, folder: Path) -> None:
    (folder / "b.pdf").unlink()
    stage.wecom.on("message/send", {"errcode": 60011, "errmsg": "no"})

    assert greet(stage, folder) == "sent"


NAMED = """
[[welcome]]
name = "named"
text = "hello"
attachments = [{ image = "a.png" }, { file = { media_id = "OLD" } }, { image = { media_id = "X" } }]
"""
GET = "media/get"


def answer_by_media(stage: Stage, bad: set[str]) -> None:
    """Let WeCom refuse every welcome with one of these media_ids, and know them no more."""

    def send(asked: Asked) -> dict[str, Any]:
        sent = str(asked.json)
        if any(f"'{each}'" in sent for each in bad):
            return {"errcode": 40007, "errmsg": "invalid media_id"}
        return {"errcode": 0, "errmsg": "ok"}

    stage.wecom.on(SEND, send)


def media_ids(stage: Stage) -> list[list[str]]:
    """Return the media_ids of each welcome that was tried."""
    return [
        [each[each["msgtype"]]["media_id"] for each in body.get("attachments", ())]
        for body in stage.bodies(SEND)
    ]


def greet_by(stage: Stage, folder: Path, rules: str) -> str:
    ctx = stage.context(rules, folder=folder, operators=("admin",), seconds_left=18)
    greet_new_customer(EVENT, ctx)
    return ctx.conclusion or ""


def test_a_named_media_id_that_is_refused_costs_only_itself_and_only_once(
    stage: Stage, folder: Path
) -> None:
    rules = NAMED.replace(', { image = { media_id = "X" } }', "")
    answer_by_media(stage, {"OLD"})

    words = [greet_by(stage, folder, rules) for _ in range(3)]

    assert words == ["sent"] * 3
    assert media_ids(stage) == [["m1", "OLD"], ["m2", "OLD"], ["m2"], ["m2"], ["m2"]]
    (sentence,) = told(stage)
    assert "OLD" in sentence


def test_of_several_named_media_ids_only_the_refused_ones_are_remembered(
    stage: Stage, folder: Path
) -> None:
    answer_by_media(stage, {"OLD"})
    stage.wecom.on(
        GET, lambda asked: {"errcode": 40007} if asked.query["media_id"] == "OLD" else {"a": "file"}
    )

    words = [greet_by(stage, folder, NAMED) for _ in range(2)]

    assert words == ["sent"] * 2
    assert media_ids(stage)[-2:] == [["m2"], ["m2", "X"]]
    assert stage.memory.refused_media() == {"OLD"}


def test_media_ids_in_doubt_are_not_remembered(stage: Stage, folder: Path) -> None:
    answer_by_media(stage, {"OLD"})
    stage.wecom.on(GET, {"errcode": 60020, "errmsg": "not allow"})

    assert greet_by(stage, folder, NAMED) == "sent"

    assert stage.memory.refused_media() == frozenset()


def test_named_media_ids_of_a_wrong_kind_are_all_remembered(stage: Stage, folder: Path) -> None:
    answer_by_media(stage, {"OLD"})
    stage.wecom.on(GET, {"a": "file"})

    greet_by(stage, folder, NAMED)

    assert stage.memory.refused_media() == {"OLD", "X"}


def test_a_media_id_that_was_refused_is_tried_again_after_three_days(
    stage: Stage, folder: Path
) -> None:
    stage.memory.keep_refused_media("OLD")
    stage.now += timedelta(days=3)

    greet_by(stage, folder, NAMED)

    assert media_ids(stage) == [["m1", "OLD", "X"]]
