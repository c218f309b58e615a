"""What the files in deploy/ name is what the program knows."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import click
import pytest

import app
from cli import main
from commands.serving import _STOP_SECONDS
from handlers import LANES
from settings import ServerSettings

DEPLOY = Path(__file__).parent.parent / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
WITH_COMMANDS = ("Dockerfile", "compose.yaml", "kubernetes/wecom-callback.yaml")
UNIT = "systemd/wecom-callback.service"

_VARIABLE = re.compile(r"\bWECOM_([A-Z_]+)\b")
_LIST = re.compile(r"(?:^CMD|args:|command:) \[([^\[\]]+)\]", re.MULTILINE)
_ITEM = re.compile(r'"([^"]*)"|([^\s,]+)')
_EXECUTED = re.compile(r"^Exec\w+=\S+/wecom-callback (.+)$", re.MULTILINE)
_PATIENCE = {
    UNIT: r"TimeoutStopSec=(\d+)",
    "compose.yaml": r"stop_grace_period: (\d+)s",
    "kubernetes/wecom-callback.yaml": r"terminationGracePeriodSeconds: (\d+)",
}


def text_of(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def commands_in(name: str) -> list[list[str]]:
    """Return the command lines of ours in a file; others are those of PostgreSQL and the like."""
    text = text_of(name)
    found = [[a or b for a, b in _ITEM.findall(items)] for items in _LIST.findall(text)]
    found += [line.split() for line in _EXECUTED.findall(text)]
    return [words for words in found if words[0] not in {"valkey-server", "sleep"}]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_every_variable_is_a_setting_or_the_secret_that_init_names(path: Path) -> None:
    known = {key.upper() for key in ServerSettings.model_fields} | {"CONFIG", "CONTACTS_SECRET"}

    assert set(_VARIABLE.findall(path.read_text(encoding="utf-8"))) <= known


@pytest.mark.parametrize("name", [*WITH_COMMANDS, UNIT])
def test_every_command_is_one_of_ours_with_its_options(name: str) -> None:
    lines = commands_in(name)

    assert lines
    for command, *options in lines:
        context = click.Context(main.commands[command])
        main.commands[command].parse_args(context, options)
        assert set(context.params.get("lanes", "urgent").split(",")) <= set(LANES)


@pytest.mark.parametrize("name", ["Dockerfile", "kubernetes/wecom-callback.yaml"])
def test_what_is_asked_for_its_health_is_there(name: str) -> None:
    asked = set(re.findall(r"/\w+z\b", text_of(name)))

    assert asked
    assert all(f'"{path}"' in inspect.getsource(app._add_health) for path in asked)


@pytest.mark.parametrize("name", _PATIENCE)
def test_who_is_told_to_stop_has_more_time_than_it_takes(name: str) -> None:
    given = [int(seconds) for seconds in re.findall(_PATIENCE[name], text_of(name))]

    assert given
    assert min(given) > _STOP_SECONDS
