"""WeChat customer service: the wake-up call and what is then pulled (微信客服)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from events.event import Event, event, family
from events.fields import integer, moment, text, texts


@event(
    "kf_msg_or_event",
    "微信客服接收消息和事件",
    94670,
    94699,
    96426,
    receivers=("self_built", "provider_developed", "suite"),
)
class KfMessagesArrived(Event):
    """There is something to pull with kf/sync_msg, be it one message or many (接收消息和事件).

    token: good for ten minutes, spares the pull its strict rate limit.
    """

    token: str = text("Token")
    open_kfid: str = text("OpenKfId", subject=True)


@event(
    "kf_account_auth_change",
    "客服账号授权变更事件",
    97712,
    97302,
    97713,
    receivers=("self_built", "provider_developed", "suite"),
)
class KfAccountAuthChanged(Event):
    """The app may serve other customer service accounts (客服账号授权变更)."""

    auth_add_open_kfid: tuple[str, ...] = texts("AuthAddOpenKfId")
    auth_del_open_kfid: tuple[str, ...] = texts("AuthDelOpenKfId")


@family("kf", "微信客服消息", 94670, receivers=("sync_msg",))
class KfItem(Event):
    """One item that kf/sync_msg returned (微信客服消息); it is pulled, not called back."""

    form: ClassVar[str] = "kf"

    occurred_at: datetime | None = moment("send_time")
    message_id: str = text("msgid")
    open_kfid: str = text("open_kfid", "event/open_kfid")
    external_userid: str = text("external_userid", "event/external_userid", subject=True)


@event("enter_session", "用户进入会话事件")
class KfSessionEntered(KfItem):
    """A customer opened the conversation (用户进入会话); welcome_code lasts 20 seconds."""

    scene: str = text("event/scene")
    scene_param: str = text("event/scene_param")
    welcome_code: str = text("event/welcome_code")


@event("msg_send_fail", "消息发送失败事件")
class KfMessageSendFailed(KfItem):
    """A message could not be delivered (消息发送失败)."""

    fail_msgid: str = text("event/fail_msgid")
    fail_type: int | None = integer("event/fail_type")


@event("servicer_status_change", "接待人员接待状态变更事件")
class KfServicerStatusChanged(KfItem):
    """A servicer began or ceased to take customers (接待人员接待状态变更)."""

    userid: str = text("event/servicer_userid")
    status: int | None = integer("event/status")


@event("session_status_change", "会话状态变更事件")
class KfSessionStatusChanged(KfItem):
    """A conversation was taken 1, passed on 2, ended 3, taken up again 4 (会话状态变更)."""

    userid: str = text("event/new_servicer_userid", "event/old_servicer_userid")
    change_type: int | None = integer("event/change_type")
    old_servicer_userid: str = text("event/old_servicer_userid")
    new_servicer_userid: str = text("event/new_servicer_userid")
    msg_code: str = text("event/msg_code")


@event("user_recall_msg", "用户撤回消息事件")
class KfUserMessageRecalled(KfItem):
    """A customer took a message back (用户撤回消息)."""

    recall_msgid: str = text("event/recall_msgid")


@event("servicer_recall_msg", "接待人员撤回消息事件")
class KfServicerMessageRecalled(KfItem):
    """A servicer took a message back (接待人员撤回消息)."""

    userid: str = text("event/servicer_userid")
    recall_msgid: str = text("event/recall_msgid")


@event("reject_customer_msg_switch_change", "拒收客户消息变更事件")
class KfRejectSwitchChanged(KfItem):
    """A servicer refuses a customer's messages (1) or takes them again (0) (拒收客户消息变更)."""

    userid: str = text("event/servicer_userid")
    reject_switch: int | None = integer("event/reject_switch")
