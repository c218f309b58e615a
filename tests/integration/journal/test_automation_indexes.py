"""What automations ask of a full journal finds its rows by an index."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from journal_plans import plans_of

from journal import ChannelClaim, Journal, MissedContact, tables
from journal.database import write
from journal_factories import CORPID, NOW, a_delivery

ROWS = 5000
GROWING = "deliveries|contact_changes|chat_changes|chat_members|missed_contacts|batch_submissions"
SCANS = re.compile(rf"(Seq Scan on|^SCAN) ({GROWING})\b(?! USING)", re.MULTILINE)


@pytest.fixture
def full_journal(journal: Journal) -> Journal:
    numbers = range(1000, 1000 + ROWS)
    long_ago = NOW - timedelta(days=300)
    rows: dict[sa.Table, list[dict[str, Any]]] = {
        tables.deliveries: [
            {
                "id": number,
                "app": "contacts",
                "corpid": CORPID,
                "event_key": f"old {number}",
                "event": "e",
                "userid": "zhangsan",
                "subject": f"wm{number}",
                "received_at": long_ago + timedelta(minutes=number),
                "payload": b"<xml/>",
                "status": "done",
            }
            for number in numbers
        ],
        tables.contact_changes: [
            {
                "delivery_id": number,
                "app": "contacts",
                "corpid": CORPID,
                "userid": f"user{number % 50}",
                "external_userid": f"wm{number}",
                "change": "added",
                "state": f"s{number % 9}",
                "happened_at": long_ago + timedelta(minutes=number),
            }
            for number in numbers
        ],
        tables.chat_changes: [
            {
                "corpid": CORPID,
                "chat_id": f"g{number % 50}",
                "userid": f"wm{number}",
                "change": "joined",
                "happened_at": long_ago + timedelta(minutes=number),
            }
            for number in numbers
        ],
        tables.missed_contacts: [
            {
                "corpid": CORPID,
                "userid": f"user{number % 50}",
                "external_userid": f"wm{number}",
                "change": "added",
                "happened_at": long_ago,
                "app": "contacts",
                "state": "",
                "found_at": long_ago + timedelta(minutes=number),
                "applied": [],
            }
            for number in numbers
        ],
        tables.batch_submissions: [
            {
                "corpid": CORPID,
                "job_id": f"j{number}",
                "app": "contacts",
                "job_type": "sync_user",
                "file": "f",
                "lines": [],
                "submitted_at": long_ago + timedelta(minutes=number),
            }
            for number in numbers
        ],
    }
    with write(journal._engine) as connection:
        for table, values in rows.items():
            connection.execute(sa.insert(table), values)
    with journal._engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    return journal


def _tally(journal: Journal) -> None:
    journal.record(a_delivery(plan=()))
    journal.tally_contacts(NOW)


def _claim(journal: Journal) -> None:
    journal.claim_channel(
        ChannelClaim(app="contacts", corpid=CORPID, name="n", state="s", now=NOW, until=NOW)
    )


def _note_missed(journal: Journal) -> None:
    missed = MissedContact(
        app="contacts",
        corpid=CORPID,
        userid="u",
        external_userid="w",
        change="added",
        happened_at=NOW,
        state="",
        found_at=NOW,
    )
    journal.store_missed_contacts([missed])
    journal.mark_missed_contacts([missed], applied="tag")


ACTS = (
    _tally,
    _claim,
    _note_missed,
    lambda journal: list(journal.contact_changes(CORPID, "user7")),
    lambda journal: journal.group_changes_since(CORPID, "g7", NOW),
    lambda journal: journal.group_counts(2, now=NOW),
    lambda journal: journal.missed_contacts(20),
    lambda journal: journal.missed_contacts_of(CORPID, "user7"),
    lambda journal: journal.losses("contacts", "zhangsan", "e", since=NOW - timedelta(days=7)),
    lambda journal: journal.batch_jobs(20),
    lambda journal: journal.batch_submission(CORPID, "j2000"),
    lambda journal: journal.begin_reconciliation("contacts", CORPID, NOW),
)


@pytest.mark.parametrize("act", ACTS)
def test_no_statement_reads_a_whole_table(
    full_journal: Journal, act: Callable[[Journal], object]
) -> None:
    for plan in plans_of(full_journal, partial(act, full_journal)):
        # Counting the members of all groups reads all members; there is no growth in it.
        found = SCANS.search(plan)
        assert found is None or found[2] == "chat_members", plan


def test_a_day_of_a_channel_is_counted_by_an_index(full_journal: Journal) -> None:
    plans = plans_of(full_journal, lambda: full_journal.channel_counts(1, now=NOW))

    assert any("ix_contact_changes_happened_at" in plan for plan in plans)
