"""Every way a welcome may end, told by one word (doc 92137)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from handler_context import Stage
from wecom_api import Asked

from errors import (
    APIError,
    APIUnreachable,
    DeadlinePassed,
    RateLimited,
    SystemBusy,
    WelcomeBeingSent,
    WelcomeCodeInvalid,
)
from events import ExternalContactAdded
from factories import a_half_external_contact_added, an_external_contact_added
from handlers.welcome import greet_half_added_customer, greet_new_customer

RULES = '[[welcome]]\ntext = "你好 {{ event.state }}"'
SEND = "externalcontact/send_welcome_msg"


def refusing(stage: Stage, errcode: int) -> None:
    stage.wecom.on(SEND, {"errcode": errcode, "errmsg": "no"})


def test_sends_the_text_of_the_rule_with_the_code(stage: Stage) -> None:
    ctx = stage.context(RULES)

    greet_new_customer(an_external_contact_added(state="春", welcome_code="CODE"), ctx)

    assert stage.bodies(SEND) == [{"welcome_code": "CODE", "text": {"content": "你好 春"}}]
    assert ctx.conclusion == "sent"


def test_greets_a_half_added_customer_alike(stage: Stage) -> None:
    ctx = stage.context(RULES)

    greet_half_added_customer(a_half_external_contact_added(welcome_code="CODE"), ctx)

    assert stage.bodies(SEND) == [{"welcome_code": "CODE", "text": {"content": "你好 "}}]
    assert ctx.conclusion == "sent"


@pytest.mark.parametrize(
    ("rules", "event", "word"),
    [
        (RULES, an_external_contact_added(welcome_code=""), "no_welcome_code"),
        ("", an_external_contact_added(), "no_rule"),
        ('[[welcome]]\napp = "x"\ntext = "x"', an_external_contact_added(), "no_rule"),
        (
            '[[welcome]]\ntext = "{{ event.state }}"',
            an_external_contact_added(state=""),
            "empty_text",
        ),
        ('[[welcome]]\ntext = " \\n "', an_external_contact_added(), "empty_text"),
    ],
)
def test_asks_nothing_of_wecom_when_there_is_nothing_to_send(
    stage: Stage, rules: str, event: ExternalContactAdded, word: str
) -> None:
    ctx = stage.context(rules)

    greet_new_customer(event, ctx)

    assert stage.wecom.asked == []
    assert ctx.conclusion == word


def test_another_app_or_a_chat_was_first(stage: Stage) -> None:
    refusing(stage, 41051)
    ctx = stage.context(RULES)

    greet_new_customer(an_external_contact_added(), ctx)

    assert ctx.conclusion == "chat_already_started"


@pytest.mark.parametrize("errcode", [41050, 41051])
def test_a_used_code_after_a_lost_answer_was_used_by_us(stage: Stage, errcode: int) -> None:
    refusing(stage, errcode)
    ctx = stage.context(RULES, attempt=2, outcome_unknown=True)

    greet_new_customer(an_external_contact_added(), ctx)

    assert ctx.conclusion == "already_sent"


def test_an_invalid_code_is_a_failure(stage: Stage) -> None:
    refusing(stage, 41050)
    ctx = stage.context(RULES)

    with pytest.raises(WelcomeCodeInvalid):
        greet_new_customer(an_external_contact_added(), ctx)

    assert ctx.conclusion == "invalid_code"


@pytest.mark.parametrize("outcome_unknown", [False, True])
def test_a_welcome_being_delivered_is_tried_again(stage: Stage, *, outcome_unknown: bool) -> None:
    refusing(stage, 41096)
    ctx = stage.context(RULES, outcome_unknown=outcome_unknown)

    with pytest.raises(WelcomeBeingSent) as refused:
        greet_new_customer(an_external_contact_added(), ctx)

    assert refused.value.retryable
    assert ctx.conclusion == "used_by_another_app"


@pytest.mark.parametrize(
    ("errcode", "error"),
    [(-1, SystemBusy), (45009, RateLimited), (40058, APIError), (48002, APIError)],
)
def test_other_refusals_have_no_word_of_their_own(
    stage: Stage, errcode: int, error: type[APIError]
) -> None:
    refusing(stage, errcode)
    ctx = stage.context(RULES)

    with pytest.raises(error):
        greet_new_customer(an_external_contact_added(), ctx)

    assert ctx.conclusion is None


def test_operators_hear_once_of_refused_attachments_and_of_no_name(stage: Stage) -> None:
    rules = """
