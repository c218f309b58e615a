"""What may be logged of a fault: where it happened, but not what its text says."""

from __future__ import annotations

import traceback


def trace(error: BaseException) -> str:
    """Return type and lines of code; the text of a foreign exception may hold anything."""
    return "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__
