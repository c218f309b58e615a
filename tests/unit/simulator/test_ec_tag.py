"""Corp tags (企业标签库, doc 92117) and marking (编辑客户企业标签, doc 92118)."""

from __future__ import annotations

from typing import Any

import pytest
from simulated import Caller, errcodes, events

from simulator import Simulator

MARK = "externalcontact/mark_tag"
ADD = "externalcontact/add_corp_tag"
EDIT = "externalcontact/edit_corp_tag"
DELETE = "externalcontact/del_corp_tag"
LIST = "externalcontact/get_corp_tag_list"


def add(caller: Caller, group: str, *names: str) -> dict[str, Any]:
    answer = caller.post(ADD, group_name=group, tag=[{"name": name} for name in names])
    assert answer["errcode"] == 0
    found: dict[str, Any] = answer["tag_group"]
    return found


def test_marks_one_members_customer_only(sim: Simulator, contacts: Caller) -> None:
    customer = sim.add_customer("zhangsan")
    sim.add_customer("lisi", external_userid=customer)
    tag = sim.tags()["来源"]["线上"]

    answer = contacts.post(MARK, userid="zhangsan", external_userid=customer, add_tag=[tag])

    assert answer["errcode"] == 0
    followers = contacts.get("externalcontact/get", external_userid=customer)["follow_user"]
    assert followers[0]["tags"] == [
        {"group_name": "来源", "tag_name": "线上", "tag_id": tag, "type": 1}
    ]
    assert followers[1]["tags"] == []


def test_marking_twice_and_unmarking_what_is_not_there_succeeds(
    sim: Simulator, contacts: Caller
) -> None:
    customer = sim.add_customer("zhangsan")
    online, offline = sim.tags()["来源"].values()

    answers = [
        contacts.post(MARK, userid="zhangsan", external_userid=customer, **change)
        for change in (
            {"add_tag": [online]},
            {"add_tag": [online]},
            {"remove_tag": [offline]},
            {"remove_tag": [online], "add_tag": [offline]},
        )
    ]

    assert errcodes(*answers) == [0, 0, 0, 0]
    assert sim.customer(customer)["relations"][0]["tags"] == ["来源/线下"]


def test_one_unknown_tag_and_nothing_is_marked(sim: Simulator, contacts: Caller) -> None:
    customer = sim.add_customer("zhangsan")
    tags = [sim.tags()["来源"]["线上"], "unknown"]

    answer = contacts.post(MARK, userid="zhangsan", external_userid=customer, add_tag=tags)

    assert answer["errcode"] == 40068
    assert sim.customer(customer)["relations"][0]["tags"] == []


def test_refuses_what_the_platform_refuses(sim: Simulator, contacts: Caller) -> None:
    customer = sim.add_customer("zhangsan")
    tag = sim.tags()["来源"]["线上"]
    group = contacts.post(LIST)["tag_group"][0]["group_id"]
    good: dict[str, Any] = {"userid": "zhangsan", "external_userid": customer, "add_tag": [tag]}

    wrongs: list[dict[str, Any]] = [
        {"add_tag": []},
        {"add_tag": "not a list"},
        {"add_tag": [3]},
        {"remove_tag": [tag]},
        {"userid": ""},
        {"userid": "nobody"},
        {"external_userid": "wmunknown"},
        {"userid": "lisi"},
        {"add_tag": [group]},
    ]
    answers = [contacts.post(MARK, **{**good, **wrong}) for wrong in wrongs]

    assert errcodes(*answers) == [40058, 40058, 40058, 40058, 60111, 60111, 40096, 84061, 40068]
    assert sim.markings() == []


@pytest.mark.parametrize(("who_deletes", "errcode"), [("customer", 0), ("member", 84061)])
def test_a_customer_who_deleted_the_member_can_still_be_marked(
    sim: Simulator, contacts: Caller, who_deletes: str, errcode: int
) -> None:
    customer = sim.add_customer("zhangsan")
    leave = sim.customer_leaves if who_deletes == "customer" else sim.delete_customer
    leave("zhangsan", customer)

    answer = contacts.post(
        MARK, userid="zhangsan", external_userid=customer, add_tag=[sim.tags()["来源"]["线上"]]
    )

    assert answer["errcode"] == errcode


