"""The rules in force while their file changes."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from handler_context import welcome_text

from errors import ConfigurationError
from factories import an_external_contact_added
from handlers import RulesFile
from handlers.rules.file import Reading, parse_rules

GOOD = '[[welcome]]\ntext = "{}"\n'


class File:
    """A rules file, written with a time of its own, so that no test has to wait for the clock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.refused: list[str] = []
        self.now = 1_700_000_000.0

    def write(self, text: str) -> None:
        self.now += 1
        self.path.write_text(text, encoding="utf-8")
        os.utime(self.path, (self.now, self.now))

    def note(self, error: ConfigurationError) -> None:
        self.refused.append(str(error))

    def open(self) -> RulesFile:
        return RulesFile(self.path, look_every_seconds=0, refused=self.note)

    def open_with_copy(self) -> RulesFile:
        return RulesFile(
            self.path,
            look_every_seconds=0,
            refused=self.note,
            last_good=self.path.parent / "var" / "last-good.toml",
        )


def welcome(rules: RulesFile) -> str | None:
    return welcome_text(rules.current(), "contacts", an_external_contact_added())


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path / "rules.toml")


def test_takes_a_change_up(file: File) -> None:
    file.write(GOOD.format("old"))
    rules = file.open()
    assert welcome(rules) == "old"

    file.write(GOOD.format("new"))

    assert welcome(rules) == "new"
    assert file.refused == []


def test_reads_the_file_only_when_it_changed(file: File) -> None:
    file.write(GOOD.format("old"))
    rules = file.open()

    assert rules.current() is rules.current()


def test_who_asks_often_gets_what_was_read_a_moment_ago(file: File) -> None:
    file.write(GOOD.format("old"))
    rules = RulesFile(file.path, look_every_seconds=1)
    assert welcome(rules) == "old"

    file.write(GOOD.format("new"))

    assert welcome(rules) == "old"
    ends = time.monotonic() + 10
    while welcome(rules) != "new":
        assert time.monotonic() < ends


