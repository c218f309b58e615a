from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest

from journal import Journal
from journal_factories import CORPID, NOW, a_batch_job, seconds


def test_an_unknown_job_has_no_outcome(journal: Journal) -> None:
    assert journal.batch_job(CORPID, "jobid") is None


def test_an_outcome_is_kept(journal: Journal) -> None:
    job = dataclasses.replace(a_batch_job(), total=None)

    journal.store_batch_job(job)

    assert journal.batch_job(CORPID, job.job_id) == job
    assert journal.batch_job("ww2", job.job_id) is None


def test_a_newer_outcome_replaces_the_one_before(journal: Journal) -> None:
    journal.store_batch_job(a_batch_job(errcode=40000))
    newer = a_batch_job(errcode=0, finished_at=NOW + seconds(1))

    journal.store_batch_job(newer)

    assert journal.batch_job(CORPID, newer.job_id) == newer


def test_an_older_outcome_is_left_out(journal: Journal) -> None:
    job = a_batch_job(finished_at=NOW + seconds(1))
    journal.store_batch_job(job)

    journal.store_batch_job(a_batch_job(errcode=40000, finished_at=NOW))

    assert journal.batch_job(CORPID, job.job_id) == job


def test_an_outcome_that_knows_no_rows_replaces_none(journal: Journal) -> None:
    """WeCom forgets results; an event that is pushed or replayed later finds none (40089)."""
    job = a_batch_job()
    journal.store_batch_job(job)

    later = a_batch_job(finished_at=NOW + seconds(60))
    journal.store_batch_job(dataclasses.replace(later, total=None, result=[]))

    assert journal.batch_job(CORPID, job.job_id) == job


def test_rows_replace_an_outcome_that_knew_none(journal: Journal) -> None:
    journal.store_batch_job(dataclasses.replace(a_batch_job(), total=None, result=[]))
    job = a_batch_job(finished_at=NOW + seconds(1))

    journal.store_batch_job(job)

    assert journal.batch_job(CORPID, job.job_id) == job


@pytest.mark.parametrize("odd", ["a\0b", "\ud800", "长" * 1000])
def test_any_words_of_others_are_kept(journal: Journal, odd: str) -> None:
    job = a_batch_job(errmsg=odd)

    journal.store_batch_job(job)

    kept = journal.batch_job(CORPID, job.job_id)
    assert kept is not None
    assert kept.errmsg == odd.replace("\0", "").encode("utf-8", "replace").decode()
    assert kept.result == job.result


def test_a_job_stored_by_many_threads_is_one(journal: Journal) -> None:
    job = a_batch_job()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(journal.store_batch_job, [job] * 16))

    assert journal.batch_job(CORPID, job.job_id) == job
