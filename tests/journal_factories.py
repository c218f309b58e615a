"""What the tests put into a journal: each value complete, a test names what matters to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from errors import JournalUnavailable
from journal import (
    BatchJobRecord,
    ChatMember,
    ChatPicture,
    ClaimedRun,
    Conclusion,
    Journal,
    NewDelivery,
    PlannedRun,
    PublishableRun,
)
from journal.tables import RunStatus

CORPID = "ww1234567890abcdef"
CHAT_ID = "wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA"
GREET = "handlers.welcome.greet_new_customer"
TAG = "handlers.tagging.tag_new_customer"
NOW = datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=UTC)
LEASE = timedelta(seconds=10)

_numbers = count(1)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def a_planned_run(
    *, handler: str = GREET, lane: str = "default", deadline_at: datetime | None = None
) -> PlannedRun:
    return PlannedRun(handler=handler, lane=lane, deadline_at=deadline_at)


def a_welcome(*, deadline_at: datetime = NOW + timedelta(seconds=18)) -> PlannedRun:
    return PlannedRun(handler=GREET, lane="urgent", deadline_at=deadline_at)


def a_delivery(
    *,
    event_key: str | None = None,
    plan: tuple[PlannedRun, ...] = (PlannedRun(handler=GREET, lane="default"),),
    app: str = "contacts",
    corpid: str = CORPID,
    event: str = "change_external_contact.add_external_contact",
    userid: str = "zhangsan",
    subject: str = "wmAJ2GCAAAXtWyujaWJHDDGi0mACAAAA",
    occurred_at: datetime | None = NOW,
    received_at: datetime = NOW,
    payload: bytes = b"<xml/>",
) -> NewDelivery:
    """Return an event not journalled yet; without an event_key it is like no other."""
    return NewDelivery(
        app=app,
        corpid=corpid,
        event_key=event_key or f"{next(_numbers):064}",
        event=event,
        userid=userid,
        subject=subject,
        occurred_at=occurred_at,
        received_at=received_at,
        payload=payload,
        plan=plan,
    )


def recorded_runs(journal: Journal, *plan: PlannedRun) -> tuple[PublishableRun, ...]:
    """Record a delivery with this plan and return its runs."""
    return journal.record(a_delivery(plan=plan or (a_planned_run(),))).runs


def why_refused(journal: Journal, delivery: NewDelivery | None = None) -> str:
    """Return why an event was refused, which is written when the journal is back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("journal.store._ANSWER_SECONDS", 0.3)
        with pytest.raises(JournalUnavailable) as refused:
            journal.record(delivery or a_delivery())
    return str(refused.value)


def a_recorded_run(journal: Journal, planned: PlannedRun | None = None) -> int:
    (run,) = recorded_runs(journal, planned or a_planned_run())
    return run.run_id


def a_claimed_run(
    journal: Journal, planned: PlannedRun | None = None, *, now: datetime = NOW
) -> ClaimedRun:
    claimed = journal.claim(a_recorded_run(journal, planned), now=now, lease=LEASE)
    assert claimed is not None
    return claimed


def a_conclusion(
    claimed: ClaimedRun,
    status: RunStatus = "done",
    *,
    started_at: datetime = NOW,
    finished_at: datetime = NOW + timedelta(seconds=1),
    due_at: datetime | None = None,
    result: str | None = None,
    errcode: int | None = None,
    error: str | None = None,
    outcome_unknown: bool = False,
    calls: tuple[tuple[str, float, int | None], ...] = (),
) -> Conclusion:
    return Conclusion(
        run_id=claimed.run_id,
        attempt=claimed.attempt,
        status=status,
        started_at=started_at,
        finished_at=finished_at,
        due_at=due_at,
        result=result,
        errcode=errcode,
        error=error,
        outcome_unknown=outcome_unknown,
        calls=calls,
    )


def a_picture(
    *userids: str,
    chat_id: str = CHAT_ID,
    name: str = "客户群",
    owner: str = "zhangsan",
    read_at: datetime = NOW,
) -> ChatPicture:
    """Return a customer group with these members."""
    return ChatPicture(
        corpid=CORPID,
        chat_id=chat_id,
        name=name,
        owner=owner,
        member_version=f"v{len(userids)}",
        read_at=read_at,
        members=tuple(ChatMember(userid=userid, type=1) for userid in userids),
    )


def a_batch_job(
    *,
    job_id: str = "jobid_S0MrnndvRG5fadSlLwiBqiDDbM143UqTmKP3152FZk4",
    errcode: int = 0,
    errmsg: str = "ok",
    finished_at: datetime = NOW,
) -> BatchJobRecord:
    return BatchJobRecord(
        corpid=CORPID,
        job_id=job_id,
        job_type="sync_user",
        errcode=errcode,
        errmsg=errmsg,
        total=1,
        result=[{"action": 1, "userid": "zhangsan", "errcode": errcode, "errmsg": errmsg}],
        finished_at=finished_at,
    )
