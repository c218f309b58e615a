"""Starts programs that end with the process that started them, even if that one is killed -9."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def bound(command: Sequence[str]) -> list[str]:
    """Return the command line of a program that is told to stop when this process is gone.

    The one who starts it must be the main thread: Linux looks at the thread.
    """
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def end_with(parent_pid: int, told: signal.Signals = signal.SIGTERM) -> None:
    """Have a signal sent to this process when its parent is gone; systems but Linux cannot."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, told)  # it outlives an exec
    if os.getppid() != parent_pid:  # it was gone already
        os.kill(os.getpid(), told)


def end_with_forker(told: signal.Signals = signal.SIGTERM) -> None:
    """Do so in a process that multiprocessing forked, with its parent's handlers of signals.

    Until it sets handlers of its own, SIGTERM ends it at once.
    """
    from multiprocessing import parent_process

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if (parent := parent_process()) is not None and parent.pid is not None:
        end_with(parent.pid, told)


if __name__ == "__main__":
    end_with(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - our own command line
