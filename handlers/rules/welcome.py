"""`[[welcome]]`: what greets a new customer."""

from __future__ import annotations

from pydantic import Field, field_validator

from handlers.rules.conditions import Rule
from handlers.templates import compile_template

LONGEST_WELCOME_BYTES = 4000


class WelcomeRule(Rule):
    """One `[[welcome]]`: the first that matches greets the customer."""

    text: str = Field(min_length=1, description="At most 4000 bytes of UTF-8.")

    @field_validator("text")
    @classmethod
    def _check_text(cls, text: str) -> str:
        compile_template(text)
        if len(text.encode()) > LONGEST_WELCOME_BYTES:
            raise ValueError(f"has {len(text.encode())} bytes, WeCom takes 4000")
        return text
