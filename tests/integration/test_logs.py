"""One line an event, JSON where nobody sits at a terminal, whoever says it."""

from __future__ import annotations

import json
import subprocess
import sys

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
