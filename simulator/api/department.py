"""Departments (通讯录管理 - 部门管理)."""

from __future__ import annotations

import re
from typing import Any

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.user import contacts_of
from simulator.contacts import below, depth
from simulator.corp import ROOT_DEPARTMENT
from simulator.records import Department

chapter = Chapter()

_MOST_ID = 2**31 - 1
_MOST_ORDER = 2**32 - 1
_MOST_NAME_CHARACTERS = 64
_MOST_LEVELS = 15
_FORBIDDEN = re.compile(r'[\\:*?"<>|]')


@chapter.endpoint("POST", "department/create", doc=90205, needs="contacts_write")
def create(call: Call) -> dict[str, object]:
    """Add a department (创建部门)."""
    name = _name(call.text("name", missing=60001))
    parentid = _parent(call)
    departments = call.corp.departments
    id_ = call.integer("id", max(departments) + 1, low=1, high=_MOST_ID)
    if id_ in departments:
        raise CallRefused(60008)
    _check_name_is_free(call, name, parentid, but=id_)
    if depth(call.corp, parentid) >= _MOST_LEVELS:
        raise CallRefused(81002)
    contacts_of(call).add_department(
        Department(
            id=id_,
            name=name,
            name_en=call.optional_text("name_en", most=_MOST_NAME_CHARACTERS) or "",
            parentid=parentid,
            order=call.integer("order", 0, low=0, high=_MOST_ORDER),
        )
    )
    return {"errmsg": "created", "id": id_}


@chapter.endpoint("POST", "department/update", doc=90206, needs="contacts_write")
def update(call: Call) -> dict[str, object]:
    """Change the fields of a department that are given (更新部门)."""
    department = _known(call, call.integer("id", low=1, high=_MOST_ID))
    changes: dict[str, Any] = {}
    if call.has("name"):
        changes["name"] = _name(call.text("name", missing=60001))
    if call.has("name_en"):
        changes["name_en"] = call.optional_text("name_en", most=_MOST_NAME_CHARACTERS)
    if call.has("parentid"):
        changes["parentid"] = _new_parent(call, department)
    if call.has("order"):
        changes["order"] = call.integer("order", low=0, high=_MOST_ORDER)
    _check_name_is_free(
        call,
        changes.get("name", department.name),
        changes.get("parentid", department.parentid),
        but=department.id,
    )
    contacts_of(call).change_department(department, changes)
    return {"errmsg": "updated"}


@chapter.endpoint("GET", "department/delete", doc=90207, needs="contacts_write")
def delete(call: Call) -> dict[str, object]:
    """Delete an empty department (删除部门)."""
    department = _known(call, call.integer("id", low=1, high=_MOST_ID))
    if department.id == ROOT_DEPARTMENT:
        raise CallRefused(60007)
    if any(department.id in member.department for member in call.corp.members.values()):
        raise CallRefused(60005)
    if len(below(call.corp, department.id)) > 1:
        raise CallRefused(60006)
    contacts_of(call).remove_department(department.id)
    return {"errmsg": "deleted"}


@chapter.endpoint("GET", "department/list", doc=90208, empty={"department": []})
def list_(call: Call) -> dict[str, object]:
    """Return the visible departments, all or those below one (获取部门列表)."""
    if call.app.kind == "contact_sync" and call.tenant.limits.contact_sync_reads_ids_only:
        raise CallRefused(48009)
    return {"department": [detail_of_department(each) for each in _listed(call)]}


@chapter.endpoint("GET", "department/simplelist", doc=95350, empty={"department_id": []})
def simplelist(call: Call) -> dict[str, object]:
    """Return the ids of the visible departments (获取子部门ID列表)."""
    return {
        "department_id": [
            {"id": each.id, "parentid": each.parentid, "order": each.order}
            for each in _listed(call)
        ]
    }


@chapter.endpoint("GET", "department/get", doc=95351, empty={"department": {}})
def get(call: Call) -> dict[str, object]:
    """Return one department (获取单个部门详情)."""
    department = _known(call, call.integer("id", low=1, high=_MOST_ID))
    if not call.corp.sees_department(call.app, department.id):
        raise CallRefused(60011)
    return {"department": detail_of_department(department)}


def detail_of_department(department: Department) -> dict[str, Any]:
    """Return a department as it is read."""
    return {
        "id": department.id,
        "name": department.name,
        "name_en": department.name_en,
        "department_leader": department.department_leader,
        "parentid": department.parentid,
        "order": department.order,
    }


def _known(call: Call, department_id: int) -> Department:
    if department_id not in call.corp.departments:
        raise CallRefused(60003)
    return call.corp.departments[department_id]


def _parent(call: Call) -> int:
    parentid = call.params.get("parentid")
    if parentid is None:
        raise CallRefused(60124)
    if not isinstance(parentid, int) or isinstance(parentid, bool) or parentid < 1:
        raise CallRefused(60124)
    if parentid not in call.corp.departments:
        raise CallRefused(60004)
    return parentid


def _new_parent(call: Call, department: Department) -> int:
    if department.id == ROOT_DEPARTMENT:
        if call.params["parentid"] in (0, ROOT_DEPARTMENT):
            return department.parentid
        raise CallRefused(60010)
    parentid = _parent(call)
    if parentid in below(call.corp, department.id):
        raise CallRefused(60010)
    return parentid


def _name(name: str) -> str:
    if len(name) > _MOST_NAME_CHARACTERS:
        raise CallRefused(60001)
    if _FORBIDDEN.search(name):
        raise CallRefused(60009)
    return name


def _check_name_is_free(call: Call, name: str, parentid: int, *, but: int) -> None:
    for each in call.corp.departments.values():
        if each.name == name and each.parentid == parentid and each.id != but:
            raise CallRefused(60008)


def _listed(call: Call) -> list[Department]:
    top = call.integer("id", 0, low=0, high=_MOST_ID) if call.params.get("id") else 0
    if top:
        _known(call, top)
        if not call.corp.sees_department(call.app, top):
            raise CallRefused(60011)
    shown = below(call.corp, top) if top else call.corp.departments.keys()
    return [
        each
        for each in call.corp.departments.values()
        if each.id in shown and call.corp.sees_department(call.app, each.id)
    ]
