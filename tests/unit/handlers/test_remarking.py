"""What a member's note on a new customer says, in one call (doc 92115)."""

from __future__ import annotations

import pytest
from handler_context import Stage

from errors import RateLimited
from factories import an_external_contact_added
from handlers.remarking import remark_new_customer

PATH = "externalcontact/remark"
EVENT = an_external_contact_added(userid="zhangsan", external_userid="wm1", state="spring-1")


def test_all_matching_rules_become_one_call(stage: Stage) -> None:
    stage.wecom.on(
        "externalcontact/get", {"errcode": 0, "external_contact": {"name": "小明{{ 1 }}"}}
    )
    ctx = stage.context(
        """
        [[remark]]
        remark = "{{ customer.name }}"
        description = "first"
        [[remark]]
        state = "autumn"
        remark = "no"
        [[remark]]
        description = "from {{ event.state }}"
        remark_mobiles = ["13800000000", "{{ event.link_id }}"]
        """
    )

    remark_new_customer(EVENT, ctx)

    assert stage.bodies(PATH) == [
        {
            "userid": "zhangsan",
            "external_userid": "wm1",
            "remark": "小明{{ 1 }}",
            "description": "from spring-1",
            "remark_mobiles": ["13800000000"],
        }
    ]
    assert ctx.conclusion == "remarked"


def test_what_is_too_long_is_cut(stage: Stage) -> None:
    rule = f'[[remark]]\nremark = "{"你" * 21}"\ndescription = "{"x" * 151}"'

    remark_new_customer(EVENT, stage.context(rule))

    (body,) = stage.bodies(PATH)
    assert (len(body["remark"]), len(body["description"])) == (20, 150)


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ('[[remark]]\nremark = "{{ event.link_id }}"', "empty_text"),
        ('[[remark]]\nremark = "x"\nstate = "autumn"', "no_rule"),
    ],
)
def test_nothing_to_write_is_no_call(stage: Stage, rule: str, word: str) -> None:
    ctx = stage.context(rule)

    remark_new_customer(an_external_contact_added(state=""), ctx)

    assert stage.wecom.asked == []
    assert ctx.conclusion == word


def test_who_has_parted_is_left_alone(stage: Stage) -> None:
    stage.wecom.on(PATH, {"errcode": 84061, "errmsg": "no"})
    ctx = stage.context('[[remark]]\nremark = "x"')

    remark_new_customer(EVENT, ctx)

    assert ctx.conclusion == "not_external_contact"


def test_too_many_at_once_is_tried_again(stage: Stage) -> None:
    stage.wecom.on(PATH, {"errcode": 45033, "errmsg": "no"})

    with pytest.raises(RateLimited) as refused:
        remark_new_customer(EVENT, stage.context('[[remark]]\nremark = "x"'))

    assert refused.value.retryable
