"""Group chats with customers (客户群, doc 92120, 92122)."""

from __future__ import annotations

import pytest
from simulated import Caller, errcodes, events

from errors import ActionImpossible
from simulator import Simulator

GET = "externalcontact/groupchat/get"
LIST = "externalcontact/groupchat/list"


def test_a_chat_is_shown_with_its_members(sim: Simulator, contacts: Caller) -> None:
    customer = sim.add_customer("zhangsan", name="小明")
    chat_id = sim.create_group_chat("zhangsan", name="春季活动群", members=["lisi"])
    sim.join_group_chat(chat_id, customer, by_qr_code=True, state="poster")

    named = contacts.post(GET, chat_id=chat_id, need_name=1)["group_chat"]
    unnamed = contacts.post(GET, chat_id=chat_id)["group_chat"]

    assert (named["name"], named["owner"]) == ("春季活动群", "zhangsan")
    assert [(each["userid"], each["type"]) for each in named["member_list"]] == [
        ("zhangsan", 1),
        ("lisi", 1),
        (customer, 2),
    ]
    joined = named["member_list"][2]
    assert (joined["name"], joined["join_scene"], joined["state"]) == ("小明", 3, "poster")
    assert "name" not in unnamed["member_list"][0]


def test_each_change_of_membership_has_a_version(sim: Simulator, contacts: Caller) -> None:
    customer = sim.add_customer("zhangsan")
    chat_id = sim.create_group_chat("zhangsan")
    created = contacts.post(GET, chat_id=chat_id)["group_chat"]["member_version"]

    sim.join_group_chat(chat_id, customer)
    sim.leave_group_chat(chat_id, customer, removed=True)

    joined, left = events(sim, "contacts")[-2:]
    assert (joined["UpdateDetail"], left["UpdateDetail"]) == ("add_member", "del_member")
    assert (joined["JoinScene"], left["QuitScene"]) == ("0", "1")
    assert joined["MemChangeList"] == {"Item": customer}
    assert joined["MemChangeCnt"] == "1"
    assert joined["LastMemVer"] == created
    assert joined["CurMemVer"] == left["LastMemVer"]
    assert contacts.post(GET, chat_id=chat_id)["group_chat"]["member_version"] == left["CurMemVer"]


def test_the_api_can_lag_behind_the_event(sim: Simulator, contacts: Caller) -> None:
    sim.set_limits({"group_chat_lag_seconds": 3})
    chat_id = sim.create_group_chat("zhangsan")
    sim.advance(10)
    sim.join_group_chat(chat_id, "lisi")

    early = contacts.post(GET, chat_id=chat_id)["group_chat"]
    sim.advance(3)
    late = contacts.post(GET, chat_id=chat_id)["group_chat"]

    assert (len(early["member_list"]), len(late["member_list"])) == (1, 2)
    assert early["member_version"] != late["member_version"]


def test_every_kind_of_change_is_told(sim: Simulator) -> None:
    chat_id = sim.create_group_chat("zhangsan")
    sim.change_group_chat(chat_id, owner="lisi", name="新名", notice="公告")
    sim.dismiss_group_chat(chat_id)

    told = [
        (event["ChangeType"], event.get("UpdateDetail"))
        for event in events(sim, "contacts")
        if event["ChatId"] == chat_id
    ]

    assert told == [
        ("create", None),
        ("update", "change_owner"),
        ("update", "change_name"),
        ("update", "change_notice"),
        ("dismiss", None),
    ]


def test_refuses_chats_that_are_gone_unknown_or_out_of_range(
    sim: Simulator, contacts: Caller
) -> None:
    gone = sim.create_group_chat("zhangsan")
    sim.dismiss_group_chat(gone)
    hidden = sim.create_group_chat("wangwu")
    sim.change_app("contacts", visible_departments=[2])

    answers = [
        contacts.post(GET),
        contacts.post(GET, chat_id="wrunknown"),
        contacts.post(GET, chat_id=gone),
        contacts.post(GET, chat_id=hidden),
    ]

    assert errcodes(*answers) == [40050, 40050, 49008, 60011]


def test_lists_page_by_page_and_by_owner(sim: Simulator, contacts: Caller) -> None:
    mine = [sim.create_group_chat("zhangsan") for _ in range(3)]
    other = sim.create_group_chat("lisi")

    first = contacts.post(LIST, limit=2)
    second = contacts.post(LIST, limit=2, cursor=first["next_cursor"])
    owned = contacts.post(LIST, limit=10, owner_filter={"userid_list": ["lisi"]})

    listed = [each["chat_id"] for page in (first, second) for each in page["group_chat_list"]]
    assert listed == [*mine, other]
    assert "next_cursor" not in second
    assert owned["group_chat_list"] == [{"chat_id": other, "status": 0}]


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({}, 40058),
        ({"limit": 0}, 40058),
        ({"limit": 1001}, 40058),
        ({"limit": 10, "status_filter": 4}, 40058),
        ({"limit": 10, "owner_filter": {"userid_list": ["zhangsan"] * 101}}, 40058),
        ({"limit": 10, "owner_filter": {"userid_list": ["nobody"]}}, 60111),
        ({"limit": 10, "owner_filter": "zhangsan"}, 40058),
        ({"limit": 10, "cursor": "???"}, 50100),
    ],
)
def test_a_list_refuses_wrong_arguments(
    contacts: Caller, body: dict[str, object], errcode: int
) -> None:
    assert contacts.post(LIST, **body)["errcode"] == errcode


def test_too_many_visible_members_need_a_filter(sim: Simulator, contacts: Caller) -> None:
    members = sim.tenant.corp().members
    for number in range(1000):
        members[f"m{number}"] = members["lisi"]

    answers = [
        contacts.post(LIST, limit=10),
        contacts.post(LIST, limit=10, owner_filter={"userid_list": ["zhangsan"]}),
    ]

    assert errcodes(*answers) == [81017, 0]


def test_a_chat_can_be_looked_at_by_its_members(sim: Simulator) -> None:
    chat_id = sim.create_group_chat("zhangsan", name="群", members=["lisi"])

    seen = sim.group_chat(chat_id)

    assert (seen["name"], seen["owner"], seen["members"]) == (
        "群",
        "zhangsan",
        ["zhangsan", "lisi"],
    )


def test_people_do_not_do_the_impossible(sim: Simulator) -> None:
    chat_id = sim.create_group_chat("zhangsan")

    for impossible in (
        lambda: sim.create_group_chat("nobody"),
        lambda: sim.join_group_chat(chat_id, "zhangsan"),
        lambda: sim.join_group_chat(chat_id, "nobody"),
        lambda: sim.leave_group_chat(chat_id, "lisi"),
        lambda: sim.dismiss_group_chat("wrunknown"),
    ):
        with pytest.raises(ActionImpossible):
            impossible()
