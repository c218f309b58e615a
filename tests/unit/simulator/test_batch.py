"""Imports (异步导入接口, doc 90980-90983) and invitations."""

from __future__ import annotations

from typing import Any

import pytest
from simulated import Caller, errcodes, events

from simulator import Simulator
from simulator.description import DEFAULT_ENCODING_AES_KEY

MEMBERS = "姓名,帐号,部门\n张三,zhangsan,2\n新人,xinren,2;3\n错部门,cuo,99\n"
DEPARTMENTS = "部门名称,部门ID,父部门ID,排序\n销售中心,2,1,100\n新部门,7,1,\n错,8,99,\n"


def media_id(caller: Caller, text: str, encoding: str = "utf-8-sig") -> str:
    answer = caller.upload(text.encode(encoding), kind="file", filename="rows.csv")
    found: str = answer["media_id"]
    return found


def start(caller: Caller, text: str = MEMBERS, kind: str = "syncuser") -> str:
    answer = caller.post(f"batch/{kind}", media_id=media_id(caller, text))
    assert answer["errcode"] == 0
    jobid: str = answer["jobid"]
    return jobid


def result(caller: Caller, jobid: str) -> dict[str, Any]:
    return caller.get("batch/getresult", jobid=jobid)


def test_a_job_goes_through_its_statuses_by_the_clock(sim: Simulator, contact_sync: Caller) -> None:
    jobid = start(contact_sync)
    seen = []

    for _ in range(3):
        seen.append(result(contact_sync, jobid))
        sim.advance(1)

    assert [each["status"] for each in seen] == [1, 2, 3]
    assert [each["percentage"] for each in seen] == [0, 50, 100]
    assert seen[1]["result"] == []
    assert [(row["userid"], row["errcode"]) for row in seen[2]["result"]] == [
        ("zhangsan", 0),
        ("xinren", 0),
        ("cuo", 60003),
    ]
    assert contact_sync.get("user/get", userid="xinren")["department"] == [2, 3]


def test_jobs_can_be_ended_by_hand(sim: Simulator, contact_sync: Caller) -> None:
    jobid = start(contact_sync)

    assert sim.finish_batch_jobs() == 1
    assert result(contact_sync, jobid)["status"] == 3
    assert sim.finish_batch_jobs() == 0


def test_the_end_is_told_to_the_callback_of_the_call(sim: Simulator, contact_sync: Caller) -> None:
    callback = {
        "url": "http://127.0.0.1:9/batch",
        "token": "T",
        "encodingaeskey": DEFAULT_ENCODING_AES_KEY,
    }
    jobid = contact_sync.post(
        "batch/syncuser", media_id=media_id(contact_sync, MEMBERS), callback=callback
    )["jobid"]
    sim.finish_batch_jobs()

    [push] = sim.pushes()
    [event] = events(sim)
    assert (push["url"], push["event"]) == ("http://127.0.0.1:9/batch", "batch_job_result")
    assert event["BatchJob"] == {
        "JobId": jobid,
        "JobType": "sync_user",
        "ErrCode": "0",
        "ErrMsg": "ok",
    }


def test_a_wrong_callback_is_refused(contact_sync: Caller) -> None:
    for callback in ("text", {"url": "http://x", "token": "T", "encodingaeskey": "short"}):
        answer = contact_sync.post(
            "batch/syncuser", media_id=media_id(contact_sync, MEMBERS), callback=callback
        )

        assert answer["errcode"] == 40058


def test_one_import_at_a_time(sim: Simulator, contact_sync: Caller) -> None:
    start(contact_sync)

    second = contact_sync.post("batch/syncuser", media_id=media_id(contact_sync, MEMBERS))
    sim.finish_batch_jobs()
    third = contact_sync.post("batch/syncuser", media_id=media_id(contact_sync, MEMBERS))

    assert errcodes(second, third) == [302008, 0]


def test_only_the_last_five_results_are_kept(sim: Simulator, contact_sync: Caller) -> None:
    jobids = []
    for _ in range(6):
        jobids.append(start(contact_sync))
        sim.finish_batch_jobs()

    answers = [result(contact_sync, jobid) for jobid in jobids[:2]]

    assert errcodes(*answers, result(contact_sync, "unknown")) == [40089, 0, 40088]


def test_replacing_all_members_deletes_the_others(sim: Simulator, contact_sync: Caller) -> None:
    text = "姓名,帐号,部门\n张三,zhangsan,2\n李四,lisi,2\n王五,wangwu,3\n新人,xinren,3\n"
    jobid = start(contact_sync, text, "replaceuser")
    sim.finish_batch_jobs()

    rows = [row["userid"] for row in result(contact_sync, jobid)["result"]]

    assert rows == ["zhangsan", "lisi", "wangwu", "xinren", "admin", "zhaoliu"]
    assert contact_sync.get("user/get", userid="admin")["errcode"] == 60111


def test_an_import_that_deletes_nearly_everyone_is_stopped(contact_sync: Caller) -> None:
    text = "姓名,帐号,部门\n新人,xinren,2\n"

    answer = contact_sync.post("batch/replaceuser", media_id=media_id(contact_sync, text))

    assert answer["errcode"] == 45026


def test_departments_tell_what_was_done_to_them(sim: Simulator, contact_sync: Caller) -> None:
    jobid = start(contact_sync, DEPARTMENTS, "replaceparty")
    sim.finish_batch_jobs()

    rows = result(contact_sync, jobid)["result"]

    assert [(row["partyid"], row["action"], row["errcode"]) for row in rows] == [
        (2, 2, 0),
        (7, 1, 0),
        (8, 0, 60004),
    ]


