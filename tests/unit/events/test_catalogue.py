"""The catalogue knows every value that any library or official page names."""

from __future__ import annotations

import pytest

import events
from events.event import REGISTER

# The first column of the coverage table in the facts about callbacks: a value, then its
# ChangeTypes, then its UpdateDetails.
APP_EVENTS = """
subscribe unsubscribe enter_agent LOCATION click view view_miniprogram scancode_push
scancode_waitmsg pic_sysphoto pic_photo_or_album pic_weixin location_select taskcard_click
template_card_event template_card_menu_event inactive_alert close_inactive_agent
reopen_inactive_agent low_active_alert low_active active_restored switch_workbench_mode
upload_media_job_finish unlicensed_notify change_app_admin program_notify
"""
CONTACTS_AND_JOBS = """
change_contact.create_user change_contact.update_user change_contact.delete_user
change_contact.create_party change_contact.update_party change_contact.delete_party
change_contact.update_tag batch_job_result
"""
CUSTOMER_CONTACT = """
change_external_contact.add_external_contact change_external_contact.edit_external_contact
change_external_contact.add_half_external_contact change_external_contact.del_external_contact
change_external_contact.del_follow_user change_external_contact.transfer_fail
change_external_contact.msg_audit_approved
change_external_chat.create change_external_chat.update change_external_chat.dismiss
change_external_chat.update.add_member change_external_chat.update.del_member
change_external_chat.update.change_owner change_external_chat.update.change_name
change_external_chat.update.change_notice
change_external_tag.create change_external_tag.update change_external_tag.delete
change_external_tag.shuffle customer_acquisition_permit_change
"""
CUSTOMER_ACQUISITION = """
customer_acquisition.balance_low customer_acquisition.balance_exhausted
customer_acquisition.balance_increased customer_acquisition.quota_expire_soon
customer_acquisition.link_unavailable customer_acquisition.delete_link
customer_acquisition.open_profile customer_acquisition.friend_request
customer_acquisition.customer_start_chat customer_acquisition.message_from_customer
customer_acquisition.service_balance_low customer_acquisition.service_balance_exhausted
customer_acquisition.service_balance_consumed customer_acquisition.change_price
"""
APPROVAL_SERVICE_ARCHIVE = """
open_approval_change sys_approval_change kf_msg_or_event kf_account_auth_change msgaudit_notify
conversation_new_message hit_keyword chat_archive_audit_approved_single
chat_archive_export_finished advanced_api_expired advanced_api_trial_expired
"""
CALENDAR_AND_ROOMS = """
modify_calendar delete_calendar add_schedule modify_schedule delete_schedule respond_schedule
book_meeting_room cancel_meeting_room meeting_statistics.start_meeting
"""
OTHER_APP_EVENTS = """
wedrive_insufficient_capacity living_status_change app_email_change.receive_email
public_email_change.receive_email submit_vip_account_approval finish_vip_account_approval
change_school_contact_batch security.change_domain_ip
"""
SUITE_EVENTS = """
suite_ticket create_auth change_auth cancel_auth reset_permanent_code share_agent_change
share_chain_change register_corp enter_register_package agree_external_userid_migration
corp_arch_auth approve_special_auth cancel_special_auth open_order change_order
pay_for_app_success refund change_editon cancel_order license_pay_success license_refund
auto_activate device_data_auth_change
"""
DEVICES = """
add_device del_device remark_device_name connect_info disconnect_info error_report
fetch_log_finish device_feature_change
"""
MEETING = """
modify_meeting cancel_meeting meeting_start meeting_end meeting_mute_all meeting_unmute_all
join_meeting quit_meeting join_meeting_before_host join_waiting_room quit_waiting_room
join_from_meeting_room move_to_waiting_room open_screen_share close_screen_share role_change
webinar_role_change webinar_warm_up_upload pstn_status_update medium_upload start_recording
pause_recording resume_recording stop_recording recording_complete delete_recording enroll
cancel_enroll meeting_room_response
"""
FAMILIES = {
    "meeting_change": MEETING,
    "doc_change": "doc_member_change delete_doc form_complete delete_form form_settings_change",
    "smart_sheet_change": """
        add_filed update_filed delete_filed add_field update_field delete_field
        add_record update_record delete_record""",
    "wedrive_space_change": "dismiss_space space_member_change space_security_settings_change",
    "wedrive_file_change": "create_file rename_file update_file delete_file move_file",
    "change_school_contact": """
        create_student update_student delete_student create_parent update_parent delete_parent
        subscribe unsubscribe create_department update_department delete_department
        create_deparmtment""",
    "change_chain": """
        create_chain update_chain delete_chain create_group update_group delete_group
        corp_join update_corp remove_corp""",
}
OTHER_FORMS = {
    "robot": "text image mixed voice file video stream",
    "robot.event": "enter_chat template_card_event feedback_event disconnected_event",
    "kf": """
        enter_session msg_send_fail servicer_status_change session_status_change user_recall_msg
        servicer_recall_msg reject_customer_msg_switch_change""",
    "message": "text image voice video location link",
    "hardware": "bind unbind contact_change",
    "payment": "TRANSACTION.SUCCESS REFUND",
}
IN_EVENTS = [
    *APP_EVENTS.split(),
    *CONTACTS_AND_JOBS.split(),
    *CUSTOMER_CONTACT.split(),
    *CUSTOMER_ACQUISITION.split(),
    *APPROVAL_SERVICE_ARCHIVE.split(),
    *CALENDAR_AND_ROOMS.split(),
    *OTHER_APP_EVENTS.split(),
    *SUITE_EVENTS.split(),
    *DEVICES.split(),
    *(f"{family}.{value}" for family, values in FAMILIES.items() for value in values.split()),
]
IN_OTHER_FORMS = [
    (family.partition(".")[0], f"{family}.{value}")
    for family, values in OTHER_FORMS.items()
    for value in values.split()
]


