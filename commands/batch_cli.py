"""`batch`: the names and options of the commands; `commands.batch` does the work."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from commands.declaring import open_journal, screen, speaks, with_settings
from errors import WeComError
from language import Language, Text

_FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
_APP = click.option(
    "--app", help="The app with the secret of 通讯录同步助手. Default: the only one with a secret."
)
_YES = click.option("--yes", is_flag=True, help="Do not ask before anything is deleted.")
_DETACH = click.option("--detach", is_flag=True, help="Do not wait; see `batch status`.")
_NO_INVITE = click.option("--no-invite", is_flag=True, help="Do not invite the new members.")
_BLOCK = click.option(
    "--block-size", type=click.IntRange(10_000, 1_000_000), help="Members in one file."
)


def _exporting(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of all exports."""
    for option in (
        click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file."),
        click.option("--app", help="The app that exports what it may see."),
        _BLOCK,
        _DETACH,
    ):
        command = option(command)
    return command


@click.group()
def batch() -> None:
    """Import and export members and departments (异步任务), with the outcome of each row."""


@batch.command("invite")
@_FILE
@_APP
@speaks
@with_settings
def invite(settings: Any, lang: Language, *, file: Path, app: str | None) -> None:
    """Invite the members of a CSV FILE with a column 帐号 who have not joined (邀请成员)."""
    from commands import batch as work
    from commands.import_file import read_userids

    checked = _checked(lambda: read_userids(file), lang)
    with _surroundings(settings, app, lang) as around:
        sys.exit(0 if work.invite(around, checked) else 1)


@batch.command("sync-users")
@_FILE
@_APP
@_NO_INVITE
@_DETACH
@speaks
@with_settings
def sync_users(settings: Any, **options: Any) -> None:
    """Add and change the members of a CSV FILE (增量更新成员)."""
    _import(settings, "sync-users", **options)


@batch.command("replace-users")
@_FILE
@_APP
@_NO_INVITE
@_DETACH
@_YES
@speaks
@with_settings
def replace_users(settings: Any, **options: Any) -> None:
    """Make the members those of a CSV FILE; who is not in it is deleted (全量覆盖成员)."""
    _import(settings, "replace-users", **options)


@batch.command("replace-departments")
@_FILE
@_APP
@_DETACH
@_YES
@speaks
@with_settings
def replace_departments(settings: Any, **options: Any) -> None:
    """Make the departments those of a CSV FILE; others go if they are empty (全量覆盖部门)."""
    _import(settings, "replace-departments", **options)


@batch.command("export-users")
@_exporting
@speaks
@with_settings
def export_users(settings: Any, **options: Any) -> None:
    """Export all that the app may know of members, decrypted, as JSON (导出成员详情)."""
    _export(settings, "export_user", **options)


@batch.command("export-simple-users")
@_exporting
@speaks
@with_settings
def export_simple_users(settings: Any, **options: Any) -> None:
    """Export the members in short, decrypted, as JSON (导出成员)."""
    _export(settings, "export_simple_user", **options)


@batch.command("export-departments")
@_exporting
@speaks
@with_settings
def export_departments(settings: Any, **options: Any) -> None:
    """Export the departments, decrypted, as JSON (导出部门)."""
    _export(settings, "export_department", **options)


@batch.command("export-tag-users")
@click.argument("tagid", type=click.IntRange(1))
@_exporting
@speaks
@with_settings
def export_tag_users(settings: Any, **options: Any) -> None:
    """Export who has a tag of the contacts, decrypted, as JSON (导出标签成员)."""
    _export(settings, "export_taguser", **options)


# A job id may begin with a dash.
@batch.command("status", context_settings={"ignore_unknown_options": True})
@click.argument("job_id", metavar="JOBID")
@click.option("--app", help="The app that started it. Default: as it was noted.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Of an export.")
@speaks
@with_settings
def status(
    settings: Any, lang: Language, *, job_id: str, app: str | None, out: Path | None
) -> None:
    """Wait for a job that is running, and show its outcome again."""
    from commands import batch as work

    with open_journal(settings) as journal:
        corpids = dict.fromkeys(each.corpid for each in settings.apps)
        found = [journal.batch_submission(corpid, job_id) for corpid in corpids]
        ended = [journal.batch_job(corpid, job_id) for corpid in corpids]
    noted = next((each for each in found if each is not None), None)
    outcome = next((each for each in ended if each is not None), None)
    started = noted or outcome
    if started is None:
        told = Text(
            en=f"the journal knows no job {job_id}; `batch list` shows those it does",
            zh=f"日志库中没有任务 {job_id}，可用 `batch list` 查看已有的",
        )
        raise WeComError(told[lang])
    job_type = started.job_type
    with _surroundings(settings, app or (noted.app if noted else None), lang) as around:
        place = out or (Path(noted.file) if noted else Path(f"{job_type}.json"))
        _finish(work, around, job_id, job_type, lines=noted.lines if noted else (), out=place)


