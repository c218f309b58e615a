"""Finds a Chromium for the browser tests, and installs one where it is missing and we may."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FONT = "fonts-noto-cjk"  # without it the Chinese pages are boxes
_PATIENCE_SECONDS = 600


def chromium() -> str:
    """Return the path of a Chromium, after installing one if need be.

    Without one, and without the right to install it, the test is skipped; on CI it fails.
    """
    if (found := _found()) is not None:
        return found
    if os.geteuid() == 0 and shutil.which("apt-get") is not None:
        _install()
        if (found := _found()) is not None:
            return found
    remedy = "no Chromium: install the package `chromium`, or run the tests as root on Debian"
    if os.environ.get("CI"):
        pytest.fail(remedy)
    pytest.skip(remedy)


def _found() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _install() -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = ["--yes", "--no-install-recommends", "chromium", FONT]
    for command in (["update"], ["install", *packages]):
        subprocess.run(  # noqa: S603 - the system's own installer
            ["apt-get", *command],  # noqa: S607 - wherever the system has it
            env=environment,
            check=False,
            capture_output=True,
            timeout=_PATIENCE_SECONDS,
        )