def _xml(name: str) -> str:
    happened, *more = name.split(".")
    tags = dict(zip(("ChangeType", "UpdateDetail"), more, strict=False))
    inner = "".join(f"<{tag}>{value}</{tag}>" for tag, value in tags.items())
    return f"<xml><MsgType>event</MsgType><Event>{happened}</Event>{inner}</xml>"


@pytest.mark.parametrize("name", IN_EVENTS)
def test_every_value_has_a_class_of_its_own(name: str) -> None:
    event = events.parse(_xml(name))

    assert type(event) in events.catalogue()
    assert not isinstance(event, events.UnknownEvent)


@pytest.mark.parametrize("name", IN_EVENTS)
def test_the_suite_form_has_the_same_class_and_name(name: str) -> None:
    app_form = events.parse(_xml(name))

    suite_form = events.parse(
        _xml(name).replace("<MsgType>event</MsgType>", "").replace("Event>", "InfoType>")
    )

    assert type(suite_form) is type(app_form)
    assert suite_form.name == app_form.name


@pytest.mark.parametrize(("form", "name"), IN_OTHER_FORMS)
def test_every_value_of_the_other_forms_has_a_class(form: str, name: str) -> None:
    assert REGISTER[form, name] in events.catalogue()


def test_classes_and_names_are_unique() -> None:
    classes = events.catalogue()

    assert len(set(classes)) == len(classes)
    assert len({cls.event_name for cls in classes}) == len(classes)
    assert len({cls.__name__ for cls in classes}) == len(classes)


def test_every_class_is_registered_in_a_chapter_the_catalogue_lists() -> None:
    assert set(events.catalogue()) == {cls for cls in REGISTER.values() if not cls.unknown}


def test_the_catalogue_follows_the_official_docs() -> None:
    names = [cls.event_name for cls in events.catalogue()]

    landmarks = ["subscribe", "change_contact.create_user", "batch_job_result"]
    landmarks += ["change_external_contact.add_external_contact", "change_external_tag.create"]
    landmarks += ["meeting_change.modify_meeting", "suite_ticket", "message.text", "robot.text"]
    assert [names.index(name) for name in landmarks] == sorted(map(names.index, landmarks))


@pytest.mark.parametrize("cls", events.catalogue(), ids=lambda cls: cls.__name__)
def test_every_class_tells_what_the_reference_needs(cls: type[events.Event]) -> None:
    assert cls.chinese_name
    assert cls.receivers
    assert cls.__doc__
    assert cls.doc == next(iter(cls.docs), 0)


def test_two_pages_are_not_known() -> None:
    assert {cls.event_name for cls in events.catalogue() if not cls.doc} == {
        "chat_archive_export_finished",
        "enter_register_package",
    }


def test_every_public_class_is_exported() -> None:
    assert all(hasattr(events, name) for name in events.__all__)
