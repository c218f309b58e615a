"""The rules file as a whole: one field a kind of rule."""

from __future__ import annotations

import zoneinfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from handlers.rules.channel import ChannelRules
from handlers.rules.group import GroupNoticeRule, GroupWelcomeRules
from handlers.rules.kf_welcome import KfWelcomeRule
from handlers.rules.notify import AlarmRule, NotifyRule
from handlers.rules.reconcile import ReconcileRule
from handlers.rules.remark import RemarkRule
from handlers.rules.tag import TagRule
from handlers.rules.welcome import ArchiveConsentRule, WelcomeRule
from language import Mistake


class RulesDocument(BaseModel):
    """The whole file: a field for each kind of rule, which the file writes as `[[kind]]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timezone: str = Field("Asia/Shanghai", description="What the time conditions and `now` mean.")
    welcome: tuple[WelcomeRule, ...] = ()
    archive_consent: tuple[ArchiveConsentRule, ...] = ()
    kf_welcome: tuple[KfWelcomeRule, ...] = ()
    tag: tuple[TagRule, ...] = ()
    remark: tuple[RemarkRule, ...] = ()
    notify: tuple[NotifyRule, ...] = ()
    alarm: tuple[AlarmRule, ...] = ()
    channel: ChannelRules = ()
    group_welcome: GroupWelcomeRules = ()
    group_notice: tuple[GroupNoticeRule, ...] = ()
    reconcile: ReconcileRule | None = None

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, name: str) -> str:
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise Mistake(
                en=f'there is no time zone "{name}"; write e.g. Asia/Shanghai',
                zh=f'没有时区 "{name}"，请写例如 Asia/Shanghai',
            ) from error
        return name
