from __future__ import annotations

import dataclasses

from journal import BatchSubmission, Journal, MissedContact, Reconciliation
from journal_factories import CORPID, NOW, a_batch_job, a_delivery, seconds

MISSED = MissedContact(
    app="contacts",
    corpid=CORPID,
    userid="zhangsan",
    external_userid="wm1",
    change="added",
    happened_at=NOW,
    state="spring",
    found_at=NOW + seconds(60),
)


def test_what_happened_before_the_first_delivery_is_no_loss(journal: Journal) -> None:
    journal.record(a_delivery(received_at=NOW - seconds(100)))

    begun = journal.begin_reconciliation("contacts", CORPID, NOW)
    again = journal.begin_reconciliation("contacts", CORPID, NOW + seconds(500))

    assert begun.since == again.since == NOW - seconds(100)
    assert begun.finished_at is None


def test_an_empty_journal_misses_nothing_from_before(journal: Journal) -> None:
    assert journal.begin_reconciliation("contacts", CORPID, NOW).since == NOW


def test_how_a_comparison_ended_is_kept_and_since_stays(journal: Journal) -> None:
    journal.begin_reconciliation("contacts", CORPID, NOW)

    journal.end_reconciliation(
        Reconciliation(
            app="contacts",
            corpid=CORPID,
            since=NOW + seconds(9),
            finished_at=NOW + seconds(9),
            members=4,
            listed=100,
            missed=1,
        )
    )

    (kept,) = journal.reconciliations()
    assert (kept.since, kept.finished_at, kept.listed) == (NOW, NOW + seconds(9), 100)


def test_a_missed_event_is_noted_once(journal: Journal) -> None:
    first = journal.store_missed_contacts([MISSED])
    second = journal.store_missed_contacts([dataclasses.replace(MISSED, found_at=NOW)])

    assert (first, second) == ([True], [False])
    assert journal.missed_contacts() == [MISSED]
    assert journal.missed_contacts_of(CORPID, "zhangsan") == [MISSED]
    assert journal.missed_contacts_of(CORPID, "lisi") == []
    assert journal.missed_contacts(app="other") == []


def test_what_was_done_about_it_adds_up(journal: Journal) -> None:
    journal.store_missed_contacts([MISSED])

    journal.mark_missed_contacts([MISSED], applied="tag")
    journal.mark_missed_contacts([MISSED], applied="tag")
    journal.mark_missed_contacts([MISSED], applied="remark", told_at=NOW)
    journal.mark_missed_contacts([MISSED], told_at=NOW + seconds(1))

    (kept,) = journal.missed_contacts()
    assert (kept.applied, kept.told_at) == (("tag", "remark"), NOW)


def a_submission(job_id: str = "j1", *, later: float = 0) -> BatchSubmission:
    return BatchSubmission(
        corpid=CORPID,
        job_id=job_id,
        app="contact_sync",
        job_type="sync_user",
        file="members.csv",
        lines=((2, "zhangsan"), (3, "lisi")),
        submitted_at=NOW + seconds(later),
    )


def test_a_submission_is_found_by_its_job(journal: Journal) -> None:
    journal.store_batch_submission(a_submission())
    journal.store_batch_submission(dataclasses.replace(a_submission(), file="other.csv"))

    assert journal.batch_submission(CORPID, "j1") == a_submission()
    assert journal.batch_submission("ww2", "j1") is None


def test_jobs_are_listed_whether_started_here_or_reported_running_or_ended(
    journal: Journal,
) -> None:
    journal.store_batch_submission(a_submission("running", later=3))
    journal.store_batch_submission(a_submission("ended", later=1))
    journal.store_batch_job(a_batch_job(job_id="ended", errcode=60003))
    journal.store_batch_job(a_batch_job(job_id="elsewhere", finished_at=NOW + seconds(2)))

    jobs = journal.batch_jobs()

    assert [(each.job_id, each.file, each.failed_rows) for each in jobs] == [
        ("running", "members.csv", 0),
        ("elsewhere", "", 0),
        ("ended", "members.csv", 1),
    ]
    assert [each.finished_at is None for each in jobs] == [True, False, False]
    assert [each.job_id for each in journal.batch_jobs(1)] == ["running"]


def test_an_ended_job_is_ended_also_when_newer_ones_fill_the_list(journal: Journal) -> None:
    journal.store_batch_job(a_batch_job(job_id="mine", finished_at=NOW))
    for number in range(3):
        job = a_batch_job(job_id=f"other{number}", finished_at=NOW + seconds(1))
        journal.store_batch_job(job)
    journal.store_batch_submission(a_submission("mine", later=9))

    (first, *_) = journal.batch_jobs(2)

    assert (first.job_id, first.finished_at) == ("mine", NOW)
