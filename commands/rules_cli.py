"""`rules check` and `rules test`: the names and options of the commands."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from commands.declaring import screen, speaks, with_settings
from language import Language, Text


@click.group()
def rules() -> None:
    """Look at the rules before customers do."""


@rules.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@speaks
@click.pass_context
def check(ctx: click.Context, file: Path | None, lang: Language) -> None:
    """Say all that is wrong with the rules at once, attached files included.

    FILE: default is the one that wecom.toml names. Exit status 1 when anything is wrong.
    """
    from commands.rule_check import check_file
    from settings import read_settings

    path = file or read_settings(ctx.find_root().obj).rules_path
    if not check_file(screen(), path, lang):
        sys.exit(1)


@rules.command("test")
@click.argument("values", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("--event", default="add_external_contact", show_default=True, help="Its name.")
@click.option("--app", help="An app of wecom.toml. Default: the first.")
@click.option(
    "--at", metavar="TIME", help='"2026-02-10 10:00", in the rules\' time zone. Default: now.'
)
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False), help="Other rules.")
@speaks
@click.option(
    "--json", "as_json", is_flag=True, help="For machines, with reasons in both languages."
)
@click.option(
    "--live-simulator", is_flag=True, help="Make the calls, against a simulator started for it."
)
@with_settings
def try_rules(
    settings: Any,
    *,
    values: tuple[str, ...],
    event: str,
    app: str | None,
    at: str | None,
    file: Path | None,
    lang: Language,
    as_json: bool,
    live_simulator: bool,
) -> None:
    """Show which rules match an event, why others do not, and the API calls that would be made.

    FIELD: any field of the event (state, userid, external_userid ...), and of the people:
    customer.name, customer.gender, customer.add_way, customer.tag, staff.name, staff.alias,
    department; customer.tag and department may be given several times. Of a group: group.name,
    group.owner, and group.changes, how many came or left lately.
    """
    from commands.rule_check import rules_or_problems
    from commands.rule_trial import Trial, print_trial, run_live, trial_as_json

    values_told, moment = _pairs(values, lang), _moment(at, lang)
    read = rules_or_problems(screen(), file or settings.rules_path, lang)
    if read is None:
        sys.exit(1)
    trial = Trial.of(settings, app, read, event, values_told, at=moment, language=lang)
    if live_simulator:
        run_live(screen(), trial)
    elif as_json:
        click.echo(trial_as_json(trial))
    else:
        print_trial(screen(), trial)


def _moment(text: str | None, language: Language) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        told = Text(
            en=f'"{text}" must be written 2026-02-10 10:00',
            zh=f'"{text}" 应写成 2026-02-10 10:00',
        )
        raise click.BadParameter(told[language], param_hint="--at") from error


def _pairs(values: tuple[str, ...], language: Language) -> list[tuple[str, str]]:
    pairs = [value.partition("=") for value in values]
    for name, sign, _ in pairs:
        if not sign:
            told = Text(en=f"{name} is not FIELD=VALUE", zh=f"{name} 应写成 字段=值")
            raise click.BadParameter(told[language], param_hint="FIELD=VALUE")
    return [(name, value) for name, _, value in pairs]
