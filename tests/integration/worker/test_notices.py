"""A person hears of one trouble once, whichever apps meet it, and from one that reaches them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from handler_context import Stage

from handlers.notices import tell_operators_once
from journal import Journal
from worker.rule_memory import RuleMemory

SEND = "message/send"
DAY = timedelta(days=1)
NO_TRUSTED_ADDRESS = 60020


@dataclass
class Apps:
    """The apps of one corp, with the memory that their processes share."""

    journal: Journal
    stage: Stage = field(default_factory=Stage)

    def meet(self, app: str, *operators: str, subject: str = "the disk is full") -> None:
        """Let an app with these operators meet some trouble."""
        ctx = self.stage.context(app=app, operators=operators)
        memory = RuleMemory(journal=self.journal, app=app, corpid=ctx.app.corpid, now=ctx.now)
        tell_operators_once(replace(ctx, memory=memory), subject, subject)

    def answer(self, errcode: int = 0, **answer: str) -> None:
        """Have messages answered so from now on."""
        self.stage.wecom.on(SEND, {"errcode": errcode, **answer})

    @property
    def told(self) -> list[str]:
        """To whom messages went, or were to go."""
        return [each["touser"] for each in self.stage.bodies(SEND)]


@pytest.fixture
def apps(journal: Journal) -> Apps:
    return Apps(journal)


def test_one_person_under_two_apps_is_told_once(apps: Apps) -> None:
    for app in ("contacts", "other", "contacts"):
        apps.meet(app, "admin")

    assert apps.told == ["admin"]


def test_who_is_named_under_the_second_app_alone_is_told_by_it(apps: Apps) -> None:
    apps.meet("contacts", "admin", "li")
    apps.meet("other", "li", "wang")

    assert apps.told == ["admin|li", "wang"]


def test_each_trouble_is_told(apps: Apps) -> None:
    apps.meet("contacts", "admin")
    apps.meet("other", "admin", subject="the disk is slow")

    assert apps.told == ["admin", "admin"]


def test_when_one_app_may_not_send_the_next_one_tells(apps: Apps) -> None:
    apps.answer(NO_TRUSTED_ADDRESS)
    apps.meet("contacts", "admin")
    apps.answer()

    apps.meet("other", "admin")
    apps.meet("contacts", "admin")

    assert apps.told == ["admin", "admin"]


def test_what_could_not_be_sent_is_tried_again_by_the_same_app(apps: Apps) -> None:
    apps.answer(NO_TRUSTED_ADDRESS)
    for _ in range(2):
        apps.meet("contacts", "admin")

    assert apps.told == ["admin", "admin"]


def test_whom_one_app_does_not_reach_another_tells_and_the_first_does_not_insist(
    apps: Apps,
) -> None:
    apps.answer(invaliduser="li|wang")
    apps.meet("contacts", "admin", "Li")
    apps.meet("contacts", "admin", "Li")
    apps.answer(invaliduser="")

    for app in ("other", "contacts", "third"):
        apps.meet(app, "admin", "Li")

    assert apps.told == ["admin|Li", "Li"]


def test_a_trouble_that_lasts_is_told_again_the_next_day_by_one_app(apps: Apps) -> None:
    for _ in range(2):
        for app in ("contacts", "other"):
            apps.meet(app, "admin")
        apps.stage.now += DAY

    assert apps.told == ["admin", "admin"]
