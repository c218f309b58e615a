"""Who is told of changes of the contacts (通讯录变更, doc 90967-90972), and who is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from simulated import NOWHERE, Caller, events, tenant, until

from simulator import DEFAULT_ENCODING_AES_KEY, DEFAULT_TOKEN, Simulator

CALLBACK = {
    "url": NOWHERE,
    "token": DEFAULT_TOKEN,
    "encoding_aes_key": DEFAULT_ENCODING_AES_KEY,
}
OLD_FIELDS = {"ToUserName", "FromUserName", "CreateTime", "MsgType", "Event"}


@pytest.fixture(autouse=True)
def listeners(sim: Simulator) -> None:
    """Give the assistant a URL, and let `marketing`, as an app of a provider, hear all."""
    described: dict[str, Any] = tenant(marketing_url=NOWHERE)
    contacts, marketing, assistant = described["corps"][0]["apps"]
    assistant["callback"] = CALLBACK
    marketing["contact_changes"] = True
    assert "contact_changes" not in contacts
    sim.reset(described)
    sim.set_limits({"push_tries": 1})


def told(sim: Simulator, app: str) -> list[dict[str, Any]]:
    """Return the changes an app was told of, without the envelope."""
    return [
        {name: value for name, value in each.items() if name not in OLD_FIELDS}
        for each in events(sim, app)
        if each["Event"] == "change_contact"
    ]


CHANGES: list[tuple[Callable[[Simulator], object], dict[str, Any]]] = [
    (
        lambda sim: sim.add_member({"userid": "xinren", "name": "新", "department": [2, 3]}),
        {
            "ChangeType": "create_user",
            "UserID": "xinren",
            "Name": "新",
            "Department": "2,3",
            "Gender": "0",
            "Status": "1",
            "MainDepartment": "2",
        },
    ),
    (
        lambda sim: sim.change_member("lisi", {"name": "李小四", "position": "销售顾问"}),
        {"ChangeType": "update_user", "UserID": "lisi", "Name": "李小四"},
    ),
    (
        lambda sim: sim.change_member("lisi", {"department": [3]}),
        {"ChangeType": "update_user", "UserID": "lisi", "Department": "3"},
    ),
    (lambda sim: sim.remove_member("lisi"), {"ChangeType": "delete_user", "UserID": "lisi"}),
    (
        lambda sim: sim.add_department("新部门", parentid=2),
        {"ChangeType": "create_party", "Id": "4", "Name": "新部门", "ParentId": "2", "Order": "0"},
    ),
    (
        lambda sim: sim.change_department(3, parentid=2),
        {"ChangeType": "update_party", "Id": "3", "ParentId": "2"},
    ),
    (
        lambda sim: sim.change_department(3, name="服务部"),
        {"ChangeType": "update_party", "Id": "3", "Name": "服务部"},
    ),
    (
        lambda sim: sim.remove_department(sim.add_department("空")),
        {"ChangeType": "delete_party", "Id": "4"},
    ),
    (
        lambda sim: sim.tag_members("班长", userids=["lisi", "wangwu"], parties=[3]),
        {
            "ChangeType": "update_tag",
            "TagId": "1",
            "AddUserItems": "lisi,wangwu",
            "AddPartyItems": "3",
        },
    ),
]


@pytest.mark.parametrize(("change", "fields"), CHANGES)
def test_what_an_admin_does_is_told(
    sim: Simulator, change: Callable[[Simulator], object], fields: dict[str, Any]
) -> None:
    change(sim)

    assert told(sim, "marketing")[-1] == fields
    assert told(sim, "contacts") == []


def test_the_assistant_is_told_ids_and_departments_only(sim: Simulator) -> None:
    sim.add_member({"userid": "xinren", "name": "新", "department": [2, 3]})
    sim.change_member("xinren", {"name": "别名"})
    sim.change_member("xinren", {"name": "又名", "department": [2]})

    assert told(sim, "contact_sync") == [
        {"ChangeType": "create_user", "UserID": "xinren", "Department": "2,3"},
        {"ChangeType": "update_user", "UserID": "xinren", "Department": "2"},
    ]


def test_the_assistant_can_be_told_all_as_long_ago(sim: Simulator) -> None:
    sim.set_limits({"contact_sync_told_all": True})

    sim.change_member("lisi", {"name": "李小四"})

    assert told(sim, "contact_sync")[0]["Name"] == "李小四"


def test_nobody_is_told_of_what_stayed_as_it_was(sim: Simulator) -> None:
    sim.change_member("lisi", {"name": "李四", "department": [2]})
    sim.change_department(3, name="客服部")

    assert told(sim, "marketing") == []


def test_only_those_are_told_who_see_the_member(sim: Simulator) -> None:
    sim.change_app("marketing", visible_departments=[3])

    sim.change_member("lisi", {"name": "李小四"})
    sim.change_member("wangwu", {"name": "王小五"})
    sim.remove_member("lisi")
    sim.add_department("远", parentid=2)

    assert [each.get("UserID") for each in told(sim, "marketing")] == ["wangwu"]


def test_what_the_api_changed_is_told_to_others_and_not_to_the_author(sim: Simulator) -> None:
    contact_sync = Caller(sim, "simulated-secret-of-the-contact-assistant-1")
    new = {"userid": "xinren", "name": "新人", "mobile": "13800000000", "department": [2]}

    contact_sync.post("user/create", **new)
    contact_sync.post("user/update", userid="xinren", name="老人")
    contact_sync.get("user/delete", userid="xinren")
    contact_sync.post("department/create", name="新", parentid=1)
    contact_sync.get("department/delete", id=4)
    tagid = contact_sync.post("tag/create", tagname="班长")["tagid"]
    contact_sync.post("tag/addtagusers", tagid=tagid, userlist=["lisi"])
    contact_sync.post("tag/deltagusers", tagid=tagid, userlist=["lisi"])

    assert told(sim, "contact_sync") == []
    assert [each["ChangeType"] for each in told(sim, "marketing")] == [
        "create_user",
        "update_user",
        "delete_user",
        "create_party",
        "delete_party",
        "update_tag",
        "update_tag",
    ]
    assert told(sim, "marketing")[-1]["DelUserItems"] == "lisi"


def test_an_import_tells_of_each_member_and_department(sim: Simulator) -> None:
    contact_sync = Caller(sim, "simulated-secret-of-the-contact-assistant-1")
    for kind, text in (
        ("syncuser", "姓名,帐号,部门\n李小四,lisi,2\n新人,xinren,2\n"),
        ("replaceparty", "部门名称,部门ID,父部门ID,排序\n销售中心,2,1,100\n新,7,1,1\n"),
    ):
        rows = contact_sync.upload(text.encode(), kind="file", filename="rows.csv")["media_id"]
        contact_sync.post(f"batch/{kind}", media_id=rows)
        sim.finish_batch_jobs()

    assert [each["ChangeType"] for each in told(sim, "marketing")] == [
        "update_user",
        "create_user",
        "update_party",
        "create_party",
    ]


def test_a_suite_is_told_in_its_own_envelope(sim: Simulator) -> None:
    described: dict[str, Any] = tenant()
    described["corps"][0]["apps"].append(
        {"name": "suite", "kind": "suite", "suite_id": "wwsuite", "callback": CALLBACK}
    )
    sim.reset(described)

    sim.change_member("lisi", {"name": "李小四"})

    [event] = events(sim, "suite")
    assert (event["SuiteId"], event["InfoType"], event["ChangeType"], event["Name"]) == (
        "wwsuite",
        "change_contact",
        "update_user",
        "李小四",
    )


def test_who_joins_is_active_and_apps_that_see_them_are_told(sim: Simulator) -> None:
    sim.add_member({"userid": "invited", "status": 4, "department": [2]})

    sim.join("invited")

    subscribed = [each for each in events(sim, "contacts") if each["Event"] == "subscribe"]
    assert [(each["FromUserName"], each["AgentID"]) for each in subscribed] == [
        ("invited", "1000002")
    ]
    assert told(sim, "marketing")[-1]["Status"] == "1"
    assert Caller(sim).get("user/get", userid="invited")["status"] == 1


def test_the_end_of_invitations_is_told_to_who_sent_them(sim: Simulator) -> None:
    sim.add_member({"userid": "invited", "status": 4, "department": [2]})
    contacts = Caller(sim)

    contacts.post("batch/invite", user=["nobody"])
    contacts.post("batch/invite", user=["invited"])
    sim.advance(10)
    until(lambda: events(sim, "contacts"))

    [event] = events(sim, "contacts")
    assert (event["Event"], event["BatchJob"]["JobType"]) == ("batch_job_result", "invite_user")
