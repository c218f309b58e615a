"""What would happen is what the handlers themselves would do, without a call."""

from __future__ import annotations

from datetime import UTC, datetime

from handler_context import rules_of

from factories import a_batch_job_finished, an_external_contact_added
from handlers import App
from handlers.preview import PreviewPeople, preview

APP = App(name="contacts", corpid="ww1", agentid=7, operators=("admin",))
AT = datetime(2026, 2, 10, 2, tzinfo=UTC)
EVENT = an_external_contact_added(userid="zhangsan", state="spring-1", welcome_code="CODE")
RULES = """
[[welcome]]
name = "evening"
hours = "18:00-22:00"
text = "late"
[[welcome]]
name = "sales"
department = "销售部"
text = "你好 {{ customer.name }}"
[[welcome]]
text = "hello"
[[tag]]
add = "来源/{{ event.state }}"
"""


def test_shows_which_rules_match_and_why_the_others_do_not() -> None:
    shown = preview(rules_of(RULES), APP, EVENT, AT)

    assert [(each.kind, each.number, each.matches, each.against) for each in shown.verdicts] == [
        ("welcome", 1, False, "hours: wants 18:00-22:00; it is Tue 2026-02-10 10:00"),
        ("welcome", 2, False, "department: wants 销售部; it is "),
        ("welcome", 3, True, ""),
        ("tag", 1, True, ""),
    ]


def test_shows_the_calls_as_they_would_be_made() -> None:
    people = PreviewPeople(customer_name="小明", departments=("销售部",))

    shown = preview(rules_of(RULES), APP, EVENT, AT, people)

    assert [(call.endpoint, dict(call.body)) for call in shown.calls] == [
        (
            "externalcontact/send_welcome_msg",
            {"welcome_code": "CODE", "text": {"content": "你好 小明"}},
        ),
        (
            "externalcontact/add_corp_tag",
            {"group_name": "来源", "tag": [{"name": "spring-1"}]},
        ),
        (
            "externalcontact/mark_tag",
            {
                "userid": "zhangsan",
                "external_userid": EVENT.external_userid,
                "add_tag": ["TAG_ID(spring-1)"],
            },
        ),
    ]


def test_lookups_are_shown_with_the_handler_that_makes_them() -> None:
    shown = preview(rules_of(RULES), APP, EVENT, AT, PreviewPeople(departments=("2",)))

    greet, _tag = shown.handlers
    assert [call.endpoint for call in greet.calls if call.lookup] == ["user/get", "department/list"]
    assert (greet.conclusion, greet.error) == ("sent", "")


def test_the_customer_is_as_it_was_described() -> None:
    rules = rules_of('[[tag]]\nadd = "a/b"\ntags = "来源/线上"\ngender = "male"\nadd_way = 3')
    people = PreviewPeople(tags=("来源/线上",), gender=1, add_way=3)

    assert [each.matches for each in preview(rules, APP, EVENT, AT, people).verdicts] == [True]
    assert [each.matches for each in preview(rules, APP, EVENT, AT).verdicts] == [False]


def test_an_event_that_no_rule_is_about_leads_to_nothing() -> None:
    shown = preview(rules_of(RULES), APP, a_batch_job_finished(), AT)

    assert (shown.verdicts, shown.handlers, shown.calls) == ((), (), ())


def test_says_which_kinds_of_rule_it_does_not_try() -> None:
    others = """
    [[channel]]
    name = "c"
    app = "contacts"
    state = "c"
    members = "zhangsan"
    [[group_notice]]
    text = "{{ count }}"
    """

    shown = [preview(rules_of(text), APP, EVENT, AT).untried for text in (RULES, RULES + others)]

    assert shown == [(), ("channel", "group_notice")]
