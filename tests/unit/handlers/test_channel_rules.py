"""What `[[channel]]`, `[[group_welcome]]`, `[[group_notice]]`, `[reconcile]` may say."""

from __future__ import annotations

from datetime import datetime

import pytest
from handler_context import rules_of

from errors import ConfigurationError
from handlers.rules.group import GroupNoticeRule, GroupWelcomeRule

CHANNEL = '[[channel]]\nname = "n"\napp = "contacts"\nstate = "s"\n'
WELCOME = '[[group_welcome]]\nname = "n"\napp = "contacts"\n'
NOTICE = '[[group_notice]]\ntext = "t"\n'


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (CHANNEL, "members: missing; add it, or departments, or slots"),
        (CHANNEL + 'members = "a"\nmember = "b"', "member: there is no such key"),
        (CHANNEL + 'departments = ["sales"]', '"sales" is no id of a department'),
        (CHANNEL + "departments = [0]", '"0" is no id of a department'),
        (CHANNEL + f"members = {['m'] * 101}", "members: 101, WeCom takes 100"),
        (CHANNEL.replace('"s"', f'"{"s" * 31}"') + 'members = "a"', "30 characters"),
        (CHANNEL.replace('state = "s"\n', "") + 'members = "a"', "state: missing"),
        (CHANNEL.replace('app = "contacts"\n', "") + 'members = "a"', "app: missing"),
        (CHANNEL + 'members = ["a", "b"]\ntype = "single"', "exactly one"),
        (CHANNEL + 'members = "a"\ndepartments = [1]\ntype = "single"', "exactly one"),
        (CHANNEL + 'members = "a"\nstyle = 4', "style"),
        (CHANNEL + 'members = "a"\nslots = [{ hours = "9-18", members = "b" }]', "09:00-18:00"),
        (CHANNEL + 'members = "a"\nslots = [{ weekdays = "x", members = "b" }]', "no weekday"),
        (CHANNEL + 'members = "a"\nslots = [{ weekdays = "mon" }]', "members: missing"),
        (
            CHANNEL + 'slots = [{ weekdays = "mon", members = "b" }]',
            "who is added when no slot covers the time?",
        ),
        (CHANNEL + 'members = "a"\n' + CHANNEL + 'members = "b"', "each needs its own name"),
        (WELCOME, "text: missing; add it, or attachments"),
        (WELCOME + f'text = "{"好" * 1001}"', "has 3003 bytes, WeCom takes 3000"),
        (WELCOME.replace('name = "n"\n', "") + 'text = "t"', "name: missing"),
        (WELCOME.replace('app = "contacts"\n', "") + 'text = "t"', "app: missing"),
        (WELCOME + 'text = "t"\nhours = "09:00-18:00"', "a welcome of a group has no times"),
        ((WELCOME + 'text = "t"\n') * 2, "each needs its own name"),
        (NOTICE + 'on = "quit"', "on"),
        (NOTICE + "at_least = 0", "at_least"),
        (NOTICE + 'within = "8d"', "must be a minute to a week"),
        (NOTICE.replace('"t"', '"{{ customers }}"'), "customers"),
        ('[reconcile]\nevery = "1m"', "must be 15m to 7d"),
        ('[reconcile]\napply = ["welcome"]', "reconcile"),
        ('[reconcile]\nhow = "often"', "reconcile"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_reason(rules: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        rules_of(rules)

    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("moment", "members"),
    [
        ("2026-03-02 09:00", ("day",)),  # a Monday
        ("2026-03-02 17:59", ("day",)),
        ("2026-03-02 18:00", ("rest",)),
        ("2026-03-07 23:00", ("night",)),
        ("2026-03-08 01:59", ("night",)),
        ("2026-03-08 12:00", ("rest",)),
    ],
)
def test_the_first_slot_that_covers_the_time_decides(moment: str, members: tuple[str, ...]) -> None:
    slots = (
        '[{ weekdays = "mon-fri", hours = "09:00-18:00", members = "day" },'
        ' { weekdays = ["sat", "sun"], hours = "22:00-02:00", members = "night" }]'
    )
    (rule,) = rules_of(f'{CHANNEL}members = "rest"\nslots = {slots}').document.channel

    assert rule.staffing(datetime.fromisoformat(moment)) == (members, ())


def test_what_is_left_out_has_its_default() -> None:
    (channel,) = rules_of(CHANNEL + "departments = 2").document.channel
    (notice,) = rules_of(NOTICE).of(GroupNoticeRule)
    (welcome,) = rules_of(WELCOME + 'text = "t"').of(GroupWelcomeRule)

    assert (channel.sent_remark, channel.skip_verify, channel.type) == ("n", True, "multi")
    assert channel.staffing(datetime.fromisoformat("2026-03-02")) == ((), (2,))
    assert (notice.to, notice.on, notice.at_least) == (("@owner",), ("join", "leave"), 1)
    assert welcome.attachments == ()
    assert rules_of("").document.reconcile is None
