"""Departments (通讯录管理 - 部门管理)."""

from __future__ import annotations

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.records import Department

chapter = Chapter()

_MOST_ID = 2**31 - 1


@chapter.endpoint("GET", "department/list", doc=90208, empty={"department": []})
def list_(call: Call) -> dict[str, object]:
    """Return the visible departments, all or those below one (获取部门列表)."""
    below = call.integer("id", 0, low=0, high=_MOST_ID) if call.params.get("id") else 0
    if below and below not in call.corp.departments:
        raise CallRefused(60003)
    visible = [each for each in call.corp.departments.values() if _visible(call, each)]
    if below and not any(each.id == below for each in visible):
        raise CallRefused(60011)
    return {
        "department": [
            {
                "id": each.id,
                "name": each.name,
                "department_leader": [],
                "parentid": each.parentid,
                "order": each.order,
            }
            for each in visible
            if not below or below in call.corp.ancestors(each.id)
        ]
    }


def _visible(call: Call, department: Department) -> bool:
    return any(
        ancestor in call.app.visible_departments for ancestor in call.corp.ancestors(department.id)
    )
