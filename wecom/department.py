"""The departments of a corp (部门管理); writing needs the contact-sync secret."""

from __future__ import annotations

from dataclasses import dataclass

from errors import ArgumentRejected
from wecom.answer import nothing, only, several
from wecom.arguments import any_given, chars_between, within
from wecom.client import Client
from wecom.endpoint import Endpoint

_FORBIDDEN = frozenset('\\:*?"<>|')
_HIGHEST = 2**32 - 1
_HIGHEST_ID = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class DepartmentPlace:
    """Where a department stands; a higher order stands further up."""

    id: int
    parentid: int = 0
    order: int = 0


@dataclass(frozen=True, kw_only=True)
class Department(DepartmentPlace):
    """A department; third parties are not told its names."""

    name: str = ""
    name_en: str = ""
    department_leader: tuple[str, ...] = ()


CREATE = Endpoint("POST", "department/create", only("id", int), doc=90205)
UPDATE = Endpoint("POST", "department/update", nothing, doc=90206, one_at_a_time=("id",))
DELETE = Endpoint("GET", "department/delete", nothing, doc=90207)
LIST = Endpoint("GET", "department/list", several("department", Department), doc=90208)
SIMPLELIST = Endpoint(
    "GET", "department/simplelist", several("department_id", DepartmentPlace), doc=95350
)
GET = Endpoint("GET", "department/get", only("department", Department), doc=95351)


def create(
    api: Client,
    name: str,
    parentid: int,
    *,
    name_en: str | None = None,
    order: int | None = None,
    id: int | None = None,  # noqa: A002 - the vendor's word
) -> int:
    """Make a department and return its id (创建部门); the root has 1."""
    _check_names(name=name, name_en=name_en)
    within(1, _HIGHEST_ID, parentid=parentid, id=id)
    within(0, _HIGHEST, order=order)
    body = {"name": name, "name_en": name_en, "parentid": parentid, "order": order, "id": id}
    return api.call(CREATE, json=body)


def update(
    api: Client,
    id: int,  # noqa: A002 - the vendor's word
    *,
    name: str | None = None,
    name_en: str | None = None,
    parentid: int | None = None,
    order: int | None = None,
) -> None:
    """Rename or move a department (更新部门); None leaves a field as it is."""
    _check_names(name=name, name_en=name_en)
    within(1, _HIGHEST_ID, id=id, parentid=parentid)
    within(0, _HIGHEST, order=order)
    changes = {"name": name, "name_en": name_en, "parentid": parentid, "order": order}
    any_given(**changes)
    api.call(UPDATE, json={"id": id, **changes})


def delete(api: Client, id: int) -> None:  # noqa: A002 - the vendor's word
    """Remove a department (删除部门): it must be empty, and not the root."""
    api.call(DELETE, query={"id": id})


def list_(api: Client, id: int | None = None) -> tuple[Department, ...]:  # noqa: A002 - the vendor's word
    """Read a department and all below it (获取部门列表); all when not told which."""
    return api.call(LIST, query={"id": id})


def simplelist(api: Client, id: int | None = None) -> tuple[DepartmentPlace, ...]:  # noqa: A002 - the vendor's word
    """Read a department and all below it without their names (获取子部门ID列表)."""
    return api.call(SIMPLELIST, query={"id": id})


def get(api: Client, id: int) -> Department:  # noqa: A002 - the vendor's word
    """Read one department (获取单个部门详情)."""
    return api.call(GET, query={"id": id})


def _check_names(**names: str | None) -> None:
    chars_between(1, 64, **names)
    for argument, name in names.items():
        if name is not None and not _FORBIDDEN.isdisjoint(name):
            raise ArgumentRejected(argument, 'must not contain any of \\:*?"<>|')
