"""Figures for people."""

from __future__ import annotations

import os
from collections.abc import Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that so many percent do not exceed; not a number for none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def machine() -> str:
    """Say where this was measured, and how busy the machine is."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} cores, load average {load}"