def test_who_asks_while_a_change_is_read_gets_the_new_rules(
    file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write(GOOD.format("old"))
    rules = RulesFile(file.path, look_every_seconds=0.001)
    reading, go_on = threading.Event(), threading.Event()

    def slowly(*args: Any, **options: Any) -> Reading:  # noqa: ANN401 - whatever the reader takes
        reading.set()
        go_on.wait(30)
        return parse_rules(*args, **options)

    monkeypatch.setattr("handlers.rules.file.parse_rules", slowly)
    file.write(GOOD.format("new"))
    time.sleep(0.002)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(welcome, rules)
        assert reading.wait(30)
        others = [pool.submit(welcome, rules) for _ in range(2)]
        assert wait(others, timeout=0.05).not_done
        go_on.set()

        assert [each.result(30) for each in (first, *others)] == ["new"] * 3


def test_keeps_the_last_good_rules_and_tells_once(file: File) -> None:
    file.write(GOOD.format("good"))
    rules = file.open()

    file.write("[[welcome]]\n")

    assert [welcome(rules) for _ in range(3)] == ["good"] * 3
    sentence = "[[welcome]] number 1: text: missing; add it, or attachments"
    assert file.refused == [f"{file.path}: {sentence}"]
    assert rules.refusal is not None
    assert [(each.text.en, each.line) for each in rules.refusal.problems] == [(sentence, 1)]


def test_tells_of_each_wrong_change(file: File) -> None:
    file.write(GOOD.format("good"))
    rules = file.open()

    for wrong in ("[[welcome]]\n", "not TOML"):
        file.write(wrong)
        welcome(rules)

    assert len(file.refused) == 2


def test_recovers_from_a_wrong_change(file: File) -> None:
    file.write(GOOD.format("good"))
    rules = file.open()
    file.write("not TOML")
    welcome(rules)

    refused_at = rules.current().read_at
    file.write(GOOD.format("mended"))

    assert welcome(rules) == "mended"
    assert rules.refusal is None
    assert refused_at is not None
    assert (rules.current().read_at or refused_at) > refused_at


def test_keeps_the_rules_while_an_editor_replaces_the_file(file: File) -> None:
    file.write(GOOD.format("good"))
    rules = file.open()

    file.path.unlink()

    assert [welcome(rules) for _ in range(2)] == ["good"] * 2
    assert file.refused == [f"{file.path}: there is no such file; bring it back, or mend its name"]
    file.write(GOOD.format("back"))
    assert welcome(rules) == "back"


def test_a_file_that_lost_all_its_content_is_refused_and_a_comment_means_no_rules(
    file: File,
) -> None:
    file.write(GOOD.format("kept"))
    rules = file.open()

    file.write(" \n")
    assert welcome(rules) == "kept"
    assert len(file.refused) == 1
    assert "is empty now" in file.refused[0]

    file.write("# no rules\n")
    assert welcome(rules) is None


def test_a_file_that_is_being_written_is_left_for_a_moment(file: File) -> None:
    """As by an editor that empties the file and writes it in place."""
    file.write(GOOD.format("good"))
    copy = file.path.parent / "var" / "last-good.toml"
    rules = RulesFile(
        file.path,
        look_every_seconds=0,
        refused=file.note,
        last_good=copy,
        clock=lambda: file.now + 0.4,
    )

    for half in ('[[welcome]]\nstate = "x"\ntext = "half"\n', "", "[[welcome]]\nna"):
        file.write(half)
        assert welcome(rules) == "good"
    file.write(GOOD.format("whole"))
    file.now += 0.1

    assert welcome(rules) == "whole"
    assert file.refused == []
    assert "whole" in copy.read_text(encoding="utf-8")


def test_a_file_of_a_clock_that_is_ahead_is_read(file: File) -> None:
    file.write(GOOD.format("good"))
    rules = RulesFile(file.path, look_every_seconds=0, clock=lambda: file.now - 3600)

    file.write(GOOD.format("an hour ahead"))

    assert welcome(rules) == "an hour ahead"


def test_a_link_that_is_turned_to_another_file_is_followed(file: File) -> None:
    """As Kubernetes changes a ConfigMap."""
    old, new = (File(file.path.with_name(name)) for name in ("old.toml", "new.toml"))
    old.write(GOOD.format("old"))
    new.write(GOOD.format("newer"))
    file.path.symlink_to(old.path)
    rules = file.open()
    assert welcome(rules) == "old"

    turned = file.path.with_name("turned")
    turned.symlink_to(new.path)
    turned.replace(file.path)

    assert welcome(rules) == "newer"


def test_takes_up_a_file_that_was_not_there_at_first(file: File) -> None:
    rules = file.open()
    assert welcome(rules) is None

    file.write(GOOD.format("first"))

    assert welcome(rules) == "first"


def test_a_wrong_file_stops_the_start(file: File) -> None:
    file.write("not TOML")

    with pytest.raises(ConfigurationError, match="not valid TOML"):
        file.open()


def test_nobody_needs_to_listen_to_refusals(file: File) -> None:
    file.write(GOOD.format("good"))
    rules = RulesFile(file.path, look_every_seconds=0)

    file.write("not TOML")

    assert welcome(rules) == "good"


def test_a_change_somebody_else_has_taken_up_is_not_read_again(file: File) -> None:
    file.write(GOOD.format("good"))
    rules = file.open()
    taken_up = rules.current()

    rules._reload(rules._stamp)

    assert rules.current() is taken_up


def test_a_process_started_while_the_file_is_wrong_goes_on_with_the_last_good_rules(
    file: File,
) -> None:
    file.write(GOOD.format("old"))
    rules = file.open_with_copy()
    file.write(GOOD.format("new"))
    rules.current()
    file.write("not toml")

    again = file.open_with_copy()

    assert welcome(again) == "new"
    assert again.current().folder == file.path.parent
    assert again.refusal
    assert len(file.refused) == 1
    file.write(GOOD.format("newest"))
    assert welcome(again) == "newest"


def test_without_good_rules_of_before_a_wrong_file_stops_the_start(file: File) -> None:
    file.write("not toml")

    with pytest.raises(ConfigurationError):
        file.open_with_copy()


def test_a_copy_that_cannot_be_written_costs_nothing_else(file: File) -> None:
    file.write(GOOD.format("old"))
    (file.path.parent / "var").write_text("a file where the folder should be", encoding="utf-8")

    assert welcome(file.open_with_copy()) == "old"
