"""Imports and exports from the command line: what becomes of each row, whatever happens."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from server import (
    CONTACTS,
    ENVIRONMENT,
    ROOT,
    Server,
    command,
    run_command,
    running,
    wait_for,
    write_settings,
)

from simulator import DEFAULT_CONTACT_SYNC_SECRET, DEFAULT_CORPID

CONTACT_SYNC = {
    **CONTACTS,
    "name": "contact_sync",
    "agentid": None,
    "secret": DEFAULT_CONTACT_SYNC_SECRET,
}
A_SECOND = {"batch_seconds": 1}
HEADER = "姓名,帐号,手机,部门\n"


@pytest.fixture(scope="module")
def _batch_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("batch")
    with running(folder, start=False) as server:
        write_settings(
            server.settings,
            {
                "port": int(server.url.rpartition(":")[2]),
                "redis_url": server.valkey.url,
                "api_base_url": server.simulator.url,
                "public_url": server.url,
            },
            [CONTACTS, CONTACT_SYNC],
        )
        server.start()
        yield server


@pytest.fixture
def server(_batch_server: Server) -> Iterator[Server]:
    """A running server with the contact-sync assistant, and the contacts as they were."""
    _batch_server.simulator.reset()
    for key in _batch_server.valkey.client.scan_iter("*token*"):
        _batch_server.valkey.client.delete(key)  # the simulator knows none of them any more
    _batch_server.simulator.set_limits(A_SECOND)
    yield _batch_server
    _batch_server.heal()


def a_file(folder: Path, rows: str, name: str = "members.csv") -> str:
    path = folder / name
    path.write_text(rows, encoding="utf-8")
    return str(path)


def userids(server: Server, folder: Path) -> set[str]:
    """Return who WeCom has, as the assistant exports it."""
    out = folder / "userids.json"
    assert batch(server, "export-simple-users", "--out", str(out)).returncode == 0
    return {each["userid"] for each in json.loads(out.read_text(encoding="utf-8"))["userlist"]}


def batch(
    server: Server, *arguments: str, app: str = "contact_sync", public_url: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command of `batch`; another public_url than the server's if one is given."""
    url = server.url if public_url is None else public_url
    return run_command(server.settings, "batch", *arguments, "--app", app, WECOM_PUBLIC_URL=url)


def job_of(told: str) -> str:
    """Return the job id that a command printed."""
    (line,) = [line for line in told.splitlines() if line.startswith("submitted")]
    return line.rpartition(" ")[2]


def test_an_import_tells_which_rows_failed_and_why(server: Server, tmp_path: Path) -> None:
    rows = "陈七,chenqi,13800000001,2\n\n周八,zhouba,13800000002,99\n"

    ended = batch(server, "sync-users", a_file(tmp_path, HEADER + rows))

    assert ended.returncode == 1, ended.stderr
    assert "2 rows, 1 failed" in ended.stdout
    (failure,) = [line for line in ended.stdout.splitlines() if "zhouba" in line]
    assert failure.split()[:3] == ["4", "zhouba", "60003"]
    assert "chenqi" in userids(server, tmp_path)
    job = server.journal.batch_job(DEFAULT_CORPID, job_of(ended.stderr))
    assert job is not None
    assert [row["errcode"] for row in job.result] == [0, 60003]


def test_the_event_reaches_the_callback_the_command_named(server: Server, tmp_path: Path) -> None:
    ended = batch(server, "sync-users", a_file(tmp_path, HEADER + "陈七,chenqi,13800000001,2\n"))

    assert ended.returncode == 0, ended.stderr
    delivery = server.settled(job_of(ended.stderr))
    assert (delivery.app, delivery.event) == ("contact_sync", "batch_job_result")


def test_an_import_whose_event_is_lost_is_found_by_asking(server: Server, tmp_path: Path) -> None:
    ended = batch(
        server,
        "sync-users",
        a_file(tmp_path, HEADER + "陈七,chenqi,13800000001,2\n"),
        public_url="",
    )

    job_id = job_of(ended.stderr)
    assert (ended.returncode, "1 rows, 0 failed" in ended.stdout) == (0, True)
    assert server.journal.deliveries(subject=job_id) == []
    assert server.journal.batch_job(DEFAULT_CORPID, job_id) is not None


def test_ctrl_c_leaves_the_job_and_says_how_to_come_back(server: Server, tmp_path: Path) -> None:
    server.simulator.set_limits({"batch_seconds": 600})
    process = subprocess.Popen(  # noqa: S603 - our own command
        command(
            server.settings,
            "batch",
            "sync-users",
            a_file(tmp_path, HEADER + "陈七,chenqi,13800000001,2\n"),
            "--app",
            "contact_sync",
        ),
        cwd=ROOT,
        env=ENVIRONMENT,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    job_id = job_of(process.stderr.readline())
    wait_for(lambda: server.simulator.calls(path="batch/getresult"), "the command waits")

    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=30)[1]

    assert process.returncode != 0
    assert f"batch status {job_id}" in told
    server.simulator.finish_batch_jobs()
    status = run_command(server.settings, "batch", "status", job_id)
    assert (status.returncode, "1 rows, 0 failed" in status.stdout) == (0, True)


def test_a_wrong_file_is_refused_line_by_line_and_nothing_is_sent(
    server: Server, tmp_path: Path
) -> None:
    ended = batch(server, "sync-users", a_file(tmp_path, HEADER + ",a b,,\n李四,lisi,,x\n"))

    assert ended.returncode == 1
    assert [line.partition(",")[0] for line in ended.stderr.splitlines()[1:]] == [
        "line 2",
        "line 2",
        "line 3",
    ]
    assert server.simulator.calls(path="media/upload") == []


