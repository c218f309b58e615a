"""Tells the operators that a new version of the rules is wrong, and not in force."""

from __future__ import annotations

from datetime import timedelta

from handlers.context import Context
from handlers.notices import tell_operators_once
from handlers.router import Router
from handlers.rules import Refusal

router = Router()

_MOST_SHOWN = 3


@router.every(timedelta(seconds=30), at_start=True)
def tell_refused_rules(ctx: Context) -> None:
    """Tell of each refused version once, over all processes.

    In the corps of a suite nobody is told: the rules are the provider's.
    """
    if ctx.refusal is None or ctx.authorisations.suite_id:
        return
    tell_operators_once(ctx, f"rules:{ctx.refusal.version}", _told(ctx.refusal), again_after=None)


def _told(refusal: Refusal) -> str:
    problems = [each.at(refusal.file) for each in refusal.problems]
    lines = [f"{each.zh}\n{each.en}" for each in problems[:_MOST_SHOWN]]
    if len(problems) > _MOST_SHOWN:
        lines.append(f"共 {len(problems)} 处 / {len(problems)} in all: wecom-callback rules check")
    head = (
        f"{refusal.file} 有误，没有生效，仍沿用上一份正确的规则 / "
        f"{refusal.file} is wrong and not in force, the last good rules stay:"
    )
    return "\n".join((head, *lines))
