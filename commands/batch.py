"""`batch`: imports and exports of the contacts, from the file to the outcome of each row."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text as Shown

from commands.import_file import ImportFile, read_departments, read_members
from commands.screen import Rows
from errors import APIError, APIPaused, APIUnreachable, JobUnknown, WeComError
from journal import BatchJobRecord, BatchJobSummary, BatchSubmission, Journal
from language import Language, Text
from settings import AppSettings, Settings
from wecom import Client, batch, department, errcodes, export, media, user

Import = Literal["sync-users", "replace-users", "replace-departments"]
JOB_TYPES: dict[Import, str] = {
    "sync-users": "sync_user",
    "replace-users": "replace_user",
    "replace-departments": "replace_party",
}
DELETING: frozenset[Import] = frozenset({"replace-users", "replace-departments"})
_DELETED_BY: dict[Import, Text] = {
    "replace-users": Text(en="members", zh="成员"),
    "replace-departments": Text(en="departments (those that are empty)", zh="部门（仅限空部门）"),
}
_EXPORTS = frozenset({"export_user", "export_simple_user", "export_department", "export_taguser"})
_INVITED_AT_ONCE = 1000
_LOOK_SECONDS = 0.3  # at the journal, where the event arrives
_FIRST_ASK_SECONDS = 0.5
_LAST_ASK_SECONDS = 10.0
_MOST_NAMED = 20
_WHOLE = 100
_LINE = Text(en="line", zh="行号")
_FAILURE_HEADS = (
    _LINE,
    Text(en="row", zh="条目"),
    Text.same("errcode"),
    Text(en="meaning", zh="含义"),
    Text(en="hint", zh="提示"),
)
_HINT = Text(en="hint: ", zh="提示: ")
_NOT_INVITED = Text(
    en="unknown, already joined, or not visible to the app",
    zh="不存在、已加入，或不在应用的可见范围内",
)
_ACTIONS = (
    (1, Text(en="created", zh="新建")),
    (2, Text(en="renamed", zh="改名")),
    (4, Text(en="moved", zh="移动")),
    (8, Text(en="re-ordered", zh="调整排序")),
)


class JobRunsOn(WeComError):
    """Somebody stopped waiting for a job; it goes on at WeCom."""

    def __init__(self, job_id: str, language: Language) -> None:
        told = Text(
            en="no longer waiting; the job goes on at WeCom. Its outcome: ",
            zh="不再等待，任务仍在企业微信执行。查看结果: ",
        )
        super().__init__(f"{told[language]}batch status {job_id}")


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What every job needs: the app it runs as, its client, the journal, a screen, the time.

    language: what is said on the screen in.
    """

    settings: Settings
    app: AppSettings
    api: Client
    journal: Journal
    console: Console
    language: Language
    now: Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class _State:
    """How far a job is; outcome: once it has ended."""

    percentage: int
    outcome: BatchJobRecord | None = None


def read_import(kind: Import, path: Path) -> ImportFile:
    """Read the file of an import. Raises ImportFileRefused."""
    return read_departments(path) if kind == "replace-departments" else read_members(path)


def doomed(around: Surroundings, kind: Import, file: ImportFile) -> list[str] | None:
    """Return who or what a replacement would delete; None when WeCom does not tell."""
    try:
        if kind == "replace-users":
            kept = {key.casefold() for key in file.keys}
            listed = {each.userid for each in user.list_id(around.api)}
            return sorted(each for each in listed if each.casefold() not in kept)
        present = {str(each.id) for each in department.simplelist(around.api)}
        return sorted(present - set(file.keys) - {"1"}, key=int)
    except APIError:
        return None


def warning(kind: Import, gone: Sequence[str] | None, language: Language) -> str:
    """Say what a replacement would delete."""
    what = _DELETED_BY[kind]
    if gone is None:
        return Text(
            en=f"All {what.en} that are not in the file are deleted; WeCom did not tell which.",
            zh=f"不在文件中的{what.zh}都会被删除；企业微信没有告知是哪些。",
        )[language]
    if not gone:
        return Text(en=f"No {what.en} would be deleted.", zh=f"不会删除{what.zh}。")[language]
    named = ", ".join(gone[:_MOST_NAMED]) + (" ..." if len(gone) > _MOST_NAMED else "")
    told = Text(
        en=f"{len(gone)} {what.en} are not in the file and would be deleted: ",
        zh=f"以下 {len(gone)} 个{what.zh}不在文件中，将被删除: ",
    )
    return told[language] + named