def test_a_half_contact_cannot_be_marked(sim: Simulator, contacts: Caller) -> None:
    customer = sim.add_customer("zhangsan", half=True)

    answer = contacts.post(
        MARK, userid="zhangsan", external_userid=customer, add_tag=[sim.tags()["来源"]["线上"]]
    )

    assert answer["errcode"] == 84061


def test_a_pair_carries_three_thousand_tags(sim: Simulator, contacts: Caller) -> None:
    customer = sim.add_customer("zhangsan")
    tags = [sim.create_tag("many", str(number)) for number in range(3001)]

    answers = [
        contacts.post(MARK, userid="zhangsan", external_userid=customer, add_tag=some)
        for some in (tags, tags[:3000], tags[3000:])
    ]

    assert errcodes(*answers) == [40058, 0, 40058]


@pytest.mark.parametrize("told", [True, False])
def test_what_an_app_does_is_told_to_the_others_at_most(
    sim: Simulator, contacts: Caller, *, told: bool
) -> None:
    sim.set_limits({"api_changes_told": told})
    customer = sim.add_customer("zhangsan", state="spring")
    before = [len(events(sim, app)) for app in ("contacts", "marketing")]
    mark = {"userid": "zhangsan", "external_userid": customer}

    contacts.post(MARK, **mark, add_tag=[sim.tags()["来源"]["线上"]])
    contacts.post(MARK, **mark, add_tag=[sim.tags()["来源"]["线上"]])
    made = add(contacts, "新组", "新标签")
    contacts.post(EDIT, id=made["tag"][0]["id"], name="改名", order=3)
    contacts.post(DELETE, tag_id=[made["tag"][0]["id"]])

    assert len(events(sim, "contacts")) == before[0]
    heard = [
        (event["Event"], event["ChangeType"], event.get("TagType"), event.get("State"))
        for event in events(sim, "marketing")[before[1] :]
    ]
    tag = "change_external_tag"
    assert (
        heard
        == [
            ("change_external_contact", "edit_external_contact", None, "spring"),
            (tag, "create", "tag_group", None),
            (tag, "create", "tag", None),
            (tag, "update", "tag", None),
            (tag, "shuffle", None, None),
            (tag, "delete", "tag", None),
            (tag, "delete", "tag_group", None),
        ]
        * told
    )


def test_a_new_group_comes_with_its_tags(contacts: Caller) -> None:
    group = add(contacts, "活动", "春季", "夏季", "春季")

    assert [tag["name"] for tag in group["tag"]] == ["春季", "夏季"]
    listed = contacts.post(LIST)["tag_group"]
    assert group in [{**each, "tag": each["tag"]} for each in listed]


def test_a_known_group_grows_and_only_the_new_tags_are_told(contacts: Caller) -> None:
    first = add(contacts, "活动", "春季")

    second = add(contacts, "活动", "夏季")
    third = contacts.post(ADD, group_id=first["group_id"], group_name="x", tag=[{"name": "秋季"}])

    assert second["group_id"] == first["group_id"] == third["tag_group"]["group_id"]
    assert [tag["name"] for tag in second["tag"]] == ["夏季"]
    assert third["tag_group"]["group_name"] == "活动"


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"group_name": "a"}, 40058),
        ({"group_name": "a", "tag": []}, 40058),
        ({"group_name": "a", "tag": ["b"]}, 40058),
        ({"tag": [{"name": "b"}]}, 40058),
        ({"group_name": "a" * 31, "tag": [{"name": "b"}]}, 40072),
        ({"group_name": "a", "tag": [{"name": "汉" * 31}]}, 40072),
        ({"group_name": "a", "tag": [{"name": ""}]}, 40072),
        ({"group_name": "a", "tag": [{"name": "b", "order": -1}]}, 40058),
        ({"group_name": "a", "tag": [{"name": "b", "order": 2**32}]}, 40058),
        ({"group_id": "unknown", "tag": [{"name": "b"}]}, 40068),
        ({"group_name": "来源", "tag": [{"name": "线上"}]}, 40071),
        ({"group_name": "a", "tag": [{"name": str(n)} for n in range(10_000)]}, 40126),
    ],
)
def test_refuses_tags_the_platform_refuses(
    contacts: Caller, body: dict[str, object], errcode: int
) -> None:
    assert contacts.post(ADD, **body)["errcode"] == errcode


