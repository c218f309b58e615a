"""Approvals, check-ins, calendars, schedules and invoices (办公, 效率工具, 电子发票)."""

from __future__ import annotations

from typing import Any

import pytest
from simulated import Caller, errcodes

from simulator import Simulator

APPLICATION: dict[str, Any] = {
    "creator_userid": "lisi",
    "template_id": "t1",
    "use_template_approver": 1,
    "apply_data": {"contents": [{"control": "Text", "id": "Text-1", "value": {"text": "x"}}]},
    "summary_list": [{"summary_info": [{"text": "出差", "lang": "zh_CN"}]}],
}
CALENDAR = {"summary": "会议", "color": "#FF0000", "admins": ["lisi"]}
INVOICE = {"card_id": "c1", "encrypt_code": "e1"}


def test_an_application_is_handed_in_and_read(sim: Simulator, contacts: Caller) -> None:
    numbers = [contacts.post("oa/applyevent", **APPLICATION)["sp_no"] for _ in range(3)]
    period = {"starttime": str(int(sim.now()) - 60), "endtime": str(int(sim.now()) + 60)}

    info = contacts.post("oa/getapprovaldetail", sp_no=numbers[0])["info"]
    first = contacts.post("oa/getapprovalinfo", **period, new_cursor="", size=2)
    rest = contacts.post(
        "oa/getapprovalinfo", **period, new_cursor=first["new_next_cursor"], size=2
    )
    old = contacts.post("oa/getapprovalinfo", **period, cursor=0, size=2)
    others = [{"key": "creator", "value": "wangwu"}]
    filtered = contacts.post("oa/getapprovalinfo", **period, cursor=0, size=2, filters=others)

    assert (info["applyer"]["userid"], info["apply_data"]) == ("lisi", APPLICATION["apply_data"])
    assert first["sp_no_list"] + rest["sp_no_list"] == numbers
    assert "new_next_cursor" not in rest
    assert (old["sp_no_list"], old["next_cursor"]) == (numbers[:2], 2)
    assert filtered["sp_no_list"] == []


@pytest.mark.parametrize(
    ("path", "body", "errcode"),
    [
        ("applyevent", {**APPLICATION, "creator_userid": "nobody"}, 60111),
        ("applyevent", {**APPLICATION, "template_id": ""}, 301025),
        ("applyevent", {**APPLICATION, "apply_data": {}}, 301025),
        ("applyevent", {**APPLICATION, "apply_data": {"contents": [{}]}}, 301025),
        ("applyevent", {**APPLICATION, "summary_list": []}, 301025),
        ("applyevent", {**APPLICATION, "use_template_approver": 0}, 301025),
        ("applyevent", {**APPLICATION, "use_template_approver": 2}, 40058),
        ("getapprovaldetail", {"sp_no": "1"}, 301025),
        ("getapprovaldetail", {}, 301025),
        ("getapprovalinfo", {"starttime": 5, "endtime": 1}, 301025),
        ("getapprovalinfo", {"starttime": 0, "endtime": 32 * 86_400}, 301025),
        ("getapprovalinfo", {"starttime": 0, "endtime": 1, "size": 101}, 40058),
        (
            "getapprovalinfo",
            {"starttime": 0, "endtime": 1, "filters": [{"key": "k", "value": "v"}]},
            301025,
        ),
        ("gettemplatedetail", {}, 40058),
    ],
)
def test_refuses_applications_that_cannot_be(
    contacts: Caller, path: str, body: dict[str, Any], errcode: int
) -> None:
    assert contacts.post(f"oa/{path}", **body)["errcode"] == errcode


def test_approvals_are_read_only_so_often(sim: Simulator, contacts: Caller) -> None:
    sim.set_limits({"office_per_minute": 1})
    sp_no = contacts.post("oa/applyevent", **APPLICATION)["sp_no"]

    answers = [contacts.post("oa/getapprovaldetail", sp_no=sp_no) for _ in range(2)]
    sim.advance(60)

    assert errcodes(*answers) == [0, 45009]
    assert contacts.post("oa/getapprovaldetail", sp_no=sp_no)["errcode"] == 0