def submit(around: Surroundings, kind: Import, file: ImportFile, *, invite: bool) -> str:
    """Upload a file and start its import; return the jobid, which is in the journal by then."""
    sent = io.BytesIO(file.content)
    uploaded = media.upload(around.api, sent, "file", filename=_sent_name(file.path))
    callback = _callback(around)
    if kind == "replace-departments":
        job_id = batch.replaceparty(around.api, uploaded.media_id, callback=callback)
    else:
        start = batch.syncuser if kind == "sync-users" else batch.replaceuser
        job_id = start(around.api, uploaded.media_id, to_invite=invite, callback=callback)
    _note(around, job_id, JOB_TYPES[kind], file.path.name, file.lines)
    return job_id


def submit_export(
    around: Surroundings, job_type: str, out: Path, *, tagid: int | None, block_size: int | None
) -> str:
    """Start an export, encrypted with the app's own EncodingAESKey; return the jobid."""
    key = around.app.encoding_aes_key[0]
    if job_type == "export_taguser":
        job_id = export.taguser(around.api, tagid or 0, key, block_size=block_size)
    else:
        start = {
            "export_user": export.user,
            "export_simple_user": export.simple_user,
            "export_department": export.department,
        }[job_type]
        job_id = start(around.api, key, block_size=block_size)
    _note(around, job_id, job_type, str(out.resolve()), ())
    return job_id


def is_export(job_type: str) -> bool:
    """Whether jobs of that type end in files."""
    return job_type in _EXPORTS


def follow(around: Surroundings, job_id: str, job_type: str) -> BatchJobRecord:
    """Wait until a job has ended, with a progress bar; return its outcome, which is kept.

    Its event, as `serve` writes it to the journal, ends the waiting; WeCom is asked as well, for
    how far the job is, and because the event may be lost. Raises JobRunsOn on Ctrl-C.
    """
    ask = _asked_export if is_export(job_type) else _asked_import
    try:
        with _bar(around.console) as progress:
            task = progress.add_task(job_type, total=_WHOLE)
            for state in _states(around, job_id, job_type, ask):
                progress.update(task, completed=state.percentage)
                if state.outcome is not None:
                    return state.outcome
    except KeyboardInterrupt:
        raise JobRunsOn(job_id, around.language) from None
    raise AssertionError("a job has an outcome, or its waiting an error")


def print_outcome(
    around: Surroundings, outcome: BatchJobRecord, lines: Iterable[tuple[int, str]]
) -> bool:
    """Show what became of each row; True when all went well."""
    console, language = around.console, around.language
    by_key = {key.casefold(): line for line, key in lines}
    failed = [row for row in outcome.result if row.get("errcode")]
    total = len(outcome.result) if outcome.total is None else outcome.total
    console.print(f"{outcome.job_type} {outcome.job_id}")
    if outcome.errcode:
        meaning = errcodes.describe(outcome.errcode)
        told = Text(en="the job failed: ", zh="任务失败: ")
        console.print(f"{told[language]}{outcome.errcode} {meaning.text[language]}", style="red")
        if meaning.hint:
            console.print((_HINT + meaning.hint)[language])
    if not is_export(outcome.job_type):
        _print_actions(console, outcome, by_key, language)
    if failed:
        console.print(_failures(failed, by_key, language))
    if not is_export(outcome.job_type):
        told = Text(
            en=f"{total} rows, {len(failed)} failed", zh=f"共 {total} 行，失败 {len(failed)} 行"
        )
        console.print(told[language], style="red" if failed else "green")
    return not failed and not outcome.errcode


