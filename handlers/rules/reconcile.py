"""`[reconcile]`: how often WeCom's list of customers is compared with what arrived."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from handlers.rules.conditions import Patterns
from handlers.rules.notify import span
from language import Mistake

Kind = Literal["tag", "remark"]


class ReconcileRule(BaseModel):
    """The table `[reconcile]`; without it nothing is compared by itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    every: str = Field("1d", description="`30m`, `6h`, `1d`; a quarter of an hour to a week.")
    app: Patterns | None = Field(None, description="Names of apps; * and ? are wild.")
    apply: Annotated[
        tuple[Kind, ...],
        BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    ] = Field((), description="Rules made up for: `tag`, `remark`. A welcome never is.")

    @field_validator("every")
    @classmethod
    def _check_every(cls, text: str) -> str:
        if not timedelta(minutes=15) <= span(text) <= timedelta(days=7):
            raise Mistake(en=f'"{text}" must be 15m to 7d', zh=f'"{text}" 应在 15m 到 7d 之间')
        return text
