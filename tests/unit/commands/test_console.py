"""What the console is handed: rules to try, and errcodes in words."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commands.console import RulesDesk
from console import Specimen
from factories import an_external_contact_added
from handlers import App, RulesFile, read_rules
from handlers.preview import PreviewPeople, preview
from language import Text
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


def a_desk(settings: Settings) -> RulesDesk:
    return RulesDesk(settings, RulesFile(settings.rules_path))


def a_specimen(state: str, event: str = ADDED) -> Specimen:
    return Specimen(
        app="contacts",
        event=event,
        userid="li",
        state=state,
        name="王小明",
        at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    )


def test_the_calls_that_would_be_made_are_shown(settings: Settings) -> None:
    runs = a_desk(settings).preview(a_specimen("spring-1")).runs

    made = [(call.endpoint, call.body) for run in runs for call in run.calls if not call.lookup]
    assert [endpoint for endpoint, _ in made] == [
        "externalcontact/send_welcome_msg",
        "externalcontact/add_corp_tag",
        "externalcontact/mark_tag",
    ]
    assert "你好 王小明" in made[0][1]
    assert "spring-1" in made[1][1]
    assert [run.result for run in runs][:2] == ["sent", "tagged"]


def test_every_rule_is_told_of_and_what_is_against_it(settings: Settings) -> None:
    desk = a_desk(settings)

    matched = desk.preview(a_specimen("spring-1")).rulings
    others = desk.preview(a_specimen("expo")).rulings

    assert [(each.kind, each.rule, each.verdict) for each in matched] == [
        ("welcome", "spring", "applies"),
        ("welcome", "#2", "overtaken"),
        ("tag", "source", "applies"),
    ]
    assert [each.verdict for each in others] == ["against", "applies", "against"]
    assert others[0].against == Text(
        en='state: wants spring-*; it is "expo"', zh='state: 要求 spring-*；实际为 "expo"'
    )


def test_the_preview_is_that_of_rules_test(settings: Settings) -> None:
    rules = read_rules(settings.rules_path)
    app = App(name="contacts", corpid="ww1", agentid=0)
    specimen = a_specimen("spring-1")
    event = an_external_contact_added(
        userid="li", state="spring-1", external_userid="wmEXAMPLE", welcome_code="WELCOME_CODE"
    )
    people = PreviewPeople(customer_name=specimen.name)

    seen = preview(rules, app, event, specimen.at, people)

    shown = a_desk(settings).preview(specimen)
    assert [run.handler for run in shown.runs] == [each.handler for each in seen.handlers]
    assert [json.loads(call.body) for run in shown.runs for call in run.calls] == [
        call.body for each in seen.handlers for call in each.calls
    ]


def test_every_event_that_is_offered_can_be_tried(settings: Settings) -> None:
    desk = a_desk(settings)

    for event in desk.events():
        assert [
            run.error for run in desk.preview(a_specimen("spring-1", event)).runs if run.error
        ] == []


def test_a_refused_file_is_told_and_the_last_good_one_tried(settings: Settings) -> None:
    desk = a_desk(settings)
    assert desk.state().problems == ()

    settings.rules_path.write_text('[[welcome]]\nname = "broken"\n', encoding="utf-8")
    os.utime(settings.rules_path, (1_700_000_000, 1_700_000_000))  # not this very moment

    assert desk.state().problems == (
        Text(
            en='rules.toml:1: [[welcome]] "broken": text: missing; add it, or attachments',
            zh='rules.toml:1: [[welcome]] "broken": text: 缺少此项，请补上，或写 attachments',
        ),
    )
    assert desk.preview(a_specimen("spring-1")).rulings[0].rule == "spring"
