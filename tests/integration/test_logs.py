"""One line an event, JSON where nobody sits at a terminal, whoever says it."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

from log_output import LogOutput

SPEAKERS = """
import logging
import structlog
from app import configure_logging

configure_logging()
structlog.get_logger("ours").info("said_by_us", app="contacts")
logging.getLogger("celery").warning("said by %s", "a library")
logging.getLogger("httpx2").info("chatter")
try:
    raise ValueError("what happened")
except ValueError:
    logging.getLogger("kombu").exception("trouble")
"""


def test_libraries_speak_json_as_we_do_and_only_when_it_matters() -> None:
    told = subprocess.run(  # noqa: S603 - our own Python
        [sys.executable, "-c", SPEAKERS], capture_output=True, text=True, check=True
    )

    ours, theirs, trouble = map(json.loads, told.stderr.splitlines())
    assert (ours["event"], ours["level"], ours["app"]) == ("said_by_us", "info", "contacts")
    assert (theirs["event"], theirs["logger"]) == ("said by a library", "celery")
    assert "ValueError: what happened" in trouble["exception"]
    assert told.stdout == ""


def test_what_is_said_last_is_written_too() -> None:
    talk = "import structlog; from app import configure_logging; configure_logging()\n"
    talk += "for number in range(500): structlog.get_logger().info('said', number=number)"

    told = subprocess.run(  # noqa: S603 - our own Python
        [sys.executable, "-c", talk], capture_output=True, text=True, check=True
    )

    numbers = [json.loads(line)["number"] for line in told.stderr.splitlines()]
    assert numbers == list(range(500))


def test_a_full_disk_costs_the_lines_alone() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        output = LogOutput(full)

        for _ in range(3):
            output.write("a\n")
            output.drain()


def test_a_reader_that_sleeps_costs_the_lines_that_no_longer_fit_and_is_told_how_many() -> None:
    reader, writer = os.pipe()
    room = fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    with os.fdopen(reader, encoding="utf-8") as told, os.fdopen(writer, "w") as pipe:
        output = LogOutput(pipe)
        output.write("x" * room + "\n")  # its end no longer fits: the next ones wait behind it
        output.drain(0.05)
        for number in range(10_002):
            output.write(f"{number}\n")

        assert told.readline() == "x" * room + "\n"
        assert told.readline() == "\n"
        note = json.loads(told.readline())
        kept = 10_002 - note["lines"]
        assert (note["event"], note["level"]) == ("log_lines_lost", "warning")
        assert 0 < kept < 10_002
        assert [told.readline() for _ in range(kept)] == [f"{each}\n" for each in range(kept)]
        output.write("back\n")
        assert told.readline() == "back\n"


def test_a_reader_that_has_gone_costs_the_lines_alone() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        output = LogOutput(pipe)

        output.write("lost\n")
        output.drain()
        output.write("lost\n")
        output.drain()
