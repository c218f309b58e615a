"""`reference`: the pages under docs/reference/, written from what they describe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from commands.api_reference import api_page
from commands.bilingual import cell, said
from commands.event_reference import events_page
from commands.rule_reference import rules_page
from commands.speaking import speak, spoken
from language import Language, Text
from settings import AppSettings, ServerSettings

_WIDTH = 80
_CLI_HEAD = Text(en="# Commands\n\n[中文](cli.zh-CN.md)\n", zh="# 命令\n\n[English](cli.md)\n")
_HEAD = Text(en="| key | kind | default | meaning |", zh="| 键 | 类型 | 默认值 | 含义 |")
_CLI_ORIGIN = """\
<!-- Written by `wecom-callback reference`; change cli.py and commands/reference.zh.toml. -->
"""
_REQUIRED = Text(en="required", zh="必填")
_NONE = Text(en="none", zh="无")
_KINDS = {
    "boolean": Text(en="`true` or `false`", zh="`true` 或 `false`"),
    "string": Text(en="text", zh="文本"),
    "integer": Text(en="whole number", zh="整数"),
    "number": Text(en="number", zh="数字"),
    "array": Text(en="list of text", zh="文本列表"),
}
_LIMITS = {
    "minimum": Text(en="at least", zh="不小于"),
    "exclusiveMinimum": Text(en="more than", zh="大于"),
    "maximum": Text(en="at most", zh="不大于"),
}


def write_pages(folder: Path, main: click.Group) -> list[Path]:
    """Write every page into a folder and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        folder / "settings.md": settings_page("en"),
        folder / "settings.zh-CN.md": settings_page("zh"),
        folder / "cli.md": cli_page(main, "en"),
        folder / "cli.zh-CN.md": cli_page(main, "zh"),
        folder / "events.md": events_page(),
        folder / "rules.md": rules_page("en"),
        folder / "rules.zh-CN.md": rules_page("zh"),
        folder / "api.md": api_page(),
    }
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")
    return list(pages)


def settings_page(language: Language) -> str:
    """Return the page on every key of wecom.toml."""
    server, apps = _table(ServerSettings, language), _table(AppSettings, language)
    if language == "zh":
        return f"""# 配置

[English](settings.md)

<!-- Written by `wecom-callback reference`; change settings.py and commands/reference.zh.toml. -->

配置文件是 `wecom.toml`：先看 `--config`，再看 `$WECOM_CONFIG`，都没有就用当前目录下的。
值中的 `"${{NAME}}"` 取自环境变量；变量未设置则拒绝启动。
相对路径以该文件所在目录为起点。
有不认识的键或错误的值时拒绝启动，并用一句话指出是哪一项。

## [server]

每一项都可以用环境变量覆盖，例如 `WECOM_PORT=9000`。
列表在环境变量中用逗号分隔。

{server}

## [[apps]]

每个回调 URL 一段。
`token`、`encoding_aes_key` 和 `receiveid` 可以是一个文本，也可以是列表。

{apps}
"""
    return f"""# Settings

[中文](settings.zh-CN.md)

<!-- Written by `wecom-callback reference`; change settings.py and commands/reference.zh.toml. -->

The file is `wecom.toml`: the one named by `--config`, else by `$WECOM_CONFIG`, else the one here.
`"${{NAME}}"` inside a value takes an environment variable; a missing one stops start-up.
Relative paths start beside the file.
An unknown key or a wrong value stops start-up with one sentence that names it.

## [server]

Every key can be overridden by an environment variable: `WECOM_PORT=9000`.
There, the items of a list are separated by commas.

{server}

## [[apps]]

One table for each callback URL.
`token`, `encoding_aes_key` and `receiveid` take one text or a list.

{apps}
"""


def cli_page(main: click.Group, language: Language) -> str:
    """Return the page with the help of every command."""
    before = spoken()
    speak(main, language)
    parts = [f"## {name}\n\n```text\n{text}\n```\n" for name, text in _helps(main)]
    speak(main, before)
    return "\n".join(
        (
            _CLI_HEAD[language],
            _CLI_ORIGIN,
            *parts,
        )
    )


def _table(section: type[BaseModel], language: Language) -> str:
    schema = section.model_json_schema()
    required = schema.get("required", [])
    rows = [
        (
            f"`{key}`",
            _kind(facts, language),
            _REQUIRED[language] if key in required else _default(facts, language),
            cell(said(facts["description"], language)),
        )
        for key, facts in schema["properties"].items()
    ]
    lines = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join((_HEAD[language], "|---|---|---|---|", *lines))


def _kind(facts: dict[str, Any], language: Language) -> str:
    comma = "，" if language == "zh" else ", "
    if "enum" in facts:
        return comma.join(f"`{value}`" for value in facts["enum"])
    either = facts.get("anyOf", [facts])
    limits = [f"{words[language]} {facts[key]:g}" for key, words in _LIMITS.items() if key in facts]
    return comma.join([_KINDS[either[0]["type"]][language], *limits])


def _default(facts: dict[str, Any], language: Language) -> str:
    default = facts.get("default")
    return _NONE[language] if default is None else f"`{json.dumps(default)}`"


def _helps(
    command: click.Command, name: str = "wecom-callback", parent: click.Context | None = None
) -> Iterator[tuple[str, str]]:
    if command.hidden:
        return
    context = command.context_class(
        command, info_name=name, parent=parent, terminal_width=_WIDTH, **command.context_settings
    )
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            yield from _helps(command.commands[each], each, context)
