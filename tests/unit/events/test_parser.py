"""Which class a plaintext becomes, in all the shapes WeCom sends."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import events
from events import robot
from events.contact import MemberChanged
from events.customer_acquisition import AcquiredFollowUserDeleted, CustomerAcquisitionChanged
from events.customer_service import KfItem
from events.hardware import HardwareEvent
from events.payment import PaymentNotified, PaymentRefunded
from events.school import ParentSubscribed, SchoolDepartmentCreated
from factories import a_suite_plaintext, an_app_plaintext, an_unknown_event, xml_of


def test_an_unknown_change_belongs_to_its_family_and_is_unknown() -> None:
    event = events.parse(
        an_app_plaintext(
            Event="change_external_contact",
            ChangeType="change_of_tomorrow",
            UserID="li",
            ExternalUserID="woX1",
        )
    )

    assert isinstance(event, events.ExternalContactChanged)
    assert isinstance(event, events.UnknownEvent)
    assert event.name == "change_external_contact.change_of_tomorrow"
    assert (event.userid, event.subject) == ("li", "woX1")


def test_an_unknown_update_of_a_group_chat_is_still_an_update() -> None:
    event = events.parse(
        an_app_plaintext(
            Event="change_external_chat",
            ChangeType="update",
            UpdateDetail="change_colour",
            ChatId="wrA",
        )
    )

    assert type(event) is events.GroupChatUpdated
    assert event.update_detail == "change_colour"


def test_a_family_without_a_change_is_unknown() -> None:
    event = events.parse(an_app_plaintext(Event="change_external_tag", Id="etT"))

    assert isinstance(event, events.CorpTagChanged)
    assert isinstance(event, events.UnknownEvent)
    assert event.name == "change_external_tag"


def test_an_event_that_has_no_changes_keeps_its_class_when_one_comes() -> None:
    event = events.parse(an_app_plaintext(Event="batch_job_result", ChangeType="x", JobId="J1"))

    assert isinstance(event, events.BatchJobFinished)
    assert event.name == "batch_job_result"


def test_a_change_is_looked_up_within_its_event_only() -> None:
    customer = events.parse(
        an_app_plaintext(Event="customer_acquisition", ChangeType="del_follow_user")
    )
    parent = events.parse(an_app_plaintext(Event="change_school_contact", ChangeType="subscribe"))

    assert isinstance(customer, AcquiredFollowUserDeleted)
    assert not isinstance(customer, events.FollowUserDeleted)
    assert isinstance(parent, ParentSubscribed)


def test_an_unknown_event_keeps_everything() -> None:
    event = an_unknown_event(
        event="event_of_tomorrow", ExternalUserID="woX1", New={"Deep": ["a", "b"]}
    )

    assert event.name == "event_of_tomorrow"
    assert event.subject == "woX1"
    assert event.fields["New"] == {"Deep": ("a", "b")}
    assert b"<Deep>b</Deep>" in event.raw


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"Event": "new.thing"}, "new.thing"),
        ({"Event": "new", "ChangeType": "thing"}, "new.thing"),
        ({"Event": "new", "ChangeType": "two words"}, "new"),
        ({"Event": "new", "ChangeType": "x" * 65}, "new"),
        ({"Event": "两"}, "unknown"),
        ({"Event": "a\nb"}, "unknown"),
        ({"InfoType": "new", "ChangeType": "a", "UpdateDetail": "b"}, "new.a.b"),
        ({"MsgType": "event"}, "unknown"),
        ({"MsgType": "file"}, "message.file"),
        ({"MsgType": "message"}, "message.message"),
        ({"Nothing": "1"}, "unknown"),
    ],
)
def test_an_unknown_name_is_told_as_far_as_it_is_fit_to_be_logged(
    fields: dict[str, str], name: str
) -> None:
    event = events.parse(xml_of(**fields))

    assert isinstance(event, events.UnknownEvent)
    assert event.name == name


@pytest.mark.parametrize("happened", ["message", "robot", "kf", "hardware", "payment"])
def test_an_event_cannot_pass_for_another_form(happened: str) -> None:
    event = events.parse(an_app_plaintext(Event=happened, ChangeType="text"))

    assert type(event) is events.UnknownEvent


def test_an_unknown_message_is_of_the_family_and_keeps_its_id() -> None:
    event = events.parse(an_app_plaintext(MsgType="file", MsgId="77", FromUserName="li"))

    assert isinstance(event, events.Message)
    assert isinstance(event, events.UnknownEvent)
    assert (event.message_id, event.userid) == ("77", "li")


def test_an_event_has_no_message_id_even_if_one_is_sent() -> None:
    event = events.parse(an_app_plaintext(Event="click", MsgId="77"))

    assert event.message_id == ""


@pytest.mark.parametrize(
    ("plaintext", "family", "name"),
    [
        ('{"aibotid":"b","msgtype":"hologram","msgid":"m"}', robot.RobotMessage, "robot.hologram"),
        (
            '{"aibotid":"b","msgtype":"event","msgid":"m","event":{"eventtype":"waved"}}',
            robot.RobotEvent,
            "robot.event.waved",
        ),
        ('{"aibotid":"b","msgtype":"event","msgid":"m"}', robot.RobotEvent, "robot.event"),
        ('{"open_kfid":"wk","msgtype":"text","msgid":"m"}', KfItem, "kf.text"),
        ('{"msgtype":"event","msgid":"m","event":{"event_type":"new"}}', KfItem, "kf.new"),
        (
            '{"msg_type":"event","base_info":{"req_id":"m"},"event":{"event_type":"new"}}',
            HardwareEvent,
            "hardware.new",
        ),
        ('{"msg_type":"command","base_info":{"req_id":"m"}}', HardwareEvent, "hardware.command"),
    ],
)
def test_unknown_values_of_the_other_forms_stay_in_their_family(
    plaintext: str, family: type[events.Event], name: str
) -> None:
    event = events.parse(plaintext)

    assert isinstance(event, family)
    assert isinstance(event, events.UnknownEvent)
    assert event.name == name
    assert event.message_id == "m"


def test_every_end_of_a_refund_is_a_refund() -> None:
    event = events.parse(xml_of(id="i", event_type="REFUND.SUCCESS", resource={"nonce": "n"}))

    assert isinstance(event, PaymentRefunded)
    assert (event.name, event.event_type) == ("payment.REFUND", "REFUND.SUCCESS")


def test_a_payment_notice_without_a_type_is_an_unknown_payment_notice() -> None:
    event = events.parse(xml_of(id="i", resource={"nonce": "n"}))

    assert isinstance(event, PaymentNotified)
    assert isinstance(event, events.UnknownEvent)
    assert event.name == "payment"


def test_the_sender_sys_is_nobody() -> None:
    assert events.parse(an_app_plaintext(Event="new")).userid == ""
    assert events.parse(an_app_plaintext(Event="new", FromUserName="li")).userid == "li"


def test_a_missing_field_is_empty() -> None:
    event = events.parse(xml_of(Event="change_external_contact", ChangeType="add_external_contact"))

    assert isinstance(event, events.ExternalContactAdded)
    assert (event.corpid, event.userid, event.welcome_code) == ("", "", "")
    assert event.occurred_at is None
    assert event.agentid is None


def test_a_malformed_number_is_none_and_stays_readable() -> None:
    event = events.parse(
        an_app_plaintext(
            Event="change_external_chat", ChangeType="update", JoinScene="many", MemChangeCnt="1e3"
        )
    )

    assert isinstance(event, events.GroupChatUpdated)
    assert (event.join_scene, event.member_count) == (None, None)
    assert event.fields["JoinScene"] == "many"


def test_of_a_repeated_node_the_first_counts_and_all_are_kept() -> None:
    event = events.parse(
        an_app_plaintext(
            Event="change_external_contact",
            ChangeType="add_external_contact",
            UserID=["li", "wu"],
        )
    )

    assert event.userid == "li"
    assert event.fields["UserID"] == ("li", "wu")


def test_attributes_do_not_hide_the_text() -> None:
    event = events.parse(
        '<xml a="1"><Event b="2">change_external_tag</Event><ChangeType>create</ChangeType>'
        '<Id c="3">etT</Id></xml>'
    )

    assert isinstance(event, events.CorpTagCreated)
    assert event.id == "etT"
    assert event.fields["Id"] == {"@c": "3", "#text": "etT"}


def test_json_and_xml_of_one_event_agree() -> None:
    xml = events.parse(
        an_app_plaintext(Event="change_external_chat", ChangeType="dismiss", ChatId="wrA")
    )

    json = events.parse(
        '{"ToUserName":"ww1234567890abcdef","FromUserName":"sys","CreateTime":"1700000000",'
        '"MsgType":"event","Event":"change_external_chat","ChangeType":"dismiss","ChatId":" wrA "}'
    )

    assert type(json) is type(xml)
    assert events.canonical(json) == events.canonical(xml)


def test_numbers_of_json_become_texts_and_integers() -> None:
    event = events.parse(
        '{"CreateTime":1700000000,"Event":"batch_job_result","BatchJob":{"JobId":7,"ErrCode":-1,"ErrMsg":true}}'
    )

    assert isinstance(event, events.BatchJobFinished)
    assert (event.job_id, event.errcode, event.errmsg) == ("7", -1, "true")
    assert event.occurred_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "members",
    [
        {"Item": ["a", "b"]},
        "a,b",
        ["a", "b"],
        "a, b,,",
    ],
    ids=["nodes", "commas", "siblings", "blanks"],
)
def test_members_come_as_nodes_or_in_one_text(members: object) -> None:
    event = events.parse(
        an_app_plaintext(Event="change_external_chat", ChangeType="update", MemChangeList=members)
    )

    assert isinstance(event, events.GroupChatUpdated)
    assert event.members == ("a", "b")


def test_job_fields_are_found_outside_their_node_too() -> None:
    event = events.parse(
        a_suite_plaintext(
            InfoType="batch_job_result", JobId="J1", JobType="sync_user", ErrCode=3, ErrMsg="no"
        )
    )

    assert isinstance(event, events.BatchJobFinished)
    assert (event.job_id, event.job_type, event.errcode, event.errmsg) == (
        "J1",
        "sync_user",
        3,
        "no",
    )


@pytest.mark.parametrize("wrapper", ["![CDATA[{}]]", "![CDATA[{}]]>", "<![CDATA[ {} ]]>", " {} "])
def test_broken_cdata_wrappers_are_taken_off(wrapper: str) -> None:
    chain_id, change = wrapper.format("ch1"), wrapper.format("create_chain")
    event = events.parse(
        f"<xml><Event>change_chain</Event><ChangeType>{change}</ChangeType><ChainId>{chain_id}</ChainId></xml>"
    )

    assert event.name == "change_chain.create_chain"
    assert event.subject == "ch1"


@pytest.mark.parametrize("spelling", ["create_department", "create_deparmtment"])
def test_both_spellings_of_a_value_have_one_name(spelling: str) -> None:
    event = events.parse(an_app_plaintext(Event="change_school_contact", ChangeType=spelling))

    assert isinstance(event, SchoolDepartmentCreated)
    assert event.name == "change_school_contact.create_department"


@pytest.mark.parametrize(
    ("happened", "name"),
    [("change_edition", "change_editon"), ("del_auth", "cancel_auth")],
)
def test_other_spellings_of_suite_events(happened: str, name: str) -> None:
    assert events.parse(a_suite_plaintext(InfoType=happened)).name == name


def test_the_agent_is_found_in_both_spellings() -> None:
    assert events.parse(an_app_plaintext(Event="click", AgentID=7)).agentid == 7
    assert events.parse(an_app_plaintext(Event="click", AgentId=7)).agentid == 7


def test_blanks_around_values_do_not_matter() -> None:
    event = events.parse(
        "\n <xml>\n<InfoType> change_contact</InfoType><ChangeType>\tdelete_user\n</ChangeType>"
        "<UserID> <![CDATA[ li ]]> </UserID></xml> \n"
    )

    assert isinstance(event, MemberChanged)
    assert event.userid == "li"


def test_a_byte_order_mark_does_not_matter() -> None:
    for plaintext in (b'{"Event":"click"}', b"<xml><Event>click</Event></xml>"):
        assert events.parse(b"\xef\xbb\xbf" + plaintext).name == "click"


def test_an_acquisition_event_of_tomorrow_is_of_the_family() -> None:
    event = events.parse(
        a_suite_plaintext(InfoType="customer_acquisition", ChangeType="new", LinkId="caX")
    )

    assert isinstance(event, CustomerAcquisitionChanged)
    assert isinstance(event, events.UnknownEvent)
    assert event.corpid == "ww1234567890abcdef"
