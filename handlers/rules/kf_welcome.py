"""`[[kf_welcome]]`: what greets who opens a customer service chat (微信客服)."""

from __future__ import annotations

from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict, Field, field_validator

from handlers.rules.conditions import Patterns
from handlers.templates import compile_template

LONGEST_KF_WELCOME_BYTES = 2048


class KfWelcomeRule(BaseModel):
    """One `[[kf_welcome]]`: the first that matches greets who opens a customer service chat."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("", description="For logs and error messages.")
    app: Patterns | None = Field(None, description="Names of apps.")
    open_kfid: Patterns | None = Field(None, description="Accounts; * and ? are wild.")
    scene: Patterns | None = Field(None, description="Of the account's link; * and ? are wild.")
    text: str = Field(min_length=1, description="At most 2048 bytes of UTF-8.")

    def matches(self, app: str, open_kfid: str, scene: str) -> bool:
        """Whether all conditions hold for a chat that was opened."""
        conditions = ((self.app, app), (self.open_kfid, open_kfid), (self.scene, scene))
        return all(
            patterns is None or any(fnmatchcase(fact, pattern) for pattern in patterns)
            for patterns, fact in conditions
        )

    @field_validator("text")
    @classmethod
    def _check_text(cls, text: str) -> str:
        compile_template(text)
        if len(text.encode()) > LONGEST_KF_WELCOME_BYTES:
            raise ValueError(f"has {len(text.encode())} bytes, WeCom takes 2048")
        return text