@pytest.mark.parametrize(
    ("path", "body", "errcode"),
    [
        ("checkin/getcheckindata", {}, 0),
        ("checkin/getcheckindata", {"opencheckindatatype": 4}, 40058),
        ("checkin/getcheckindata", {"endtime": 31 * 86_400}, 301024),
        ("checkin/getcheckindata", {"useridlist": []}, 301022),
        ("checkin/getcheckindata", {"useridlist": ["a"] * 101}, 301023),
        ("checkin/getcheckindata", {"useridlist": ["nobody"]}, 60111),
        ("checkin/getcheckinoption", {}, 0),
        ("checkin/getcheckinoption", {"datetime": 1}, 301021),
        ("dial/get_dial_record", {}, 0),
        ("dial/get_dial_record", {"start_time": 9, "end_time": 1}, 600018),
        ("dial/get_dial_record", {"limit": 101}, 40058),
        ("corp/getopenapprovaldata", {"thirdNo": "n1"}, 0),
        ("corp/getopenapprovaldata", {}, 40058),
    ],
)
def test_what_keeps_nothing_checks_all_the_same(
    contacts: Caller, path: str, body: dict[str, Any], errcode: int
) -> None:
    usual = {
        "opencheckindatatype": 3,
        "starttime": 0,
        "endtime": 100,
        "useridlist": ["lisi"],
        "datetime": 16 * 3600,
    }

    assert contacts.post(path, **{**usual, **body})["errcode"] == errcode


def test_a_calendar_is_made_changed_read_and_deleted(contacts: Caller) -> None:
    shares = [{"userid": "lisi", "permission": 1}, {"userid": "nobody"}]
    made = contacts.post("oa/calendar/add", calendar={**CALENDAR, "shares": shares})
    cal_id = made["cal_id"]
    changed = contacts.post("oa/calendar/update", calendar={**CALENDAR, "cal_id": cal_id})
    [read] = contacts.post("oa/calendar/get", cal_id_list=[cal_id])["calendar_list"]
    contacts.post("oa/calendar/del", cal_id=cal_id)
    gone = contacts.post("oa/calendar/get", cal_id_list=[cal_id])

    assert [each["userid"] for each in made["fail_result"]["shares"]] == ["nobody"]
    assert "fail_result" not in changed
    assert (read["cal_id"], read["summary"], read["shares"]) == (cal_id, "会议", [])
    assert gone["errcode"] == 90459


@pytest.mark.parametrize(("skip", "kept"), [(0, None), (1, {"userids": ["lisi"]})])
def test_a_calendar_keeps_its_public_range_on_demand(
    contacts: Caller, skip: int, kept: object
) -> None:
    public = {**CALENDAR, "is_public": 1, "public_range": {"userids": ["lisi"]}}
    cal_id = contacts.post("oa/calendar/add", calendar=public)["cal_id"]

    contacts.post(
        "oa/calendar/update", skip_public_range=skip, calendar={**CALENDAR, "cal_id": cal_id}
    )

    [read] = contacts.post("oa/calendar/get", cal_id_list=[cal_id])["calendar_list"]
    assert read.get("public_range") == kept


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"summary": ""}, 90456),
        ({"summary": "x" * 129}, 90456),
        ({"color": ""}, 90473),
        ({"color": "red"}, 90473),
        ({"description": "x" * 513}, 40058),
        ({"admins": ["a", "b", "c", "d"]}, 40058),
        ({"admins": ["nobody"]}, 60111),
        ({"shares": [{"userid": "lisi"}] * 2001}, 40058),
        ({"shares": [{"userid": "lisi", "permission": 2}]}, 40058),
        ({"shares": [{}]}, 40058),
    ],
)
def test_refuses_calendars_that_cannot_be(
    contacts: Caller, change: dict[str, Any], errcode: int
) -> None:
    answer = contacts.post("oa/calendar/add", calendar={**CALENDAR, **change})

    assert answer["errcode"] == errcode


def test_a_schedule_is_made_changed_listed_and_deleted(contacts: Caller) -> None:
    cal_id = contacts.post("oa/calendar/add", calendar=CALENDAR)["cal_id"]
    schedule = {
        "organizer": "lisi",
        "start_time": 100,
        "end_time": 200,
        "attendees": [{"userid": "wangwu"}],
        "cal_id": cal_id,
    }
    made = contacts.post("oa/schedule/add", schedule=schedule)["schedule_id"]
    whole = {**schedule, "schedule_id": made, "summary": "周会"}
    updated = contacts.post(
        "oa/schedule/update", schedule={**whole, "attendees": []}, skip_attendees=True
    )
    split = contacts.post("oa/schedule/update", schedule=whole, op_mode=1, op_start_time=100)
    [read] = contacts.post("oa/schedule/get", schedule_id_list=[made])["schedule_list"]
    listed = contacts.post("oa/schedule/get_by_calendar", cal_id=cal_id)["schedule_list"]
    one = contacts.post("oa/schedule/get_by_calendar", cal_id=cal_id, offset=1, limit=1)
    contacts.post("oa/schedule/del", schedule_id=made)
    gone = contacts.post("oa/schedule/get", schedule_id_list=[made])

    assert "schedule_id" not in updated
    assert (read["summary"], read["attendees"]) == ("周会", [{"userid": "wangwu"}])
    assert [each["schedule_id"] for each in listed] == [made, split["schedule_id"]]
    assert len(one["schedule_list"]) == 1
    assert gone["errcode"] == 90460


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"start_time": None}, 90464),
        ({"end_time": "soon"}, 90465),
        ({"end_time": 50}, 90465),
        ({"organizer": "nobody"}, 60111),
        ({"attendees": [{}]}, 90467),
        ({"attendees": [{"userid": "nobody"}]}, 60111),
        ({"attendees": [{"userid": "lisi"}] * 1001}, 90467),
        ({"summary": "x" * 129}, 40058),
        ({"reminders": {"is_remind": 2}}, 90471),
        ({"reminders": {"repeat_type": 3}}, 90480),
        ({"cal_id": "made up"}, 90459),
        ({"admins": ["nobody"]}, 60111),
    ],
)
def test_refuses_schedules_that_cannot_be(
    contacts: Caller, change: dict[str, Any], errcode: int
) -> None:
    schedule = {"start_time": 100, "end_time": 200, **change}

    assert contacts.post("oa/schedule/add", schedule=schedule)["errcode"] == errcode


