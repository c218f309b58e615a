"""The rules file as a whole: one field a kind of rule."""

from __future__ import annotations

import zoneinfo

from pydantic import BaseModel, ConfigDict, field_validator

from handlers.rules.kf_welcome import KfWelcomeRule
from handlers.rules.tag import TagRule
from handlers.rules.welcome import WelcomeRule


class RulesDocument(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timezone: str = "Asia/Shanghai"
    welcome: tuple[WelcomeRule, ...] = ()
    tag: tuple[TagRule, ...] = ()
    kf_welcome: tuple[KfWelcomeRule, ...] = ()

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, name: str) -> str:
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f'there is no time zone "{name}"; write e.g. Asia/Shanghai') from error
        return name