def invite(around: Surroundings, file: ImportFile) -> bool:
    """Invite members who have not joined, a thousand a call; True when all could be.

    What became of those who were asked is shown, even if WeCom refuses one of the calls.
    """
    described = Text(en="invite", zh="邀请")
    refused: list[str] = []
    asked = 0
    try:
        with _bar(around.console) as progress:
            task = progress.add_task(described[around.language], total=len(file.keys))
            for start in range(0, len(file.keys), _INVITED_AT_ONCE):
                some = file.keys[start : start + _INVITED_AT_ONCE]
                refused += batch.invite(around.api, user=some).invaliduser
                asked += len(some)
                progress.advance(task, len(some))
    finally:
        _print_invited(around, file, asked, refused)
    return not refused


def _print_invited(
    around: Surroundings, file: ImportFile, asked: int, refused: Sequence[str]
) -> None:
    console, language = around.console, around.language
    by_key = {key.casefold(): line for line, key in file.lines}
    table = Rows(_LINE[language], "userid", box=None)
    for userid in refused:
        table.add_row(str(by_key.get(userid.casefold(), "")), Shown(userid))
    if refused:
        console.print(table)
        console.print((_HINT + _NOT_INVITED)[language])
    told = Text(
        en=f"{asked} members, {len(refused)} could not be invited",
        zh=f"成员 {asked} 名，无法邀请 {len(refused)} 名",
    )
    if left := len(file.keys) - asked:
        line = file.lines[asked][0]
        told += Text(
            en=f"; {left} were not asked, from line {line} on",
            zh=f"；从第 {line} 行起的 {left} 名未发出邀请",
        )
    console.print(told[language], style="red" if refused or left else "green")


def print_jobs(console: Console, jobs: Sequence[BatchJobSummary], language: Language) -> None:
    """Show jobs, the newest first; their ids whole, because `batch status` asks for one."""
    if not jobs:
        console.print(Text(en="no jobs", zh="没有任务")[language])
    for job in jobs:
        facts = (_clock(job.submitted_at), job.job_type, Path(job.file).name)
        line = Shown("  ".join(fact for fact in facts if fact)).append("  ")
        line.append_text(_word(job, language))
        console.print(line, soft_wrap=True)
        console.print(Shown(f"  {job.job_id}", style="dim"), soft_wrap=True)


def job_as_json(job: BatchJobSummary) -> dict[str, object]:
    """Return a job for machines."""
    facts = asdict(job)
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in facts.items()
    }


def _note(
    around: Surroundings,
    job_id: str,
    job_type: str,
    file: str,
    lines: tuple[tuple[int, str], ...],
) -> None:
    submission = BatchSubmission(
        corpid=around.app.corpid,
        job_id=job_id,
        app=around.app.name,
        job_type=job_type,
        file=file,
        lines=lines,
        submitted_at=around.now(),
    )
    try:
        around.journal.store_batch_submission(submission)
    except WeComError:
        told = Text(
            en="the job runs, but could not be noted: ", zh="任务已在运行，但未能记录下来: "
        )
        around.console.print(f"{told[around.language]}{job_id}", style="yellow")
        raise


def _callback(around: Surroundings) -> batch.JobCallback | None:
    """Return where the event goes: to this server, if it is known what WeCom sees of it."""
    public_url = around.settings.server.public_url
    if not public_url:
        return None
    return batch.JobCallback(
        url=f"{public_url.rstrip('/')}/callback/{around.app.name}",
        token=around.app.token[0],
        encodingaeskey=around.app.encoding_aes_key[0],
    )


def _states(
    around: Surroundings,
    job_id: str,
    job_type: str,
    ask: Callable[[Surroundings, str, str], _State],
) -> Iterator[_State]:
    pause, next_ask, percentage = _FIRST_ASK_SECONDS, 0.0, 0
    while True:
        kept = around.journal.batch_job(around.app.corpid, job_id)
        if kept is not None:
            yield _State(percentage=_WHOLE, outcome=kept)
            return
        if time.monotonic() >= next_ask:
            try:
                state = ask(around, job_id, job_type)
            except (APIUnreachable, APIPaused):
                state = _State(percentage=percentage)
            except APIError as error:
                if not error.retryable:
                    raise
                state = _State(percentage=percentage)
            percentage = state.percentage
            if state.outcome is not None:
                around.journal.store_batch_job(state.outcome)
            yield state
            pause = min(pause * 1.5, _LAST_ASK_SECONDS)
            next_ask = time.monotonic() + pause
        time.sleep(_LOOK_SECONDS)


