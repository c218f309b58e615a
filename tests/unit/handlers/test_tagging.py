from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from handler_context import Stage
from wecom_api import Asked

from errors import APIError, SystemBusy, TagUnknown
from factories import an_external_contact_added
from handlers.tagging import tag_new_customer

RULES = '[[tag]]\nadd = ["source/spring", "kind/new"]'
MARK = "externalcontact/mark_tag"
LIST = "externalcontact/get_corp_tag_list"
ADD = "externalcontact/add_corp_tag"


def library(**groups: dict[str, str]) -> dict[str, Any]:
    """Return the answer of a tag library: ids by group and name."""
    return {
        "errcode": 0,
        "tag_group": [
            {
                "group_id": f"g-{group}",
                "group_name": group,
                "tag": [{"id": tag_id, "name": name} for name, tag_id in tags.items()],
            }
            for group, tags in groups.items()
        ],
    }


@pytest.fixture
def stage(stage: Stage) -> Stage:
    stage.wecom.on(LIST, library(source={"spring": "etSpring"}, kind={"new": "etNew"}))
    return stage


def test_puts_the_ids_of_the_tags_on_the_customer(stage: Stage) -> None:
    ctx = stage.context(RULES)

    tag_new_customer(an_external_contact_added(userid="lisi", external_userid="wmX"), ctx)

    assert stage.bodies(MARK) == [
        {"userid": "lisi", "external_userid": "wmX", "add_tag": ["etSpring", "etNew"]}
    ]
    assert ctx.conclusion == "tagged"


def test_asks_nothing_when_no_rule_matches(stage: Stage) -> None:
    ctx = stage.context('[[tag]]\nstate = "autumn"\nadd = "a/b"')

    tag_new_customer(an_external_contact_added(), ctx)

    assert stage.wecom.asked == []
    assert ctx.conclusion == "no_rule"


def test_reads_the_library_anew_when_a_tag_is_gone(stage: Stage) -> None:
    tag_new_customer(an_external_contact_added(), stage.context(RULES))
    stage.wecom.on(LIST, library(source={"spring": "etSpring2"}, kind={"new": "etNew"}))
    stage.wecom.on(
        MARK,
        lambda asked: {"errcode": 40068 if "etSpring" in asked.json["add_tag"] else 0},
    )
    ctx = stage.context(RULES)

    tag_new_customer(an_external_contact_added(), ctx)

    assert stage.bodies(MARK)[-1]["add_tag"] == ["etSpring2", "etNew"]
    assert ctx.conclusion == "tagged"


def test_gives_up_when_a_tag_is_still_unknown(stage: Stage) -> None:
    stage.wecom.on(MARK, {"errcode": 40068})
    ctx = stage.context(RULES)

    with pytest.raises(TagUnknown):
        tag_new_customer(an_external_contact_added(), ctx)

    assert len(stage.wecom.to(MARK)) == 2
    assert ctx.conclusion is None


@pytest.mark.parametrize("answers", [[84061], [40068, 84061]])
def test_leaves_a_customer_alone_who_parted_meanwhile(stage: Stage, answers: list[int]) -> None:
    def answer(_: Asked) -> dict[str, Any]:
        return {"errcode": answers[min(len(stage.wecom.to(MARK)), len(answers)) - 1]}

    stage.wecom.on(MARK, answer)
    ctx = stage.context(RULES)

    tag_new_customer(an_external_contact_added(), ctx)

    assert ctx.conclusion == "not_external_contact"
    assert len(stage.wecom.to(MARK)) == len(answers)


@pytest.mark.parametrize(("errcode", "error"), [(-1, SystemBusy), (60111, APIError)])
def test_other_refusals_are_for_the_worker(
    stage: Stage, errcode: int, error: type[APIError]
) -> None:
    stage.wecom.on(MARK, {"errcode": errcode})
    ctx = stage.context(RULES)

    with pytest.raises(error):
        tag_new_customer(an_external_contact_added(), ctx)

    assert ctx.conclusion is None


def test_tags_twice_without_harm(stage: Stage) -> None:
    for _ in range(2):
        tag_new_customer(an_external_contact_added(), stage.context(RULES))

    first, second = stage.bodies(MARK)
    assert first == second
    assert len(stage.wecom.to(LIST)) == 1


def test_the_tags_there_are_are_put_on_though_another_cannot_be_made(stage: Stage) -> None:
    stage.wecom.on(ADD, {"errcode": 40126, "errmsg": "too many tags"})
    rules = '[[tag]]\nadd = ["source/spring", "full/x", "kind/new"]'

    with pytest.raises(APIError, match="40126"):
        tag_new_customer(an_external_contact_added(), stage.context(rules))

    assert [body["add_tag"] for body in stage.bodies(MARK)] == [["etSpring", "etNew"]]


def test_a_customer_of_the_last_second_of_a_month_belongs_to_it_however_late_the_run(
    stage: Stage,
) -> None:
    stage.wecom.on(LIST, library(month={"2026-01": "etJanuary", "2026-02": "etFebruary"}))
    rules = """
        [[tag]]
        dates = "..2026-01-31"
        hours = "23:00-24:00"
        add = "month/{{ now.strftime('%Y-%m') }}"
        """
    last = int(datetime(2026, 1, 31, 15, 59, 59, tzinfo=UTC).timestamp())  # 23:59:59 in Shanghai

    for create_time in (last, last + 1):
        tag_new_customer(an_external_contact_added(create_time=create_time), stage.context(rules))

    assert [body["add_tag"] for body in stage.bodies(MARK)] == [["etJanuary"]]


def test_an_event_of_a_clock_that_is_ahead_happened_now(stage: Stage) -> None:
    stage.wecom.on(LIST, library(month={"2026-03": "etMarch"}))
    rules = "[[tag]]\nadd = \"month/{{ now.strftime('%Y-%m') }}\""

    tag_new_customer(an_external_contact_added(create_time=4_000_000_000), stage.context(rules))

    assert [body["add_tag"] for body in stage.bodies(MARK)] == [["etMarch"]]
