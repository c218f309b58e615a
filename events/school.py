"""Students, parents and school departments (家校通讯录)."""

from __future__ import annotations

from datetime import datetime

from events.event import Event, event, family
from events.fields import Record, moment, records, text


@family(
    "change_school_contact",
    "家校通讯录变更事件",
    92032,
    92051,
    96716,
    receivers=("self_built", "provider_developed", "suite"),
)
class SchoolContactChanged(Event):
    """The school contacts changed (家校通讯录变更事件).

    id: of the student, parent or department. new_id: of a student or parent whose id changed.
    """

    id: str = text("Id", subject=True)
    new_id: str = text("NewId")


@event("create_student", "新增学生")
class StudentCreated(SchoolContactChanged):
    """A student was created (新增学生)."""


@event("update_student", "编辑学生")
class StudentUpdated(SchoolContactChanged):
    """A student was updated (编辑学生)."""


@event("delete_student", "删除学生")
class StudentDeleted(SchoolContactChanged):
    """A student was deleted (删除学生)."""


@event("create_parent", "新增家长")
class ParentCreated(SchoolContactChanged):
    """A parent was created (新增家长)."""


@event("update_parent", "编辑家长")
class ParentUpdated(SchoolContactChanged):
    """A parent was updated (编辑家长)."""


@event("delete_parent", "删除家长")
class ParentDeleted(SchoolContactChanged):
    """A parent was deleted (删除家长)."""


@event("subscribe", "家长关注")
class ParentSubscribed(SchoolContactChanged):
    """A parent follows the school (家长关注)."""


@event("unsubscribe", "家长取消关注")
class ParentUnsubscribed(SchoolContactChanged):
    """A parent follows the school no longer (家长取消关注)."""


class SchoolDepartmentChanged(SchoolContactChanged):
    """A school department changed; the official samples also print `deparmtment` (doc 92052)."""

    docs = (92052, 92050, 96717)


@event("create_department", "创建家校部门", also=("create_deparmtment",))
class SchoolDepartmentCreated(SchoolDepartmentChanged):
    """A school department was created (创建家校部门)."""


@event("update_department", "更新家校部门", also=("update_deparmtment",))
class SchoolDepartmentUpdated(SchoolDepartmentChanged):
    """A school department was updated (更新家校部门)."""


@event("delete_department", "删除家校部门", also=("delete_deparmtment",))
class SchoolDepartmentDeleted(SchoolDepartmentChanged):
    """A school department was deleted (删除家校部门)."""


class SchoolContactChange(Record):
    """One of many changes told together (变更项)."""

    timestamp: datetime | None = moment("TimeStamp")
    change_type: str = text("ChangeType")
    id: str = text("Id")
    new_id: str = text("NewId")


@event("change_school_contact_batch", "家校通讯录批量变更事件", 97281, receivers=("suite",))
class SchoolContactsChanged(Event):
    """Up to 1000 changes of the school contacts, told together (家校通讯录批量变更)."""

    change_list: tuple[SchoolContactChange, ...] = records(SchoolContactChange, "ChangeList")
