"""The command line: files it writes, questions it answers, faults in one sentence."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from cli import main
from factories import (
    a_text_message,
    an_app_plaintext,
    an_external_contact_added,
)
from journal import Journal
from journal.people import Deed
from journal_factories import NOW, a_delivery, a_welcome
from settings import PLACEHOLDER_CORPID, read_settings

SECRET = "sEcReT_of_the_app"
Command = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with fresh settings; the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WECOM_CONTACTS_SECRET", SECRET)
    monkeypatch.setenv("COLUMNS", "200")
    assert CliRunner().invoke(main, ["init"]).exit_code == 0
    written = (tmp_path / "wecom.toml").read_text(encoding="utf-8")
    filled_in = written.replace(PLACEHOLDER_CORPID, "ww1234567890abcdef")
    (tmp_path / "wecom.toml").write_text(filled_in, encoding="utf-8")
    return tmp_path


@pytest.fixture
def command(folder: Path) -> Command:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, catch_exceptions=False)

    return run


@pytest.fixture
def journal(command: Command, folder: Path) -> Iterator[Journal]:
    """The journal of these settings, migrated."""
    assert command("migrate").exit_code == 0
    with closing(Journal(f"sqlite:///{folder / 'var' / 'journal.db'}")) as journal:
        yield journal


def commands_of(group: click.Group, *path: str) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [path]
    for name, each in group.commands.items():
        inner = isinstance(each, click.Group)
        found += commands_of(each, *path, name) if inner else [(*path, name)]  # type: ignore[arg-type]  # checked the line before
    return found


def fault(result: Result) -> str:
    """Return the sentence of a refusal."""
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("error: ").rstrip()


@pytest.mark.parametrize("path", commands_of(main), ids=" ".join)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_explains_itself(path: tuple[str, ...], option: str) -> None:
    result = CliRunner().invoke(main, [*path, option])

    assert result.exit_code == 0
    explanation = result.output.partition("\n\n")[2].strip()
    assert explanation
    assert not explanation.startswith("Options:")


def test_init_writes_files_that_are_accepted(folder: Path) -> None:
    settings = read_settings(str(folder / "wecom.toml"), {"WECOM_CONTACTS_SECRET": SECRET})

    app = settings.app("contacts")
    assert app.secret == SECRET
    assert (len(app.token[0]), len(app.encoding_aes_key[0])) == (32, 43)
    assert settings.rules_path.is_file()


def test_init_keeps_the_settings_from_other_users(folder: Path) -> None:
    assert stat.S_IMODE((folder / "wecom.toml").stat().st_mode) == 0o600


def test_init_makes_other_keys_each_time(folder: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert CliRunner().invoke(main, ["init", str(tmp_path / name)]).exit_code == 0

    texts = [(tmp_path / name / "wecom.toml").read_text(encoding="utf-8") for name in ("a", "b")]
    assert texts[0] != texts[1]


@pytest.mark.parametrize("name", ["wecom.toml", "rules.toml"])
def test_init_overwrites_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine", encoding="utf-8")

    sentence = fault(CliRunner().invoke(main, ["init", str(tmp_path)]))

    assert sentence == f"{tmp_path / name} exists; move it away, or edit it instead"
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text(encoding="utf-8") == "mine"


def test_init_says_that_a_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    sentence = fault(CliRunner().invoke(main, ["init", str(tmp_path / "file" / "folder")]))

    assert sentence == f"{tmp_path / 'file' / 'folder'}: cannot be written: Not a directory"


@pytest.mark.parametrize(
    "arguments",
    [["migrate"], ["serve"], ["web"], ["worker"], ["routes"], ["events", "list"], ["purge"]],
    ids=" ".join,
)
def test_without_settings_every_command_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WECOM_CONFIG", raising=False)

    assert fault(CliRunner().invoke(main, arguments)) == (
        "wecom.toml: no such file; `wecom-callback init` writes one, --config names another"
    )


def test_a_missing_variable_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WECOM_CONTACTS_SECRET")

    assert fault(CliRunner().invoke(main, ["migrate"])) == (
        "wecom.toml: apps[0].secret: the environment variable WECOM_CONTACTS_SECRET is not set;"
        " export it"
    )


@pytest.mark.parametrize("arguments", [["events", "list"], ["events", "show", "1"], ["purge"]])
def test_a_journal_without_tables_says_what_to_do(command: Command, arguments: list[str]) -> None:
    assert "run `wecom-callback migrate`" in fault(command(*arguments))


def test_a_broker_is_asked_for_by_name(command: Command, journal: Journal) -> None:
    for arguments in (["web"], ["worker"]):
        assert "server.redis_url: missing" in fault(command(*arguments))


def test_unknown_lanes_are_refused(command: Command) -> None:
    result = command("worker", "--lanes", "urgent,express")

    assert result.exit_code == 2
    assert "the lanes are urgent, default, bulk" in result.stderr


def test_wrong_handlers_are_refused_by_name(
    command: Command, journal: Journal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "no_router_here.py").touch()

    monkeypatch.setenv("WECOM_HANDLERS", "not_there_at_all")
    assert "server.handlers: not_there_at_all cannot be imported" in fault(command("routes"))
    monkeypatch.setenv("WECOM_HANDLERS", "no_router_here")
    assert "no_router_here has no `router`; add `router = Router()`" in fault(command("routes"))


def test_routes_names_every_handler(command: Command) -> None:
    output = command("routes").output

    for name in (
        "handlers.welcome.greet_new_customer",
        "handlers.tagging.tag_new_customer",
        "handlers.group_chat.follow_group_chat",
        "handlers.batch_job.collect_batch_job",
    ):
        assert name in output


def test_events_list_gives_one_json_object_a_line(command: Command, journal: Journal) -> None:
    event = an_external_contact_added(welcome_code="SECRET_CODE")
    for userid in ("zhangsan", "lisi"):
        journal.record(a_delivery(userid=userid, payload=event.raw, plan=(a_welcome(),)))

    result = command("events", "list", "--json")

    newest, oldest = (json.loads(line) for line in result.output.splitlines())
    assert (newest["userid"], oldest["userid"]) == ("lisi", "zhangsan")
    assert newest["received_at"] == NOW.isoformat()
    assert newest["runs"][0]["lane"] == "urgent"
    assert "SECRET_CODE" not in result.output


def test_events_list_filters(command: Command, journal: Journal) -> None:
    for userid in ("zhangsan", "lisi"):
        journal.record(a_delivery(userid=userid))

    lines = command("events", "list", "--json", "--userid", "lisi").output.splitlines()

    assert [json.loads(line)["userid"] for line in lines] == ["lisi"]
    assert command("events", "list", "--userid", "nobody").output == "no deliveries fit\n"


@pytest.mark.parametrize("arguments", [["list"], ["show", "1"]])
def test_what_strangers_wrote_is_shown_as_it_is(
    command: Command, journal: Journal, arguments: list[str]
) -> None:
    hostile = "[/red]:bomb:[link=x]"
    event = a_text_message(content=hostile)
    journal.record(a_delivery(userid=hostile, app=hostile, payload=event.raw, plan=()))

    result = command("events", *arguments)

    assert result.exit_code == 0
    assert hostile in result.output


def test_events_show_hides_what_is_secret(command: Command, journal: Journal) -> None:
    plaintext = an_app_plaintext(
        Event="change_external_contact",
        ChangeType="add_external_contact",
        UserID="zhangsan",
        WelcomeCode="SECRET_1",
        Token="SECRET_2",
        ResponseCode="SECRET_3",
        AuthCode="SECRET_4",
        Nested={"AccessToken": "SECRET_5"},
    )
    journal.record(a_delivery(payload=plaintext, plan=(a_welcome(),)))

    for arguments in (["1"], ["1", "--json"]):
        output = command("events", "show", *arguments).output
        assert "zhangsan" in output
        assert "SECRET" not in output


def test_events_show_says_that_there_is_none(command: Command, journal: Journal) -> None:
    assert fault(command("events", "show", "4711")) == (
        "there is no delivery 4711; `events list` shows them"
    )


def test_events_replay_runs_what_is_new_and_nothing_late(
    command: Command, journal: Journal
) -> None:
    event = an_external_contact_added()
    journal.record(a_delivery(payload=event.raw, plan=()))

    output = command("events", "replay", "1").output

    assert output == "1: handlers.tagging.tag_new_customer\n"
    assert command("events", "replay", "1").output == "1: nothing to run again\n"


def test_purge_tells_how_many_went(command: Command, journal: Journal) -> None:
    journal.record(a_delivery(plan=(), received_at=NOW.replace(year=2020)))
    journal.note_deed(
        Deed(at=NOW.replace(year=2020), name="", address="", action="passwd", target="", outcome="")
    )

    told = command("purge").output

    assert told == "1 deliveries and 1 lines of the console's record deleted\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["migrate"], "日志库已就绪\n"),
        (["purge"], "已删除 0 个投递和 0 条控制台操作记录\n"),
        (["events", "list"], "没有符合条件的投递\n"),
        (["suites", "list"], "还没有企业授权第三方应用\n"),
        (["endpoints", "there-is-no-such-api"], "没有同时包含这些词的接口\n"),
        (["console", "remove", "li"], '错误: 没有用户 "li"，`console users` 可列出全部\n'),
        (["init"], "错误: wecom.toml 已存在，请移走，或直接修改\n"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_a_chinese_terminal_is_spoken_to_in_chinese_and_any_other_on_demand(
    command: Command,
    journal: Journal,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    told: str,
) -> None:
    assert command(*arguments, "--lang", "zh").output == told

    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert command(*arguments).output == told
    assert told not in command(*arguments, "--lang", "en").output


@pytest.mark.parametrize("arguments", [["events", "list"], ["events", "show", "1"], ["routes"]])
def test_what_machines_read_is_the_same_in_every_language(
    command: Command, journal: Journal, arguments: list[str]
) -> None:
    journal.record(a_delivery(plan=(a_welcome(),)))

    english, chinese = (command(*arguments, "--json", "--lang", each) for each in ("en", "zh"))

    assert english.output == chinese.output != ""


def test_tells_no_secret_anywhere(command: Command, journal: Journal) -> None:
    outputs = [command(*each).output for each in (["routes"], ["events", "list"], ["purge"])]

    assert SECRET not in "".join(outputs)


@pytest.mark.parametrize(
    ("database_url", "sentence"),
    [
        ("mysql://localhost/wecom", "server.database_url names mysql"),
        ("sqlite:////proc/none/journal.db", "server.database_url: the folder /proc/none cannot"),
        ("sqlite:///wecom.toml", "server.database_url: the tables cannot be made (DatabaseError)"),
    ],
)
def test_a_journal_that_cannot_be_made_is_one_sentence_that_names_the_setting(
    folder: Path, database_url: str, sentence: str
) -> None:
    path = folder / "wecom.toml"
    written = path.read_text(encoding="utf-8")
    path.write_text(written.replace("sqlite:///var/journal.db", database_url), encoding="utf-8")

    result = CliRunner().invoke(main, ["migrate"])

    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: wecom.toml: {sentence}")
    assert result.stdout == ""


def test_a_filter_that_no_api_fits_is_said_so_and_not_on_standard_output() -> None:
    result = CliRunner().invoke(main, ["endpoints", "there-is-no-such-api"])

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "no API has all these words\n"
