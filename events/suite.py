"""What only third-party apps and providers are told: tickets, authorisations (指令回调)."""

from __future__ import annotations

from events.event import Event, event
from events.fields import integer, text, texts


class SuiteEvent(Event):
    """Something about a suite and the enterprises that installed it (指令回调)."""

    receivers = ("suite",)


@event("suite_ticket", "推送suite_ticket", 90628, 90794)
class SuiteTicketPushed(SuiteEvent):
    """A new ticket, pushed every ten minutes, good for thirty (推送suite_ticket)."""

    confidential = True

    suite_ticket: str = text("SuiteTicket")


class AuthorisationEvent(SuiteEvent):
    """An enterprise changed what the suite may do (授权通知事件)."""

    docs = (90642, 97086, 90795)


@event("create_auth", "授权成功通知")
class CorpAuthorised(AuthorisationEvent):
    """An enterprise installed the suite; auth_code is good once, for ten minutes (授权成功通知)."""

    confidential = True

    auth_code: str = text("AuthCode")
    state: str = text("State")


@event("change_auth", "变更授权通知")
class CorpAuthorisationChanged(AuthorisationEvent):
    """An enterprise changed range, mode or permissions (变更授权通知)."""

    state: str = text("State")
    auth_open_kfid_list: tuple[str, ...] = texts("ExtraInfo/AuthOpenKfIdList")


@event("cancel_auth", "取消授权通知", also=("del_auth",))
class CorpAuthorisationCancelled(AuthorisationEvent):
    """An enterprise removed the suite; delete its data (取消授权通知)."""


@event("reset_permanent_code", "重置永久授权码通知", receivers=("provider_developed",))
class PermanentCodeReset(AuthorisationEvent):
    """The permanent code is void; exchange auth_code for a new one (重置永久授权码通知)."""

    confidential = True

    auth_code: str = text("AuthCode")


@event("corp_arch_auth", "授权组织架构权限通知", 97378)
class CorpArchitectureAuthorised(SuiteEvent):
    """An enterprise lets the suite see its structure (授权组织架构权限通知)."""


@event("approve_special_auth", "获客助手权限确认事件", 98959)
class SpecialAuthApproved(SuiteEvent):
    """An enterprise granted a special permission (获客助手权限确认)."""

    auth_type: str = text("AuthType")


@event("cancel_special_auth", "获客助手权限取消事件", 98959)
class SpecialAuthCancelled(SuiteEvent):
    """An enterprise withdrew a special permission (获客助手权限取消)."""

    auth_type: str = text("AuthType")


@event("device_data_auth_change", "设备数据授权变更事件", 96103)
class DeviceDataAuthChanged(SuiteEvent):
    """An enterprise changed which device data the suite may use (设备数据授权变更)."""


@event("register_corp", "注册完成回调事件", 90585, 90810, receivers=("provider",))
class CorpRegistered(Event):
    """An enterprise registered through the provider's link (注册完成回调)."""

    confidential = True

    userid: str = text("AuthUserInfo/UserId")
    register_code: str = text("RegisterCode")
    template_id: str = text("TemplateId", subject=True)
    state: str = text("State")
    access_token: str = text("ContactSync/AccessToken")
    expires_in_seconds: int | None = integer("ContactSync/ExpiresIn")


@event("enter_register_package", "扫描推广二维码事件", receivers=("provider",))
class RegisterPackageEntered(Event):
    """Somebody scanned the provider's registration code (扫描推广二维码)."""

    userid: str = text("AuthUserInfo/UserId")
    register_code: str = text("RegisterCode")
    template_id: str = text("TemplateId", subject=True)
    state: str = text("State")


@event(
    "agree_external_userid_migration",
    "同意授权转换external_userid事件",
    95327,
    receivers=("provider",),
)
class ExternalUseridMigrationAgreed(Event):
    """An enterprise lets external_userids be converted (同意授权转换external_userid)."""
