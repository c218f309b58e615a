"""Operators hear that new rules are wrong: of each version once, and nobody else does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from handler_context import Stage

from handlers import Context, RulesFile
from handlers.authorisations import NoSuite
from handlers.refusals import tell_refused_rules

SEND = "message/send"
WRONG = '[[welcome]]\nname = "春季"\n'


@dataclass
class Suite(NoSuite):
    """A third-party app."""

    suite_id: str = "ww-suite"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def opened(folder: Path) -> RulesFile:
    """Return the file as seen long after anybody wrote it."""
    return RulesFile(folder / "rules.toml", look_every_seconds=0, clock=lambda: float("inf"))


@pytest.fixture
def file(tmp_path: Path) -> RulesFile:
    (tmp_path / "rules.toml").write_text('[[welcome]]\ntext = "你好"\n', encoding="utf-8")
    return opened(tmp_path)


def turn(stage: Stage, file: RulesFile, text: str, tmp_path: Path) -> Context:
    """Return what the duty gets after the file was written."""
    (tmp_path / "rules.toml").write_text(text, encoding="utf-8")
    rules = file.current()
    return replace(stage.context(operators=("admin",)), rules=rules, refusal=file.refusal)


def test_a_refused_version_is_told_once_with_its_place_in_both_languages(
    stage: Stage, file: RulesFile, tmp_path: Path
) -> None:
    for _ in range(3):
        tell_refused_rules(turn(stage, file, WRONG, tmp_path))

    (sent,) = stage.bodies(SEND)
    assert sent["touser"] == "admin"
    head, chinese, english = sent["text"]["content"].splitlines()
    assert "没有生效" in head
    assert "not in force" in head
    assert chinese == 'rules.toml:1: [[welcome]] "春季": text: 缺少此项，请补上，或写 attachments'
    assert english == 'rules.toml:1: [[welcome]] "春季": text: missing; add it, or attachments'


def test_another_refused_version_is_told_again_and_a_good_one_not(
    stage: Stage, file: RulesFile, tmp_path: Path
) -> None:
    for text in (WRONG, "not TOML", '[[welcome]]\ntext = "good"\n', "not TOML"):
        tell_refused_rules(turn(stage, file, text, tmp_path))

    assert len(stage.bodies(SEND)) == 2


def test_another_process_with_the_same_version_tells_nothing(
    stage: Stage, file: RulesFile, tmp_path: Path
) -> None:
    tell_refused_rules(turn(stage, file, WRONG, tmp_path))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "rules.toml").write_text("", encoding="utf-8")

    tell_refused_rules(turn(stage, opened(elsewhere), WRONG, elsewhere))

    assert len(stage.bodies(SEND)) == 1


def test_of_many_mistakes_some_are_shown_and_all_are_counted(
    stage: Stage, file: RulesFile, tmp_path: Path
) -> None:
    tell_refused_rules(turn(stage, file, WRONG * 40, tmp_path))

    (sent,) = stage.bodies(SEND)
    assert sent["text"]["content"].endswith("共 40 处 / 40 in all: wecom-callback rules check")
    assert len(sent["text"]["content"].encode()) <= 2048


def test_what_could_not_be_told_is_told_at_the_next_turn(
    stage: Stage, file: RulesFile, tmp_path: Path
) -> None:
    stage.wecom.on(SEND, {"errcode": -1, "errmsg": "system busy"})
    tell_refused_rules(turn(stage, file, WRONG, tmp_path))
    failed = len(stage.bodies(SEND))
    stage.wecom.on(SEND, {"errcode": 0, "errmsg": "ok"})

    tell_refused_rules(turn(stage, file, WRONG, tmp_path))

    assert failed > 0
    assert len(stage.bodies(SEND)) == failed + 1


def test_the_corps_of_a_suite_hear_nothing_of_the_rules_of_their_provider(
    stage: Stage, file: RulesFile, tmp_path: Path
) -> None:
    ctx = turn(stage, file, WRONG, tmp_path)

    tell_refused_rules(replace(ctx, authorisations=Suite()))

    assert stage.bodies(SEND) == []
