from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from journal import ChannelClaim, ChannelSync, Journal, NewDelivery
from journal_factories import CORPID, NOW, a_delivery, seconds
from language import Text

SHANGHAI = ZoneInfo("Asia/Shanghai")
SETTLED = NOW + timedelta(minutes=2)


def a_claim(*, name: str = "spring", now: datetime = NOW, state: str = "s") -> ChannelClaim:
    return ChannelClaim(
        app="contacts", corpid=CORPID, name=name, state=state, now=now, until=now + seconds(60)
    )


def a_sync(
    *,
    at: datetime = NOW,
    config_id: str | None = None,
    qr_code: str | None = None,
    fingerprint: str | None = None,
    error: Text | None = None,
) -> ChannelSync:
    return ChannelSync(
        app="contacts",
        corpid=CORPID,
        name="spring",
        at=at,
        config_id=config_id,
        qr_code=qr_code,
        fingerprint=fingerprint,
        error=error,
    )


def an_add(state: str, at: datetime = NOW, *, event: str = "add_external_contact") -> NewDelivery:
    payload = (
        "<xml><ToUserName>c</ToUserName><FromUserName>sys</FromUserName><MsgType>event</MsgType>"
        f"<Event>change_external_contact</Event><ChangeType>{event}</ChangeType>"
        f"<State>{state}</State></xml>"
    )
    return dataclasses.replace(
        a_delivery(event=f"change_external_contact.{event}", occurred_at=at, received_at=at),
        payload=payload.encode(),
    )


def test_a_first_claim_finds_a_channel_nobody_asked_for(journal: Journal) -> None:
    claimed = journal.claim_channel(a_claim())

    assert claimed is not None
    assert (claimed.config_id, claimed.asked_at, claimed.fingerprint) == ("", None, "")
    (kept,) = journal.channels("contacts")
    assert (kept.asked_at, kept.claimed_until, kept.state) == (NOW, NOW + seconds(60), "s")


def test_a_channel_is_one_claimers_until_it_is_stored(journal: Journal) -> None:
    journal.claim_channel(a_claim())

    assert journal.claim_channel(a_claim(now=NOW + seconds(59))) is None

    journal.store_channel(a_sync(config_id="c1", qr_code="https://q", fingerprint="f"))
    again = journal.claim_channel(a_claim(now=NOW + seconds(59)))
    assert again is not None
    assert (again.config_id, again.qr_code, again.fingerprint, again.error) == (
        "c1",
        "https://q",
        "f",
        None,
    )


def test_a_claim_whose_owner_died_ends_and_shows_that_it_was_asked(journal: Journal) -> None:
    journal.claim_channel(a_claim())

    taken_over = journal.claim_channel(a_claim(now=NOW + seconds(60)))

    assert taken_over is not None
    assert (taken_over.config_id, taken_over.asked_at) == ("", NOW)


def test_of_many_claimers_one_gets_the_channel(journal: Journal) -> None:
    with ThreadPoolExecutor(8) as threads:
        got = list(threads.map(journal.claim_channel, [a_claim()] * 8))

    assert sum(each is not None for each in got) == 1


def test_an_error_of_an_older_version_is_english_for_everybody(journal: Journal) -> None:
    journal.claim_channel(a_claim())
    with journal._engine.begin() as connection:
        connection.execute(sa.text("UPDATE channels SET error = 'no longer'"))

    (failed,) = journal.channels()

    assert failed.error == Text.same("no longer")


def test_an_error_keeps_what_was_and_success_clears_it(journal: Journal) -> None:
    journal.claim_channel(a_claim())
    journal.store_channel(a_sync(config_id="c1", fingerprint="f"))

    journal.store_channel(a_sync(error=Text(en="bad\0", zh="坏\0"), at=NOW + seconds(1)))
    (failed,) = journal.channels()
    journal.store_channel(a_sync(at=NOW + seconds(2)))
    (mended,) = journal.channels()

    assert (failed.config_id, failed.fingerprint, failed.error) == (
        "c1",
        "f",
        Text(en="bad", zh="坏"),
    )
    assert failed.synced_at == NOW
    assert (mended.error, mended.synced_at) == (None, NOW + seconds(2))


