"""Approvals, check-ins, calendars, invoices, visitors and signatures against the simulator."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from simulated import NOWHERE, tenant

from errors import APIError
from simulator import DEFAULT_CORPID, DEFAULT_SECRET, Simulator
from wecom import (
    Client,
    approval,
    calendar,
    checkin,
    dial,
    invoice,
    jsapi,
    oauth,
    schedule,
    user,
)

PAGE = "https://example.com/page?a=1"
HOUR = timedelta(hours=1)
MIDNIGHT_IN_BEIJING = datetime(2026, 3, 1, 16, tzinfo=UTC)


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator.running(tenant=tenant(NOWHERE)) as simulator:
        yield simulator


@pytest.fixture
def api(sim: Simulator) -> Iterator[Client]:
    with Client(DEFAULT_CORPID, DEFAULT_SECRET, agentid=1_000_002, base_url=sim.url) as client:
        yield client


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def hand_in(api: Client, *, userid: str = "zhangsan", template_id: str = "T1") -> str:
    text = approval.Control(control="Text", id="Text-1", value={"text": "年假"})
    return approval.applyevent(api, userid, template_id, [text], summary=["年假"])


def test_an_application_is_handed_in_and_read_back(api: Client) -> None:
    sp_no = hand_in(api)

    read = approval.getapprovaldetail(api, sp_no)

    assert (read.sp_no, read.applyer.userid, read.sp_status) == (sp_no, "zhangsan", 1)
    assert read.apply_data.contents[0].value == {"text": "年假"}
    assert now() - HOUR < (read.apply_time or MIDNIGHT_IN_BEIJING) < now() + HOUR


def test_every_application_of_a_time_comes_once(api: Client) -> None:
    handed_in = [hand_in(api) for _ in range(5)]
    other = hand_in(api, template_id="T2")
    span: dict[str, Any] = {"starttime": now() - HOUR, "endtime": now() + HOUR}

    assert list(approval.getapprovalinfo(api, **span, size=2)) == [*handed_in, other]
    assert list(approval.getapprovalinfo(api, **span, filters={"template_id": "T2"})) == [other]


def test_own_approvers_are_taken_and_a_form_is_read(api: Client) -> None:
    text = approval.Control(control="Text", id="Text-1", value={"text": "年假"})
    steps = [approval.Approver(userid=["lisi"])]

    assert approval.applyevent(api, "zhangsan", "T1", [text], summary=["年假"], approver=steps)
    [control] = approval.gettemplatedetail(api, "T1").template_content.controls
    assert control.property.id == "Text-1"
    assert approval.getopenapprovaldata(api, "N1")["ThirdNo"] == "N1"


def test_check_ins_and_calls_are_read(api: Client) -> None:
    span: dict[str, Any] = {"starttime": now() - HOUR, "endtime": now()}

    assert [each.userid for each in checkin.getcheckindata(api, ["zhangsan"], **span)] == [
        "zhangsan"
    ]
    [option] = checkin.getcheckinoption(api, ["lisi"], day=MIDNIGHT_IN_BEIJING)
    assert (option.userid, option.group["groupid"]) == ("lisi", 1)
    assert list(dial.get_dial_record(api)) == []


def test_a_calendar_lives_and_tells_whom_it_is_not_shared_with(api: Client) -> None:
    shares = [calendar.Share(userid="lisi", permission=1), calendar.Share(userid="nobody")]

    added = calendar.add(api, calendar.NewCalendar(summary="值班", color="#FF3030", shares=shares))

    assert [(each.userid, each.errcode) for each in added.not_shared] == [("nobody", 60111)]
    assert (
        calendar.update(api, added.cal_id, calendar.NewCalendar(summary="排班", color="#0000ff"))
        == ()
    )
    [read] = calendar.get(api, [added.cal_id])
    assert (read.cal_id, read.summary, read.color) == (added.cal_id, "排班", "#0000ff")
    calendar.del_(api, added.cal_id)
    with pytest.raises(APIError) as gone:
        calendar.get(api, [added.cal_id])
    assert gone.value.errcode == 90459


def test_schedules_of_a_calendar_come_page_by_page(sim: Simulator, api: Client) -> None:
    cal_id = calendar.add(api, calendar.NewCalendar(summary="值班", color="#FF3030")).cal_id
    start = now()
    made = [
        schedule.add(
            api,
            schedule.NewSchedule(
                start_time=start,
                end_time=start + HOUR,
                summary=f"第{number}班",
                attendees=["lisi"],
                cal_id=cal_id,
                reminders=schedule.Reminders(is_remind=1, remind_before_event_secs=900),
            ),
        )
        for number in range(3)
    ]

    found = list(schedule.get_by_calendar(api, cal_id, limit=2))

    assert [each.schedule_id for each in found] == made
    assert (found[0].start_time, found[0].end_time) == (start, start + HOUR)
    assert [each.userid for each in found[0].attendees] == ["lisi"]
    assert found[0].reminders is not None
    assert found[0].reminders.remind_before_event_secs == 900


def test_a_schedule_is_changed_and_cancelled(api: Client) -> None:
    start = now()
    lasts: dict[str, Any] = {"start_time": start, "end_time": start + HOUR}
    made = schedule.add(api, schedule.NewSchedule(**lasts, summary="会", attendees=["lisi"]))

    schedule.update(api, made, schedule.NewSchedule(**lasts, summary="会议"), skip_attendees=True)

    [read] = schedule.get(api, [made])
    assert (read.summary, [each.userid for each in read.attendees]) == ("会议", ["lisi"])
    split = schedule.update(
        api, made, schedule.NewSchedule(**lasts, summary="一次"), op_mode=1, op_start_time=start
    )
    assert split not in {"", made}
    schedule.del_(api, made)
    with pytest.raises(APIError) as gone:
        schedule.get(api, [made])
    assert gone.value.errcode == 90460


def test_an_invoice_is_locked_and_closed_for_good(api: Client) -> None:
    refs = [invoice.InvoiceRef(card_id=each, encrypt_code="E") for each in ("C1", "C2")]
    invoice.updateinvoicestatus(api, "C1", "E", "INVOICE_REIMBURSE_LOCK")
    openid = user.convert_to_openid(api, "zhangsan").openid

    invoice.updatestatusbatch(api, openid, "INVOICE_REIMBURSE_CLOSURE", refs)

    statuses = [each.user_info.reimburse_status for each in invoice.getinvoiceinfobatch(api, refs)]
    assert statuses == ["INVOICE_REIMBURSE_CLOSURE"] * 2
    assert invoice.getinvoiceinfo(api, "C1", "E").user_info.fee == 10000
    with pytest.raises(APIError):
        invoice.updateinvoicestatus(api, "C1", "E", "INVOICE_REIMBURSE_INIT")


def test_a_visitor_is_known_by_a_code_that_works_once(sim: Simulator, api: Client) -> None:
    code = sim.open_page("zhangsan", app="contacts", private=True)

    visitor = oauth.getuserinfo(api, code)

    assert visitor.userid == "zhangsan"
    assert oauth.getuserdetail(api, visitor.user_ticket).userid == "zhangsan"
    with pytest.raises(APIError) as used:
        oauth.getuserinfo(api, code)
    assert used.value.errcode == 40029


def test_a_customer_who_visits_is_known_as_such(sim: Simulator, api: Client) -> None:
    customer = sim.add_customer("zhangsan")

    visitor = oauth.getuserinfo(api, sim.open_page(app="contacts", external_userid=customer))

    assert (visitor.userid, visitor.external_userid) == ("", customer)
    assert visitor.openid


def test_pages_are_signed_with_a_ticket_asked_for_once(sim: Simulator, api: Client) -> None:
    ticket = jsapi.get_jsapi_ticket(api).ticket
    app_ticket = jsapi.get_agent_jsapi_ticket(api).ticket
    before = len(sim.calls())

    pages = [jsapi.config(api, PAGE) for _ in range(3)]
    apps = [jsapi.agent_config(api, PAGE) for _ in range(3)]

    assert all(each.signature == signed_with(ticket, each) for each in pages)
    assert all(each.signature == signed_with(app_ticket, each) for each in apps)
    assert len(sim.calls()) == before + 2


def signed_with(ticket: str, signed: Any) -> str:  # noqa: ANN401 - a signature with its parts
    text = (
        f"jsapi_ticket={ticket}&noncestr={signed.nonceStr}&timestamp={signed.timestamp}&url={PAGE}"
    )
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
