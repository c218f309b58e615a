"""`wecom-callback console`: users come and go, and no password stands on a command line."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main
from console.password import is_right
from journal import Journal
from settings import read_settings

PASSWORD = "correct horse battery"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "wecom.toml"
    path.touch()
    with closing(Journal(read_settings(str(path), {}).server.database_url)) as journal:
        journal.migrate()
    return path


def run(settings: Path, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["--config", str(settings), "console", *arguments], input=typed)


def test_a_user_is_made_with_a_password_that_is_asked_for_twice(settings: Path) -> None:
    result = run(settings, "passwd", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert result.exit_code == 0
    assert PASSWORD not in result.output
    with closing(Journal(read_settings(str(settings), {}).server.database_url)) as journal:
        (user,) = journal.users()
    assert user.name == "admin"
    assert sorted(user.permissions) == ["audit", "replay"]
    assert is_right(user, PASSWORD)


def test_permissions_are_those_that_are_named(settings: Path) -> None:
    run(
        settings,
        *("passwd", "--name", "li", "--permission", "personal"),
        typed=f"{PASSWORD}\n{PASSWORD}\n",
    )

    assert run(settings, "users").output == "li  personal\n"


def test_who_may_sign_in_is_a_matter_of_record(settings: Path) -> None:
    run(settings, "passwd", "--name", "li", typed=f"{PASSWORD}\n{PASSWORD}\n")
    run(settings, "remove", "li")
    run(settings, "remove", "li")

    with closing(Journal(read_settings(str(settings), {}).server.database_url)) as journal:
        deeds = [(deed.action, deed.target) for deed in journal.deeds()]

    assert deeds == [("remove", "li"), ("passwd", "li: audit, replay")]


def test_a_short_password_is_refused(settings: Path) -> None:
    result = run(settings, "passwd", typed="short\nshort\n")

    assert result.exit_code == 1
    assert "at least 10" in result.output


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "there is no terminal to ask for the password on; pipe"),
        ("\n\n", "there is no terminal to ask for the password on; pipe"),
        (f"{PASSWORD}\n", "the two lines differ; pipe"),
        (f"{PASSWORD}\nanother one altogether\n", "the two lines differ; pipe"),
    ],
)
def test_without_a_terminal_the_password_is_two_lines_of_a_pipe(
    settings: Path, typed: str, sentence: str
) -> None:
    result = run(settings, "passwd", typed=typed)

    assert result.exit_code == 2
    assert sentence in result.stderr
    assert PASSWORD not in result.output
    assert run(settings, "users").output == ""


def test_a_user_is_taken_away(settings: Path) -> None:
    run(settings, "passwd", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert run(settings, "remove", "admin").exit_code == 0
    assert run(settings, "users").output == ""
    assert run(settings, "remove", "admin").exit_code == 1
