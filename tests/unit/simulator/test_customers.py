"""What members and customers do, and the events it makes (客户联系事件, doc 92130)."""

from __future__ import annotations

from typing import Any

import pytest
from simulated import Caller, events, welcome_code

from errors import ActionImpossible
from simulator import Simulator


def kinds(sim: Simulator) -> list[str]:
    return [event["ChangeType"] for event in events(sim, "contacts")]


def test_a_new_customer_is_told_with_state_and_welcome_code(sim: Simulator) -> None:
    sim.set_time(1_800_000_000)
    customer = sim.add_customer("zhangsan", state="spring-01")

    [event] = events(sim, "contacts")

    assert list(event) == [
        "ToUserName",
        "FromUserName",
        "CreateTime",
        "MsgType",
        "Event",
        "ChangeType",
        "UserID",
        "ExternalUserID",
        "State",
        "WelcomeCode",
    ]
    assert (event["FromUserName"], event["CreateTime"]) == ("sys", "1800000000")
    assert (event["Event"], event["ChangeType"]) == (
        "change_external_contact",
        "add_external_contact",
    )
    assert (event["UserID"], event["ExternalUserID"], event["State"]) == (
        "zhangsan",
        customer,
        "spring-01",
    )


def test_without_a_state_there_is_no_such_field(sim: Simulator) -> None:
    sim.add_customer("zhangsan")

    assert "State" not in events(sim)[0]


def test_each_entitled_app_gets_a_code_of_its_own(sim: Simulator) -> None:
    sim.add_customer("zhangsan")

    assert welcome_code(sim, "contacts") != welcome_code(sim, "marketing")


def test_an_app_that_does_not_see_the_member_hears_nothing(sim: Simulator) -> None:
    sim.change_app("marketing", visible_userids=["lisi"], visible_departments=[])
    sim.forget_records()

    sim.add_customer("zhangsan")

    assert [push["app"] for push in sim.pushes()] == ["contacts"]


def test_a_member_without_the_feature_makes_no_event(sim: Simulator) -> None:
    sim.add_customer("admin")

    assert sim.pushes() == []


def test_no_code_for_a_member_with_a_welcome_of_their_own(sim: Simulator) -> None:
    sim.tenant.corp().members["zhangsan"].own_welcome = True

    sim.add_customer("zhangsan")

    assert "WelcomeCode" not in events(sim)[0]


def test_no_code_for_a_member_of_another_corp(sim: Simulator) -> None:
    sim.add_customer("zhangsan", type=2)

    assert "WelcomeCode" not in events(sim)[0]


def test_no_code_once_the_two_chat(sim: Simulator) -> None:
    customer = sim.add_customer("zhangsan", half=True)
    sim.start_chat("zhangsan", customer)
    sim.add_customer("zhangsan", external_userid=customer)

    assert kinds(sim) == ["add_half_external_contact", "add_external_contact"]
    assert "WelcomeCode" not in events(sim, "contacts")[1]


@pytest.mark.parametrize("welcomed", [True, False])
def test_no_second_code_when_the_half_contact_was_welcomed(
    sim: Simulator,
    contacts: Caller,
    *,
    welcomed: bool,
) -> None:
    customer = sim.add_customer("zhangsan", half=True)
    if welcomed:
        contacts.post(
            "externalcontact/send_welcome_msg",
            welcome_code=welcome_code(sim),
            text={"content": "hi"},
        )

    sim.add_customer("zhangsan", external_userid=customer)

    assert ("WelcomeCode" in events(sim, "contacts")[1]) is not welcomed


def test_one_welcome_though_there_were_two_codes(sim: Simulator, contacts: Caller) -> None:
    customer = sim.add_customer("zhangsan", half=True)
    first = welcome_code(sim)
    sim.add_customer("zhangsan", external_userid=customer)

    answers = [
        contacts.post(
            "externalcontact/send_welcome_msg", welcome_code=code, text={"content": "hi"}
        )["errcode"]
        for code in (first, welcome_code(sim))
    ]

    assert answers == [0, 41051]


def test_a_customer_who_comes_back_is_new_again(sim: Simulator) -> None:
    customer = sim.add_customer("zhangsan")
    sim.customer_leaves("zhangsan", customer)

    sim.add_customer("zhangsan", external_userid=customer)

    assert kinds(sim) == ["add_external_contact", "del_follow_user", "add_external_contact"]
    assert "WelcomeCode" in events(sim, "contacts")[2]


