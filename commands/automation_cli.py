"""`channels`, `groups`, `reconcile`: the names and options of the commands."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from commands.declaring import open_journal, screen, speaks, with_settings
from language import Language, Text

_APP = click.option("--app", help="Only of this app.")
_DAYS = click.option("--days", default=7, show_default=True, type=click.IntRange(1, 90))
_NOTHING = Text(en="nothing to delete", zh="没有要删除的")
_WROTE = Text(en="wrote ", zh="已写入 ")
_DELETED = Text(en="deleted", zh="已删除")


@click.group()
def channels() -> None:
    """Contact ways (渠道活码) that are kept as rules.toml says, and what they brought."""


@channels.command("list")
@speaks
@with_settings
def list_channels(settings: Any, lang: Language) -> None:
    """List channels with the customers of today, of seven days and in all."""
    from commands.channels import channels_table
    from opening import utc_now

    with open_journal(settings) as journal:
        screen().print(channels_table(settings, journal, utc_now(), lang))


@channels.command("sync")
@_APP
@speaks
@with_settings
def sync_channels(settings: Any, lang: Language, *, app: str | None) -> None:
    """Make and change contact ways now; workers do it each half minute."""
    from commands.channels import outcomes_table, sync

    with open_journal(settings) as journal:
        outcomes = sync(settings, journal, app)
    screen().print(outcomes_table(outcomes, lang))
    sys.exit(1 if any(each.error for each in outcomes) else 0)


@channels.command("prune")
@_APP
@click.option("--yes", is_flag=True, help="Do not ask.")
@speaks
@with_settings
def prune_channels(settings: Any, lang: Language, *, app: str | None, yes: bool) -> None:
    """Delete the contact ways that are in no rule any more. Their QR codes stop working."""
    from commands.channels import prunable, prune

    with open_journal(settings) as journal:
        doomed = prunable(settings, journal, app)
        if not doomed:
            click.echo(_NOTHING[lang])
            return
        for each in doomed:
            click.echo(f"{each.app}: {each.name}, state {each.state}")
        if not yes:
            asked = Text(
                en=f"Delete {len(doomed)} contact ways?", zh=f"删除 {len(doomed)} 个「联系我」？"
            )
            click.confirm(asked[lang], abort=True)
        failed = 0
        for record, error in prune(settings, journal, doomed, lang):
            click.echo(f"{record.name}: {error or _DELETED[lang]}", err=bool(error))
            failed += bool(error)
    sys.exit(1 if failed else 0)


@channels.command("qr")
@click.argument("name")
@_APP
@click.option("--save", type=click.Path(path_type=Path, dir_okay=False), help="The picture's file.")
@speaks
@with_settings
def show_qr(
    settings: Any, lang: Language, *, name: str, app: str | None, save: Path | None
) -> None:
    """Print a code that opens the QR code of channel NAME, or save its picture."""
    from commands.channels import channel_named, save_picture, terminal_code

    with open_journal(settings) as journal:
        record = channel_named(journal, name, app, lang)
    if save is not None:
        save_picture(record.qr_code, save, lang)
        click.echo(_WROTE[lang] + str(save))
        return
    click.echo(terminal_code(record.qr_code))
    click.echo(record.qr_code)


@click.group()
def groups() -> None:
    """Customer groups (客户群): members, who came and went, welcomes, duplicates."""


@groups.command("list")
@_DAYS
@speaks
@with_settings
def list_groups(settings: Any, lang: Language, *, days: int) -> None:
    """List groups with their members, and who joined and left."""
    from commands.groups import groups_table, welcomes_table
    from opening import utc_now

    with open_journal(settings) as journal:
        console = screen()
        console.print(groups_table(settings, journal, utc_now(), days, lang))
        if welcomes := journal.group_welcomes():
            console.print(welcomes_table(welcomes, lang))


@groups.command("duplicates")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@speaks
@with_settings
def list_duplicates(settings: Any, lang: Language, *, as_json: bool) -> None:
    """List customers who are in more than one group."""
    from commands.groups import duplicates_table

    with open_journal(settings) as journal:
        for corpid in dict.fromkeys(each.corpid for each in settings.apps):
            found = journal.duplicate_members(corpid)
            if not as_json:
                screen().print(duplicates_table(found, lang))
                continue
            for each in found:
                click.echo(json.dumps(asdict(each), ensure_ascii=False))


@groups.command("sync")
@_APP
@click.option("--again", default="", help="Make this welcome anew, whatever came of it before.")
@speaks
@with_settings
def sync_groups(settings: Any, lang: Language, *, app: str | None, again: str) -> None:
    """Make and change the welcomes for groups (入群欢迎语素材) now; workers do it by themselves."""
    from commands.channels import outcomes_table
    from commands.groups import sync

    with open_journal(settings) as journal:
        outcomes = sync(settings, journal, app, again)
    screen().print(outcomes_table(outcomes, lang))
    sys.exit(1 if any(each.error for each in outcomes) else 0)


@click.command()
@_APP
@click.option("--dry-run", is_flag=True, help="Note, tell and apply nothing.")
@speaks
@with_settings
def reconcile(settings: Any, lang: Language, *, app: str | None, dry_run: bool) -> None:
    """Compare the customers WeCom lists with the events that arrived; status 1 if any are missing.

    What is missing is noted, operators are told once, and the tag and remark rules are made up for
    where `[reconcile]` in rules.toml says so. A welcome is never sent late.
    """
    from commands.reconciling import print_comparison, reconcile_now

    console = screen()
    with open_journal(settings) as journal:
        compared = reconcile_now(settings, journal, console, lang, app=app, dry_run=dry_run)
    for each in compared:
        print_comparison(console, each, lang)
    sys.exit(1 if any(each.comparison.missed for each in compared) else 0)