def test_an_app_edits_and_deletes_its_own_tags(contacts: Caller) -> None:
    group = add(contacts, "活动", "春季", "夏季")
    spring = group["tag"][0]["id"]

    answers = [
        contacts.post(EDIT, id=spring, name="春"),
        contacts.post(EDIT, id=group["group_id"], name="市场活动", order=9),
        contacts.post(DELETE, tag_id=[spring]),
    ]

    assert errcodes(*answers) == [0, 0, 0]
    [edited] = [
        each for each in contacts.post(LIST)["tag_group"] if each["group_name"] == "市场活动"
    ]
    assert [tag["name"] for tag in edited["tag"]] == ["夏季"]
    assert edited["order"] == 9


def test_a_group_goes_with_its_last_tag_and_off_every_customer(
    sim: Simulator, contacts: Caller
) -> None:
    customer = sim.add_customer("zhangsan")
    group = add(contacts, "活动", "春季")
    spring = group["tag"][0]["id"]
    contacts.post(MARK, userid="zhangsan", external_userid=customer, add_tag=[spring])

    contacts.post(DELETE, tag_id=[spring])

    assert "活动" not in sim.tags()
    assert sim.customer(customer)["relations"][0]["tags"] == []
    asked = contacts.post(LIST, tag_id=[spring], group_id=[group["group_id"]])["tag_group"]
    assert asked[0]["deleted"]
    assert asked[0]["tag"][0]["deleted"]


def test_deleted_is_told_only_when_ids_are_given(sim: Simulator, contacts: Caller) -> None:
    tag = sim.tags()["来源"]["线上"]

    everything = contacts.post(LIST)["tag_group"]
    [asked] = contacts.post(LIST, tag_id=[tag, "unknown"])["tag_group"]

    assert all("deleted" not in group for group in everything)
    assert (asked["deleted"], [each["id"] for each in asked["tag"]]) == (False, [tag])


def test_only_the_owner_edits_and_deletes(
    sim: Simulator, contacts: Caller, marketing: Caller
) -> None:
    theirs = add(marketing, "活动", "春季")
    admins = sim.tags()["来源"]["线上"]

    answers = [
        contacts.post(EDIT, id=theirs["group_id"], name="x"),
        contacts.post(DELETE, tag_id=[theirs["tag"][0]["id"]]),
        contacts.post(DELETE, group_id=[theirs["group_id"]]),
        contacts.post(EDIT, id=admins, name="x"),
    ]

    assert errcodes(*answers) == [60011] * 4


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({}, 40068),
        ({"id": "unknown", "name": "x"}, 40068),
        ({"id": "MINE"}, 40058),
        ({"id": "MINE", "name": ""}, 40072),
        ({"id": "MINE", "name": "x" * 31}, 40072),
        ({"id": "MINE", "name": "夏季"}, 40071),
        ({"id": "GROUP", "name": "来源"}, 40071),
        ({"id": "MINE", "name": "春季"}, 0),
        ({"id": "MINE", "name": "春季", "order": None}, 0),
    ],
)
def test_refuses_edits_the_platform_refuses(
    contacts: Caller, body: dict[str, Any], errcode: int
) -> None:
    group = add(contacts, "活动", "春季", "夏季")
    ids = {"MINE": group["tag"][0]["id"], "GROUP": group["group_id"]}
    if "id" in body:
        body = {**body, "id": ids.get(body["id"], body["id"])}

    assert contacts.post(EDIT, **body)["errcode"] == errcode


def test_deleting_nothing_or_the_unknown_is_refused(contacts: Caller) -> None:
    answers = [contacts.post(DELETE), contacts.post(DELETE, tag_id=["unknown"])]

    assert errcodes(*answers) == [40058, 40068]