@pytest.mark.parametrize(
    ("path", "body", "errcode"),
    [
        ("calendar/get", {}, 90458),
        ("calendar/get", {"cal_id_list": ["a"] * 1001}, 40058),
        ("calendar/del", {}, 90457),
        ("calendar/update", {"calendar": CALENDAR}, 90457),
        ("schedule/get", {}, 90461),
        ("schedule/get", {"schedule_id_list": ["a"] * 1001}, 90462),
        ("schedule/del", {"schedule_id": "made up"}, 90460),
        ("schedule/update", {"schedule": {}}, 90461),
        ("schedule/get_by_calendar", {"cal_id": "made up"}, 90459),
    ],
)
def test_refuses_what_is_not_there(
    contacts: Caller, path: str, body: dict[str, Any], errcode: int
) -> None:
    assert contacts.post(f"oa/{path}", **body)["errcode"] == errcode


def test_calendars_and_schedules_belong_to_the_app_that_made_them(
    contacts: Caller, marketing: Caller
) -> None:
    cal_id = contacts.post("oa/calendar/add", calendar=CALENDAR)["cal_id"]
    schedule_id = contacts.post(
        "oa/schedule/add", schedule={"start_time": 1, "end_time": 2, "organizer": "lisi"}
    )["schedule_id"]
    other = {"schedule_id": schedule_id, "start_time": 1, "end_time": 2, "organizer": "wangwu"}

    answers = [
        marketing.post("oa/calendar/get", cal_id_list=[cal_id]),
        marketing.post("oa/calendar/del", cal_id=cal_id),
        marketing.post("oa/schedule/get", schedule_id_list=[schedule_id]),
        marketing.post("oa/schedule/get_by_calendar", cal_id=cal_id),
        contacts.post("oa/schedule/update", schedule=other),
        contacts.post("oa/schedule/get_by_calendar", cal_id=cal_id, offset=-1),
        contacts.post("oa/schedule/get_by_calendar", cal_id=cal_id, limit=1001),
    ]

    assert errcodes(*answers) == [60011, 60011, 60011, 60011, 90463, 90469, 90470]


def test_a_closed_invoice_stays_closed_and_takes_the_others_with_it(contacts: Caller) -> None:
    openid = contacts.post("user/convert_to_openid", userid="lisi")["openid"]
    path = "card/invoice/reimburse"
    pair = [INVOICE, {**INVOICE, "encrypt_code": "e2"}]
    closed, locked = "INVOICE_REIMBURSE_CLOSURE", "INVOICE_REIMBURSE_LOCK"

    answers = [
        contacts.post(f"{path}/updateinvoicestatus", **INVOICE, reimburse_status=locked),
        contacts.post(f"{path}/updateinvoicestatus", **INVOICE, reimburse_status=closed),
        contacts.post(
            f"{path}/updatestatusbatch", openid=openid, reimburse_status=locked, invoice_list=pair
        ),
        contacts.post(f"{path}/updatestatusbatch", openid="made up", invoice_list=pair),
        contacts.post(f"{path}/updateinvoicestatus", **INVOICE, reimburse_status="LOST"),
        contacts.post(f"{path}/getinvoiceinfobatch", item_list=[]),
        contacts.post(f"{path}/getinvoiceinfo", card_id="c1"),
    ]
    read = contacts.post(f"{path}/getinvoiceinfobatch", item_list=pair)["item_list"]

    assert errcodes(*answers) == [0, 0, 40058, 40073, 40058, 40063, 40058]
    assert [each["user_info"]["reimburse_status"] for each in read] == [
        closed,
        "INVOICE_REIMBURSE_INIT",
    ]
