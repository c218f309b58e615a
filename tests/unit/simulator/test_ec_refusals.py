"""What the customer-contact API refuses, and with which code: one row a rule.

Words with a $ stand for what the simulated corp has: see `world`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from simulated import MARKETING_SECRET, PNG, Caller

from simulator import Simulator

EC = "externalcontact"
NOW = 1_800_000_000
DAY = 86_400
LINK = {"msgtype": "link", "link": {"title": "活动", "url": "https://example.com/a"}}
GOOD_RANGE = {"user_list": ["zhangsan"]}
RULE = {
    "rule_name": "词",
    "word_list": ["加微信"],
    "intercept_type": 1,
    "applicable_range": GOOD_RANGE,
}
PRODUCT: dict[str, Any] = {
    "description": "茶",
    "price": 100,
    "attachments": [{"type": "image", "image": {"media_id": "$album"}}],
}
STRATEGY = {
    "strategy_name": "一组",
    "admin_list": ["lisi"],
    "range": [{"type": 1, "userid": "zhangsan"}],
}
JOIN = {"scene": 2, "chat_id_list": ["$chat"]}
TO_LISI = {"handover_userid": "zhangsan", "takeover_userid": "lisi"}
SPAN = {"start_time": NOW - DAY, "end_time": NOW}


def way(**changes: object) -> dict[str, Any]:
    return {"type": 1, "scene": 2, "user": ["zhangsan"], **changes}


def rows(path: str, *cases: tuple[dict[str, Any], int]) -> list[tuple[str, dict[str, Any], int]]:
    return [(path, body, errcode) for body, errcode in cases]


def pages(path: str, most: int, **body: object) -> list[tuple[str, dict[str, Any], int]]:
    """Return the rows of a paged call; most: 0 where a limit above it counts as the default."""
    return rows(
        path,
        ({**body, "limit": 0}, 40058),
        *([({**body, "limit": most + 1}, 40058)] if most else []),
        ({**body, "limit": "many"}, 40058),
        ({**body, "cursor": "C-1"}, 50100),
        ({**body, "cursor": "none of ours"}, 50100),
        ({**body, "cursor": 7}, 40058),
    )


REFUSED = [
    *rows(
        f"{EC}/add_contact_way",
        ({}, 41037),
        (way(type=3), 41038),
        (way(type="1"), 41038),
        ({"type": 1}, 41039),
        (way(scene=0), 41040),
        (way(style=9), 41042),
        (way(style="a"), 41042),
        (way(remark="字" * 31), 40058),
        (way(state="s" * 31), 40058),
        (way(skip_verify="yes"), 40058),
        (way(user=[]), 40058),
        (way(user=["zhangsan", "lisi"]), 40058),
        (way(party=[2]), 40058),
        (way(type=2, user=[]), 40058),
        (way(user=["nobody"]), 60111),
        (way(user=["wangwu"]), 60011),
        (way(user=["unused"]), 84061),
        (way(user=["asleep"]), 41054),
        (way(type=2, party=[99]), 60003),
        (way(type=2, party=[3]), 60011),
        (way(is_temp=True, type=2), 40058),
        (way(is_temp=True, expires_in=14 * DAY + 1), 40058),
        (way(is_temp=True, chat_expires_in=0), 40058),
        (way(conclusions="bye"), 40058),
        (way(conclusions={"text": {"content": "字" * 1334}}), 45002),
        (way(conclusions={"image": {"media_id": "none"}}), 40007),
        (way(conclusions={"link": {"title": "无地址"}}), 40058),
    ),
    *rows(f"{EC}/get_contact_way", ({}, 41043), ({"config_id": "none"}, 41044)),
    *rows(f"{EC}/del_contact_way", ({}, 41043), ({"config_id": "none"}, 41044)),
    *rows(
        f"{EC}/update_contact_way",
        ({}, 41043),
        ({"config_id": "none"}, 41044),
        ({"config_id": "$way", "user": ["zhangsan", "lisi"]}, 40058),
        ({"config_id": "$way", "state": "s" * 31}, 40058),
        ({"config_id": "$way", "user": ["wangwu"]}, 60011),
    ),
    *rows(f"{EC}/list_contact_way", ({"start_time": 2, "end_time": 1}, 600018)),
    *pages(f"{EC}/list_contact_way", 1000),
    *rows(
        f"{EC}/close_temp_chat",
        ({}, 60111),
        ({"userid": "zhangsan", "external_userid": "none"}, 40096),
        ({"userid": "lisi", "external_userid": "$customer"}, 84061),
        ({"userid": "zhangsan", "external_userid": "$customer"}, 84061),
    ),
    *rows(
        f"{EC}/groupchat/add_join_way",
        ({}, 41039),
        ({**JOIN, "scene": 3}, 41040),
        ({"scene": 2}, 40058),
        ({**JOIN, "chat_id_list": ["$chat"] * 6}, 41091),
        ({**JOIN, "chat_id_list": ["none"]}, 40050),
        ({**JOIN, "chat_id_list": ["$hidden_chat"]}, 60011),
        ({**JOIN, "state": "s" * 31}, 40058),
        ({**JOIN, "room_base_name": "群" * 41}, 40058),
        ({**JOIN, "room_base_id": -1}, 40058),
    ),
    *rows(
        f"{EC}/groupchat/get_join_way",
        ({}, 41043),
        ({"config_id": "none"}, 41044),
        ({"config_id": "$their_join_way"}, 41044),
    ),
    *rows(
        f"{EC}/groupchat/update_join_way",
        (JOIN, 41043),
        ({**JOIN, "config_id": "$their_join_way"}, 41044),
    ),
    *rows(f"{EC}/groupchat/del_join_way", ({"config_id": "$their_join_way"}, 41044)),
    *rows(
        f"{EC}/opengid_to_chatid",
        ({}, 40058),
        ({"opengid": "none"}, 90511),
        ({"opengid": "ognone"}, 90511),
    ),
    *rows(
        f"{EC}/customer_acquisition/create_link",
        ({}, 40058),
        ({"link_name": "名" * 31, "range": GOOD_RANGE}, 40058),
        ({"link_name": "a"}, 40058),
        ({"link_name": "a", "range": {"user_list": ["nobody"]}}, 60111),
        ({"link_name": "a", "range": {"user_list": ["wangwu"]}}, 60011),
        ({"link_name": "a", "range": {"department_list": [99]}}, 60003),
        ({"link_name": "a", "range": {"user_list": ["zhangsan"] * 501}}, 40058),
        (
            {"link_name": "a", "range": GOOD_RANGE, "priority_option": {"priority_type": 3}},
            40058,
        ),
        (
            {"link_name": "a", "range": GOOD_RANGE, "priority_option": {"priority_type": 2}},
            40058,
        ),
    ),
    *(
        (f"{EC}/customer_acquisition/{name}", {**SPAN, "link_id": link_id}, 40058)
        for name in ("get", "update_link", "delete_link", "customer", "statistic")
        for link_id in ("", "none", "$their_link")
    ),
    *pages(f"{EC}/customer_acquisition/list_link", 100),
    *pages(f"{EC}/customer_acquisition/customer", 1000, link_id="$link"),
    *rows(
        f"{EC}/customer_acquisition/statistic",
        ({"link_id": "$link"}, 600018),
        ({"link_id": "$link", "start_time": NOW, "end_time": NOW - DAY}, 600018),
        ({"link_id": "$link", "start_time": NOW - 200 * DAY, "end_time": NOW}, 600018),
        ({"link_id": "$link", "start_time": NOW - 31 * DAY, "end_time": NOW}, 600018),
    ),
    *rows(f"{EC}/customer_acquisition/get_chat_info", ({}, 40058), ({"chat_key": "no"}, 40058)),
    (f"{EC}/customer_acquisition/create_once_key", {"link_id": "$link", "key_num": 1}, 48002),
    *(
        (f"{EC}/{kind}_strategy/{name}", body, errcode)
        for kind in ("customer", "moment")
        for name, body, errcode in (
            ("create", {}, 40058),
            ("create", {**STRATEGY, "strategy_name": "名" * 31}, 40058),
            ("create", {**STRATEGY, "admin_list": []}, 40058),
            ("create", {**STRATEGY, "admin_list": ["lisi"] * 21}, 40058),
            ("create", {**STRATEGY, "admin_list": ["nobody"]}, 60111),
            ("create", {**STRATEGY, "range": []}, 40058),
            ("create", {**STRATEGY, "range": ["zhangsan"]}, 40058),
            ("create", {**STRATEGY, "range": [{"type": 3}]}, 40058),
            ("create", {**STRATEGY, "range": [{"type": 1, "userid": "nobody"}]}, 60111),
            ("create", {**STRATEGY, "range": [{"type": 2, "partyid": 99}]}, 60003),
            ("create", {**STRATEGY, "parent_id": 99}, 40058),
            ("create", {**STRATEGY, "privilege": {"send_moment": "yes", "contact_me": 7}}, 40058),
            ("get", {}, 40058),
            ("get", {"strategy_id": 99}, 40058),
            ("get_range", {"strategy_id": 99}, 40058),
            ("edit", {"strategy_id": 99}, 40058),
            ("del", {"strategy_id": 99}, 40058),
            ("list", {"limit": 1001}, 40058),
        )
    ),
    *rows(
        f"{EC}/add_strategy_tag",
        ({}, 40058),
        ({"strategy_id": 99, "group_name": "g", "tag": [{"name": "t"}]}, 40058),
    ),
    *rows(f"{EC}/get_strategy_tag_list", ({"strategy_id": 99}, 40058)),
    *rows(f"{EC}/edit_strategy_tag", ({"id": "$tag", "name": "x"}, 40068)),
    *rows(f"{EC}/del_strategy_tag", ({}, 40058), ({"tag_id": ["$tag"]}, 40068)),
    *rows(
        f"{EC}/add_msg_template",
        ({}, 41089),
        ({"text": {"content": "字" * 1334}, "sender": "zhangsan"}, 45002),
        ({"text": {"content": "hi"}}, 40058),
        ({"text": {"content": "hi"}, "chat_type": "all", "sender": "zhangsan"}, 40058),
        ({"text": {"content": "hi"}, "chat_type": "group", "chat_id_list": ["$chat"]}, 40058),
        ({"text": {"content": "hi"}, "sender": "nobody"}, 60111),
        ({"text": {"content": "hi"}, "sender": "wangwu"}, 60011),
        ({"text": {"content": "hi"}, "sender": "lisi"}, 41048),
        ({"text": {"content": "hi"}, "external_userid": ["none"]}, 41048),
        ({"text": {"content": "hi"}, "external_userid": ["x"] * 10_001}, 40058),
        ({"text": {"content": "hi"}, "tag_filter": {"group_list": [{"tag_list": ["x"]}]}}, 40068),
        ({"attachments": [LINK] * 10, "sender": "zhangsan"}, 41064),
        ({"attachments": [{"msgtype": "voice"}], "sender": "zhangsan"}, 41065),
        (
            {
                "attachments": [{"msgtype": "file", "file": {"media_id": "none"}}],
                "sender": "zhangsan",
            },
            40007,
        ),
    ),
    *(
        (f"{EC}/{name}", body, errcode)
        for name in (
            "get_groupmsg_task",
            "get_groupmsg_send_result",
            "get_group_msg_result",
            "remind_groupmsg_send",
            "cancel_groupmsg_send",
        )
        for body, errcode in (({}, 41046), ({"msgid": "none"}, 41047))
    ),
    *rows(f"{EC}/get_groupmsg_send_result", ({"msgid": "$msgid", "userid": "lisi"}, 60111)),
    *pages(f"{EC}/get_groupmsg_task", 0, msgid="$msgid"),
    *rows(
        f"{EC}/get_groupmsg_list_v2",
        (SPAN, 40058),
        ({"chat_type": "single"}, 600018),
        ({"chat_type": "single", "start_time": NOW - 32 * DAY, "end_time": NOW}, 600018),
        ({"chat_type": "single", "filter_type": 3, **SPAN}, 40058),
    ),
    *pages(f"{EC}/get_groupmsg_list_v2", 0, chat_type="single", **SPAN),
    *rows(
        f"{EC}/group_welcome_template/add",
        ({}, 41088),
        ({"text": {"content": "字" * 1001}}, 45002),
        ({"text": {"content": "a"}, "agentid": 7}, 301002),
        ({"link": LINK["link"], "image": {"media_id": "x"}}, 40058),
        ({"image": {"media_id": "none"}}, 40007),
    ),
    *(
        (f"{EC}/group_welcome_template/{name}", {"text": {"content": "a"}, **body}, errcode)
        for name in ("edit", "get", "del")
        for body, errcode in (
            ({}, 40058),
            ({"template_id": "none"}, 40058),
            ({"template_id": "$their_template"}, 41058),
        )
    ),
    *rows(
        f"{EC}/add_moment_task",
        ({}, 41089),
        ({"text": {"content": "a" * 2001}}, 45002),
        ({"text": {"content": "字" * 1334}}, 45002),
        ({"attachments": [{"msgtype": "file"}]}, 41065),
        ({"attachments": [{"msgtype": "image", "image": {"media_id": "$moment"}}] * 10}, 41064),
        ({"attachments": [{"msgtype": "image", "image": {"media_id": "$media"}}]}, 40007),
        ({"attachments": [{"msgtype": "image", "image": {"media_id": "$album"}}]}, 40007),
        ({"attachments": [{"msgtype": "link", "link": {"media_id": "$moment"}}]}, 40058),
        (
            {
                "attachments": [
                    {"msgtype": "image", "image": {"media_id": "$moment"}},
                    {"msgtype": "link", "link": {"url": "u", "media_id": "$moment"}},
                ]
            },
            40058,
        ),
        ({"text": {"content": "a"}, "visible_range": {"sender_list": ["zhangsan"]}}, 40058),
    ),
    *(
        (f"{EC}/{name}", body, errcode)
        for name in (
            "cancel_moment_task",
            "get_moment_task",
            "get_moment_customer_list",
            "get_moment_send_result",
            "get_moment_comments",
        )
        for body, errcode in (({}, 41059), ({"moment_id": "none"}, 41060))
    ),
    *rows(
        f"{EC}/get_moment_list",
        ({}, 600018),
        ({"start_time": NOW - 31 * DAY, "end_time": NOW}, 600018),
        ({"filter_type": 3, **SPAN}, 40058),
    ),
    *pages(f"{EC}/get_moment_list", 0, **SPAN),
    *rows(
        f"{EC}/add_intercept_rule",
        ({}, 40058),
        ({**RULE, "rule_name": "名" * 21}, 40058),
        ({**RULE, "word_list": []}, 40058),
        ({**RULE, "word_list": ["x"] * 301}, 41068),
        ({**RULE, "word_list": ["x" * 33]}, 41083),
        ({**RULE, "word_list": [""]}, 41083),
        ({**RULE, "semantics_list": [4]}, 41084),
        ({**RULE, "intercept_type": 3}, 40058),
        ({**RULE, "applicable_range": {}}, 40058),
        ({**RULE, "applicable_range": {"user_list": ["zhangsan"] * 1001}}, 41076),
        ({**RULE, "applicable_range": {"user_list": ["nobody"]}}, 60111),
        ({**RULE, "rule_name": "已有"}, 41077),
    ),
    *(
        (f"{EC}/{name}_intercept_rule", body, 41070)
        for name in ("get", "update", "del")
        for body in ({}, {"rule_id": "none"}, {"rule_id": "$their_rule"})
    ),
    *rows(
        f"{EC}/add_product_album",
        ({}, 41073),
        ({**PRODUCT, "description": "字" * 301}, 41087),
        ({**PRODUCT, "price": -1}, 41086),
        ({**PRODUCT, "price": 5_000_001}, 41086),
        ({**PRODUCT, "price": "1"}, 41086),
        ({**PRODUCT, "product_sn": "a-b"}, 41085),
        ({**PRODUCT, "product_sn": "a" * 129}, 41085),
        ({**PRODUCT, "attachments": []}, 41088),
        ({**PRODUCT, "attachments": PRODUCT["attachments"] * 10}, 41064),
        ({**PRODUCT, "attachments": [{"type": "video"}]}, 41065),
        (
            {**PRODUCT, "attachments": [{"type": "image", "image": {"media_id": "$moment"}}]},
            40007,
        ),
    ),
    *(
        (f"{EC}/{name}_product_album", body, 41075)
        for name in ("get", "update", "delete")
        for body in ({}, {"product_id": "none"}, {"product_id": "$their_product"})
    ),
    *pages(f"{EC}/get_product_album_list", 100),
    *rows(
        f"{EC}/get_user_behavior_data",
        (SPAN, 40058),
        ({"userid": ["zhangsan"]}, 600018),
        ({"userid": ["zhangsan"], "start_time": NOW - 181 * DAY, "end_time": NOW}, 600018),
        ({"userid": ["zhangsan"], "start_time": NOW - 32 * DAY, "end_time": NOW}, 600018),
        ({"userid": ["nobody"], **SPAN}, 60111),
        ({"userid": ["zhangsan"] * 101, **SPAN}, 40058),
        ({"partyid": [99], **SPAN}, 60003),
    ),
    *(
        (f"{EC}/groupchat/{name}", body, errcode)
        for name in ("statistic", "statistic_group_by_day")
        for body, errcode in (
            ({}, 40058),
            ({"day_begin_time": NOW}, 40058),
            ({"owner_filter": {"userid_list": ["zhangsan"]}}, 600018),
            ({"owner_filter": {"userid_list": ["nobody"]}, "day_begin_time": NOW}, 60111),
            ({"owner_filter": {"userid_list": ["x"] * 101}, "day_begin_time": NOW}, 40058),
        )
    ),
    *rows(
        f"{EC}/transfer_customer",
        ({}, 60111),
        ({**TO_LISI, "handover_userid": "wangwu"}, 60011),
        ({**TO_LISI, "takeover_userid": "nobody"}, 60111),
        ({**TO_LISI, "takeover_userid": "unused"}, 84061),
        ({**TO_LISI, "takeover_userid": "zhangsan"}, 40130),
        ({**TO_LISI, "transfer_success_msg": "字" * 201}, 40058),
        (TO_LISI, 41035),
        ({**TO_LISI, "external_userid": ["x"] * 101}, 40058),
    ),
    *rows(
        f"{EC}/resigned/transfer_customer",
        ({**TO_LISI, "external_userid": ["$customer"]}, 40097),
        ({**TO_LISI, "handover_userid": "nobody", "external_userid": ["x"]}, 60111),
    ),
    *rows(
        f"{EC}/transfer",
        (TO_LISI, 41035),
        ({**TO_LISI, "external_userid": "none"}, 40096),
        ({**TO_LISI, "external_userid": "$wecom_user"}, 40131),
    ),
    *(
        (f"{EC}/{name}", {**TO_LISI, **body}, errcode)
        for name in ("transfer_result", "resigned/transfer_result")
        for body, errcode in (({"takeover_userid": "nobody"}, 60111), ({"cursor": "?"}, 50100))
    ),
    *rows(
        f"{EC}/get_unassigned_list",
        ({"page_size": 1001}, 40058),
        ({"page_id": 50, "page_size": 1000}, 40058),
        ({"cursor": "?"}, 50100),
    ),
    *(
        (f"{EC}/groupchat/{name}", body, errcode)
        for name in ("transfer", "onjob_transfer")
        for body, errcode in (
            ({"new_owner": "lisi"}, 40058),
            ({"chat_id_list": ["$chat"]}, 60111),
            ({"chat_id_list": ["$chat"], "new_owner": "wangwu"}, 60011),
            ({"chat_id_list": ["$chat"] * 101, "new_owner": "lisi"}, 40058),
        )
    ),
    *rows(f"{EC}/contact_list", ({"limit": 1001}, 40058), ({"cursor": "C1"}, 50100)),
    *rows(
        f"{EC}/convert_to_openid",
        ({}, 41035),
        ({"external_userid": "none"}, 40096),
        ({"external_userid": "$hidden_customer"}, 84061),
        ({"external_userid": "$wecom_user_of_zhangsan"}, 41056),
    ),
    *rows(f"{EC}/unionid_to_external_userid", ({}, 610014), ({"unionid": "onone"}, 84061)),
    *rows("idconvert/unionid_to_external_userid", ({}, 610014), ({"unionid": "onone"}, 40058)),
    *rows("idconvert/batch/external_userid_to_pending_id", ({"external_userid": ["x"]}, 48002)),
    *rows("idconvert/external_tagid", ({"external_tagid_list": ["x"]}, 48002)),
    *rows(
        "idconvert/convert_tmp_external_userid",
        ({}, 40058),
        ({"business_type": 1, "user_type": 1}, 710006),
        ({"business_type": 1, "user_type": 1, "tmp_external_userid_list": [""]}, 710006),
    ),
    *rows(f"{EC}/get_new_external_userid", ({}, 41035)),
    *rows(f"{EC}/groupchat/get_new_external_userid", ({}, 40050), ({"chat_id": "$chat"}, 41035)),
    *rows(f"{EC}/to_service_external_userid", ({}, 41035), ({"external_userid": "x"}, 40096)),
    *rows(
        f"{EC}/from_service_external_userid",
        ({"external_userid": "x"}, 40058),
        ({"external_userid": "x", "source_agentid": 1000002}, 40096),
    ),
]


@pytest.fixture
def world(sim: Simulator) -> dict[str, str]:
    """Make what the rows name; `contacts` sees department 2 alone: zhangsan, lisi and two more."""
    sim.set_time(NOW)
    contacts, marketing = Caller(sim), Caller(sim, MARKETING_SECRET)
    members = sim.tenant.corp().members
    for userid in ("unused", "asleep"):
        sim.add_member({"userid": userid, "name": userid, "department": [2]})
    members["unused"].customer_contact = False
    members["asleep"].status = 4
    ids = {
        "customer": sim.add_customer("zhangsan"),
        "hidden_customer": sim.add_customer("wangwu"),
        "wecom_user": sim.add_customer("lisi", type=2),
        "wecom_user_of_zhangsan": sim.add_customer("zhangsan", type=2),
        "chat": sim.create_group_chat("zhangsan"),
        "hidden_chat": sim.create_group_chat("wangwu"),
        "tag": sim.tags()["来源"]["线上"],
        "media": contacts.upload()["media_id"],
    }
    ids["moment"], ids["album"] = (attachment(contacts, kind) for kind in (1, 2))
    sim.customer_leaves("lisi", ids["wecom_user"])
    made = {
        "way": (contacts, f"{EC}/add_contact_way", way(), "config_id"),
        "msgid": (
            contacts,
            f"{EC}/add_msg_template",
            {"text": {"content": "a"}, "sender": "zhangsan"},
            "msgid",
        ),
        "rule": (contacts, f"{EC}/add_intercept_rule", {**RULE, "rule_name": "已有"}, "rule_id"),
        "their_rule": (
            marketing,
            f"{EC}/add_intercept_rule",
            {**RULE, "rule_name": "别人的"},
            "rule_id",
        ),
        "their_join_way": (marketing, f"{EC}/groupchat/add_join_way", JOIN, "config_id"),
        "their_template": (
            marketing,
            f"{EC}/group_welcome_template/add",
            {"text": {"content": "a"}},
            "template_id",
        ),
        "their_product": (marketing, f"{EC}/add_product_album", PRODUCT, "product_id"),
    }
    for name, (caller, path, body, result) in made.items():
        ids[name] = caller.post(path, **filled(body, ids))[result]
    for name, caller in (("link", contacts), ("their_link", marketing)):
        link = {"link_name": "a", "range": GOOD_RANGE}
        answer = caller.post(f"{EC}/customer_acquisition/create_link", **link)
        ids[name] = answer["link"]["link_id"]
    sim.change_app("contacts", visible_departments=[2])
    return ids


def attachment(caller: Caller, scene: int) -> str:
    query = f"access_token={caller.access_token}&media_type=image&attachment_type={scene}"
    answer = caller.post_file(f"/cgi-bin/media/upload_attachment?{query}", PNG, "a.png")
    media_id: str = answer["media_id"]
    return media_id


def filled(value: Any, ids: dict[str, str]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {name: filled(each, ids) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each, ids) for each in value]
    return ids[value[1:]] if isinstance(value, str) and value.startswith("$") else value


def test_every_wrong_call_is_refused_with_its_code(sim: Simulator, world: dict[str, str]) -> None:
    caller = Caller(sim)
    wrong = []

    for path, body, errcode in REFUSED:
        answer = caller.post(path, **filled(body, world))
        if answer["errcode"] != errcode:
            wrong.append((path, body, errcode, answer["errcode"]))

    assert wrong == []


def test_no_shape_of_json_makes_it_stumble(sim: Simulator, world: dict[str, str]) -> None:
    """Each field of each call once as every kind of JSON value: an answer always, never a 500."""
    caller = Caller(sim)
    strange: list[object] = [
        None,
        True,
        -1,
        1.5,
        10**30,
        "",
        "\udcff",
        "字" * 9999,
        [],
        [[]],
        [None],
        {},
        {"a": []},
    ]

    fields: dict[str, dict[str, object]] = {}
    for path, body, _ in REFUSED:
        fields.setdefault(path, {}).update(filled(body, world))
    for path, known in fields.items():
        for name in known:
            for value in strange:
                answer = caller.post_bytes(path, _json({**known, name: value}))
                assert isinstance(answer["errcode"], int)


def _json(body: dict[str, object]) -> bytes:
    return json.dumps(body).encode()