def test_every_other_change_is_told_without_a_code(sim: Simulator) -> None:
    customer = sim.add_customer("zhangsan", state="s")
    sim.edit_customer("zhangsan", customer, remark="老王")
    sim.fail_transfer("lisi", customer, reason="customer_limit_exceed")
    sim.delete_customer("zhangsan", customer, by_transfer=True)

    edited, failed, deleted = events(sim, "contacts")[1:]

    assert (edited["ChangeType"], edited["State"]) == ("edit_external_contact", "s")
    assert (failed["FailReason"], failed["UserID"]) == ("customer_limit_exceed", "lisi")
    assert deleted["Source"] == "DELETE_BY_TRANSFER"
    assert not any("WelcomeCode" in event for event in (edited, failed, deleted))


def test_scanning_a_contact_way_carries_its_state(sim: Simulator) -> None:
    customer = sim.scan_contact_way("expo-7")

    [relation] = sim.customer(customer)["relations"]
    assert (relation["state"], relation["add_way"]) == ("expo-7", 1)


def test_many_customers_come_to_all_members_in_turn(sim: Simulator) -> None:
    ids = sim.add_customers(8, state="s")["external_userids"]

    assert sim.counts()["customers"] == 8
    assert len({event["ExternalUserID"] for event in events(sim)}) == 8
    assert [sim.customer(each)["relations"][0]["userid"] for each in ids[:5]] == [
        "zhangsan",
        "lisi",
        "wangwu",
        "zhaoliu",
        "zhangsan",
    ]


def test_many_customers_come_at_a_rate(sim: Simulator) -> None:
    ids = sim.add_customers(20, per_second=200)["external_userids"]

    assert sim.wait(customers=20, timeout=10)["reached"]
    assert sim.customer(ids[-1])["relations"]


def test_tags_by_an_admin_are_told(sim: Simulator) -> None:
    tag = sim.create_tag("活动", "春季")
    sim.rename_tag(tag, "春")
    sim.shuffle_tags()
    sim.delete_tag(tag)

    told = [(event["ChangeType"], event.get("TagType")) for event in events(sim, "contacts")]

    assert told == [
        ("create", "tag_group"),
        ("create", "tag"),
        ("update", "tag"),
        ("shuffle", None),
        ("delete", "tag"),
        ("delete", "tag_group"),
    ]
    assert events(sim, "contacts")[1]["Id"] == tag


def test_people_do_not_do_the_impossible(sim: Simulator) -> None:
    customer = sim.add_customer("zhangsan")
    gone = sim.add_customer("zhangsan")
    sim.customer_leaves("zhangsan", gone)
    impossible: list[Any] = [
        lambda: sim.add_customer("nobody"),
        lambda: sim.add_customer("zhangsan", external_userid=customer),
        lambda: sim.customer_leaves("lisi", customer),
        lambda: sim.edit_customer("zhangsan", customer, add_tag=["unknown"]),
        lambda: sim.fail_transfer("lisi", "wmunknown"),
        lambda: sim.customer("wmunknown"),
        lambda: sim.rename_tag("unknown", "x"),
        lambda: sim.create_tag("来源", "线上"),
        lambda: sim.set_limits({"no_such": 1}),
        lambda: sim.reset({"corps": []}),
        lambda: sim.change_app("no such app"),
        lambda: sim.add_customer("zhangsan", corpid="wwother"),
        lambda: sim.shuffle_tags(sim.tags()["来源"]["线上"]),
        lambda: sim.send_message("zhangsan", "hi", app="contact_sync"),
        lambda: sim.push("text", app="contact_sync"),
        lambda: sim.push("text", callback={"url": "http://x"}),
        lambda: sim.customer_leaves("zhangsan", gone),
        lambda: sim.push_again(10**9),
    ]

    for action in impossible:
        with pytest.raises(ActionImpossible):
            action()


def test_reset_begins_anew(sim: Simulator) -> None:
    sim.add_customer("zhangsan")
    sim.set_limits({"push_tries": 2})

    sim.reset()

    assert sim.counts() == {}
    assert sim.pushes() == []
    assert sim.limits()["push_tries"] == 3


def test_two_apps_of_one_name_are_refused(sim: Simulator) -> None:
    described = sim.tenant_description()
    described["corps"][0]["apps"][1]["name"] = "contacts"

    with pytest.raises(ActionImpossible, match="contacts"):
        sim.reset(described)


def test_a_key_that_is_none_is_refused_by_name(sim: Simulator) -> None:
    with pytest.raises(ActionImpossible, match="43"):
        sim.set_callback("contacts", encoding_aes_key="short")
