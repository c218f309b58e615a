"""When rules apply: times, people, and what is said of those that do not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from handler_context import rules_of

from events import Event
from factories import an_external_contact_added
from handlers.rules import TagRule
from wecom.external_contact import Customer, ExternalContact, FollowTag, FollowUser

EVENT = an_external_contact_added(userid="zhangsan", state="spring-2026")
MONDAY_1730 = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)  # in Shanghai


@dataclass
class People:
    """Knows one customer and one member, and counts who asks."""

    found: Customer | None = None
    places: frozenset[str] | None = None
    asked: int = 0

    def customer(self) -> Customer | None:
        self.asked += 1
        return self.found

    def departments(self) -> frozenset[str] | None:
        self.asked += 1
        return self.places


CUSTOMER = Customer(
    external_contact=ExternalContact(name="小明", gender=2),
    follow_user=(
        FollowUser(userid="ZhangSan", add_way=3),
        FollowUser(userid="lisi", add_way=1, tags=(FollowTag(group_name="来源", tag_name="线上"),)),
    ),
)
KNOWN = People(found=CUSTOMER, places=frozenset({"2", "销售部", "1", "总公司"}))


def against(
    condition: str, *, at: datetime = MONDAY_1730, people: People = KNOWN, event: Event = EVENT
) -> str:
    """Return what is against a rule with this condition, "" when it matches."""
    rules = rules_of(f'[[tag]]\nadd = "a/b"\n{condition}')
    facts = rules.facts("contacts", "ww1", event, at, people)
    (verdict,) = rules.verdicts(TagRule, facts)
    assert verdict.matches == (next(rules.matching(TagRule, facts), None) is not None)
    return verdict.against.en if verdict.against else ""


@pytest.mark.parametrize(
    "condition",
    [
        'weekdays = "mon"',
        'weekdays = "Monday"',
        'weekdays = ["sat", "mon-tue"]',
        'weekdays = "sat-mon"',
        "weekdays = 1",
        "weekdays = [7, 1]",
        'weekdays = "周一"',
        'weekdays = "星期一"',
        'hours = "09:00-18:00"',
        'hours = "17:30-17:31"',
        'hours = "17:30 - 24:00"',
        'hours = ["08:00-09:00", "17:00-09:00"]',
        'hours = "22:00-17:31"',
        'dates = "2026-03-02"',
        "dates = 2026-03-02",
        'dates = "2026-03-01..2026-03-02"',
        'dates = "2026-03-02.."',
        'dates = "..2026-03-02"',
        'dates = ["2026-01-01", "2026-03-02..2026-03-03"]',
        'corpid = "ww*"',
        'department = "销售部"',
        "department = 1",
        'department = [9, "2"]',
        'tags = "来源/*"',
        'tags = ["x/y", "来源/线上"]',
        "add_way = 3",
        "add_way = [1, 3]",
        'gender = "female"',
        'gender = ["male", "female"]',
    ],
)
def test_a_condition_that_holds(condition: str) -> None:
    assert against(condition) == ""


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ('weekdays = "tue-sun"', "weekdays: wants tue-sun; it is Mon 2026-03-02 17:30"),
        ("weekdays = []", "weekdays: wants nothing; it is Mon"),
        ('hours = "09:00-17:30"', "hours: wants 09:00-17:30; it is Mon 2026-03-02 17:30"),
        ('hours = "17:31-17:30"', "hours: wants"),
        ('hours = "18:00-09:00"', "hours: wants"),
        ('dates = "2026-03-01"', "dates: wants"),
        ('dates = "2026-03-03.."', "dates: wants"),
        ('dates = "..2026-03-01"', "dates: wants"),
        ('corpid = "wx*"', 'corpid: wants wx*; it is "ww1"'),
        ('state = "autumn"', 'state: wants autumn; it is "spring-2026"'),
        ('department = "客服部"', "department: wants 客服部; it is 1, 2,"),
        ('tags = "线上"', "tags: wants 线上; the customer has another"),
        ("add_way = 1", "add_way: wants 1; the customer has another"),
        ('gender = "male"', "gender: wants male; the customer has another"),
    ],
)
def test_a_condition_that_does_not_hold_says_why(condition: str, reason: str) -> None:
    assert against(condition).startswith(reason)


@pytest.mark.parametrize(
    "condition", ['department = "1"', 'tags = "*"', "add_way = 0", 'gender = "unknown"']
)
def test_who_is_unknown_meets_no_condition(condition: str) -> None:
    assert against(condition, people=People()).endswith("unknown")


@pytest.mark.parametrize(
    ("state", "pattern"),
    [
        ("spring-[2026]", "spring-[2026]"),
        ("[vip] spring", "[vip]*"),
        ("a[b", "a[?"),
        ("[!x]", "[!x]"),
        ("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe\N{COMBINING ACUTE ACCENT}"),
        ("cafe\N{COMBINING ACUTE ACCENT}-1", "caf\N{LATIN SMALL LETTER E WITH ACUTE}-?"),
    ],
    ids=["exact", "glob", "open", "negated", "composed", "decomposed"],
)
def test_brackets_may_be_brackets_and_accents_are_compared_as_they_look(
    state: str, pattern: str
) -> None:
    event = an_external_contact_added(userid="zhangsan", state=state)

    assert against(f"state = '{pattern}'", event=event) == ""


@pytest.mark.parametrize(
    ("zone", "at", "condition"),
    [
        # 2026-03-29 in Berlin: two o'clock in the morning never is.
        ("Europe/Berlin", datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), 'hours = "01:59-02:00"'),
        ("Europe/Berlin", datetime(2026, 3, 29, 1, 0, tzinfo=UTC), 'hours = "03:00-03:01"'),
        # 2026-10-25 in Berlin: half past two is there twice.
        ("Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 'hours = "02:30-02:31"'),
        ("Europe/Berlin", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 'hours = "02:30-02:31"'),
        ("Asia/Shanghai", datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC), 'dates = "2026-03-01"'),
        ("Asia/Shanghai", datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC), 'hours = "23:59-24:00"'),
        ("Asia/Shanghai", datetime(2026, 3, 1, 16, 0, tzinfo=UTC), 'dates = "2026-03-02"'),
        ("Asia/Shanghai", datetime(2026, 3, 1, 16, 0, tzinfo=UTC), 'weekdays = "mon"'),
        ("Asia/Kathmandu", datetime(2026, 3, 1, 18, 15, tzinfo=UTC), 'hours = "00:00-00:01"'),
    ],
)
def test_times_are_those_of_the_clock_on_the_wall(zone: str, at: datetime, condition: str) -> None:
    rules = rules_of(f'timezone = "{zone}"\n[[tag]]\nadd = "a/b"\n{condition}')

    assert list(rules.matching(TagRule, rules.facts("contacts", "ww1", EVENT, at)))


@pytest.mark.parametrize(
    "condition", ['department = "1"', 'tags = "*"', "add_way = 0", 'gender = "unknown"']
)
def test_nobody_is_looked_up_when_a_cheaper_condition_fails(condition: str) -> None:
    people = People(found=CUSTOMER)

    against(f'{condition}\nhours = "09:00-10:00"', people=people)

    assert people.asked == 0


def test_the_end_of_a_day_is_that_of_the_rules_own_zone() -> None:
    late = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)  # Tuesday 00:30 in Shanghai

    assert against('weekdays = "tue"\ndates = "2026-03-03"\nhours = "00:00-01:00"', at=late) == ""


def test_rules_come_in_the_order_of_the_file_however_they_are_found() -> None:
    conditions = ['state = "spring-2026"', "", 'userid = "zhangsan"', 'state = "spring-*"', ""]
    rules = rules_of("".join(f'[[tag]]\nadd = "a/{n}"\n{c}\n' for n, c in enumerate(conditions)))
    facts = rules.facts("contacts", "ww1", EVENT, MONDAY_1730)

    assert [rule.add for rule in rules.matching(TagRule, facts)] == [(f"a/{n}",) for n in range(5)]
