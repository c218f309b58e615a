"""Where log lines go: whoever logs waits for no disk, pipe or reader."""

from __future__ import annotations

import os
import queue
import threading
import time
from typing import TextIO

_MOST_WAITING = 10_000
_PAUSE_SECONDS = 0.01  # the first line leaves at once; what comes meanwhile leaves together


class LogOutput:
    """A stream that never raises: one thread writes the lines that have gathered.

    The disk may be full, the pipe closed, or its reader asleep. What is lost is counted, and said
    as soon as something can be written again. Make it after the process has forked.
    """

    def __init__(self, stream: TextIO) -> None:
        self._fd = stream.fileno()
        self._queue: queue.SimpleQueue[str | threading.Event] = queue.SimpleQueue()
        self._counting = threading.Lock()
        self._lost = 0
        threading.Thread(target=self._run, name="log-output", daemon=True).start()

    def write(self, text: str) -> int:
        """Have one line written, or lose it where too many wait."""
        if self._queue.qsize() < _MOST_WAITING:
            self._queue.put(text)
        else:
            self._lose(1)
        return len(text)

    def flush(self) -> None:
        """Wait for nobody: `drain` does."""

    def drain(self, seconds: float = 1.0) -> None:
        """Wait until the lines so far are written, at most so long."""
        written = threading.Event()
        self._queue.put(written)
        written.wait(seconds)

    def _run(self) -> None:
        while True:
            gathered = [self._queue.get()]
            while not self._queue.empty():
                gathered.append(self._queue.get())
            lines = [each for each in gathered if isinstance(each, str)]
            self._write(lines)
            for each in gathered:
                if isinstance(each, threading.Event):
                    each.set()
            time.sleep(_PAUSE_SECONDS)

    def _write(self, lines: list[str]) -> None:
        lost = self._lost
        text = "".join([_said_of_the_lost(lost) if lost else "", *lines])
        left = memoryview(text.encode("utf-8", "backslashreplace"))
        try:
            while left:
                left = left[os.write(self._fd, left) :]
        except OSError:
            self._lose(len(lines))
        else:
            self._lose(-lost)

    def _lose(self, lines: int) -> None:
        with self._counting:
            self._lost += lines


def _said_of_the_lost(lines: int) -> str:
    # On a line of its own, for the one before may be cut.
    return f'\n{{"event": "log_lines_lost", "level": "warning", "lines": {lines}}}\n'
