"""What members do with an app, and what becomes of the app itself (事件格式)."""

from __future__ import annotations

from datetime import datetime

from events.event import Event, event
from events.fields import Record, integer, moment, number, records, text, texts


class AppEvent(Event):
    """Something happened in or to the app; userid is the member who acted (事件格式)."""

    docs = (90240, 90376, 96468)
    receivers = ("self_built", "provider_developed", "suite")


class MenuEvent(AppEvent):
    """A member used a menu entry of the app; event_key is the entry's key, URL or page."""

    event_key: str = text("EventKey")


@event("subscribe", "成员关注")
class Subscribed(AppEvent):
    """A member came into the app's visible range (成员关注)."""

    event_key: str = text("EventKey")


@event("unsubscribe", "成员取消关注")
class Unsubscribed(AppEvent):
    """A member left the app's visible range (成员取消关注)."""


@event("enter_agent", "进入应用")
class AgentEntered(AppEvent):
    """A member opened the app (进入应用)."""

    event_key: str = text("EventKey")


@event("LOCATION", "上报地理位置")
class LocationReported(AppEvent):
    """A member's client told where it is (上报地理位置)."""

    latitude: float | None = number("Latitude")
    longitude: float | None = number("Longitude")
    precision: float | None = number("Precision")
    app_type: str = text("AppType")


@event("click", "点击菜单拉取消息")
class MenuClicked(MenuEvent):
    """A member chose a menu entry that asks for a message (点击菜单拉取消息)."""


@event("view", "点击菜单跳转链接")
class MenuLinkOpened(MenuEvent):
    """A member chose a menu entry that opens a page (点击菜单跳转链接)."""


@event("view_miniprogram", "点击菜单跳转小程序")
class MenuMiniprogramOpened(MenuEvent):
    """A member chose a menu entry that opens a mini program (点击菜单跳转小程序)."""


class ScanEvent(MenuEvent):
    """A member scanned a code; scan_type is qrcode or barcode."""

    scan_type: str = text("ScanCodeInfo/ScanType")
    scan_result: str = text("ScanCodeInfo/ScanResult")


@event("scancode_push", "扫码推事件")
class CodeScanned(ScanEvent):
    """A member scanned a code from the menu (扫码推事件)."""


@event("scancode_waitmsg", "扫码推事件且弹出“消息接收中”提示框")
class CodeScannedAwaitingReply(ScanEvent):
    """A member scanned a code and waits for the answer (扫码推事件且弹出“消息接收中”提示框)."""


class PhotoEvent(MenuEvent):
    """A member sends pictures from the menu; they follow as messages of their own."""

    count: int | None = integer("SendPicsInfo/Count")
    pic_md5_sums: tuple[str, ...] = texts("SendPicsInfo/PicList")


@event("pic_sysphoto", "弹出系统拍照发图")
class PhotosTaken(PhotoEvent):
    """A member took pictures with the camera (弹出系统拍照发图)."""


@event("pic_photo_or_album", "弹出拍照或者相册发图")
class PhotosTakenOrChosen(PhotoEvent):
    """A member took pictures or chose them from an album (弹出拍照或者相册发图)."""


@event("pic_weixin", "弹出微信相册发图器")
class PhotosChosen(PhotoEvent):
    """A member chose pictures from the album (弹出微信相册发图器)."""


@event("location_select", "弹出地理位置选择器")
class LocationSelected(MenuEvent):
    """A member chose a place on the map; location_x is the latitude (弹出地理位置选择器)."""

    location_x: float | None = number("SendLocationInfo/Location_X")
    location_y: float | None = number("SendLocationInfo/Location_Y")
    scale: float | None = number("SendLocationInfo/Scale")
    label: str = text("SendLocationInfo/Label")
    poiname: str = text("SendLocationInfo/Poiname")
    app_type: str = text("AppType")


@event("taskcard_click", "任务卡片事件")
class TaskCardClicked(MenuEvent):
    """A member pressed a button of an old task card (任务卡片事件)."""

    task_id: str = text("TaskId", subject=True)


