"""Customers: who added, edited or deleted whom (企业客户事件)."""

from __future__ import annotations

from events.event import Event, event, family
from events.fields import text


@family(
    "change_external_contact",
    "企业客户事件",
    92130,
    92277,
    96361,
    receivers=("self_built", "provider_developed", "suite"),
)
class ExternalContactChanged(Event):
    """Something changed between a member and a customer (企业客户事件).

    Only what people do in clients and in the admin console is reported, never a call of the API.
    """

    userid: str = text("UserID")
    external_userid: str = text("ExternalUserID", subject=True)


@event("add_external_contact", "添加企业客户", 92130)
class ExternalContactAdded(ExternalContactChanged):
    """A member and a customer became contacts (添加企业客户).

    welcome_code: good for one send_welcome_msg within 20 seconds (doc 92137); "" when another
    greeting is set up.
    link_id: only the acquisition component gets it.
    """

    state: str = text("State")
    welcome_code: str = text("WelcomeCode")
    link_id: str = text("LinkId")


@event("edit_external_contact", "编辑企业客户", 92130)
class ExternalContactEdited(ExternalContactChanged):
    """A member edited remarks or enterprise tags of a customer (编辑企业客户)."""

    state: str = text("State")


@event("add_half_external_contact", "外部联系人免验证添加成员", 92130)
class HalfExternalContactAdded(ExternalContactChanged):
    """A customer added a member who need not confirm; not yet mutual (外部联系人免验证添加成员)."""

    state: str = text("State")
    welcome_code: str = text("WelcomeCode")


@event("del_external_contact", "删除企业客户", 92130)
class ExternalContactDeleted(ExternalContactChanged):
    """A member deleted a customer (删除企业客户).

    source: DELETE_BY_TRANSFER when a transfer in service took the customer away.
    """

    source: str = text("Source")


@event("del_follow_user", "删除跟进成员", 92130)
class FollowUserDeleted(ExternalContactChanged):
    """A customer deleted a member (删除跟进成员)."""


@event("transfer_fail", "客户接替失败", 92130)
class ExternalContactTransferFailed(ExternalContactChanged):
    """A customer did not go over to the new member (客户接替失败).

    userid: the member who should have taken over.
    fail_reason: customer_refused or customer_limit_exceed.
    """

    fail_reason: str = text("FailReason")


@event("msg_audit_approved", "客户同意进行聊天内容存档", 92005)
class MessageAuditApproved(ExternalContactChanged):
    """A customer agreed that the conversation is archived (客户同意进行聊天内容存档)."""

    welcome_code: str = text("WelcomeCode")