@batch.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@speaks
@with_settings
def list_jobs(settings: Any, lang: Language, *, limit: int, as_json: bool) -> None:
    """List the jobs, the newest first: those started here, and those WeCom reported."""
    from commands import batch as work

    with open_journal(settings) as journal:
        jobs = journal.batch_jobs(limit)
    if not as_json:
        work.print_jobs(screen(), jobs, lang)
        return
    for job in jobs:
        click.echo(json.dumps(work.job_as_json(job), ensure_ascii=False))


def _import(
    settings: Any,
    kind: Any,
    *,
    lang: Language,
    file: Path,
    app: str | None,
    detach: bool,
    yes: bool = False,
    no_invite: bool = False,
) -> None:
    from commands import batch as work

    checked = _checked(lambda: work.read_import(kind, file), lang)
    if checked.unknown_columns:
        told = Text(
            en="not of the template, passed on as they are: ", zh="不在模板中的列，原样提交: "
        ) + ", ".join(checked.unknown_columns)
        click.echo(told[lang], err=True)
    with _surroundings(settings, app, lang) as around:
        if kind in work.DELETING and not yes:
            click.echo(work.warning(kind, work.doomed(around, kind, checked), lang), err=True)
            click.confirm(Text(en="Go on?", zh="继续吗？")[lang], abort=True, err=True)
        job_id = work.submit(around, kind, checked, invite=not no_invite)
        told = Text(
            en=f"submitted: {len(checked.lines)} rows as job {job_id}",
            zh=f"已提交 {len(checked.lines)} 行，任务 {job_id}",
        )
        click.echo(told[lang], err=True)
        if not detach:
            job_type = work.JOB_TYPES[kind]
            _finish(work, around, job_id, job_type, lines=checked.lines, out=file)


def _export(
    settings: Any,
    job_type: str,
    *,
    lang: Language,
    out: Path | None,
    app: str | None,
    detach: bool,
    block_size: int | None,
    tagid: int | None = None,
) -> None:
    from commands import batch as work

    place = out or Path(f"{job_type}.json")
    with _surroundings(settings, app, lang) as around:
        job_id = work.submit_export(around, job_type, place, tagid=tagid, block_size=block_size)
        told = Text(en=f"submitted as job {job_id}", zh=f"已提交，任务 {job_id}")
        click.echo(told[lang], err=True)
        if not detach:
            _finish(work, around, job_id, job_type, lines=(), out=place)


def _finish(
    work: Any,
    around: Any,
    job_id: str,
    job_type: str,
    *,
    lines: tuple[tuple[int, str], ...],
    out: Path,
) -> None:
    outcome = work.follow(around, job_id, job_type)
    good = work.print_outcome(around, outcome, lines)
    if good and work.is_export(job_type):
        from commands.export_files import fetch_export

        keys = around.app.encoding_aes_key
        for path in fetch_export(around.api, job_id, out, keys, around.language):
            click.echo(Text(en="wrote ", zh="已写入 ")[around.language] + str(path))
    sys.exit(0 if good else 1)


def _checked(read: Callable[[], Any], lang: Language) -> Any:
    """Return what a file holds; what is wrong with it is told in the language."""
    from commands.import_file import ImportFileRefused

    try:
        return read()
    except ImportFileRefused as refused:
        raise WeComError(refused.told[lang]) from None


@contextmanager
def _surroundings(settings: Any, app: str | None, lang: Language) -> Iterator[Any]:
    from commands.batch import Surroundings
    from commands.clients import app_named, make_client, shared_store
    from opening import utc_now

    chosen = app_named(settings, app)
    client = make_client(settings, chosen, shared_store(settings))
    with open_journal(settings) as journal, client as api:
        yield Surroundings(
            settings=settings,
            app=chosen,
            api=api,
            journal=journal,
            console=screen(),
            language=lang,
            now=utc_now,
        )