def test_a_replacement_shows_who_would_go_and_asks(server: Server, tmp_path: Path) -> None:
    before = userids(server, tmp_path)
    kept = sorted(before - {"zhaoliu"})
    file = a_file(tmp_path, HEADER + "".join(f"名,{each},,2\n" for each in kept))

    asked = batch(server, "replace-users", file)

    assert asked.returncode == 1
    assert "1 members are not in the file and would be deleted: zhaoliu" in asked.stderr
    assert server.simulator.calls(path="batch/replaceuser") == []
    assert userids(server, tmp_path) == before

    ended = batch(server, "replace-users", file, "--yes")

    assert ended.returncode == 0, ended.stderr
    assert "1 members that are not in the file were deleted" in ended.stdout
    assert userids(server, tmp_path) == set(kept)


def test_too_many_deletions_are_refused_by_wecom_and_explained(
    server: Server, tmp_path: Path
) -> None:
    ended = batch(
        server, "replace-users", a_file(tmp_path, HEADER + "陈七,chenqi,13800000001,2\n"), "--yes"
    )

    assert ended.returncode == 1
    assert "45026" in ended.stderr


def test_departments_are_replaced(server: Server, tmp_path: Path) -> None:
    rows = "部门名称,部门ID,父部门ID\n模拟科技有限公司,1,0\n销售部,2,1\n客户部,3,1\n华东,4,2\n"

    ended = batch(server, "replace-departments", a_file(tmp_path, rows), "--yes")

    assert ended.returncode == 0, ended.stderr
    assert "1 created, 1 renamed" in ended.stdout
    assert "4 rows, 0 failed" in ended.stdout


def test_ten_thousand_rows_are_one_job(server: Server, tmp_path: Path) -> None:
    rows = "".join(f"员工{n},staff{n},{13_000_000_000 + n},2\n" for n in range(9_999))

    ended = batch(
        server, "sync-users", a_file(tmp_path, HEADER + rows + "末,last,13999999999,77\n")
    )

    assert ended.returncode == 1, ended.stderr
    assert "10000 rows, 1 failed" in ended.stdout
    (failure,) = [line for line in ended.stdout.splitlines() if "last" in line]
    assert failure.split()[0] == "10001"
    (job,) = [each for each in server.journal.batch_jobs(50) if each.job_id == job_of(ended.stderr)]
    assert (job.total, job.failed_rows, job.file) == (10_000, 1, "members.csv")


def test_members_are_invited_and_who_cannot_be_is_named(server: Server, tmp_path: Path) -> None:
    ended = batch(server, "invite", a_file(tmp_path, "帐号\nzhangsan\nnobody\n"))

    assert ended.returncode == 1
    assert "2 members, 1 could not be invited" in ended.stdout
    (line,) = [line for line in ended.stdout.splitlines() if "nobody" in line]
    assert line.split() == ["3", "nobody"]


@pytest.mark.parametrize(
    ("name", "key", "app"),
    [
        ("export-users", "userlist", "contacts"),
        ("export-simple-users", "userlist", "contact_sync"),
        ("export-departments", "department", "contacts"),
    ],
)
def test_an_export_is_decrypted_into_a_file_for_us_alone(
    server: Server, tmp_path: Path, name: str, key: str, app: str
) -> None:
    out = tmp_path / "out.json"

    ended = batch(server, name, "--out", str(out), app=app)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == f"wrote {out}"
    assert len(json.loads(out.read_text(encoding="utf-8"))[key]) >= 3
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [out]


def test_an_export_is_fetched_later_by_its_job(server: Server, tmp_path: Path) -> None:
    out = tmp_path / "later.json"
    begun = batch(server, "export-users", "--out", str(out), "--detach", app="contacts")

    ended = run_command(server.settings, "batch", "status", job_of(begun.stderr))

    assert not begun.stdout
    assert (ended.returncode, out.exists()) == (0, True), ended.stderr


def test_who_has_a_tag_is_exported(server: Server, tmp_path: Path) -> None:
    out = tmp_path / "tag.json"

    ended = batch(server, "export-tag-users", "7", "--out", str(out), app="contacts")

    assert ended.returncode == 1
    assert "40068" in ended.stderr
    assert not out.exists()


def test_jobs_are_listed_for_people_and_machines(server: Server, tmp_path: Path) -> None:
    ended = batch(server, "sync-users", a_file(tmp_path, HEADER + "陈七,chenqi,13800000001,2\n"))
    job_id = job_of(ended.stderr)

    table = run_command(server.settings, "batch", "list").stdout
    (line,) = [
        json.loads(each)
        for each in run_command(server.settings, "batch", "list", "--json").stdout.splitlines()
        if job_id in each
    ]

    assert "members.csv" in table
    assert f"\n  {job_id}\n" in table
    assert (line["job_type"], line["total"], line["failed_rows"]) == ("sync_user", 1, 0)


def test_an_unknown_job_is_no_job(server: Server) -> None:
    ended = run_command(server.settings, "batch", "status", "no-such-job")

    assert ended.returncode == 1
    assert "the journal knows no job no-such-job" in ended.stderr


def test_no_secret_and_no_address_of_a_file_is_printed(server: Server, tmp_path: Path) -> None:
    ended = batch(server, "export-users", "--out", str(tmp_path / "x.json"), app="contacts")

    printed = ended.stdout + ended.stderr + server.log()
    assert "/downloads/" not in printed
    assert str(CONTACTS["encoding_aes_key"]) not in printed