[[welcome]]
text = "你好 {{ customer.name }}"
attachments = [{ link = { title = "t", url = "https://example.com/" } }]
"""

    def refuse_attachments(asked: Asked) -> dict[str, Any]:
        return {"errcode": 40058 if "attachments" in asked.json else 0, "errmsg": "no"}

    stage.wecom.on(SEND, refuse_attachments)
    for name in ("小明", "小红"):
        stage.wecom.on("externalcontact/get", {"errcode": 0, "external_contact": {"name": name}})
        greet_new_customer(an_external_contact_added(), stage.context(rules, operators=("admin",)))

    (told,) = stage.bodies("message/send")
    assert "小" not in str((told, stage.memory.told))
    assert [each["text"]["content"] for each in stage.bodies(SEND)[1::2]] == [
        "你好 小明",
        "你好 小红",
    ]


def test_a_lost_answer_is_no_conclusion(stage: Stage) -> None:
    def lose(_: Asked) -> dict[str, Any]:
        raise APIUnreachable

    stage.wecom.on(SEND, lose)
    ctx = stage.context(RULES)

    with pytest.raises(APIUnreachable):
        greet_new_customer(an_external_contact_added(), ctx)

    assert ctx.conclusion is None


def test_sends_nothing_after_the_deadline(stage: Stage) -> None:
    ctx = stage.context(RULES)
    ctx.api = ctx.api.bound(datetime.now(UTC) - timedelta(milliseconds=1))

    with pytest.raises(DeadlinePassed):
        greet_new_customer(an_external_contact_added(), ctx)

    assert stage.wecom.asked == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("👨‍👩‍👧 一家", "👨‍👩‍👧 一家"),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"),
        ("\U0001fae9", "\U0001fae9"),
        ("نام\u200cها", "نام\u200cها"),
        ("a\u202eb\x1b[31mc\nd\u2028e\ue000f", "a b [31mc d e f"),
        ("😀" * 2000, "😀" * 256),
    ],
    ids=["family", "flag", "newer than Python", "Persian", "tricks", "2000 emoji"],
)
def test_a_name_is_shown_as_people_write_it(stage: Stage, name: str, shown: str) -> None:
    stage.wecom.on(
        "externalcontact/get", lambda _: {"errcode": 0, "external_contact": {"name": name}}
    )
    rules = '[[welcome]]\ntext = "{{ customer.name }}，你好，看这里 https://example.com"'

    greet_new_customer(an_external_contact_added(), stage.context(rules))

    (sent,) = stage.bodies(SEND)
    assert sent["text"]["content"] == f"{shown}，你好，看这里 https://example.com"


@pytest.mark.parametrize(
    ("filler", "name", "sent_bytes"),
    [
        (3900, "b" * 100, 4000),
        (3900, "b" * 101, 4000),
        (3900, "名" * 33, 3999),
        (3900, "名" * 34, 3999),
        (3900, "😀" * 25, 4000),
        (3902, "😀" * 25, 3998),
    ],
)
def test_a_text_that_grew_too_long_is_cut_between_two_letters(
    stage: Stage, filler: int, name: str, sent_bytes: int
) -> None:
    stage.wecom.on("externalcontact/get", {"errcode": 0, "external_contact": {"name": name}})
    rules = '[[welcome]]\ntext = "' + "a" * filler + '{{ customer.name }}"'

    greet_new_customer(an_external_contact_added(), stage.context(rules))

    (sent,) = stage.bodies(SEND)
    assert len(sent["text"]["content"].encode()) == sent_bytes
