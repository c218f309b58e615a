"""Members are told what happened: by every rule that matches, each once."""

from __future__ import annotations

from typing import Any

import pytest
from handler_context import Stage, rules_of

from errors import APIUnreachable, SystemBusy
from events import Event, ExternalContactDeleted, FollowUserDeleted, parse
from factories import a_batch_job_finished, an_external_contact_added
from handlers.notifying import know_customer, notify, raise_alarm, router

SEND = "message/send"
GET = "externalcontact/get"


def lost(change: str = "del_follow_user", customer: str = "wm1", **more: str) -> Any:  # noqa: ANN401 - of either class
    tags = "".join(f"<{tag}>{value}</{tag}>" for tag, value in more.items())
    return parse(
        f"<xml><ToUserName>ww1</ToUserName><FromUserName>sys</FromUserName><CreateTime>1</CreateTime>"
        f"<MsgType>event</MsgType><Event>change_external_contact</Event>"
        f"<ChangeType>{change}</ChangeType><UserID>zhangsan</UserID>"
        f"<ExternalUserID>{customer}</ExternalUserID>{tags}</xml>".encode()
    )


def rule(
    text: str = "lost {{ event.external_userid }}", *, to: str = "lisi", more: str = ""
) -> str:
    return f'[[notify]]\nevent = "change_external_contact"\nto = "{to}"\ntext = "{text}"\n{more}\n'


def contents(stage: Stage) -> list[str]:
    return [body[body["msgtype"]]["content"] for body in stage.bodies(SEND)]


def test_an_event_is_told_once_however_often_the_run_is_repeated(stage: Stage) -> None:
    ctx = stage.context(rule())

    for _ in range(3):
        notify(lost(), ctx)

    assert contents(stage) == ["lost wm1"]
    assert ctx.conclusion == "told_already"


def test_every_rule_that_matches_tells_its_own(stage: Stage) -> None:
    ctx = stage.context(rule("one") + rule("two", more='state = "x"') + rule("three"))

    notify(lost(), ctx)

    assert contents(stage) == ["one", "three"]


def test_two_events_alike_are_both_told(stage: Stage) -> None:
    for customer in ("wm1", "wm2"):
        notify(lost(customer=customer), stage.context(rule()))

    assert contents(stage) == ["lost wm1", "lost wm2"]


@pytest.mark.parametrize(
    ("to", "operators", "touser"),
    [
        ("lisi", (), "lisi"),
        ("{{ event.userid }}", (), "zhangsan"),
        ("@operators", ("a", "b"), "a|b"),
        ("@operators", (), None),
        ("{{ event.state }}", (), None),
        ("a|b", (), None),
    ],
)
def test_receivers(stage: Stage, to: str, operators: tuple[str, ...], touser: str | None) -> None:
    notify(lost(), stage.context(rule(to=to), operators=operators))

    assert [body["touser"] for body in stage.bodies(SEND)] == ([touser] if touser else [])


def test_departments_and_tags_receive_too(stage: Stage) -> None:
    more = 'to_department = [2, "3"]\nto_tag = 7'

    notify(lost(), stage.context(rule(more=more)))

    (body,) = stage.bodies(SEND)
    assert (body["toparty"], body["totag"]) == ("2|3", "7")


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("text", "＜a href='https://evil'＞x＜/a＞ [x](https://evil) **b** {{ 7 * 7 }}"),
        ("markdown", "＜a href='https://evil'＞x＜/a＞ ［x］(https://evil) ＊＊b＊＊ {{ 7 ＊ 7 }}"),
    ],
)
def test_a_name_is_never_markup(stage: Stage, kind: str, shown: str) -> None:
    name = "<a href='https://evil'>x</a> [x](https://evil) **b** {{ 7 * 7 }}"
    stage.wecom.on(GET, {"errcode": 0, "external_contact": {"name": name}})
    rules = f'[[notify]]\nevent = "*"\nto = "lisi"\n{kind} = "{{{{ customer.name }}}}"'

    notify(lost(), stage.context(rules))

    assert contents(stage) == [shown]


def test_a_message_that_grew_too_long_is_cut(stage: Stage) -> None:
    stage.wecom.on(GET, {"errcode": 0, "external_contact": {"name": "名" * 3000}})

    notify(lost(), stage.context(rule("{{ customer.name }}" * 3)))

    (content,) = contents(stage)
    assert 2046 <= len(content.encode()) <= 2048


@pytest.mark.parametrize("error", [APIUnreachable, None])
def test_a_send_that_failed_is_tried_again(stage: Stage, error: type[Exception] | None) -> None:
    def fail(_: object) -> dict[str, Any]:
        if error is not None:
            raise error
        return {"errcode": -1, "errmsg": "busy"}

    stage.wecom.on(SEND, fail)
    ctx = stage.context(rule())
    with pytest.raises(error or SystemBusy):
        notify(lost(), ctx)
    stage.wecom.on(SEND, {"errcode": 0, "errmsg": "ok"})

    notify(lost(), ctx)

    assert ctx.conclusion == "notified"
    assert len(stage.bodies(SEND)) == 2


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        ("del_follow_user", True),
        ("change_external_contact", True),
        ("change_external_contact.del_*", True),
        ("external_contact", True),
        ("*", True),
        ("del_external_contact", False),
        ("batch_job_result", False),
    ],
)
def test_a_run_is_made_only_where_a_rule_wants_the_event(event: str, *, wanted: bool) -> None:
    route = next(route for route in router if route.handler is notify)
    rules = rules_of(f'[[notify]]\nevent = "{event}"\nto = "a"\ntext = "x"')

    assert route.is_wanted(lost(), rules) is wanted


def test_without_rules_nothing_is_run() -> None:
    events: list[Event] = [lost(), an_external_contact_added(), a_batch_job_finished()]

    assert not [
        route for route in router for event in events if route.is_wanted(event, rules_of(""))
    ]


def test_a_name_that_wecom_tells_no_more_is_remembered(stage: Stage) -> None:
    rules = rule("{{ customer.name }}")
    stage.wecom.on(GET, {"errcode": 0, "external_contact": {"name": "小明"}})
    know_customer(an_external_contact_added(external_userid="wm1"), stage.context(rules))
    stage.wecom.on(GET, {"errcode": 84061, "errmsg": "gone"})

    notify(lost("del_external_contact"), stage.context(rules))

    assert contents(stage) == ["小明"]


ALARM = '[[alarm]]\nmore_than = 2\nto = "boss"\ntext = "{{ event.userid }} {{ count }}"'


@pytest.mark.parametrize(("count", "told"), [(0, []), (2, []), (3, ["zhangsan 3"])])
def test_an_alarm_is_raised_from_one_more_than_is_allowed(
    stage: Stage, count: int, told: list[str]
) -> None:
    stage.memory.deleted["zhangsan"] = {f"wm{n}" for n in range(count)}
    event = lost("del_external_contact")
    assert isinstance(event, ExternalContactDeleted)

    for _ in range(3):
        raise_alarm(event, stage.context(ALARM))

    assert contents(stage) == told


def test_the_events_of_this_file_are_real() -> None:
    assert isinstance(lost(), FollowUserDeleted)
