"""The enterprise's own members, departments and member tags (通讯录变更)."""

from __future__ import annotations

from events.event import Event, event, family
from events.fields import Record, integer, integers, records, text, texts, userids


@family(
    "change_contact",
    "通讯录变更事件",
    90967,
    receivers=("contact_sync", "provider_developed", "suite"),
)
class ContactChanged(Event):
    """The enterprise's own contacts changed (通讯录变更事件)."""


class ExtendedAttribute(Record):
    """One attribute an enterprise added to its members (扩展属性); type 0 is text, 1 is a link."""

    name: str = text("Name")
    type: int | None = integer("Type")
    value: str = text("Text/Value")
    web_title: str = text("Web/Title")
    web_url: str = text("Web/Url")


class MemberChanged(ContactChanged):
    """A member was created, updated or deleted (成员变更).

    Since 2022-08-15 only userid and department are told to new callback URLs of the contact
    assistant (doc 90970).
    """

    docs = (90970, 90639, 96302)

    userid: str = text("UserID", subject=True)
    open_userid: str = text("OpenUserID")


class MemberWritten(MemberChanged):
    """A member with what was written; of an update only the changed fields."""

    member_name: str = text("Name")
    department: tuple[str, ...] = texts("Department")
    main_department: str = text("MainDepartment")
    is_leader_in_dept: tuple[int, ...] = integers("IsLeaderInDept")
    direct_leader: tuple[str, ...] = userids("DirectLeader")
    position: str = text("Position")
    mobile: str = text("Mobile")
    gender: int | None = integer("Gender")
    email: str = text("Email")
    biz_mail: str = text("BizMail")
    status: int | None = integer("Status")
    avatar: str = text("Avatar")
    alias: str = text("Alias")
    telephone: str = text("Telephone")
    address: str = text("Address")
    extattr: tuple[ExtendedAttribute, ...] = records(ExtendedAttribute, "ExtAttr/Item")


@event("create_user", "新增成员")
class MemberCreated(MemberWritten):
    """A member was created (新增成员)."""


@event("update_user", "更新成员")
class MemberUpdated(MemberWritten):
    """A member was updated (更新成员).

    userid: the id before the change. new_userid: the id after it, "" if the id stayed.
    """

    new_userid: str = text("NewUserID")


@event("delete_user", "删除成员")
class MemberDeleted(MemberChanged):
    """A member was deleted (删除成员)."""


class DepartmentChanged(ContactChanged):
    """A department was created, updated or deleted (部门变更)."""

    docs = (90971, 90640, 96303)

    id: str = text("Id", subject=True)


class DepartmentWritten(DepartmentChanged):
    """A department with what was written; of an update only the changed fields."""

    department_name: str = text("Name")
    parentid: str = text("ParentId")
    order: int | None = integer("Order", "OrderId")


@event("create_party", "新增部门")
class DepartmentCreated(DepartmentWritten):
    """A department was created (新增部门)."""


@event("update_party", "更新部门")
class DepartmentUpdated(DepartmentWritten):
    """A department was updated (更新部门)."""


@event("delete_party", "删除部门")
class DepartmentDeleted(DepartmentChanged):
    """A department was deleted (删除部门)."""


@event("update_tag", "标签成员变更", 90972, 90641, 96304)
class TagMembersChanged(ContactChanged):
    """Members or departments got or lost a member tag (标签成员变更)."""

    tagid: str = text("TagId", subject=True)
    add_user_items: tuple[str, ...] = texts("AddUserItems")
    del_user_items: tuple[str, ...] = texts("DelUserItems")
    add_party_items: tuple[str, ...] = texts("AddPartyItems")
    del_party_items: tuple[str, ...] = texts("DelPartyItems")
