"""`[[kf_welcome]]`: what greets who opens a customer service chat (微信客服)."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, field_validator

from handlers.rules.conditions import Conditions, Patterns
from handlers.rules.texts import template

LONGEST_KF_WELCOME_BYTES = 2048
KF_NAMES = frozenset({"event", "now"})  # WeCom tells nothing else of a visitor in time


class KfWelcomeRule(Conditions):
    """One `[[kf_welcome]]`: the first that matches greets who opens a customer service chat."""

    PATTERNS: ClassVar[tuple[str, ...]] = ("app", "corpid", "open_kfid", "scene")

    open_kfid: Patterns | None = Field(None, description="Accounts; * and ? are wild.")
    scene: Patterns | None = Field(None, description="Of the account's link; * and ? are wild.")
    text: str = Field(min_length=1, description="At most 2048 bytes of UTF-8.")

    @field_validator("text")
    @classmethod
    def _check_text(cls, text: str) -> str:
        return template(most_bytes=LONGEST_KF_WELCOME_BYTES, names=KF_NAMES)(text)