def _asked_import(around: Surroundings, job_id: str, job_type: str) -> _State:
    try:
        result = batch.getresult(around.api, job_id)
    except JobUnknown:
        # 40089: only the last five are kept. The event may have been quicker than we are.
        kept = around.journal.batch_job(around.app.corpid, job_id)
        if kept is None:
            raise
        return _State(percentage=_WHOLE, outcome=kept)
    if not result.finished:
        return _State(percentage=min(result.percentage, _WHOLE - 1))
    outcome = _outcome(around, job_id, result.type or job_type)
    rows = [asdict(row) for row in result.result]
    return _State(
        percentage=_WHOLE,
        outcome=BatchJobRecord(**{**vars(outcome), "total": result.total, "result": rows}),
    )


def _asked_export(around: Surroundings, job_id: str, job_type: str) -> _State:
    result = export.get_result(around.api, job_id)
    if result.failed:
        failed = _outcome(around, job_id, job_type)
        return _State(percentage=_WHOLE, outcome=BatchJobRecord(**{**vars(failed), "errcode": -1}))
    if not result.finished:
        return _State(percentage=_WHOLE // 2 if result.status else 0)
    return _State(percentage=_WHOLE, outcome=_outcome(around, job_id, job_type))


def _outcome(around: Surroundings, job_id: str, job_type: str) -> BatchJobRecord:
    return BatchJobRecord(
        corpid=around.app.corpid,
        job_id=job_id,
        job_type=job_type,
        errcode=0,
        errmsg="",
        total=None,
        result=[],
        finished_at=around.now(),
    )


def _print_actions(
    console: Console, outcome: BatchJobRecord, by_key: dict[str, int], language: Language
) -> None:
    """Say what happened to rows that are not of the file, and to departments."""
    others = [
        row
        for row in outcome.result
        if row.get("userid") and not row.get("errcode") and by_key
        if str(row["userid"]).casefold() not in by_key
    ]
    if others:
        told = Text(
            en=f"{len(others)} members that are not in the file were deleted",
            zh=f"已删除 {len(others)} 名不在文件中的成员",
        )
        console.print(told[language])
    done = []
    for bit, word in _ACTIONS:
        if count := sum(1 for row in outcome.result if int(row.get("action") or 0) & bit):
            done.append(Text(en=f"{count} {word.en}", zh=f"{word.zh} {count} 个")[language])
    if done:
        console.print(Text(en=", ", zh="，")[language].join(done))


def _failures(
    failed: Sequence[dict[str, object]], by_key: dict[str, int], language: Language
) -> Table:
    table = Rows(*(head[language] for head in _FAILURE_HEADS), box=None)
    for row in failed:
        key = str(row.get("userid") or row.get("partyid") or "")
        errcode = int(str(row["errcode"]))
        meaning = errcodes.describe(errcode)
        table.add_row(
            str(by_key.get(key.casefold(), "")),
            Shown(key),
            str(errcode),
            Shown(meaning.text[language]),
            Shown(meaning.hint[language] if meaning.hint else ""),
        )
    return table


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _word(job: BatchJobSummary, language: Language) -> Shown:
    if job.finished_at is None:
        return Shown(Text(en="running", zh="进行中")[language], style="cyan")
    if job.errcode:
        failed = Text(en=f"failed: {job.errcode}", zh=f"失败: {job.errcode}")
        return Shown(failed[language], style="red")
    if job.failed_rows:
        total = job.total or "?"
        told = Text(
            en=f"{job.failed_rows} of {total} rows failed",
            zh=f"{total} 行中有 {job.failed_rows} 行失败",
        )
        return Shown(told[language], style="red")
    return Shown(Text(en="done", zh="完成")[language], style="green")


def _clock(at: datetime | None) -> str:
    return "" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M")


def _sent_name(path: Path) -> str:
    return path.name if path.suffix.lower() == ".csv" else f"{path.name}.csv"
