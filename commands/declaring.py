"""What the declarations of commands share: settings, the journal, a screen."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from commands.speaking import spoken
from language import Language, Text

ERROR = Text(en="error: ", zh="错误: ")
_AGAIN = Text(en="Repeat for confirmation", zh="请再输入一次")


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Hand the settings to a command as its first argument."""

    @wraps(command)
    def read(**options: Any) -> None:  # noqa: ANN401 - as click hands them over
        from settings import read_settings

        command(read_settings(click.get_current_context().find_root().obj), **options)

    return read


def speaks(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command be told what language to speak; `lang` is the terminal's otherwise."""
    return click.option(
        "--lang",
        type=click.Choice(["en", "zh"]),
        callback=lambda _ctx, _param, told: told or spoken(),
        help="Default: the terminal's.",
    )(command)


def open_journal(settings: Any) -> Any:  # noqa: ANN401 - nothing heavy is imported for a type
    """Open the journal for a `with`."""
    from contextlib import closing

    from opening import open_journal as open_it

    return closing(open_it(settings))


def ask(what: Text, language: Language, *, otherwise: Text, twice: bool = False) -> str:
    """Ask for a secret, or read it from a pipe. Without either, say what to do otherwise."""
    if sys.stdin.isatty():
        again = _AGAIN[language] if twice else False
        told: str = click.prompt(
            what[language], hide_input=True, confirmation_prompt=again, err=True
        )
        return told
    answer, *others = (sys.stdin.readline().rstrip("\n") for _ in range(1 + twice))
    if not answer:
        nobody = Text(
            en=f"there is no terminal to ask for the {what.en} on; {otherwise.en}",
            zh=f"没有终端可以输入{what.zh}，{otherwise.zh}",
        )
        raise click.UsageError(nobody[language])
    if any(each != answer for each in others):
        differ = Text(en="the two lines differ; ", zh="两行不一致，") + otherwise
        raise click.UsageError(differ[language])
    return answer


def screen(*, stderr: bool = False) -> Any:  # noqa: ANN401 - the same
    """Return where tables and bars go."""
    from commands.screen import Screen

    return Screen(highlight=False, stderr=stderr)
