"""The WeDrive: spaces, files and their capacity (微盘)."""

from __future__ import annotations

from events.event import Event, event, family
from events.fields import texts


@family(
    "wedrive_space_change",
    "微盘空间变更事件",
    97899,
    receivers=("self_built", "suite", "provider_developed"),
)
class DriveSpaceChanged(Event):
    """Something happened to spaces the app made (微盘空间变更事件)."""

    spaceid: tuple[str, ...] = texts("SpaceId", subject=True)


@event("dismiss_space", "解散空间", 97899, 97973, 97933)
class DriveSpaceDismissed(DriveSpaceChanged):
    """Spaces were dismissed (解散空间)."""


@event("space_member_change", "空间成员变更", 97901, 97976, 97935)
class DriveSpaceMembersChanged(DriveSpaceChanged):
    """Spaces have other members (空间成员变更)."""


@event("space_security_settings_change", "空间安全设置变更", 97902, 97977, 97936)
class DriveSpaceSecurityChanged(DriveSpaceChanged):
    """The security settings of spaces were changed (空间安全设置变更)."""


@family(
    "wedrive_file_change",
    "微盘文件变更事件",
    97900,
    97975,
    97934,
    receivers=("self_built", "suite", "provider_developed"),
)
class DriveFileChanged(Event):
    """Something happened to files of the WeDrive (微盘文件变更事件)."""

    fileid: tuple[str, ...] = texts("FileId", subject=True)


@event("create_file", "新建文件")
class DriveFileCreated(DriveFileChanged):
    """Files were created (新建文件)."""


@event("rename_file", "重命名文件")
class DriveFileRenamed(DriveFileChanged):
    """Files were renamed (重命名文件)."""


@event("update_file", "更新文件")
class DriveFileUpdated(DriveFileChanged):
    """Files have other content (更新文件)."""


@event("delete_file", "删除文件")
class DriveFileDeleted(DriveFileChanged):
    """Files were deleted (删除文件)."""


@event("move_file", "移动文件")
class DriveFileMoved(DriveFileChanged):
    """Files were moved (移动文件)."""


@event(
    "wedrive_insufficient_capacity",
    "微盘容量不足事件",
    97898,
    97972,
    97932,
    receivers=("self_built", "suite", "provider_developed"),
)
class DriveCapacityInsufficient(Event):
    """More than nine tenths of the WeDrive are used; told once a day at most (微盘容量不足)."""
