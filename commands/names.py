"""Names of events as people type and read them: without what most of them begin with."""

from __future__ import annotations

from fnmatch import fnmatchcase

import events


def in_short(event_name: str) -> str:
    """Leave out of an event's name what most of them begin with; the rest is still unique."""
    kept = event_name.removeprefix("change_external_contact.")
    return kept.removeprefix("change_") if "." in kept else kept


def in_full(pattern: str) -> str:
    """Return the whole name of an event that was given in short, with or without a * at its end."""
    for prefix in ("", "change_external_contact.", "change_"):
        if any(fnmatchcase(each.event_name, prefix + pattern) for each in events.catalogue()):
            return prefix + pattern
    return pattern