def test_a_forgotten_channel_is_gone_and_others_stay(journal: Journal) -> None:
    journal.claim_channel(a_claim())
    journal.claim_channel(a_claim(name="autumn"))

    journal.forget_channel("contacts", CORPID, "spring")

    assert [each.name for each in journal.channels()] == ["autumn"]
    assert journal.channels("other") == []


def test_adds_are_counted_by_state_and_day_of_the_zone(journal: Journal) -> None:
    midnight = datetime(2026, 3, 2, tzinfo=SHANGHAI)
    for state, at in (
        ("a", midnight),
        ("a", midnight - seconds(1)),
        ("a", midnight - timedelta(days=9)),
        ("b", midnight + seconds(1)),
    ):
        journal.record(an_add(state, at))
    journal.record(an_add("a", midnight, event="del_follow_user"))
    journal.record(an_add("a", midnight, event="add_half_external_contact"))

    journal.tally_contacts(midnight + timedelta(hours=1))

    counts = journal.channel_counts(2, now=midnight + timedelta(hours=1), zone=SHANGHAI)
    assert [(each.state, each.today, each.total) for each in counts] == [("a", 1, 3), ("b", 1, 1)]
    assert [adds for _, adds in counts[0].per_day] == [1, 1]


def test_a_tally_counts_each_delivery_once_however_often_it_runs(journal: Journal) -> None:
    for _ in range(30):
        journal.record(an_add("a"))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(journal.tally_contacts, [NOW] * 4 + [SETTLED] * 4))

    (count,) = journal.channel_counts(1, now=NOW)
    assert count.total == 30


def test_a_tally_goes_on_over_many_turns_and_purged_deliveries_stay_counted(
    journal: Journal,
) -> None:
    journal.record_all(dataclasses.replace(an_add("a"), plan=()) for _ in range(2_100))

    journal.tally_contacts(SETTLED)
    journal.purge(SETTLED)

    (count,) = journal.channel_counts(1, now=NOW)
    assert (count.total, journal.deliveries()) == (2_100, [])


def test_a_delivery_that_commits_late_is_still_counted(journal: Journal) -> None:
    journal.record(an_add("a"))
    journal.tally_contacts(NOW + seconds(30))  # too young: looked at again
    journal.record(an_add("b"))

    journal.tally_contacts(NOW + seconds(40))

    assert {each.state for each in journal.channel_counts(1, now=NOW)} == {"a", "b"}


@pytest.mark.parametrize("payload", [b"", b"\xff\xfe", b"<xml><State>", b"x" * 100_000])
def test_a_payload_nobody_can_read_is_counted_without_a_state(
    journal: Journal, payload: bytes
) -> None:
    journal.record(dataclasses.replace(an_add("a"), payload=payload))

    journal.tally_contacts(SETTLED)

    (count,) = journal.channel_counts(1, now=NOW)
    assert (count.state, count.total) == ("", 1)


def test_the_newest_change_of_each_customer_is_told(journal: Journal) -> None:
    for subject, event, at in (
        ("wm1", "add_external_contact", NOW),
        ("wm1", "del_follow_user", NOW + seconds(5)),
        ("wm2", "add_half_external_contact", NOW),
        ("wm2", "add_external_contact", NOW + seconds(1)),
    ):
        made = an_add("s", at, event=event)
        journal.record(dataclasses.replace(made, subject=subject))
    journal.tally_contacts(SETTLED)

    newest = list(journal.contact_changes(CORPID, "zhangsan"))

    assert [(each.external_userid, each.change) for each in newest] == [
        ("wm1", "deleted"),
        ("wm2", "added"),
    ]
    assert list(journal.contact_changes(CORPID, "lisi")) == []
