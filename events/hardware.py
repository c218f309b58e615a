"""Devices: the provider's XML events and the newer JSON ones of the cloud access (智慧硬件)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from events.event import Event, event, family
from events.fields import Record, integer, moment, records, text


class DeviceEvent(Event):
    """Something happened to a device of the provider (智慧硬件)."""

    docs = (90751,)
    receivers = ("provider",)

    device_sn: str = text("DeviceSn", subject=True)


@event("add_device", "添加设备")
class DeviceAdded(DeviceEvent):
    """An enterprise added a device (添加设备)."""

    remark_name: str = text("RemarkName")
    model_id: str = text("ModelId")


@event("del_device", "删除设备")
class DeviceRemoved(DeviceEvent):
    """An enterprise removed a device (删除设备)."""


@event("remark_device_name", "修改设备备注名")
class DeviceRenamed(DeviceEvent):
    """An enterprise gave a device another name (修改设备备注名)."""

    remark_name: str = text("RemarkName")


@event("connect_info", "设备连接")
class DeviceConnected(DeviceEvent):
    """A device connected (设备连接)."""

    connect_time: datetime | None = moment("ConnectTime")


@event("disconnect_info", "设备断开连接")
class DeviceDisconnected(DeviceEvent):
    """A device lost its connection (设备断开连接)."""

    disconnect_time: datetime | None = moment("DisconnectTime")
    reason: str = text("Reason")


@event("error_report", "设备错误上报")
class DeviceErrorReported(DeviceEvent):
    """A device reported an error (设备错误上报)."""

    errcode: int | None = integer("ErrCode")
    errmsg: str = text("ErrMsg")


@event("fetch_log_finish", "设备日志获取完成")
class DeviceLogFetched(DeviceEvent):
    """The log of a device can be fetched (设备日志获取完成)."""

    media_id: str = text("MediaId")


@event("device_feature_change", "设备特性变更")
class DeviceFeatureChanged(DeviceEvent):
    """A device has other features (设备特性变更)."""


@family("hardware", "硬件云端接入事件", 95988, 95989, receivers=("hardware",))
class HardwareEvent(Event):
    """Something happened to a device connected by its cloud (硬件云端接入)."""

    form: ClassVar[str] = "hardware"

    corpid: str = text("base_info/auth_corpid", "base_info/service_corpid")
    occurred_at: datetime | None = moment("base_info/createtime")
    message_id: str = text("base_info/req_id")
    device_sn: str = text("base_info/device_sn", subject=True)
    model_id: str = text("base_info/model_id")


@event("bind", "绑定设备")
class HardwareBound(HardwareEvent):
    """An enterprise bound a device (绑定设备)."""


@event("unbind", "解绑设备")
class HardwareUnbound(HardwareEvent):
    """An enterprise let a device go (解绑设备)."""


class HardwareUser(Record):
    """One person a device should know or forget (人员)."""

    open_userid: str = text("open_userid")
    user_type: int | None = integer("user_type")


@event("contact_change", "人员变更")
class HardwareContactsChanged(HardwareEvent):
    """Other people may use a device (人员变更)."""

    perm_version: str = text("event/contact_change/perm_version", "event/perm_version")
    create_user: tuple[HardwareUser, ...] = records(
        HardwareUser, "event/contact_change/create_user", "event/create_user"
    )
    update_user: tuple[HardwareUser, ...] = records(
        HardwareUser, "event/contact_change/update_user", "event/update_user"
    )
    delete_user: tuple[HardwareUser, ...] = records(
        HardwareUser, "event/contact_change/delete_user", "event/delete_user"
    )
