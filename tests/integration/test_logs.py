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


def test_a_full_disk_costs_a_line_and_no_more() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        output = LogOutput(full)

        output.write("a\n")
        output.flush()


def test_a_pipe_that_nobody_reads_costs_the_lines_it_has_no_room_for_and_says_how_many() -> None:
    reader, writer = os.pipe()
    room = fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    with os.fdopen(reader, encoding="utf-8") as told, os.fdopen(writer, "w") as pipe:
        output = LogOutput(pipe)
        output.write("x" * (room - 1) + "\n")
        output.write("lost\n")
        output.write("lost too\n")

        assert len(told.readline()) == room
        output.write("back\n")
        output.write("here\n")

        assert told.readline() == "\n"
        assert json.loads(told.readline()) == {
            "event": "log_lines_lost",
            "level": "warning",
            "lines": 2,
        }
        assert [told.readline(), told.readline()] == ["back\n", "here\n"]


def test_a_pipe_whose_reader_has_gone_costs_the_lines_alone() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        output = LogOutput(pipe)

        output.write("lost\n")
        output.write("lost\n")
