"""Members who have customers (客户联系 - 企业服务人员管理)."""

from __future__ import annotations

from simulator.api.endpoint import Call, Chapter

chapter = Chapter()


@chapter.endpoint(
    "GET",
    "externalcontact/get_follow_user_list",
    doc=92571,
    needs="customer_contact",
    empty={"follow_user": []},
)
def get_follow_user_list(call: Call) -> dict[str, object]:
    """Return the members with the customer-contact feature (获取配置了客户联系功能的成员列表)."""
    return {
        "follow_user": [
            member.userid
            for member in call.corp.members.values()
            if member.customer_contact and call.corp.sees(call.app, member)
        ]
    }
