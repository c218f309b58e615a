"""`[[remark]]`: what a member's note on a new customer says (修改客户备注信息, doc 92115)."""

from __future__ import annotations

from pydantic import Field, model_validator

from handlers.rules.conditions import Patterns, Rule
from handlers.rules.texts import Template
from handlers.templates import compile_template
from language import Mistake

LONGEST_REMARK = 20
LONGEST_DESCRIPTION = 150


class RemarkRule(Rule):
    """One `[[remark]]`: every rule that matches; of two that write one field, the later wins."""

    remark: Template = Field("", description="Cut at 20 characters.")
    description: Template = Field("", description="Cut at 150 characters.")
    remark_company: Template = Field("", description="Cut at 20 characters; WeChat users only.")
    remark_mobiles: Patterns = Field((), description="Replace all numbers there are.")

    @model_validator(mode="after")
    def _check_content(self) -> RemarkRule:
        for mobile in self.remark_mobiles:
            compile_template(mobile)
        if not any((self.remark, self.description, self.remark_company, self.remark_mobiles)):
            raise Mistake(
                key="remark",
                en="missing; add it, or description, remark_company",
                zh="缺少此项，请补上，或写 description、remark_company",
            )
        return self
