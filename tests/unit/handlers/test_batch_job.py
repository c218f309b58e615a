"""Asynchronous jobs: the event is a hint, the result tells which rows failed (doc 90983)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from handler_context import NOW, Stage

import events
from errors import APIError, ArgumentRejected, HandlerRetry
from events import BatchJobFinished
from factories import CORPID, a_batch_job_finished, an_app_plaintext
from handlers import JobOutcome
from handlers.batch_job import collect_batch_job

GETRESULT = "batch/getresult"
SEND = "message/send"


def result(*rows: dict[str, Any], status: int = 3, total: int | None = None) -> dict[str, Any]:
    return {
        "errcode": 0,
        "status": status,
        "type": "sync_user",
        "total": len(rows) if total is None else total,
        "percentage": 100,
        "result": list(rows),
    }


GOOD = {"userid": "zhangsan", "errcode": 0, "errmsg": "ok"}
BAD = {"userid": "lisi", "errcode": 60102, "errmsg": "UserID existed"}


@pytest.mark.parametrize("job_type", ["sync_user", "replace_user", "replace_party"])
def test_keeps_the_rows_of_an_import(stage: Stage, job_type: str) -> None:
    stage.wecom.on(GETRESULT, result(GOOD))
    ctx = stage.context(operators=("ops",))

    collect_batch_job(a_batch_job_finished(job_id="J", job_type=job_type), ctx)

    assert [asked.query["jobid"] for asked in stage.wecom.to(GETRESULT)] == ["J"]
    assert stage.jobs.kept == [
        JobOutcome(
            corpid=CORPID,
            job_id="J",
            job_type=job_type,
            errcode=0,
            errmsg="ok",
            total=1,
            rows=[{"userid": "zhangsan", "partyid": 0, "action": 0, "errcode": 0, "errmsg": "ok"}],
            finished_at=NOW,
        )
    ]
    assert ctx.conclusion == "collected"
    assert stage.bodies(SEND) == []


def test_tells_the_operators_once_which_codes_came_up(stage: Stage) -> None:
    stage.wecom.on(GETRESULT, result(GOOD, BAD, BAD | {"errcode": 40058}, total=3))
    ctx = stage.context(operators=("ops", "boss"))

    collect_batch_job(a_batch_job_finished(job_id="J"), ctx)

    (sent,) = stage.bodies(SEND)
    assert (sent["touser"], sent["agentid"]) == ("ops|boss", 1000002)
    assert (sent["enable_duplicate_check"], sent["duplicate_check_interval"]) == (1, 1800)
    assert sent["text"]["content"].splitlines() == [
        "异步任务 sync_user 失败 / job failed: J",
        "2 / 3 行失败 / rows failed",
        "errcode 40058: 参数不合法 / parameter invalid",
        "errcode 60102: userid 已存在 / userid exists",
    ]
    assert "lisi" not in sent["text"]["content"]
    assert ctx.conclusion == "failed_rows"


def test_tells_of_a_job_that_failed_as_a_whole(stage: Stage) -> None:
    stage.wecom.on(GETRESULT, result())
    ctx = stage.context(operators=("ops",))

    collect_batch_job(a_batch_job_finished(job_id="J", errcode=40092, errmsg="bad file"), ctx)

    (sent,) = stage.bodies(SEND)
    assert sent["text"]["content"].splitlines()[1:] == [
        "errcode 40092: 导入文件不合法 / import file invalid"
    ]
    assert (stage.jobs.kept[0].errcode, stage.jobs.kept[0].errmsg) == (40092, "bad file")
    assert ctx.conclusion == "failed_job"


def test_counts_the_rows_itself_when_wecom_does_not(stage: Stage) -> None:
    stage.wecom.on(GETRESULT, result(BAD, GOOD, total=0))

    collect_batch_job(a_batch_job_finished(), stage.context(operators=("ops",)))

    assert "1 / 2 行失败" in stage.bodies(SEND)[0]["text"]["content"]


def test_without_operators_nobody_is_told(stage: Stage) -> None:
    stage.wecom.on(GETRESULT, result(BAD))
    ctx = stage.context()

    collect_batch_job(a_batch_job_finished(), ctx)

    assert stage.bodies(SEND) == []
    assert ctx.conclusion == "failed_rows"


@pytest.mark.parametrize(
    "job_type", ["export_user", "export_taguser", "import_chain_contact", "invite_user", ""]
)
def test_other_jobs_have_no_rows_to_fetch(stage: Stage, job_type: str) -> None:
    ctx = stage.context()

    collect_batch_job(a_batch_job_finished(job_type=job_type), ctx)

    assert stage.wecom.asked == []
    assert (stage.jobs.kept[0].total, stage.jobs.kept[0].rows) == (None, [])
    assert ctx.conclusion == "collected"


@pytest.mark.parametrize("errcode", [40088, 40089])
def test_a_result_no_longer_kept_leaves_what_the_event_said(stage: Stage, errcode: int) -> None:
    stage.wecom.on(GETRESULT, {"errcode": errcode})
    ctx = stage.context()

    collect_batch_job(a_batch_job_finished(), ctx)

    assert (stage.jobs.kept[0].total, stage.jobs.kept[0].rows) == (None, [])
    assert ctx.conclusion == "collected"


@pytest.mark.parametrize("status", [1, 2])
def test_an_unfinished_job_is_asked_for_again(stage: Stage, status: int) -> None:
    stage.wecom.on(GETRESULT, result(status=status))

    with pytest.raises(HandlerRetry) as retry:
        collect_batch_job(a_batch_job_finished(), stage.context())

    assert retry.value.after == timedelta(seconds=5)
    assert stage.jobs.kept == []


def test_an_event_without_a_code_is_one_of_success(stage: Stage) -> None:
    event = events.parse(
        an_app_plaintext(Event="batch_job_result", BatchJob={"JobId": "J", "JobType": "x"})
    )
    assert isinstance(event, BatchJobFinished)
    ctx = stage.context(operators=("ops",))

    collect_batch_job(event, ctx)

    assert stage.jobs.kept[0].errcode == 0
    assert stage.bodies(SEND) == []


@pytest.mark.parametrize("job_id", ["", "x" * 65])
def test_an_id_that_no_job_has_is_not_asked_for(stage: Stage, job_id: str) -> None:
    with pytest.raises(ArgumentRejected):
        collect_batch_job(a_batch_job_finished(job_id=job_id), stage.context())

    assert stage.wecom.asked == []


def test_what_is_collected_is_kept_even_if_nobody_can_be_told(stage: Stage) -> None:
    stage.wecom.on(GETRESULT, result(BAD))
    stage.wecom.on(SEND, {"errcode": 81013})

    with pytest.raises(APIError):
        collect_batch_job(a_batch_job_finished(), stage.context(operators=("nobody",)))

    assert len(stage.jobs.kept) == 1
