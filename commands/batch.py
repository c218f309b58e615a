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
from rich.text import Text

from commands.import_file import ImportFile, read_departments, read_members
from errors import APIError, APIPaused, APIUnreachable, JobUnknown, WeComError
from journal import BatchJobRecord, BatchJobSummary, BatchSubmission, Journal
from settings import AppSettings, Settings
from wecom import Client, batch, department, errcodes, export, media, user

Import = Literal["sync-users", "replace-users", "replace-departments"]
JOB_TYPES: dict[Import, str] = {
    "sync-users": "sync_user",
    "replace-users": "replace_user",
    "replace-departments": "replace_party",
}
DELETING: frozenset[Import] = frozenset({"replace-users", "replace-departments"})
_EXPORTS = frozenset({"export_user", "export_simple_user", "export_department", "export_taguser"})
_INVITED_AT_ONCE = 1000
_LOOK_SECONDS = 0.3  # at the journal, where the event arrives
_FIRST_ASK_SECONDS = 0.5
_LAST_ASK_SECONDS = 10.0
_MOST_NAMED = 20
_WHOLE = 100


class JobRunsOn(WeComError):
    """Somebody stopped waiting for a job; it goes on at WeCom."""

    def __init__(self, job_id: str) -> None:
        super().__init__(
            f"no longer waiting; the job goes on at WeCom. Its outcome: batch status {job_id}"
        )


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What every job needs: the app it runs as, its client, the journal, a screen, the time."""

    settings: Settings
    app: AppSettings
    api: Client
    journal: Journal
    console: Console
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


def warning(kind: Import, gone: Sequence[str] | None) -> str:
    """Say what a replacement would delete."""
    what = "members" if kind == "replace-users" else "departments (those that are empty)"
    if gone is None:
        return f"All {what} that are not in the file are deleted; WeCom did not tell which."
    if not gone:
        return f"No {what} would be deleted."
    named = ", ".join(gone[:_MOST_NAMED]) + (" ..." if len(gone) > _MOST_NAMED else "")
    return f"{len(gone)} {what} are not in the file and would be deleted: {named}"


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
        raise JobRunsOn(job_id) from None
    raise AssertionError("a job has an outcome, or its waiting an error")


def print_outcome(
    around: Surroundings, outcome: BatchJobRecord, lines: Iterable[tuple[int, str]]
) -> bool:
    """Show what became of each row; True when all went well."""
    console = around.console
    by_key = {key.casefold(): line for line, key in lines}
    failed = [row for row in outcome.result if row.get("errcode")]
    total = len(outcome.result) if outcome.total is None else outcome.total
    console.print(f"{outcome.job_type} {outcome.job_id}")
    if outcome.errcode:
        meaning = errcodes.describe(outcome.errcode)
        console.print(f"the job failed: {outcome.errcode} {meaning.text}", style="red")
        if meaning.hint:
            console.print(f"hint: {meaning.hint}")
    if not is_export(outcome.job_type):
        _print_actions(console, outcome, by_key)
    if failed:
        console.print(_failures(failed, by_key))
    if not is_export(outcome.job_type):
        console.print(f"{total} rows, {len(failed)} failed", style="red" if failed else "green")
    return not failed and not outcome.errcode


def invite(around: Surroundings, file: ImportFile) -> bool:
    """Invite members who have not joined, a thousand a call; True when all could be.

    What became of those who were asked is shown, even if WeCom refuses one of the calls.
    """
    refused: list[str] = []
    asked = 0
    try:
        with _bar(around.console) as progress:
            task = progress.add_task("invite", total=len(file.keys))
            for start in range(0, len(file.keys), _INVITED_AT_ONCE):
                some = file.keys[start : start + _INVITED_AT_ONCE]
                refused += batch.invite(around.api, user=some).invaliduser
                asked += len(some)
                progress.advance(task, len(some))
    finally:
        _print_invited(around.console, file, asked, refused)
    return not refused


def _print_invited(console: Console, file: ImportFile, asked: int, refused: Sequence[str]) -> None:
    by_key = {key.casefold(): line for line, key in file.lines}
    table = Table("line", "userid", box=None)
    for userid in refused:
        table.add_row(str(by_key.get(userid.casefold(), "")), Text(userid))
    if refused:
        console.print(table)
        console.print("hint: unknown, already joined, or not visible to the app")
    left = len(file.keys) - asked
    console.print(
        f"{asked} members, {len(refused)} could not be invited"
        + (f"; {left} were not asked, from line {file.lines[asked][0]} on" if left else ""),
        style="red" if refused or left else "green",
    )


def print_jobs(console: Console, jobs: Sequence[BatchJobSummary]) -> None:
    """Show jobs, the newest first; their ids whole, because `batch status` asks for one."""
    if not jobs:
        console.print("no jobs")
    for job in jobs:
        facts = (_clock(job.submitted_at), job.job_type, Path(job.file).name)
        line = Text("  ".join(fact for fact in facts if fact)).append("  ").append_text(_word(job))
        console.print(line, soft_wrap=True)
        console.print(Text(f"  {job.job_id}", style="dim"), soft_wrap=True)


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
        around.console.print(f"the job runs, but could not be noted: {job_id}", style="yellow")
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


def _print_actions(console: Console, outcome: BatchJobRecord, by_key: dict[str, int]) -> None:
    """Say what happened to rows that are not of the file, and to departments."""
    others = [
        row
        for row in outcome.result
        if row.get("userid") and not row.get("errcode") and by_key
        if str(row["userid"]).casefold() not in by_key
    ]
    if others:
        console.print(f"{len(others)} members that are not in the file were deleted")
    counts = {
        word: sum(1 for row in outcome.result if int(row.get("action") or 0) & bit)
        for bit, word in ((1, "created"), (2, "renamed"), (4, "moved"), (8, "re-ordered"))
    }
    if any(counts.values()):
        console.print(", ".join(f"{count} {word}" for word, count in counts.items() if count))


def _failures(failed: Sequence[dict[str, object]], by_key: dict[str, int]) -> Table:
    table = Table("line", "row", "errcode", "meaning", "hint", box=None)
    for row in failed:
        key = str(row.get("userid") or row.get("partyid") or "")
        errcode = int(str(row["errcode"]))
        meaning = errcodes.describe(errcode)
        table.add_row(
            str(by_key.get(key.casefold(), "")),
            Text(key),
            str(errcode),
            Text(meaning.text),
            Text(meaning.hint),
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


def _word(job: BatchJobSummary) -> Text:
    if job.finished_at is None:
        return Text("running", style="cyan")
    if job.errcode:
        return Text(f"failed: {job.errcode}", style="red")
    if job.failed_rows:
        return Text(f"{job.failed_rows} of {job.total or '?'} rows failed", style="red")
    return Text("done", style="green")


def _clock(at: datetime | None) -> str:
    return "" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M")


def _sent_name(path: Path) -> str:
    return path.name if path.suffix.lower() == ".csv" else f"{path.name}.csv"
