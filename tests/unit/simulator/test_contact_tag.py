"""Tags of members and departments (标签管理, doc 90210-90216)."""

from __future__ import annotations

import pytest
from simulated import Caller, errcodes

from simulator import Simulator


@pytest.fixture
def tagid(contacts: Caller) -> int:
    """A tag of the app, on lisi and department 3."""
    made: int = contacts.post("tag/create", tagname="班长")["tagid"]
    contacts.post("tag/addtagusers", tagid=made, userlist=["lisi"], partylist=[3])
    return made


def test_a_tag_is_made_renamed_and_deleted(contacts: Caller) -> None:
    created = contacts.post("tag/create", tagname="班长", tagid=0)
    renamed = contacts.post("tag/update", tagid=0, tagname="组长")
    listed = contacts.get("tag/list")["taglist"]
    deleted = contacts.get("tag/delete", tagid=0)

    assert (created["tagid"], created["errmsg"]) == (0, "created")
    assert (renamed["errmsg"], deleted["errmsg"]) == ("updated", "deleted")
    assert listed == [{"tagid": 0, "tagname": "组长"}]
    assert contacts.get("tag/list")["taglist"] == []


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({}, 40072),
        ({"tagname": "x" * 33}, 40072),
        ({"tagname": "班长"}, 40071),
        ({"tagname": "x", "tagid": 1}, 40068),
        ({"tagname": "x", "tagid": -1}, 40058),
    ],
)
@pytest.mark.usefixtures("tagid")
def test_refuses_tags_that_cannot_be(
    contacts: Caller, body: dict[str, object], errcode: int
) -> None:
    assert contacts.post("tag/create", **body)["errcode"] == errcode


def test_who_has_a_tag_is_told(contacts: Caller, tagid: int) -> None:
    answer = contacts.get("tag/get", tagid=tagid)

    assert answer["tagname"] == "班长"
    assert answer["userlist"] == [{"userid": "lisi", "name": "李四"}]
    assert answer["partylist"] == [3]


def test_whom_the_app_does_not_see_is_not_told(
    sim: Simulator, contacts: Caller, tagid: int
) -> None:
    sim.change_app("contacts", visible_departments=[3])

    answer = contacts.get("tag/get", tagid=tagid)

    assert (answer["userlist"], answer["partylist"]) == ([], [3])


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [
        ("add", {"userlist": ["zhangsan"]}, {"errcode": 0}),
        (
            "add",
            {"userlist": ["zhangsan", "a", "b"], "partylist": [2, 99]},
            {"errcode": 0, "invalidlist": "a|b", "invalidparty": [99]},
        ),
        ("add", {"userlist": ["a"]}, {"errcode": 40070}),
        ("add", {}, {"errcode": 40063}),
        ("add", {"userlist": ["a"] * 1001}, {"errcode": 81014}),
        ("add", {"partylist": [1] * 101}, {"errcode": 81014}),
        ("add", {"partylist": ["1"]}, {"errcode": 40058}),
        ("del", {"userlist": ["lisi", "a"]}, {"errcode": 0, "invalidlist": "a"}),
        ("del", {"partylist": [99]}, {"errcode": 40031}),
    ],
)
def test_targets_that_do_not_exist_are_told(
    contacts: Caller, tagid: int, path: str, body: dict[str, object], answer: dict[str, object]
) -> None:
    got = contacts.post(f"tag/{path}tagusers", tagid=tagid, **body)

    assert got.items() >= answer.items()


def test_a_tag_belongs_to_the_app_that_made_it(
    sim: Simulator, contacts: Caller, marketing: Caller, contact_sync: Caller, tagid: int
) -> None:
    strange = [
        marketing.get("tag/get", tagid=tagid),
        marketing.post("tag/update", tagid=tagid, tagname="x"),
        contact_sync.get("tag/get", tagid=tagid),
        contact_sync.get("tag/delete", tagid=tagid),
        contacts.get("tag/get", tagid=99),
    ]
    sim.change_app("marketing", visible_tags=[tagid])
    visible = marketing.get("tag/get", tagid=tagid)

    assert errcodes(*strange, visible) == [60011, 60011, 0, 81011, 40068, 0]
    assert marketing.get("tag/list")["taglist"] == [{"tagid": tagid, "tagname": "班长"}]


def test_a_deleted_member_has_no_tag(contacts: Caller, contact_sync: Caller, tagid: int) -> None:
    contact_sync.get("user/delete", userid="lisi")

    assert contacts.get("tag/get", tagid=tagid)["userlist"] == []


def test_messages_and_invitations_reach_those_with_a_tag(
    sim: Simulator, contacts: Caller, tagid: int
) -> None:
    sent = contacts.post(
        "message/send",
        agentid=1000002,
        msgtype="text",
        text={"content": "好"},
        totag=f"{tagid}|99",
    )
    invited = contacts.post("batch/invite", tag=[tagid, 99])

    assert sent["invalidtag"] == "99"
    assert sim.messages()[0]["userids"] == ["lisi", "wangwu", "zhaoliu"]
    assert invited["invalidtag"] == [99]
