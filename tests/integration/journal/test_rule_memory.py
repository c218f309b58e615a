"""What rules remember, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from journal import Journal, Telling, UploadRecord
from journal_factories import a_delivery

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
UPLOAD = UploadRecord(
    app="contacts",
    corpid="ww1",
    path="media/a.png",
    type="image",
    sha256="0" * 64,
    media_id="m1",
    created_at=AT,
)
LOST = "change_external_contact.del_external_contact"


def tell(journal: Journal, at: datetime = AT, *, again_before: datetime | None = None) -> bool:
    return journal.tell(Telling(corpid="ww1", subject="s", now=at, again_before=again_before))


def test_the_newest_upload_of_a_file_counts(journal: Journal) -> None:
    newer = replace(UPLOAD, media_id="m2", created_at=AT + DAY)
    journal.keep_upload(newer)
    journal.keep_upload(UPLOAD)

    assert journal.uploads("contacts", "ww1") == [newer]


def test_uploads_belong_to_an_app_a_corp_a_path_and_a_kind(journal: Journal) -> None:
    others = [
        replace(UPLOAD, app="other"),
        replace(UPLOAD, corpid="ww2"),
        replace(UPLOAD, path="media/b.png"),
        replace(UPLOAD, type="file"),
    ]
    for each in (UPLOAD, *others):
        journal.keep_upload(each)

    found = journal.uploads("contacts", "ww1")

    assert {(each.path, each.type) for each in found} == {
        ("media/a.png", "image"),
        ("media/a.png", "file"),
        ("media/b.png", "image"),
    }


def test_an_upload_that_wecom_forgot_is_dropped(journal: Journal) -> None:
    journal.keep_upload(UPLOAD)
    journal.drop_upload("contacts", "ww1", "another")
    assert journal.uploads("contacts", "ww1") == [UPLOAD]

    journal.drop_upload("contacts", "ww1", "m1")

    assert journal.uploads("contacts", "ww1") == []


def test_a_thing_is_told_once(journal: Journal) -> None:
    assert [tell(journal) for _ in range(3)] == [True, False, False]


def test_a_thing_may_be_told_again_after_a_while(journal: Journal) -> None:
    tell(journal)

    assert not tell(journal, AT + DAY / 2, again_before=AT - DAY / 2)
    assert tell(journal, AT + DAY, again_before=AT)
    assert not tell(journal, AT + DAY, again_before=AT)


def test_what_could_not_be_told_may_be_told_again(journal: Journal) -> None:
    tell(journal)

    journal.untell("ww1", "s")

    assert tell(journal)


def test_of_many_who_want_to_tell_one_does(journal: Journal, database_url: str) -> None:
    other = Journal(database_url)
    try:
        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(lambda n: tell((journal, other)[n % 2]), range(40)))
    finally:
        other.close()

    assert told.count(True) == 1


def test_a_name_is_known_as_it_was_seen_last(journal: Journal) -> None:
    journal.keep_name("ww1", "wm1", "new \0\ud800", AT + DAY)
    journal.keep_name("ww1", "wm1", "old", AT)

    assert journal.name_of("ww1", "wm1") == "new ?"
    assert journal.name_of("ww2", "wm1") == ""


def test_old_names_and_tellings_go(journal: Journal) -> None:
    journal.keep_name("ww1", "wm1", "old", AT)
    journal.keep_name("ww1", "wm2", "new", AT + DAY)
    tell(journal)

    assert journal.forget_before(AT + DAY, AT + DAY) == 2
    assert [journal.name_of("ww1", who) for who in ("wm1", "wm2")] == ["", "new"]
    assert tell(journal)


def test_losses_are_those_of_one_member_app_event_and_time(journal: Journal) -> None:
    wanted = {"event": LOST, "userid": "zhangsan", "app": "contacts", "subject": "wm1"}
    differing: list[dict[str, object]] = [
        {"event": "change_external_contact.del_follow_user"},
        {"userid": "lisi"},
        {"app": "other"},
        {"received_at": AT - DAY},
    ]
    for changes in [{}, *differing]:
        values: dict[str, object] = {"received_at": AT, **wanted, **changes}
        journal.record(a_delivery(**values))  # type: ignore[arg-type]  # of several kinds

    found = journal.losses("contacts", "zhangsan", LOST, since=AT - DAY / 2)

    assert [each.external_userid for each in found] == ["wm1"]
