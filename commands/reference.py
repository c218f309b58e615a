"""`reference`: the pages under docs/reference/, written from what they describe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from commands.api_reference import api_page
from commands.event_reference import events_page
from commands.rule_reference import rules_page
from settings import AppSettings, ServerSettings

_WIDTH = 80
_KINDS = {
    "boolean": "`true` or `false`",
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "array": "list of text",
}
_LIMITS = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most"}


def write_pages(folder: Path, main: click.Group) -> list[Path]:
    """Write every page into a folder and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        folder / "settings.md": settings_page(),
        folder / "cli.md": cli_page(main),
        folder / "events.md": events_page(),
        folder / "rules.md": rules_page(),
        folder / "api.md": api_page(),
    }
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")
    return list(pages)


def settings_page() -> str:
    """Return the page on every key of wecom.toml."""
    return f"""# Settings

<!-- Written by `wecom-callback reference`; change settings.py instead. -->

The file is `wecom.toml`: the one named by `--config`, else by `$WECOM_CONFIG`, else the one here.
`"${{NAME}}"` inside a value takes an environment variable; a missing one stops start-up.
Relative paths start beside the file.
An unknown key or a wrong value stops start-up with one sentence that names it.

## [server]

Every key can be overridden by an environment variable: `WECOM_PORT=9000`.

{_table(ServerSettings)}

## [[apps]]

One table for each callback URL.
`token`, `encoding_aes_key` and `receiveid` take one text or a list.

{_table(AppSettings)}
"""


def cli_page(main: click.Group) -> str:
    """Return the page with the help of every command."""
    parts = [f"## {name}\n\n```text\n{text}\n```\n" for name, text in _helps(main)]
    return "\n".join(
        (
            "# Commands\n",
            "<!-- Written by `wecom-callback reference`; change cli.py instead. -->\n",
            *parts,
        )
    )


def _table(section: type[BaseModel]) -> str:
    schema = section.model_json_schema()
    required = schema.get("required", [])
    rows = [
        (f"`{key}`", _kind(facts), _default(facts, required=key in required), _meaning(facts))
        for key, facts in schema["properties"].items()
    ]
    lines = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join(("| key | kind | default | meaning |", "|---|---|---|---|", *lines))


def _kind(facts: dict[str, Any]) -> str:
    if "enum" in facts:
        return ", ".join(f"`{value}`" for value in facts["enum"])
    either = facts.get("anyOf", [facts])
    limits = [f"{words} {facts[key]:g}" for key, words in _LIMITS.items() if key in facts]
    return ", ".join([_KINDS[either[0]["type"]], *limits])


def _default(facts: dict[str, Any], *, required: bool) -> str:
    if required:
        return "required"
    default = facts.get("default")
    return "none" if default is None else f"`{json.dumps(default)}`"


def _meaning(facts: dict[str, Any]) -> str:
    return str(facts["description"]).replace("<", "&lt;").replace("|", "\\|")


def _helps(
    command: click.Command, name: str = "wecom-callback", parent: click.Context | None = None
) -> Iterator[tuple[str, str]]:
    if command.hidden:
        return
    context = click.Context(
        command, info_name=name, parent=parent, terminal_width=_WIDTH, **command.context_settings
    )
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            yield from _helps(command.commands[each], each, context)
