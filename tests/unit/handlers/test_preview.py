"""What would happen is what the handlers themselves would do, without a call."""

from __future__ import annotations

from datetime import UTC, datetime

from handler_context import rules_of

from factories import a_batch_job_finished, an_external_contact_added, group_chat_members_joined
from handlers import App
from handlers.preview import Preview, PreviewPeople, preview
from language import Language

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


def said(shown: Preview, language: Language = "en") -> list[tuple[str, int, str | None]]:
    """Return every rule with what is against it."""
    return [
        (each.kind, each.number, each.against[language] if each.against else None)
        for each in shown.verdicts
    ]


def test_shows_which_rules_match_and_why_the_others_do_not() -> None:
    shown = preview(rules_of(RULES), APP, EVENT, AT)

    assert said(shown) == [
        ("welcome", 1, "hours: wants 18:00-22:00; it is Tue 2026-02-10 10:00"),
        ("welcome", 2, "department: wants 销售部; it is nothing"),
        ("welcome", 3, None),
        ("tag", 1, None),
    ]
    assert [each.matches for each in shown.verdicts] == [False, False, True, True]
    assert said(shown, "zh")[:2] == [
        ("welcome", 1, "hours: 要求 18:00-22:00；实际为 周二 2026-02-10 10:00"),
        ("welcome", 2, "department: 要求 销售部；实际为 空"),
    ]


def test_of_several_welcomes_that_match_the_later_ones_are_overtaken_and_tags_are_not() -> None:
    rules = rules_of("""
        [[welcome]]
        state = "autumn"
        text = "not this one"
        [[welcome]]
        text = "this one"
        [[welcome]]
        text = "nor this one"
        [[tag]]
        add = "a/b"
        [[tag]]
        add = "c/d"
    """)

    shown = preview(rules, APP, EVENT, AT)

    assert [(each.kind, each.matches, each.overtaken) for each in shown.verdicts] == [
        ("welcome", False, False),
        ("welcome", True, False),
        ("welcome", True, True),
        ("tag", True, False),
        ("tag", True, False),
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


def test_says_which_kinds_of_rule_no_event_leads_to() -> None:
    others = """
    [reconcile]
    [[group_welcome]]
    name = "g"
    app = "contacts"
    text = "欢迎"
    [[group_notice]]
    text = "{{ count }}"
    """

    shown = [preview(rules_of(text), APP, EVENT, AT).untried for text in (RULES, RULES + others)]

    assert shown == [(), ("group_welcome", "reconcile")]


CHANNEL = '[[channel]]\nname = "{}"\napp = "{}"\nstate = "{}"\nmembers = "zhangsan"\n'


def test_tells_the_channel_a_customer_came_by_and_why_not_by_the_others() -> None:
    rules = rules_of(
        CHANNEL.format("here", "contacts", "spring-1")
        + CHANNEL.format("other state", "contacts", "summer")
        + CHANNEL.format("other app", "sales", "spring-1")
        + CHANNEL.format("other corp", "contacts", "spring-1")
        + 'corpid = "wx*"'
    )

    shown = preview(rules, APP, EVENT, AT)

    assert said(shown) == [
        ("channel", 1, None),
        ("channel", 2, 'state: wants summer; it is "spring-1"'),
        ("channel", 3, 'app: wants sales; it is "contacts"'),
        ("channel", 4, 'corpid: wants wx*; it is "ww1"'),
    ]
    assert (shown.calls, shown.untried) == ((), ())


def test_a_channel_has_nothing_to_do_with_who_leaves() -> None:
    rules = rules_of(CHANNEL.format("here", "contacts", "spring-1"))

    assert preview(rules, APP, a_batch_job_finished(), AT).verdicts == ()


GROUPS = """
[[group_notice]]
on = "leave"
text = "left"
[[group_notice]]
chat_id = "wrother"
text = "elsewhere"
[[group_notice]]
owner = "wang*"
text = "of another"
[[group_notice]]
at_least = 20
text = "{{ count }} 人加入{{ group_name }}"
to = ["@owner", "@operators"]
"""
JOINED = group_chat_members_joined(chat_id="wr1", members=("wm1", "wm2"))


def test_tells_which_notices_of_a_group_are_sent_and_why_not_the_others() -> None:
    shown = preview(rules_of(GROUPS), APP, JOINED, AT, PreviewPeople(group_owner="lisi"))

    assert said(shown) == [
        ("group_notice", 1, f'on: wants leave; it is "{JOINED.name}"'),
        ("group_notice", 2, 'chat_id: wants wrother; it is "wr1"'),
        ("group_notice", 3, 'owner: wants wang*; it is "lisi"'),
        ("group_notice", 4, "at_least: wants 20; it is 2"),
    ]
    assert not any(each.matches for each in shown.verdicts)
    assert shown.calls == ()


def test_a_notice_of_a_group_is_shown_as_it_would_be_sent() -> None:
    people = PreviewPeople(group_name="春游", group_owner="lisi", group_changes=25)

    shown = preview(rules_of(GROUPS), APP, JOINED, AT, people)

    (call,) = shown.calls
    assert [each.matches for each in shown.verdicts] == [False, False, False, True]
    assert (call.endpoint, call.body["touser"]) == ("message/send", "lisi|admin")
    assert call.body["text"] == {"content": "25 人加入春游"}