@pytest.mark.parametrize(
    ("text", "errcode"),
    [
        ("", 40006),
        ("no header at all", 40092),
        ("姓名,部门\n张三,1\n", 40092),
        ("姓名,帐号\n张三,\n", 40092),
        ("姓名,帐号\n张三,a\n李四,a\n", 302003),
    ],
)
def test_refuses_files_the_platform_refuses(contact_sync: Caller, text: str, errcode: int) -> None:
    upload = contact_sync.upload(text.encode() or b"x", kind="file", filename="rows.csv")
    if upload["errcode"]:
        assert upload["errcode"] == errcode
        return

    answer = contact_sync.post("batch/syncuser", media_id=upload["media_id"])

    assert answer["errcode"] == errcode


def test_files_in_the_encoding_of_spreadsheets_are_read(
    sim: Simulator, contact_sync: Caller
) -> None:
    found = media_id(contact_sync, MEMBERS, "gb18030")

    contact_sync.post("batch/syncuser", media_id=found)
    sim.finish_batch_jobs()

    assert contact_sync.get("user/get", userid="xinren")["name"] == "新人"


@pytest.mark.parametrize("number", ["x", "²"])
def test_departments_without_numbers_are_refused_row_by_row(
    sim: Simulator, contact_sync: Caller, number: str
) -> None:
    text = f"部门名称,部门ID,父部门ID\n坏,{number},1\n移,3,2\n"
    jobid = start(contact_sync, text, "replaceparty")
    sim.finish_batch_jobs()

    rows = result(contact_sync, jobid)["result"]

    assert [(row["errcode"], row["action"]) for row in rows] == [(40058, 0), (0, 2 + 4 + 8)]


def test_imports_need_the_contact_assistants_secret(contacts: Caller) -> None:
    assert contacts.post("batch/syncuser", media_id="x")["errcode"] == 48002


def test_a_file_that_is_missing_or_a_picture_is_refused(contact_sync: Caller) -> None:
    picture = contact_sync.upload()["media_id"]

    answers = [
        contact_sync.post("batch/syncuser"),
        contact_sync.post("batch/syncuser", media_id="unknown"),
        contact_sync.post("batch/syncuser", media_id=picture),
    ]

    assert errcodes(*answers) == [41006, 40007, 40007]


def test_an_invitation_tells_whom_it_cannot_reach(contacts: Caller) -> None:
    answer = contacts.post("batch/invite", user=["zhangsan", "nobody"], party=[2, 99], tag=[1])

    assert (answer["invaliduser"], answer["invalidparty"], answer["invalidtag"]) == (
        ["nobody"],
        [99],
        [1],
    )


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({}, 40063),
        ({"user": ["a"] * 1001}, 40032),
        ({"party": [1] * 101}, 40058),
        ({"party": ["one"]}, 40058),
    ],
)
def test_an_invitation_refuses_wrong_lists(
    contacts: Caller, body: dict[str, object], errcode: int
) -> None:
    assert contacts.post("batch/invite", **body)["errcode"] == errcode


@pytest.mark.parametrize(
    ("row", "errcode"),
    [
        ("新人,xinren,13800000000,a@example.com,2,男", 0),
        ("新人,xinren,,,,", 0),
        ("新人,has space,,,2,", 40003),
        (f"{'长' * 65},xinren,,,2,", 60112),
        ("新人,xinren,call me,,2,", 60103),
        ("新人,xinren,13900000000,,2,", 60104),
        ("新人,xinren,,no address,2,", 60105),
        ("新人,xinren,,,99,", 60003),
        ("新人,xinren,,,sales,", 40066),
        ("新人,xinren,,,²,", 40066),
        ("新人,xinren,,,2,neither", 40058),
    ],
)
def test_each_row_is_judged_by_itself(
    sim: Simulator, contact_sync: Caller, row: str, errcode: int
) -> None:
    sim.change_member("lisi", {"mobile": "13900000000"})
    text = f"姓名,帐号,手机号,邮箱,所在部门,性别\n王五五,wangwu,,,3,\n{row}\n"
    jobid = start(contact_sync, text)
    sim.finish_batch_jobs()

    first, second = result(contact_sync, jobid)["result"]

    assert (first["errcode"], second["errcode"]) == (0, errcode)
    assert contact_sync.get("user/get", userid="wangwu")["name"] == "王五五"
    assert ("xinren" in sim.tenant.corp().members) == (errcode == 0)


def test_an_empty_cell_leaves_what_is_there(sim: Simulator, contact_sync: Caller) -> None:
    start(contact_sync, "姓名,帐号,部门,职务\n张三三,zhangsan,,\n")
    sim.finish_batch_jobs()

    member = contact_sync.get("user/get", userid="zhangsan")
    assert (member["name"], member["department"], member["position"]) == (
        "张三三",
        [2],
        "销售经理",
    )


def test_departments_that_are_not_in_the_file_go_when_they_are_empty(
    sim: Simulator, contact_sync: Caller
) -> None:
    empty = sim.add_department("空", parentid=2)
    start(contact_sync, "部门名称,部门ID,父部门ID\n销售部,2,1\n", "replaceparty")
    sim.finish_batch_jobs()

    kept = contact_sync.get("department/simplelist")["department_id"]

    assert [each["id"] for each in kept] == [1, 2, 3]
    assert empty == 4


def test_a_department_does_not_get_below_itself(sim: Simulator, contact_sync: Caller) -> None:
    jobid = start(
        contact_sync, "部门名称,部门ID,父部门ID\n销售部,2,1\n客服部,3,3\n", "replaceparty"
    )
    sim.finish_batch_jobs()

    assert [row["errcode"] for row in result(contact_sync, jobid)["result"]] == [0, 60010]
