"""What an app shows of itself: its settings and its menu (应用管理)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(kw_only=True, slots=True)
class Agent:
    """The settings of one app; menu None: none was ever set."""

    name: str
    description: str = ""
    square_logo_url: str = ""
    redirect_domain: str = ""
    report_location_flag: int = 0
    isreportenter: int = 0
    home_url: str = ""
    menu: list[dict[str, Any]] | None = field(default=None, repr=False)


class Agents(dict[str, Agent]):
    """Those of one corp, by the name of the app."""

    def settings(self, app: str) -> Agent:
        """Return an app's settings, to begin with its name alone."""
        return self.setdefault(app, Agent(name=app))
