"""Members (成员管理, doc 90195-90203, 95402, 95895, 96067)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from simulated import Caller, errcodes

from errors import ActionImpossible
from simulator import Simulator

NEW: dict[str, Any] = {
    "userid": "xinren",
    "name": "新人",
    "department": [2],
    "mobile": "13800000000",
}


@pytest.fixture
def taken(contact_sync: Caller) -> None:
    """A member whose mobile and e-mail nobody else may have."""
    other = {"userid": "taken", "mobile": "13900000000", "email": "a@example.com"}
    assert contact_sync.post("user/create", **{**NEW, **other})["errcode"] == 0


def test_a_member_is_created_read_changed_and_deleted(contact_sync: Caller) -> None:
    created = contact_sync.post("user/create", **NEW, position="销售", alias="x", gender="1")
    read = contact_sync.get("user/get", userid="xinren")
    updated = contact_sync.post("user/update", userid="xinren", name="老人", department=[2, 3])
    changed = contact_sync.get("user/get", userid="xinren")
    deleted = contact_sync.get("user/delete", userid="xinren")

    assert [each["errmsg"] for each in (created, updated, deleted)] == [
        "created",
        "updated",
        "deleted",
    ]
    assert (read["status"], read["position"], read["main_department"]) == (4, "销售", 2)
    assert (changed["name"], changed["department"]) == ("老人", [2, 3])
    assert contact_sync.get("user/get", userid="xinren")["errcode"] == 60111


@pytest.mark.usefixtures("taken")
@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"userid": None}, 40058),
        ({"userid": "with space"}, 40003),
        ({"userid": "_underscore_first"}, 40003),
        ({"userid": "x" * 65}, 40003),
        ({"userid": "ZhangSan"}, 60102),
        ({"name": ""}, 60112),
        ({"name": "x" * 65}, 60112),
        ({"mobile": ""}, 60129),
        ({"mobile": "call me"}, 60103),
        ({"mobile": 13800000000}, 60103),
        ({"mobile": "13900000000"}, 60104),
        ({"email": "no at sign"}, 60105),
        ({"email": "x" * 60 + "@example.com"}, 60105),
        ({"email": "a@example.com"}, 60106),
        ({"department": []}, 40066),
        ({"department": "2"}, 40066),
        ({"department": [True]}, 40066),
        ({"department": [99]}, 60003),
        ({"department": [2] * 101}, 60110),
        ({"main_department": 3}, 40058),
        ({"is_leader_in_dept": [1, 0]}, 60132),
        ({"is_leader_in_dept": [2]}, 40058),
        ({"order": [1, 2]}, 40058),
        ({"direct_leader": ["nobody"]}, 60111),
        ({"direct_leader": ["lisi", "wangwu"]}, 40058),
        ({"telephone": "none"}, 60141),
        ({"gender": "3"}, 40058),
        ({"extattr": "text"}, 40058),
        ({"enable": 2}, 40058),
        ({"avatar_mediaid": "unknown"}, 40007),
    ],
)
def test_a_member_wrongly_described_is_refused(
    contact_sync: Caller, change: dict[str, object], errcode: int
) -> None:
    answer = contact_sync.post("user/create", **{**NEW, **change})

    assert answer["errcode"] == errcode
    assert contact_sync.get("user/get", userid="xinren")["errcode"] == 60111


def test_a_member_is_disabled_and_enabled_again(contact_sync: Caller) -> None:
    statuses = []
    for enable in (0, None, 1):
        contact_sync.post("user/update", userid="lisi", enable=enable)
        statuses.append(contact_sync.get("user/get", userid="lisi")["status"])

    assert statuses == [2, 2, 1]


def test_a_userid_of_the_system_changes_once_with_all_that_hangs_on_it(
    sim: Simulator, contacts: Caller, contact_sync: Caller
) -> None:
    sim.add_member({"userid": "system-made", "userid_given": False})
    customer = sim.add_customer("system-made")
    tagid = sim.tag_members("班长", userids=["system-made"])
    chat_id = sim.create_group_chat("system-made")
    sim.change_member("lisi", {"direct_leader": ["system-made"]})

    answers = [
        contact_sync.post("user/update", userid="system-made", new_userid="lisi"),
        contact_sync.post("user/update", userid="system-made", new_userid="chosen"),
        contact_sync.post("user/update", userid="chosen", new_userid="again"),
        contact_sync.post("user/update", userid="zhangsan", new_userid="zhang"),
    ]

    assert errcodes(*answers) == [60102, 0, 40003, 40003]
    assert contacts.get("externalcontact/list", userid="chosen")["external_userid"] == [customer]
    tagged = contact_sync.get("tag/get", tagid=tagid)["userlist"]
    assert [each["userid"] for each in tagged] == ["chosen"]
    chat = contacts.post("externalcontact/groupchat/get", chat_id=chat_id)["group_chat"]
    assert (chat["owner"], chat["member_list"][0]["userid"]) == ("chosen", "chosen")
    assert contact_sync.get("user/get", userid="lisi")["direct_leader"] == ["chosen"]


def test_several_are_deleted_at_once(contact_sync: Caller) -> None:
    answers = [
        contact_sync.post("user/batchdelete", useridlist=list_)
        for list_ in (["lisi", "nobody"], ["nobody"], [], ["a"] * 201)
    ]

    assert errcodes(*answers) == [0, 40031, 40063, 40032]
    assert contact_sync.get("user/get", userid="lisi")["errcode"] == 60111


@pytest.mark.parametrize("path", ["create", "update", "delete", "batchdelete", "list_id"])
def test_only_the_contact_assistant_writes(contacts: Caller, path: str) -> None:
    send = contacts.get if path == "delete" else contacts.post

    assert send(f"user/{path}", userid="lisi")["errcode"] == 48002


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"department_id": 2}, ["zhangsan", "lisi"]),
        ({"department_id": 1}, ["admin"]),
        (
            {"department_id": 1, "fetch_child": 1},
            ["zhangsan", "lisi", "wangwu", "zhaoliu", "admin"],
        ),
        ({"department_id": 2, "status": 2}, []),
        ({"department_id": 2, "status": 1}, ["zhangsan", "lisi"]),
    ],
)
@pytest.mark.parametrize("path", ["user/list", "user/simplelist"])
def test_the_members_of_a_department_are_listed(
    contacts: Caller, path: str, query: dict[str, int], found: list[str]
) -> None:
    listed = contacts.get(path, **query)["userlist"]

    assert [each["userid"] for each in listed] == found
    assert all(each["name"] and each["open_userid"] for each in listed)


def test_a_list_shows_only_whom_the_app_sees(sim: Simulator, contacts: Caller) -> None:
    sim.change_app("contacts", visible_departments=[3], visible_userids=["lisi"])

    answers = [contacts.get("user/simplelist", department_id=each) for each in (2, 3, 1, 99, "x")]

    assert [[each["userid"] for each in answer["userlist"]] for answer in answers] == [
        ["lisi"],
        ["wangwu", "zhaoliu"],
        [],
        [],
        [],
    ]
    assert errcodes(*answers) == [0, 0, 60011, 60003, 40058]


def test_an_app_sees_those_with_a_tag_of_its_range(sim: Simulator, contacts: Caller) -> None:
    tagid = sim.tag_members("班长", userids=["lisi"], parties=[3])
    sim.change_app("contacts", visible_departments=[], visible_tags=[tagid])

    answers = [contacts.get("user/get", userid=each) for each in ("lisi", "wangwu", "zhangsan")]

    assert errcodes(*answers) == [0, 0, 60011]


def test_ids_are_listed_page_by_page(contact_sync: Caller) -> None:
    contact_sync.post("user/update", userid="lisi", department=[2, 3])
    pairs, cursor = [], ""
    while True:
        answer = contact_sync.post("user/list_id", limit=2, cursor=cursor)
        pairs += [(each["userid"], each["department"]) for each in answer["dept_user"]]
        cursor = answer["next_cursor"]
        if not cursor:
            break

    assert ("lisi", 2) in pairs
    assert ("lisi", 3) in pairs
    assert len(pairs) == 6
    assert contact_sync.post("user/list_id", cursor="made up")["errcode"] == 50100


def test_ids_and_openids_are_converted(sim: Simulator, contacts: Caller) -> None:
    openid = contacts.post("user/convert_to_openid", userid="lisi")["openid"]
    sim.add_member({"userid": "invited", "status": 4})

    answers = [
        contacts.post("user/convert_to_userid", openid="made up"),
        contacts.post("user/convert_to_openid", userid="invited"),
        contacts.post("user/convert_to_openid", userid="nobody"),
    ]

    assert contacts.post("user/convert_to_userid", openid=openid)["userid"] == "lisi"
    assert errcodes(*answers) == [40073, 43004, 60111]


def test_the_second_verification_is_answered_once(sim: Simulator, contacts: Caller) -> None:
    sim.require_verification("lisi")

    answers = [contacts.get("user/authsucc", userid="lisi") for _ in range(2)]

    assert errcodes(*answers) == [0, 40058]


def test_the_active_members_of_a_day_are_counted(sim: Simulator, contacts: Caller) -> None:
    today = (datetime.fromtimestamp(sim.now(), UTC) + timedelta(hours=8)).date()
    days = [today, today - timedelta(days=30), today - timedelta(days=31), today + timedelta(1)]

    answers = [contacts.post("user/get_active_stat", date=str(day)) for day in days]
    wrong = contacts.post("user/get_active_stat", date="yesterday")
    sim.change_app("contacts", visible_departments=[2])
    out_of_range = contacts.post("user/get_active_stat", date=str(today))

    assert answers[0]["active_cnt"] == 5
    assert errcodes(*answers, wrong, out_of_range) == [0, 0, 40058, 40058, 40058, 60011]


def test_the_code_for_joining_has_a_size(contact_sync: Caller) -> None:
    answers = [contact_sync.get("corp/get_join_qrcode", size_type=each) for each in (1, 4, 5)]

    assert answers[1]["join_qrcode"].startswith("https://")
    assert errcodes(*answers) == [0, 0, 40058]


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [
        ("user/getuserid", {"mobile": "13900000000"}, "taken"),
        ("user/getuserid", {"mobile": "13900000001"}, 46004),
        ("user/getuserid", {"mobile": "1"}, 60103),
        ("user/get_userid_by_email", {"email": "a@example.com", "email_type": 2}, "taken"),
        ("user/get_userid_by_email", {"email": "a@example.com"}, 46004),
        ("user/get_userid_by_email", {"email": "a@example.com", "email_type": 3}, 40058),
        ("user/get_userid_by_email", {}, 60105),
    ],
)
@pytest.mark.usefixtures("taken")
def test_members_are_found_by_mobile_and_email(
    contacts: Caller, path: str, body: dict[str, object], answer: str | int
) -> None:
    found = contacts.post(path, **body)

    assert answer in (found["errcode"], found.get("userid"))


def test_the_contact_assistant_may_be_left_with_ids_alone(
    sim: Simulator, contacts: Caller, contact_sync: Caller
) -> None:
    sim.set_limits({"contact_sync_reads_ids_only": True})

    answers = [
        contact_sync.get("user/get", userid="lisi"),
        contact_sync.get("user/list", department_id=2),
        contact_sync.get("department/list"),
        contact_sync.get("department/simplelist"),
        contact_sync.post("user/list_id"),
        contacts.get("user/get", userid="lisi"),
    ]

    assert errcodes(*answers) == [48009, 48009, 48009, 0, 0, 0]


@pytest.mark.usefixtures("taken")
def test_what_is_withheld_can_be_shown_as_to_old_apps(sim: Simulator, contacts: Caller) -> None:
    sim.set_limits({"sensitive_fields_withheld": False})

    read = contacts.get("user/get", userid="taken")

    assert (read["mobile"], read["email"], read["gender"]) == ("13900000000", "a@example.com", "0")


@pytest.mark.parametrize(
    ("userids", "known", "errcode"),
    [(["lisi", "nobody"], ["lisi"], 0), ([], [], 40063), (["a"] * 1001, [], 40032)],
)
def test_ids_of_members_are_converted_for_providers_and_back(
    contacts: Caller, userids: list[str], known: list[str], errcode: int
) -> None:
    answer = contacts.post("batch/userid_to_openuserid", userid_list=userids)

    back = contacts.post(
        "batch/openuserid_to_userid",
        open_userid_list=[*(each["open_userid"] for each in answer["open_userid_list"]), "made up"],
        source_agentid=1000003,
    )

    assert answer["errcode"] == errcode
    assert [each["userid"] for each in back["userid_list"]] == known
    assert back["invalid_open_userid_list"] == ["made up"]


def test_an_admin_cannot_do_what_makes_no_sense(sim: Simulator) -> None:
    for impossible in (
        lambda: sim.add_member({"userid": "lisi"}),
        lambda: sim.add_member({"userid": ""}),
        lambda: sim.add_member({"userid": "x", "department": [99]}),
        lambda: sim.change_member("lisi", {"mobile": "call me"}),
        lambda: sim.change_member("nobody", {}),
        lambda: sim.remove_member("nobody"),
        lambda: sim.join("lisi"),
        lambda: sim.add_department("x", parentid=99),
        lambda: sim.change_department(1, parentid=2),
        lambda: sim.remove_department(2),
        lambda: sim.remove_department(1),
        lambda: sim.tag_members("x", parties=[99]),
    ):
        with pytest.raises(ActionImpossible):
            impossible()
