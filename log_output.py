"""Where log lines go: a line that cannot be written costs nothing but itself."""

from __future__ import annotations

import os
import select
import threading
from typing import TextIO

_PATIENCE_MS = 1000  # with a reader that is slow; one that has stopped is waited for once
_PIECE_BYTES = 4096  # what a pipe that says it can be written takes without making us wait


class LogOutput:
    """A stream that never raises and never makes anybody wait for long.

    The disk may be full, the pipe closed, or its reader asleep. What is lost is counted, and said
    as soon as something can be written again.
    """

    def __init__(self, stream: TextIO) -> None:
        self._fd = stream.fileno()
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLOUT)
        self._lock = threading.Lock()
        self._lost = 0

    def write(self, text: str) -> int:
        """Write one line, or lose it."""
        with self._lock:
            try:
                self._write(self._said_of_the_lost() + text)
            except OSError:
                self._lost += 1
            else:
                self._lost = 0
        return len(text)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def _said_of_the_lost(self) -> str:
        if not self._lost:
            return ""
        # On a line of its own, for the one before may be cut.
        return f'\n{{"event": "log_lines_lost", "level": "warning", "lines": {self._lost}}}\n'

    def _write(self, text: str) -> None:
        left = memoryview(text.encode("utf-8", "backslashreplace"))
        while left:
            if not self._poll.poll(0 if self._lost else _PATIENCE_MS):
                raise BlockingIOError
            left = left[os.write(self._fd, left[:_PIECE_BYTES]) :]
