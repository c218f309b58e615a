"""What the console is handed: rules to try, and errcodes in words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from commands.console import RulesDesk
from console import Specimen
from settings import Settings, read_settings

RULES = """
[[welcome]]
name = "spring"
state = "spring-*"
text = "你好 {{ customer.name }}"

[[welcome]]
text = "你好"

[[tag]]
name = "source"
state = "spring-*"
add = ["来源/{{ event.state }}"]
"""
ADDED = "change_external_contact.add_external_contact"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "wecom.toml").write_text(
        '[[apps]]\nname = "contacts"\ncorpid = "ww1"\ntoken = "QDG6eK"\n'
        'encoding_aes_key = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"\n',
        encoding="utf-8",
    )
    (tmp_path / "rules.toml").write_text(RULES, encoding="utf-8")
    return read_settings(str(tmp_path / "wecom.toml"), {})


def a_specimen(state: str, event: str = ADDED) -> Specimen:
    return Specimen(
        app="contacts",
        event=event,
        userid="li",
        state=state,
        name="王小明",
        at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    )


def test_the_rule_that_greets_is_shown_with_its_text(settings: Settings) -> None:
    outcomes = RulesDesk(settings).preview(a_specimen("spring-1")).outcomes

    assert [(each.kind, each.rule, each.effects) for each in outcomes] == [
        ("welcome", "spring", ("你好 王小明",)),
        ("tag", "source", ("add: 来源/spring-1",)),
    ]


def test_a_rule_without_a_name_goes_by_its_number(settings: Settings) -> None:
    outcomes = RulesDesk(settings).preview(a_specimen("expo")).outcomes

    assert [(each.kind, each.rule) for each in outcomes] == [("welcome", "#2"), ("tag", "")]


def test_every_event_that_is_offered_can_be_tried(settings: Settings) -> None:
    desk = RulesDesk(settings)

    for event in desk.events():
        assert desk.preview(a_specimen("spring-1", event)).outcomes


def test_a_refused_file_is_told_and_the_last_good_one_tried(settings: Settings) -> None:
    desk = RulesDesk(settings)
    assert desk.state().problem is None

    settings.rules_path.write_text('[[welcome]]\nname = "broken"\n', encoding="utf-8")

    assert "broken" in (desk.state().problem or "")
    assert desk.preview(a_specimen("spring-1")).outcomes[0].rule == "spring"
