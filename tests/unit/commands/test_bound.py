"""A program that ends with the one that started it, and how we start ourselves."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from commands.bound import bound, end_with
from commands.serving import ourselves

ROOT = Path(__file__).parents[3]
STARTS_A_CHILD = f"""
import subprocess, sys, time
sys.path.insert(0, {str(ROOT)!r})
from commands.bound import bound
child = subprocess.Popen(bound(["/bin/sh", "-c", "trap 'echo told; exit' TERM; echo up; read _"]))
time.sleep(60)
"""
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells of it")


@linux_only
def test_a_child_is_told_to_stop_when_its_parent_is_killed() -> None:
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", STARTS_A_CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"

        parent.kill()

        assert parent.stdout.read() == b"told\n"  # and the end: nobody has the pipe any more


@linux_only
def test_a_child_whose_parent_is_gone_already_ends_at_once() -> None:
    of_somebody_else = f"""
import os, sys
sys.path.insert(0, {str(ROOT)!r})
from commands.bound import end_with
end_with(os.getppid() + 1)
print("still here")
"""

    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", of_somebody_else], capture_output=True, check=False
    )

    assert (ended.returncode, ended.stdout) == (-signal.SIGTERM, b"")


def test_other_systems_are_asked_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")

    end_with(-1)

    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_the_program_is_started_with_its_arguments_as_they_are() -> None:
    arguments = ["$(circus.env.HOME)", "two words", "", "中文"]

    printed = subprocess.run(  # noqa: S603 - our own program
        bound([sys.executable, "-c", "import sys; print(sys.argv[1:])", *arguments]),
        capture_output=True,
        text=True,
        check=True,
    )

    assert printed.stdout == f"{arguments}\n"


def test_modules_in_the_current_folder_are_not_taken_for_ours(tmp_path: Path) -> None:
    for name in ("app", "cli", "errors", "settings"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a file of the user')")

    shown = subprocess.run(  # noqa: S603 - our own program
        [*ourselves(), "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (shown.returncode, shown.stderr) == (0, "")
