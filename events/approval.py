"""Approvals: of the app's own flow engine and of the approval app (审批)."""

from __future__ import annotations

from datetime import datetime

from events.event import Event, event
from events.fields import Record, integer, moment, record, records, text, texts


class OpenApprovalPerson(Record):
    """Somebody who decides or is told, with what they said (审批流程引擎)."""

    item_name: str = text("ItemName")
    item_userid: str = text("ItemUserid", "ItemUserId")
    item_party: str = text("ItemParty")
    item_image: str = text("ItemImage")
    item_status: int | None = integer("ItemStatus")
    item_speech: str = text("ItemSpeech")
    item_op_time: datetime | None = moment("ItemOpTime")


class OpenApprovalNode(Record):
    """One step of the flow (审批节点)."""

    node_status: int | None = integer("NodeStatus")
    node_attr: int | None = integer("NodeAttr")
    node_type: int | None = integer("NodeType")
    items: tuple[OpenApprovalPerson, ...] = records(OpenApprovalPerson, "Items/Item")


@event("open_approval_change", "审批状态通知事件", 90269, 93798, receivers=("self_built", "suite"))
class OpenApprovalChanged(Event):
    """An application in the app's own approval flow changed (审批状态通知事件).

    open_sp_status: 1 in progress, 2 approved, 3 rejected, 4 cancelled. userid: who applied.
    """

    userid: str = text("ApprovalInfo/ApplyUserId", "ApprovalInfo/ApplyUserid")
    third_no: str = text("ApprovalInfo/ThirdNo", subject=True)
    open_sp_name: str = text("ApprovalInfo/OpenSpName")
    open_template_id: str = text("ApprovalInfo/OpenTemplateId")
    open_sp_status: int | None = integer("ApprovalInfo/OpenSpStatus")
    apply_time: datetime | None = moment("ApprovalInfo/ApplyTime")
    apply_user_name: str = text("ApprovalInfo/ApplyUserName")
    apply_user_party: str = text("ApprovalInfo/ApplyUserParty")
    apply_user_image: str = text("ApprovalInfo/ApplyUserImage")
    approval_nodes: tuple[OpenApprovalNode, ...] = records(
        OpenApprovalNode, "ApprovalInfo/ApprovalNodes/ApprovalNode"
    )
    notify_nodes: tuple[OpenApprovalPerson, ...] = records(
        OpenApprovalPerson, "ApprovalInfo/NotifyNodes/NotifyNode"
    )
    approverstep: int | None = integer("ApprovalInfo/approverstep", "ApprovalInfo/ApproverStep")


class ApprovalDetail(Record):
    """What one approver did (审批明细)."""

    approver: str = text("Approver/UserId")
    speech: str = text("Speech")
    sp_status: int | None = integer("SpStatus")
    sp_time: datetime | None = moment("SpTime")
    attach: tuple[str, ...] = texts("Attach")


class ApprovalStep(Record):
    """One step of the approval (审批节点); approver_attr 1 any of them, 2 all."""

    sp_status: int | None = integer("SpStatus")
    approver_attr: int | None = integer("ApproverAttr")
    details: tuple[ApprovalDetail, ...] = records(ApprovalDetail, "Details")


class ApprovalComment(Record):
    """One comment (审批备注)."""

    comment_id: str = text("CommentId")
    comment_userid: str = text("CommentUserInfo/UserId")
    comment_time: datetime | None = moment("CommentTime")
    comment_content: str = text("CommentContent")
    attach: tuple[str, ...] = texts("Attach")


class ApprovalSubNode(Record):
    """One person in a node of the process (子节点); SpYj and Sptime are official spellings."""

    userid: str = text("UserInfo/UserId")
    speech: str = text("Speech")
    sp_yj: int | None = integer("SpYj")
    sptime: datetime | None = moment("Sptime", "SpTime")
    media_ids: tuple[str, ...] = texts("MediaIds")


class ApprovalProcessNode(Record):
    """One node of the process (流程节点)."""

    node_type: int | None = integer("NodeType")
    sp_status: int | None = integer("SpStatus")
    apv_rel: int | None = integer("ApvRel")
    sub_node_list: tuple[ApprovalSubNode, ...] = records(ApprovalSubNode, "SubNodeList")


class Applyer(Record):
    """Who applied, and for which department (申请人); the spelling is official."""

    userid: str = text("UserId")
    party: str = text("Party")


@event(
    "sys_approval_change",
    "审批申请状态变化回调",
    91815,
    92633,
    96508,
    receivers=("self_built", "suite"),
)
class ApprovalChanged(Event):
    """An application in the approval app changed (审批申请状态变化回调).

    sp_status: 1 in progress, 2 approved, 3 rejected, 4 withdrawn, 6 withdrawn after approval,
    7 deleted, 10 paid. statu_change_event, spelt so officially: 1 submitted, 2 agreed, 3 rejected,
    4 forwarded, 5 urged, 6 withdrawn, 8 withdrawn after approval, 10 commented, 11 sent back,
    12 approver added, 13 approver added and agreed, 14 handled, 15 handed over.
    userid: who applied.
    """

    userid: str = text("ApprovalInfo/Applyer/UserId")
    sp_no: str = text("ApprovalInfo/SpNoStr", "ApprovalInfo/SpNo", subject=True)
    sp_name: str = text("ApprovalInfo/SpName")
    sp_status: int | None = integer("ApprovalInfo/SpStatus")
    template_id: str = text("ApprovalInfo/TemplateId")
    apply_time: datetime | None = moment("ApprovalInfo/ApplyTime")
    applyer: Applyer = record(Applyer, "ApprovalInfo/Applyer")
    sp_record: tuple[ApprovalStep, ...] = records(ApprovalStep, "ApprovalInfo/SpRecord")
    notifyer: tuple[str, ...] = texts("ApprovalInfo/Notifyer")
    comments: tuple[ApprovalComment, ...] = records(ApprovalComment, "ApprovalInfo/Comments")
    process_list: tuple[ApprovalProcessNode, ...] = records(
        ApprovalProcessNode, "ApprovalInfo/ProcessList/NodeList"
    )
    statu_change_event: int | None = integer("ApprovalInfo/StatuChangeEvent")