class SelectedItem(Record):
    """One question of a card and the options chosen; OpitonIds is an official spelling (90240)."""

    question_key: str = text("QuestionKey")
    option_ids: tuple[str, ...] = texts("OptionIds", "OpitonIds")


@event("template_card_event", "模板卡片事件")
class TemplateCardClicked(MenuEvent):
    """A member pressed a button of a template card (模板卡片事件).

    response_code: lets the card be updated once within 72 hours.
    """

    task_id: str = text("TaskId", subject=True)
    card_type: str = text("CardType")
    response_code: str = text("ResponseCode")
    selected_items: tuple[SelectedItem, ...] = records(SelectedItem, "SelectedItems/SelectedItem")


@event("template_card_menu_event", "模板卡片右上角菜单事件")
class TemplateCardMenuClicked(MenuEvent):
    """A member chose from the menu in the corner of a template card (模板卡片右上角菜单事件)."""

    task_id: str = text("TaskId", subject=True)
    card_type: str = text("CardType")
    response_code: str = text("ResponseCode")


@event("share_agent_change", "企业互联共享应用事件", 93373)
class AgentShareChanged(AppEvent):
    """The app was shared with another enterprise, or no longer is (企业互联共享应用事件).

    corpid: of a suite, the upper enterprise.
    """

    corpid: str = text("ToUserName", "AuthCorpId", "CorpId")
    app_id: str = text("AppId", subject=True)


@event("share_chain_change", "上下游共享应用事件")
class ChainShareChanged(AppEvent):
    """The app was shared along a chain, or no longer is (上下游共享应用事件).

    corpid: of a suite, the upper enterprise.
    """

    corpid: str = text("ToUserName", "AuthCorpId", "CorpId")
    app_id: str = text("AppId", subject=True)


@event("inactive_alert", "长期未使用应用停用预警")
class InactiveAgentWarned(AppEvent):
    """The app will be stopped at effect_time because nobody uses it (长期未使用应用停用预警)."""

    effect_time: datetime | None = moment("EffectTime")


@event("close_inactive_agent", "长期未使用应用临时停用")
class InactiveAgentClosed(AppEvent):
    """The app was stopped because nobody uses it (长期未使用应用临时停用)."""


@event("reopen_inactive_agent", "长期未使用应用重新启用")
class InactiveAgentReopened(AppEvent):
    """The stopped app runs again (长期未使用应用重新启用)."""


@event("low_active_alert", "应用低活跃预警")
class LowActivityWarned(AppEvent):
    """The app's access to customer data will be limited at effect_time (应用低活跃预警)."""

    effect_time: datetime | None = moment("EffectTime")


@event("low_active", "低活跃应用")
class LowActivityReached(AppEvent):
    """The app's access to customer data is limited (低活跃应用)."""


@event("active_restored", "低活跃应用活跃恢复")
class ActivityRestored(AppEvent):
    """The app's access to customer data is whole again (低活跃应用活跃恢复)."""


@event("switch_workbench_mode", "设置工作台自定义开关", 92535)
class WorkbenchModeSwitched(AppEvent):
    """The app's own view in the workbench was switched on (1) or off (0) (设置工作台自定义开关)."""

    mode: int | None = integer("Mode")


@event("upload_media_job_finish", "异步上传临时素材完成", 96219)
class MediaUploadJobFinished(AppEvent):
    """The upload of a file by its URL has ended; read the result of job_id (异步上传临时素材)."""

    job_id: str = text("JobId", subject=True)


@event(
    "unlicensed_notify", "接口许可失效通知", 95716, 97195, receivers=("suite", "provider_developed")
)
class UnlicensedMemberEntered(AppEvent):
    """A member without a valid licence opened the app (接口许可失效通知)."""


@event("change_app_admin", "应用管理员变更通知", 95038, receivers=("suite", "provider_developed"))
class AppAdminChanged(AppEvent):
    """The app has other administrators (应用管理员变更通知)."""


@event("program_notify", "应用接收专区通知", 99998, 101389, 100048)
class ProgramNotified(AppEvent):
    """A program in the data zone calls the app (应用接收专区通知); notify_id lasts ten minutes."""

    notify_id: str = text("NotifyId")
    notify_scene: int | None = integer("NotifyScene")
