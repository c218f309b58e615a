"""`[[welcome]]` and `[[archive_consent]]`: what greets a customer."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator, model_validator

from handlers.rules.attachment import MOST_ATTACHMENTS, Attachment, as_attachments
from handlers.rules.conditions import Rule
from handlers.rules.texts import template
from language import Mistake

LONGEST_WELCOME_BYTES = 4000


class WelcomeRule(Rule):
    """One `[[welcome]]`: the first that matches greets the customer."""

    text: str = Field(
        "",
        description="At most 4000 bytes; may speak of `event`, `customer`, `staff`, `now`.",
    )
    attachments: Annotated[tuple[Attachment, ...], BeforeValidator(as_attachments)] = Field(
        (), max_length=MOST_ATTACHMENTS, description="At most nine; see Attachments."
    )

    @field_validator("text")
    @classmethod
    def _check_text(cls, text: str) -> str:
        return template(most_bytes=LONGEST_WELCOME_BYTES)(text)

    @model_validator(mode="after")
    def _check_content(self) -> WelcomeRule:
        if not self.text and not self.attachments:
            raise Mistake(
                key="text",
                en="missing; add it, or attachments",
                zh="缺少此项，请补上，或写 attachments",
            )
        return self


class ArchiveConsentRule(WelcomeRule):
    """One `[[archive_consent]]`: greets who agrees to the archive; the first that matches."""
