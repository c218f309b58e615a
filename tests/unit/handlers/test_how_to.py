"""The modules and rules that the how-to pages show are taken as they stand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from handler_context import NOW, rules_of

import events
from events.customer_service import KfSessionEntered
from handlers import Router
from handlers.rules import KfWelcomeRule

HOW_TO = Path(__file__).parents[3] / "docs" / "how-to"
PAGES = ["reply-to-messages", "customer-service"]


def blocks(page: str, language: str) -> list[str]:
    text = (HOW_TO / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def entered(scene: str) -> KfSessionEntered:
    inner = {"event_type": "enter_session", "open_kfid": "wkAJ2GCAAASSm4", "scene": scene}
    event = events.parse(json.dumps({"msgid": "m1", "msgtype": "event", "event": inner}))
    assert isinstance(event, KfSessionEntered)
    return event


@pytest.mark.parametrize("page", PAGES)
def test_each_module_has_a_router_with_something_in_it(page: str) -> None:
    modules = blocks(page, "python")

    for source in modules:
        module: dict[str, object] = {"__name__": "shown"}
        exec(compile(source, page, "exec"), module)  # noqa: S102 - our own page
        router = module["router"]
        assert isinstance(router, Router)
        assert [*router, *router.replies()]
    assert modules


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["python", "toml", "sh"])
def test_both_languages_show_the_same(page: str, language: str) -> None:
    assert blocks(f"{page}.zh-CN", language) == blocks(page, language)


def test_the_rules_of_the_page_greet() -> None:
    (text,) = blocks("customer-service", "toml")
    rules = rules_of(text)
    visits = [entered("shop-1"), entered("elsewhere")]

    facts = [rules.facts("contacts", event.corpid, event, NOW) for event in visits]

    assert [rule.text for each in facts if (rule := rules.first(KfWelcomeRule, each))] == [
        "欢迎光临，请问有什么可以帮您？",
        "您好！",
    ]
