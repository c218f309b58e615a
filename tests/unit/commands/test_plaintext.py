"""Plaintexts of any event: complete, new, happening now, with values of one's own."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

import events
from commands.plaintext import Addressee, NoSuchName, compose, event_named, is_json
from events import (
    BatchJobFinished,
    Event,
    ExternalContactAdded,
    FollowUserDeleted,
    GroupChatMembersJoined,
)
from events.examples import examples
from events.payment import PaymentSucceeded
from events.robot import RobotTextMessage
from events.suite import SuiteTicketPushed

NOW = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
APP = Addressee(corpid="ww1", agentid="1000009")
SUITE = Addressee(corpid="ww1", suite_id="ws1", is_suite=True)
CATALOGUE = pytest.mark.parametrize("cls", events.catalogue(), ids=lambda cls: cls.__name__)


def composed(
    cls: type[Event], values: dict[str, str] | None = None, *, to: Addressee = APP, seed: int = 1
) -> tuple[str, Event]:
    dice = random.Random(seed)  # noqa: S311 - the same each time, on purpose
    plaintext = compose(cls, values or {}, to=to, now=NOW, dice=dice)
    return plaintext.decode(), events.parse(plaintext)


@CATALOGUE
@pytest.mark.parametrize("to", [APP, SUITE], ids=["app", "suite"])
@pytest.mark.parametrize("json", [False, True], ids=["xml", "json"])
def test_every_event_is_itself_complete_and_happens_now(
    cls: type[Event], to: Addressee, *, json: bool
) -> None:
    to = Addressee(corpid=to.corpid, suite_id=to.suite_id, is_suite=to.is_suite, json=json)

    plaintext, event = composed(cls, to=to)

    assert type(event) is cls
    assert event.occurred_at == NOW
    held = {name for name in event.empty if getattr(event, name)} - {"fields", "raw", "suite_id"}
    assert held - {"corpid"} >= {
        name for name, value in examples()[cls].fields.items() if value
    } - {"corpid", "suite_id"}
    assert plaintext.startswith("{") is (json or is_json(cls))


@CATALOGUE
def test_an_event_with_an_id_is_another_one_each_time(cls: type[Event]) -> None:
    _, one = composed(cls, seed=1)
    _, other = composed(cls, seed=2)

    has_id = bool(one.subject or one.message_id)

    assert (events.canonical(one) != events.canonical(other)) is has_id


def test_ids_look_like_those_of_the_platform() -> None:
    _, event = composed(ExternalContactAdded)

    assert isinstance(event, ExternalContactAdded)
    assert event.external_userid.startswith("wo")
    assert len(event.external_userid) == 32
    assert event.welcome_code != "WC"


def test_the_addressee_stands_in_it() -> None:
    _, event = composed(event_named("enter_agent"))

    assert (event.corpid, event.agentid) == ("ww1", 1000009)


def test_a_suite_gets_it_in_its_own_envelope() -> None:
    plaintext, event = composed(ExternalContactAdded, to=SUITE)

    assert "<InfoType><![CDATA[change_external_contact]]></InfoType>" in plaintext
    assert "ToUserName" not in plaintext
    assert (event.corpid, event.suite_id) == ("ww1", "ws1")


def test_an_app_never_gets_the_envelope_of_a_suite() -> None:
    plaintext, event = composed(FollowUserDeleted)

    assert "<Event><![CDATA[change_external_contact]]></Event>" in plaintext
    assert "InfoType" not in plaintext
    assert (event.corpid, event.suite_id) == ("ww1", "")


def test_what_only_suites_get_stays_as_it_is() -> None:
    plaintext, event = composed(SuiteTicketPushed, to=SUITE)

    assert "<InfoType><![CDATA[suite_ticket]]></InfoType>" in plaintext
    assert event.suite_id == "ws1"


def test_numbers_are_bare_and_texts_in_cdata() -> None:
    plaintext, _ = composed(BatchJobFinished)

    assert f"<CreateTime>{int(NOW.timestamp())}</CreateTime>" in plaintext
    assert "<JobType><![CDATA[export_user]]></JobType>" in plaintext


def test_a_payment_tells_its_time_as_its_platform_does() -> None:
    plaintext, _ = composed(PaymentSucceeded)

    assert "2026-05-06T15:08:09+08:00" in plaintext


@pytest.mark.parametrize("name", ["external_userid", "ExternalUserID"])
def test_a_value_is_given_by_name_or_by_tag(name: str) -> None:
    plaintext, event = composed(ExternalContactAdded, {name: "wm<1>&"})

    assert event.subject == "wm<1>&"
    assert plaintext.count("ExternalUserID") == 2


@pytest.mark.parametrize("name", ["job_id", "BatchJob/JobId", "JobId"])
def test_a_value_inside_a_node_is_given_by_name_path_or_last_tag(name: str) -> None:
    plaintext, event = composed(BatchJobFinished, {name: "j9"})

    assert event.subject == "j9"
    assert plaintext.count("<JobId>") == 1


def test_a_list_keeps_its_shape() -> None:
    plaintext, event = composed(GroupChatMembersJoined, {"members": "wmA,wmB"})

    assert "<MemChangeList><Item><![CDATA[wmA]]></Item><Item>" in plaintext
    assert isinstance(event, GroupChatMembersJoined)
    assert event.members == ("wmA", "wmB")


def test_repeated_nodes_stay_repeated() -> None:
    plaintext, _ = composed(event_named("kf_account_auth_change"), {"AuthAddOpenKfId": "a,b,c"})

    assert plaintext.count("<AuthAddOpenKfId>") == 3


def test_a_field_the_example_lacks_is_added() -> None:
    _, event = composed(ExternalContactAdded, {"AgentID": "7", "suite_id": "ws9"})

    assert (event.agentid, event.suite_id) == (7, "ws9")


def test_json_keeps_numbers_and_parts() -> None:
    plaintext, event = composed(
        RobotTextMessage, {"content": "你好", "create_time": "1700000000", "userid": "wang"}
    )

    assert '"create_time":1700000000' in plaintext
    assert isinstance(event, RobotTextMessage)
    assert (event.userid, event.content) == ("wang", "你好")


@pytest.mark.parametrize("name", ["usrid", "", "UserID/x", "from"])
def test_refuses_a_field_that_does_not_exist(name: str) -> None:
    with pytest.raises(NoSuchName, match="add_external_contact has no field"):
        composed(ExternalContactAdded, {name: "1"})


def test_refuses_to_replace_parts_by_a_text() -> None:
    with pytest.raises(NoSuchName, match="has parts"):
        composed(event_named("contact.create_user"), {"extattr": "x"})


@pytest.mark.parametrize(
    "name",
    [
        "change_external_contact.add_external_contact",
        "add_external_contact",
        "ExternalContactAdded",
    ],
)
def test_an_event_is_known_by_its_name_in_full_in_short_and_by_its_class(name: str) -> None:
    assert event_named(name) is ExternalContactAdded


@pytest.mark.parametrize("name", ["add_external_contcat", "Add_External_Contact"])
def test_a_mistyped_event_is_refused_with_what_was_meant(name: str) -> None:
    with pytest.raises(NoSuchName, match=r"add_external_contact.*--list"):
        event_named(name)


@pytest.mark.parametrize(
    ("part", "meant"),
    [
        ("change_contact", "contact.create_user or contact.update_user"),
        ("create_user", "contact.create_user"),
        ("text", "message.text or robot.text"),
        ("enter_chat", "robot.event.enter_chat"),
        ("meeting_change", r"meeting_change\.\w+ or .* or \d+ more"),
    ],
)
def test_a_part_of_a_name_is_refused_with_the_names_it_is_part_of(part: str, meant: str) -> None:
    with pytest.raises(NoSuchName, match=rf"did you mean {meant}.*\? \(.*--list"):
        event_named(part)


@pytest.mark.parametrize("name", ["", "*", "change_external_contact.*", "zzz"])
def test_what_is_no_event_is_refused(name: str) -> None:
    with pytest.raises(NoSuchName, match="there is no event"):
        event_named(name)
