"""Customers (客户管理): get, list, batch, remark."""

from __future__ import annotations

from typing import Any

import pytest
from simulated import Caller, errcodes

from simulator import Simulator

GET = "externalcontact/get"
LIST = "externalcontact/list"
BATCH = "externalcontact/batch/get_by_user"
REMARK = "externalcontact/remark"


def test_a_customer_is_shown_with_their_followers(sim: Simulator, contacts: Caller) -> None:
    customer = sim.add_customer("zhangsan", name="小明", state="spring-01", add_way=3)

    answer = contacts.get(GET, external_userid=customer)

    assert answer["external_contact"]["name"] == "小明"
    assert answer["external_contact"]["type"] == 1
    assert answer["external_contact"]["unionid"]
    [follower] = answer["follow_user"]
    assert (follower["userid"], follower["state"], follower["add_way"]) == (
        "zhangsan",
        "spring-01",
        3,
    )


def test_a_wecom_user_has_a_corp_and_no_unionid(sim: Simulator, contacts: Caller) -> None:
    customer = sim.add_customer("zhangsan", type=2)

    shown = contacts.get(GET, external_userid=customer)["external_contact"]

    assert "unionid" not in shown
    assert shown["corp_name"]


def test_refuses_unknown_customers_and_those_of_nobody(sim: Simulator, contacts: Caller) -> None:
    left = sim.add_customer("zhangsan")
    sim.delete_customer("zhangsan", left)
    hidden = sim.add_customer("lisi")
    sim.change_app("contacts", visible_userids=["zhangsan"], visible_departments=[])

    answers = [
        contacts.get(GET),
        contacts.get(GET, external_userid="wmunknown"),
        contacts.get(GET, external_userid=left),
        contacts.get(GET, external_userid=hidden),
    ]

    assert errcodes(*answers) == [41035, 40096, 84061, 84061]
    assert answers[1]["external_contact"] == {}


def test_more_than_five_hundred_followers_come_in_pages(sim: Simulator, contacts: Caller) -> None:
    corp = sim.tenant.corp()
    customer = sim.add_customer("zhangsan")
    member, relation = corp.members["zhangsan"], corp.followers[customer]["zhangsan"]
    for number in range(600):
        corp.members[f"m{number}"] = member
        corp.followers[customer][f"m{number}"] = relation

    first = contacts.get(GET, external_userid=customer)
    second = contacts.get(GET, external_userid=customer, cursor=first["next_cursor"])

    assert (len(first["follow_user"]), len(second["follow_user"])) == (500, 101)
    assert "next_cursor" not in second


def test_lists_the_customers_of_a_member(sim: Simulator, contacts: Caller) -> None:
    ids = sim.add_customers(3, userid="lisi")["external_userids"]
    sim.add_customer("lisi", half=True)

    assert contacts.get(LIST, userid="lisi")["external_userid"] == ids


@pytest.mark.parametrize(
    ("userid", "errcode"), [("", 60111), ("nobody", 60111), ("zhangsan", 84061), ("admin", 84061)]
)
def test_a_member_without_customers_is_refused(contacts: Caller, userid: str, errcode: int) -> None:
    answer = contacts.get(LIST, userid=userid)

    assert answer["errcode"] == errcode
    assert answer["external_userid"] == []


def test_follow_users_are_those_with_the_feature_in_range(sim: Simulator, contacts: Caller) -> None:
    path = "externalcontact/get_follow_user_list"
    everyone = contacts.get(path)["follow_user"]
    sim.change_app("contacts", visible_userids=["lisi"], visible_departments=[3])

    assert everyone == ["zhangsan", "lisi", "wangwu", "zhaoliu"]
    assert contacts.get(path)["follow_user"] == ["lisi", "wangwu", "zhaoliu"]


def test_a_scan_by_member_pages_to_an_empty_cursor(sim: Simulator, contacts: Caller) -> None:
    ids = sim.add_customers(5, userid="lisi")["external_userids"]
    tag = sim.tags()["来源"]["线上"]
    sim.edit_customer("lisi", ids[0], add_tag=[tag])
    found: list[dict[str, Any]] = []
    cursor = ""

    while True:
        page = contacts.post(BATCH, userid_list=["lisi", "zhangsan"], limit=2, cursor=cursor)
        found += page["external_contact_list"]
        cursor = page["next_cursor"]
        if not cursor:
            break

    assert [each["external_contact"]["external_userid"] for each in found] == ids
    assert found[0]["follow_info"]["tag_id"] == [tag]


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({}, 40058),
        ({"userid": "lisi"}, 40058),
        ({"userid_list": ["lisi"] * 101}, 40058),
        ({"userid_list": ["nobody"]}, 60111),
        ({"userid_list": ["lisi"], "limit": 101}, 40058),
        ({"userid_list": ["lisi"], "limit": True}, 40058),
        ({"userid_list": ["lisi"], "cursor": "not mine"}, 50100),
        ({"userid_list": ["lisi"]}, 0),
    ],
)
def test_a_scan_refuses_wrong_arguments(
    contacts: Caller, body: dict[str, object], errcode: int
) -> None:
    assert contacts.post(BATCH, **body)["errcode"] == errcode


def test_a_remark_changes_only_what_is_given(sim: Simulator, contacts: Caller) -> None:
    pair = {"userid": "zhangsan", "external_userid": sim.add_customer("zhangsan")}

    contacts.post(REMARK, **pair, remark="老王", remark_mobiles=["13800000001", "13800000002"])
    contacts.post(REMARK, **pair, description="from spring", remark_company="某公司")

    [shown] = contacts.get(GET, external_userid=pair["external_userid"])["follow_user"]
    assert (shown["remark"], shown["description"]) == ("老王", "from spring")
    assert shown["remark_corp_name"] == "某公司"
    assert shown["remark_mobiles"] == ["13800000001", "13800000002"]


@pytest.mark.parametrize("nothing", ["", [""], []])
def test_mobiles_can_be_cleared(sim: Simulator, contacts: Caller, nothing: object) -> None:
    pair = {"userid": "zhangsan", "external_userid": sim.add_customer("zhangsan")}
    contacts.post(REMARK, **pair, remark_mobiles=["13800000001"])

    contacts.post(REMARK, **pair, remark_mobiles=nothing)

    [shown] = contacts.get(GET, external_userid=pair["external_userid"])["follow_user"]
    assert shown["remark_mobiles"] == []


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({}, 40058),
        ({"remark": None}, 40058),
        ({"remark": "汉" * 20}, 0),
        ({"remark": "汉" * 21}, 40058),
        ({"description": "x" * 151}, 40058),
        ({"remark_company": "x" * 21}, 40058),
        ({"remark": 3}, 40058),
        ({"remark_mobiles": "13800000001"}, 40058),
        ({"remark_pic_mediaid": "unknown"}, 40007),
        ({"remark": "a", "userid": "lisi"}, 84061),
        ({"remark": "a", "external_userid": "wmunknown"}, 40096),
        ({"remark": "a", "external_userid": ""}, 41035),
    ],
)
def test_refuses_remarks_the_platform_refuses(
    sim: Simulator, contacts: Caller, fields: dict[str, object], errcode: int
) -> None:
    pair = {"userid": "zhangsan", "external_userid": sim.add_customer("zhangsan")}

    assert contacts.post(REMARK, **{**pair, **fields})["errcode"] == errcode
