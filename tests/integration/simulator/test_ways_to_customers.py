"""Codes and links made through the API, and the customers and group members they bring."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from server import wait_for
from simulated import MARKETING_SECRET, Caller, Told, errcodes

from errors import ActionImpossible, APIError
from simulator import Simulator
from wecom import (
    Client,
    attachments,
    contact_way,
    customer_acquisition,
    external_contact,
    group_chat,
    join_way,
    statistics,
)

CONTACT, CHAT, LINKS = "change_external_contact", "change_external_chat", "customer_acquisition"
DAY = timedelta(days=1)


def relation_of(corp: Simulator, customer: str) -> dict[str, Any]:
    (relation,) = corp.customer(customer)["relations"]
    found: dict[str, Any] = relation
    return found


def test_a_way_brings_its_state_to_the_event_and_to_the_customer(
    corp: Simulator, api: Client, told: Told
) -> None:
    way = contact_way.add_contact_way(api, type=1, scene=2, user=["zhangsan"], state="spring-01")

    customer = corp.scan_contact_way(config_id=way.config_id, name="小明")

    for app in ("contacts", "marketing"):
        (event,) = told(app, CONTACT)
        assert (event["ChangeType"], event["UserID"]) == ("add_external_contact", "zhangsan")
        assert (event["ExternalUserID"], event["State"]) == (customer, "spring-01")
        assert event["WelcomeCode"]
    followed = external_contact.get(api, customer).followed_by("zhangsan")
    assert followed is not None
    assert (followed.state, followed.add_way) == ("spring-01", 1)
    assert way.qr_code.startswith("https://")


def test_a_way_without_verification_can_begin_with_a_half_added_customer(
    corp: Simulator, api: Client, told: Told
) -> None:
    way = contact_way.add_contact_way(api, type=1, scene=1, user=["lisi"], state="half")

    customer = corp.scan_contact_way(config_id=way.config_id, half=True)
    corp.add_customer("lisi", external_userid=customer)

    kinds = {each["ChangeType"] for each in told("contacts", CONTACT)}
    assert kinds == {"add_half_external_contact", "add_external_contact"}
    assert relation_of(corp, customer)["state"] == "half"
    assert way.qr_code == ""


def test_a_way_with_verification_tells_nobody_before_the_member_agrees(
    corp: Simulator, api: Client, told: Told
) -> None:
    way = contact_way.add_contact_way(
        api, type=1, scene=2, user=["zhangsan"], state="asked", skip_verify=False
    )

    customer = corp.scan_contact_way(config_id=way.config_id)
    before = told("contacts", CONTACT)
    corp.accept_request("zhangsan", customer)

    assert before == []
    (event,) = told("contacts", CONTACT)
    assert (event["ChangeType"], event["State"]) == ("add_external_contact", "asked")
    with pytest.raises(ActionImpossible):
        corp.accept_request("zhangsan", customer)


def test_the_members_of_a_way_take_turns(corp: Simulator, api: Client) -> None:
    way = contact_way.add_contact_way(api, type=2, scene=2, user=["wangwu"], party=[2])

    customers = [corp.scan_contact_way(config_id=way.config_id) for _ in range(6)]

    taken = sorted(relation_of(corp, each)["userid"] for each in customers)
    assert taken == sorted(["wangwu", "zhangsan", "lisi"] * 2)
    chosen = corp.scan_contact_way(config_id=way.config_id, userid="lisi")
    assert relation_of(corp, chosen)["userid"] == "lisi"
    with pytest.raises(ActionImpossible):
        corp.scan_contact_way(config_id=way.config_id, userid="zhaoliu")


def test_a_customer_has_one_member_of_an_exclusive_way(corp: Simulator, api: Client) -> None:
    way = contact_way.add_contact_way(api, type=2, scene=2, party=[2], is_exclusive=True)
    customer = corp.scan_contact_way(config_id=way.config_id)

    with pytest.raises(ActionImpossible):
        corp.scan_contact_way(config_id=way.config_id, external_userid=customer)


def test_a_way_is_read_listed_changed_and_removed(corp: Simulator, api: Client) -> None:
    added = [
        contact_way.add_contact_way(api, type=1, scene=2, user=["zhangsan"], state=f"s{number}")
        for number in range(3)
    ]
    first = added[0].config_id

    contact_way.update_contact_way(api, first, state="new", remark="春", user=["lisi"])
    contact_way.del_contact_way(api, added[2].config_id)

    assert list(contact_way.list_contact_way(api, limit=1)) == [
        each.config_id for each in added[:2]
    ]
    way = contact_way.get_contact_way(api, first)
    assert (way.state, way.remark, way.user, way.type, way.scene) == ("new", "春", ("lisi",), 1, 2)
    with pytest.raises(APIError) as gone:
        contact_way.get_contact_way(api, added[2].config_id)
    assert gone.value.errcode == 41044


def test_a_temporary_way_ends_and_its_session_with_a_conclusion(
    corp: Simulator, api: Client
) -> None:
    conclusions = contact_way.Conclusions(
        text=attachments.Text(content="再见"),
        link=attachments.Link(title="评价", url="https://example.com/rate"),
    )
    ways = [
        contact_way.add_contact_way(
            api,
            type=1,
            scene=2,
            user=["zhangsan"],
            is_temp=True,
            expires_in=DAY,
            chat_expires_in=timedelta(hours=2),
            conclusions=conclusions,
        ).config_id
        for _ in range(3)
    ]
    closed, ended = (corp.scan_contact_way(config_id=each) for each in ways[:2])
    with pytest.raises(ActionImpossible):
        corp.scan_contact_way(config_id=ways[0])

    contact_way.close_temp_chat(api, "zhangsan", closed)
    corp.advance(2 * 3600 + 1)

    wait_for(lambda: len(corp.conclusions()) == 2, "both sessions have ended")
    assert {each["external_userid"] for each in corp.conclusions()} == {closed, ended}
    assert corp.conclusions(external_userid=closed)[0]["text"] == {"content": "再见"}
    assert list(contact_way.list_contact_way(api)) == []
    corp.advance(86_400)
    with pytest.raises(APIError) as gone:
        contact_way.get_contact_way(api, ways[2])
    assert gone.value.errcode == 41044
    with pytest.raises(ActionImpossible):
        corp.scan_contact_way(config_id=ways[2])


def test_ways_of_both_kinds_share_a_limit(corp: Simulator, api: Client) -> None:
    corp.set_limits({"contact_ways": 2})
    chat_id = corp.create_group_chat("zhangsan")
    contact_way.add_contact_way(api, type=1, scene=2, user=["zhangsan"])
    join_way.add_join_way(api, scene=2, chat_id_list=[chat_id])

    with pytest.raises(APIError) as full:
        join_way.add_join_way(api, scene=2, chat_id_list=[chat_id])

    assert full.value.errcode == 41045


def test_a_day_has_room_for_so_many_temporary_ways(corp: Simulator) -> None:
    corp.set_limits({"temporary_ways_per_day": 1})
    caller = Caller(corp)
    way = {"type": 1, "scene": 2, "user": ["zhangsan"], "is_temp": True}

    answers = [caller.post("externalcontact/add_contact_way", **way) for _ in range(2)]
    corp.advance(86_400)
    answers.append(caller.post("externalcontact/add_contact_way", **way))

    assert errcodes(*answers) == [0, 45009, 0]


def test_a_join_way_brings_its_state_to_the_group(corp: Simulator, api: Client, told: Told) -> None:
    chat_id = corp.create_group_chat("zhangsan", name="一群")
    config_id = join_way.add_join_way(
        api, scene=2, chat_id_list=[chat_id], state="poster", remark="字" * 30
    )

    joined = corp.scan_join_way(config_id)

    assert joined["chat_id"] == chat_id
    member = group_chat.get(api, chat_id).member_list[-1]
    assert (member.userid, member.state, member.join_scene) == (
        joined["external_userid"],
        "poster",
        3,
    )
    (event,) = told("contacts", CHAT, "update")
    assert (event["UpdateDetail"], event["JoinScene"]) == ("add_member", "3")
    assert event["MemChangeList"] == {"Item": joined["external_userid"]}


def test_a_full_group_is_followed_by_a_new_one(corp: Simulator, api: Client) -> None:
    corp.set_limits({"group_chat_members": 2})
    chat_id = corp.create_group_chat("zhangsan", name="满")
    config_id = join_way.add_join_way(
        api, scene=2, chat_id_list=[chat_id], room_base_name="内购群", room_base_id=7
    )

    chats = [corp.scan_join_way(config_id)["chat_id"] for _ in range(2)]

    assert chats[0] == chat_id != chats[1]
    assert group_chat.get(api, chats[1]).name == "内购群7"
    way = join_way.get_join_way(api, config_id)
    assert (way.chat_id_list, way.room_base_id) == (tuple(chats), 8)


def test_a_join_way_is_replaced_and_removed(corp: Simulator, api: Client) -> None:
    corp.set_limits({"group_chat_members": 1})
    chat_id = corp.create_group_chat("zhangsan")
    config_id = join_way.add_join_way(api, scene=2, chat_id_list=[chat_id], state="a")

    join_way.update_join_way(
        api, config_id, scene=1, chat_id_list=[chat_id], auto_create_room=False
    )

    way = join_way.get_join_way(api, config_id)
    assert (way.scene, way.state, way.auto_create_room) == (1, "", False)
    with pytest.raises(ActionImpossible):
        corp.scan_join_way(config_id)
    join_way.del_join_way(api, config_id)
    with pytest.raises(ActionImpossible):
        corp.scan_join_way(config_id)


def test_the_id_a_mini_program_has_of_a_group(corp: Simulator, api: Client) -> None:
    chat_id = corp.create_group_chat("zhangsan")

    assert group_chat.opengid_to_chatid(api, f"og{chat_id}") == chat_id


def test_a_link_brings_customers_with_their_channel(
    corp: Simulator, api: Client, other_api: Client, told: Told
) -> None:
    link = customer_acquisition.create_link(api, "春季", user_list=["zhangsan"])

    customer = corp.open_acquisition_link(link.link_id, customer_channel="ad-7")
    corp.customer_writes("zhangsan", customer, messages=4)

    (added,) = told("contacts", CONTACT)
    assert (added["ChangeType"], added["State"]) == ("add_external_contact", "ad-7")
    (asked,) = told("contacts", LINKS, "friend_request")
    assert (asked["LinkId"], asked["State"]) == (link.link_id, "ad-7")
    (started,) = told("contacts", LINKS, "customer_start_chat")
    assert (started["UserID"], started["ExternalUserID"]) == ("zhangsan", customer)
    (written,) = told("contacts", LINKS, "message_from_customer")
    chat = customer_acquisition.get_chat_info(api, written["ChatKey"])
    assert (chat.external_userid, chat.chat_info.recv_msg_cnt, chat.chat_info.state) == (
        customer,
        3,
        "ad-7",
    )
    assert told("marketing", LINKS) == []
    (brought,) = customer_acquisition.customer(api, link.link_id)
    assert (brought.external_userid, brought.chat_status, brought.state) == (customer, 1, "ad-7")
    assert relation_of(corp, customer)["add_way"] == 16
    for refused in (
        lambda: customer_acquisition.get_chat_info(other_api, written["ChatKey"]),
        lambda: customer_acquisition.get(other_api, link.link_id),
    ):
        with pytest.raises(APIError):
            refused()


def test_a_channel_is_cut_after_64_bytes(corp: Simulator, api: Client) -> None:
    link = customer_acquisition.create_link(api, "春季", user_list=["zhangsan"])

    customer = corp.open_acquisition_link(link.link_id, customer_channel="春" * 22)

    assert relation_of(corp, customer)["state"] == "春" * 21


def test_a_chat_key_lives_half_an_hour(corp: Simulator, api: Client, told: Told) -> None:
    link = customer_acquisition.create_link(api, "春季", user_list=["zhangsan"])
    customer = corp.open_acquisition_link(link.link_id)
    corp.customer_writes("zhangsan", customer, messages=3)
    (written,) = told("contacts", LINKS, "message_from_customer")

    corp.advance(1800)

    with pytest.raises(APIError) as late:
        customer_acquisition.get_chat_info(api, written["ChatKey"])
    assert late.value.errcode == 40058


def test_what_becomes_of_links_and_their_customers_is_told(
    corp: Simulator, api: Client, told: Told
) -> None:
    made = [
        customer_acquisition.create_link(api, name, department_list=[2], skip_verify=skip)
        for name, skip in (("a", False), ("b", True), ("c", True))
    ]
    kept, broken, gone = (link.link_id for link in made)

    customer = corp.open_acquisition_link(kept, userid="lisi")
    assert list(customer_acquisition.customer(api, kept)) == []
    corp.accept_request("lisi", customer)
    corp.customer_leaves("lisi", customer)
    corp.spoil_acquisition_link(broken)
    corp.spoil_acquisition_link(gone, deleted=True)
    customer_acquisition.delete_link(api, kept)

    heard = {each["ChangeType"]: each["LinkId"] for each in told("contacts", LINKS)}
    assert heard == {"del_follow_user": kept, "link_unavailable": broken, "delete_link": gone}
    assert list(customer_acquisition.list_link(api)) == []
    assert customer_acquisition.get(api, broken).link.link_id == broken
    with pytest.raises(ActionImpossible):
        corp.open_acquisition_link(broken)


def test_a_link_is_read_changed_and_counted(corp: Simulator, api: Client) -> None:
    link = customer_acquisition.create_link(api, "旧", user_list=["zhangsan"])
    corp.open_acquisition_link(link.link_id)

    customer_acquisition.update_link(
        api,
        link.link_id,
        link_name="新",
        user_list=["lisi", "wangwu"],
        priority_option=customer_acquisition.PriorityOption(
            priority_type=2, priority_userid_list=("wangwu",)
        ),
    )

    details = customer_acquisition.get(api, link.link_id)
    assert (details.link.link_name, details.range.user_list) == ("新", ("lisi", "wangwu"))
    assert relation_of(corp, corp.open_acquisition_link(link.link_id))["userid"] == "wangwu"
    assert link.create_time is not None
    counted = customer_acquisition.statistic(
        api, link.link_id, start_time=link.create_time, end_time=link.create_time
    )
    assert (counted.click_link_customer_cnt, counted.new_customer_cnt) == (2, 2)


def test_the_quota_is_used_up_and_whoever_listens_is_told(
    corp: Simulator, api: Client, told: Told
) -> None:
    link = customer_acquisition.create_link(api, "a", user_list=["zhangsan"])
    corp.set_acquisition_balance(20, days=10)
    corp.open_acquisition_link(link.link_id)
    low = [each["ChangeType"] for each in told("marketing", LINKS)]
    corp.set_acquisition_balance(1)
    corp.open_acquisition_link(link.link_id)

    with pytest.raises(ActionImpossible):
        corp.open_acquisition_link(link.link_id)
    corp.set_acquisition_balance(5)

    assert low == ["balance_low"]
    assert {each["ChangeType"] for each in told("marketing", LINKS)} == {
        "balance_low",
        "balance_exhausted",
        "balance_increased",
    }
    quota = customer_acquisition.customer_acquisition_quota(api)
    assert (quota.total, quota.balance, quota.quota_list[0].balance) == (5, 5, 5)


def test_the_end_of_a_quota_is_told_ahead(corp: Simulator, api: Client, told: Told) -> None:
    corp.set_acquisition_balance(30, days=8)

    corp.advance(86_400 + 1)

    wait_for(lambda: told("contacts", LINKS, "quota_expire_soon"), "the warning has come")
    (event,) = told("contacts", LINKS, "quota_expire_soon")
    assert event["ExpireQuotaNum"] == "30"
    corp.advance(8 * 86_400)
    assert customer_acquisition.customer_acquisition_quota(api).balance == 0


def test_there_is_room_for_so_many_links(corp: Simulator, api: Client) -> None:
    corp.set_limits({"acquisition_links": 1})
    customer_acquisition.create_link(api, "a", user_list=["zhangsan"])

    with pytest.raises(APIError) as full:
        customer_acquisition.create_link(api, "b", user_list=["zhangsan"])

    assert full.value.errcode == 41095


def test_members_and_their_groups_are_counted_by_day(corp: Simulator, api: Client) -> None:
    first, second = (corp.add_customer("zhangsan") for _ in range(2))
    corp.customer_writes("zhangsan", first)
    corp.customer_writes("zhangsan", second)
    corp.advance(300)
    corp.member_writes("zhangsan", first, messages=3)
    corp.customer_leaves("zhangsan", second)
    chat_id = corp.create_group_chat("zhangsan", members=[first])
    corp.write_in_group(chat_id, first, messages=4)
    chat = group_chat.get(api, chat_id)
    assert chat.create_time is not None

    (day,) = statistics.get_user_behavior_data(
        api, userid=["zhangsan"], start_time=chat.create_time, end_time=chat.create_time
    )
    (owner,) = statistics.groupchat_statistic(
        api, owners=["zhangsan"], day_begin_time=chat.create_time
    )
    (by_day,) = statistics.groupchat_statistic_group_by_day(
        api, owners=["zhangsan"], day_begin_time=chat.create_time
    )

    assert (day.chat_cnt, day.message_cnt, day.new_contact_cnt) == (1, 3, 2)
    assert (day.reply_percentage, day.avg_reply_time, day.negative_feedback_cnt) == (50, 5, 1)
    assert (owner.data.new_chat_cnt, owner.data.member_total, owner.data.msg_total) == (1, 2, 4)
    assert by_day.data == owner.data


def test_links_are_not_for_the_secret_of_the_system_app(corp: Simulator) -> None:
    caller = Caller(corp, MARKETING_SECRET)
    corp.tenant.app("marketing").kind = "customer_contact"

    answer = caller.post("externalcontact/customer_acquisition/list_link")

    assert answer["errcode"] == 48002
