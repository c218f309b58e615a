"""Meetings that were created through the API (会议)."""

from __future__ import annotations

from events.event import Event, event, family
from events.fields import Record, flag, integer, records, text


@family("meeting_change", "会议事件", 99081, receivers=("self_built",))
class MeetingChanged(Event):
    """Something happened in or to a meeting (会议事件).

    from_user_tmp_openid: who acted, as known within this meeting only.
    """

    meetingid: str = text("MeetingId", subject=True)
    from_user_tmp_openid: str = text("FromUserTmpOpenId")


class OperatedUserEvent(MeetingChanged):
    """Something was done to a participant (被操作者)."""

    operated_userid: str = text("OperatedUser/UserId", "OperatedUser/UserID")
    operated_tmp_openid: str = text("OperatedUser/TmpOpenId")


@event(
    "modify_meeting",
    "修改会议",
    99081,
    97451,
    97459,
    receivers=("self_built", "suite", "provider_developed"),
)
class MeetingModified(MeetingChanged):
    """A meeting was modified (修改会议)."""


@event(
    "cancel_meeting",
    "取消会议",
    99082,
    97451,
    97459,
    receivers=("self_built", "suite", "provider_developed"),
)
class MeetingCancelled(MeetingChanged):
    """A meeting was cancelled (取消会议)."""


@event("meeting_start", "会议开始", 98333)
class MeetingStarted(MeetingChanged):
    """A meeting began (会议开始)."""


@event("meeting_end", "会议结束", 98337)
class MeetingEnded(MeetingChanged):
    """A meeting ended (会议结束)."""


@event("meeting_mute_all", "会议开启全体静音", 98341)
class MeetingMuted(MeetingChanged):
    """Everybody was muted (会议开启全体静音)."""


@event("meeting_unmute_all", "会议关闭全体静音", 98345)
class MeetingUnmuted(MeetingChanged):
    """Nobody is muted any longer (会议关闭全体静音)."""


@event("join_meeting", "用户入会", 98348)
class MeetingJoined(MeetingChanged):
    """Somebody joined (用户入会)."""


@event("quit_meeting", "用户离会", 98352)
class MeetingQuit(MeetingChanged):
    """Somebody left (用户离会)."""


@event("join_meeting_before_host", "用户等待主持人入会", 98353)
class HostAwaited(MeetingChanged):
    """Somebody waits for the host (用户等待主持人入会)."""


@event("join_waiting_room", "用户进入等候室", 98354)
class WaitingRoomJoined(MeetingChanged):
    """Somebody entered the waiting room (用户进入等候室)."""


@event("quit_waiting_room", "用户离开等候室", 98355)
class WaitingRoomQuit(OperatedUserEvent):
    """Somebody left the waiting room (用户离开等候室)."""


@event("join_from_meeting_room", "用户从等候室入会", 98393)
class JoinedFromWaitingRoom(OperatedUserEvent):
    """Somebody came from the waiting room into the meeting (用户从等候室入会)."""


@event("move_to_waiting_room", "用户移入等候室", 98394)
class MovedToWaitingRoom(OperatedUserEvent):
    """Somebody was sent to the waiting room (用户移入等候室)."""


@event("open_screen_share", "用户开启屏幕共享", 98395)
class ScreenShareOpened(MeetingChanged):
    """Somebody began to share the screen (用户开启屏幕共享)."""


@event("close_screen_share", "用户结束屏幕共享", 98396)
class ScreenShareClosed(MeetingChanged):
    """Somebody ceased to share the screen (用户结束屏幕共享)."""


@event("role_change", "用户角色变更", 98397)
class MeetingRoleChanged(OperatedUserEvent):
    """A participant has another role, 0 to 8 (用户角色变更)."""

    user_role: int | None = integer("OperatedUser/UserRole", "UserRole")


@event("webinar_role_change", "网络研讨会用户角色变更", 98771)
class WebinarRoleChanged(OperatedUserEvent):
    """A participant of a webinar has another role, 0 to 8 or 30 to 34 (网络研讨会用户角色变更)."""

    user_role: int | None = integer("OperatedUser/UserRole", "UserRole")


@event("webinar_warm_up_upload", "网络研讨会暖场上传结果", 98773)
class WebinarWarmUpUploaded(MeetingChanged):
    """The warm-up material of a webinar was uploaded, or was not (网络研讨会暖场上传结果)."""

    warm_up_picture: str = text("WarmUpInfo/WarmUpPicture")
    warm_up_video: str = text("WarmUpInfo/WarmUpVideo")
    upload_status: str = text("WarmUpInfo/UploadStatus")
    error_msg: str = text("WarmUpInfo/ErrorMsg")


@event("pstn_status_update", "PSTN外呼状态", 98774)
class PSTNStatusUpdated(MeetingChanged):
    """A call to a telephone changed its state (PSTN外呼状态); CANCLE_INVITE is official."""

    pstn_status: str = text("PstnStatus")


class MediumUpload(Record):
    """The fate of one uploaded medium (素材上传)."""

    medium_url: str = text("MediumUrl")
    medium_type: str = text("MediumType")
    upload_status: str = text("UploadStatus")
    error_msg: str = text("ErrorMsg")


@event("medium_upload", "素材上传结果", 98775)
class MediumUploaded(MeetingChanged):
    """Media of a meeting were uploaded, or were not (素材上传结果)."""

    all_upload_status: bool | None = flag("AllUploadStatus")
    upload_info: tuple[MediumUpload, ...] = records(MediumUpload, "UploadInfo")


@event("start_recording", "云录制开始", 98398)
class RecordingStarted(MeetingChanged):
    """The cloud recording began (云录制开始)."""


@event("pause_recording", "云录制暂停", 98399)
class RecordingPaused(MeetingChanged):
    """The cloud recording pauses (云录制暂停)."""


@event("resume_recording", "云录制恢复", 98400)
class RecordingResumed(MeetingChanged):
    """The cloud recording goes on (云录制恢复)."""


@event("stop_recording", "云录制停止", 98401)
class RecordingStopped(MeetingChanged):
    """The cloud recording ended (云录制停止)."""


@event("recording_complete", "云录制完成", 98402)
class RecordingCompleted(MeetingChanged):
    """The cloud recording is ready (云录制完成)."""


@event("delete_recording", "云录制删除", 98404)
class RecordingDeleted(MeetingChanged):
    """The cloud recording was deleted (云录制删除)."""


@event("enroll", "会议报名", 98781)
class MeetingEnrolled(MeetingChanged):
    """Somebody enrolled (会议报名)."""

    enroll_id: str = text("EnrollId")


@event("cancel_enroll", "取消会议报名", 98782)
class MeetingEnrollmentCancelled(MeetingChanged):
    """Somebody enrolled no longer (取消会议报名)."""

    enroll_id: str = text("EnrollId")


@event("meeting_room_response", "会议室应答", 98783)
class MeetingRoomResponded(MeetingChanged):
    """A meeting room answered the invitation (会议室应答)."""

    meetingroom_id: str = text("MeetingRoomId")
    mra_protocol: str = text("MraAddress/Protocol")
    mra_dial_string: str = text("MraAddress/DialString")
    room_response_status: int | None = integer("RoomResponseStatus")


@event("meeting_statistics.start_meeting", "会议发起", 99648, receivers=("self_built",))
class MeetingInitiated(Event):
    """A member started a meeting: status 1 it worked, 2 it failed (会议发起)."""

    meetingid: str = text("MeetingId", subject=True)
    status: int | None = integer("Status")
