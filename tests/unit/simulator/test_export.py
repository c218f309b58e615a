"""Exports of the contacts (异步导出接口, doc 94849-94854)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from simulated import Caller, errcodes, events, until

from crypto import decode_key, decrypt_media
from simulator import DEFAULT_ENCODING_AES_KEY, Simulator

KEY = {"encoding_aeskey": DEFAULT_ENCODING_AES_KEY}
Judge = Callable[[dict[str, Any]], bool]
KINDS = ["simple_user", "user", "department", "taguser"]


@pytest.fixture
def tagid(sim: Simulator, contacts: Caller) -> int:
    """A tag on lisi and department 3 that the app may see."""
    made: int = contacts.post("tag/create", tagname="班长")["tagid"]
    contacts.post("tag/addtagusers", tagid=made, userlist=["lisi"], partylist=[3])
    return made


def files(contacts: Caller, jobid: str) -> list[dict[str, Any]]:
    """Return the files of an export that has ended, as JSON."""
    answer = contacts.get("export/get_result", jobid=jobid)
    assert answer["status"] == 2
    return [opened(contacts, each) for each in answer["data_list"]]


def opened(contacts: Caller, part: dict[str, Any]) -> dict[str, Any]:
    response = contacts.http.get(urlsplit(part["url"]).path)
    assert response.status_code == 200
    assert len(response.data) == part["size"]
    assert hashlib.md5(response.data, usedforsecurity=False).hexdigest() == part["md5"]
    content = decrypt_media(decode_key(DEFAULT_ENCODING_AES_KEY), response.data)
    document: dict[str, Any] = json.loads(content)
    return document


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (
            "simple_user",
            lambda file: (
                [each["userid"] for each in file["userlist"]]
                == ["zhangsan", "lisi", "wangwu", "zhaoliu", "admin"]
            ),
        ),
        ("user", lambda file: file["userlist"][1]["position"] == "销售顾问"),
        ("department", lambda file: [each["id"] for each in file["department"]] == [1, 2, 3]),
        (
            "taguser",
            lambda file: (file["userlist"][0]["userid"], file["partylist"]) == ("lisi", [3]),
        ),
    ],
)
def test_an_export_is_an_encrypted_file(
    sim: Simulator, contacts: Caller, tagid: int, kind: str, found: Judge
) -> None:
    body = {**KEY, "tagid": tagid} if kind == "taguser" else KEY
    jobid = contacts.post(f"export/{kind}", **body)["jobid"]
    sim.advance(10)

    [file] = files(contacts, jobid)

    assert found(file)


def test_only_what_the_app_sees_is_exported(sim: Simulator, contacts: Caller) -> None:
    sim.change_app("contacts", visible_departments=[3])
    jobids = [contacts.post(f"export/{kind}", **KEY)["jobid"] for kind in ("user", "department")]
    sim.advance(10)

    [users], [departments] = (files(contacts, jobid) for jobid in jobids)

    assert [each["userid"] for each in users["userlist"]] == ["wangwu", "zhaoliu"]
    assert [each["id"] for each in departments["department"]] == [3]


def test_a_job_goes_through_its_statuses_and_its_end_is_told(
    sim: Simulator, contacts: Caller
) -> None:
    jobid = contacts.post("export/user", **KEY)["jobid"]
    statuses = []
    for _ in range(3):
        statuses.append(contacts.get("export/get_result", jobid=jobid)["status"])
        sim.advance(1)
    until(lambda: events(sim))

    [event] = events(sim)
    assert statuses == [0, 1, 2]
    assert event["BatchJob"] == {
        "JobId": jobid,
        "JobType": "export_user",
        "ErrCode": "0",
        "ErrMsg": "ok",
    }


def test_a_file_may_be_had_for_two_hours_and_in_parts(sim: Simulator, contacts: Caller) -> None:
    jobid = contacts.post("export/user", **KEY)["jobid"]
    sim.advance(10)
    [part] = contacts.get("export/get_result", jobid=jobid)["data_list"]
    path = urlsplit(part["url"]).path

    partial = contacts.http.get(path, headers={"Range": "bytes=0-31"})
    sim.advance(7200)
    late = contacts.http.get(path)

    assert (partial.status_code, len(partial.data)) == (206, 32)
    assert (late.status_code, late.data) == (403, b"")
    assert contacts.http.get("/downloads/made-up").status_code == 403


def test_a_result_is_kept_for_a_day(sim: Simulator, contacts: Caller) -> None:
    sim.set_limits({"token_seconds": 1_000_000})
    contacts = Caller(sim)
    sim.revoke_tokens()
    contacts.access_token = contacts.gettoken()["access_token"]
    jobid = contacts.post("export/user", **KEY)["jobid"]
    sim.advance(86_400 + 10)

    assert contacts.get("export/get_result", jobid=jobid)["errcode"] == 40089


@pytest.mark.parametrize("kind", KINDS[:3])
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"encoding_aeskey": "short"},
        {"encoding_aeskey": 7},
        {**KEY, "block_size": 9_999},
        {**KEY, "block_size": 1_000_001},
        {**KEY, "block_size": "many"},
    ],
)
def test_refuses_keys_and_sizes_that_cannot_be(
    contacts: Caller, kind: str, body: dict[str, object]
) -> None:
    answer = contacts.post(f"export/{kind}", **body)

    assert answer["errcode"] == 40058
    assert "jobid" not in answer


def test_jobs_and_tags_of_others_are_none(contacts: Caller, marketing: Caller, tagid: int) -> None:
    jobid = contacts.post("export/user", **KEY)["jobid"]

    answers = [
        marketing.get("export/get_result", jobid=jobid),
        contacts.get("export/get_result", jobid="made up"),
        contacts.get("export/get_result"),
        marketing.post("export/taguser", **KEY, tagid=tagid),
        contacts.post("export/taguser", **KEY, tagid=99),
    ]

    assert errcodes(*answers) == [40088, 40088, 40058, 60011, 40068]
