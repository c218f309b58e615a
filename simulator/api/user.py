"""Members (通讯录管理 - 成员管理)."""

from __future__ import annotations

from simulator.api.endpoint import Call, Chapter

chapter = Chapter()


@chapter.endpoint("GET", "user/get", doc=90196)
def get(call: Call) -> dict[str, object]:
    """Read one member (读取成员).

    Mobile, e-mail, gender and avatar are withheld, as from every app made since 2022-06-20.
    """
    member = call.member(call.text("userid", missing=60111))
    return {
        "userid": member.userid,
        "name": member.name,
        "department": member.department,
        "order": [0] * len(member.department),
        "position": member.position,
        "is_leader_in_dept": [0] * len(member.department),
        "direct_leader": [],
        "telephone": "",
        "alias": member.alias,
        "main_department": member.department[0] if member.department else 1,
        "extattr": {"attrs": []},
        "status": member.status,
        "external_position": "",
    }
