"""Strategies of customer contact (客户联系规则组, doc 94883)."""

from __future__ import annotations

from simulator.api.strategy import strategy_chapter
from simulator.strategies import CustomerStrategies

chapter = strategy_chapter(
    CustomerStrategies,
    "externalcontact/customer_strategy",
    doc=94883,
    privileges=(
        "view_customer_list",
        "view_customer_data",
        "view_room_list",
        "contact_me",
        "join_room",
        "share_customer",
        "oper_resign_customer",
        "oper_resign_group",
        "send_customer_msg",
        "edit_welcome_msg",
        "view_behavior_data",
        "view_room_data",
        "send_group_msg",
        "room_deduplication",
        "rapid_reply",
        "onjob_customer_transfer",
        "edit_anti_spam_rule",
        "export_customer_list",
        "export_customer_data",
        "export_customer_group_list",
        "manage_customer_tag",
    ),
)
