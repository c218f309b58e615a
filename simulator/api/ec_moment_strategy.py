"""Strategies of moments (客户朋友圈规则组, doc 94890)."""

from __future__ import annotations

from simulator.api.strategy import strategy_chapter
from simulator.strategies import MomentStrategies

chapter = strategy_chapter(
    MomentStrategies,
    "externalcontact/moment_strategy",
    doc=94890,
    privileges=("view_moment_list", "send_moment", "manage_moment_cover_and_sign"),
)
