"""The main job: customers are greeted and tagged, groups followed, job results picked up."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx2
import pytest
from callbacks import Callback
from server import OPERATOR, SUITE_ID, Server, run_of, wait_for
from simulated import CONTACT_SYNC_SECRET, Caller

from factories import CORPID, a_suite_plaintext, an_app_plaintext
from journal import BatchJobRecord, ChatPicture
from simulator import DEFAULT_ENCODING_AES_KEY, DEFAULT_TOKEN


def test_a_new_customer_gets_the_welcome_and_the_tags_of_the_rules_that_match(
    server: Server,
) -> None:
    customer = server.simulator.add_customer("wangwu", state="spring-07")

    delivery = server.settled(customer)

    (welcome,) = server.simulator.welcomes(external_userid=customer)
    assert (welcome["userid"], welcome["text"]) == ("wangwu", "春天好，spring-07")
    assert run_of(delivery, "greet_new_customer").result == "sent"
    month = datetime.now(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m")
    (relation,) = server.simulator.customer(customer)["relations"]
    assert sorted(relation["tags"]) == sorted(["活动/春季", f"入会/{month}"])
    assert server.simulator.tags()["活动"].keys() == {"春季"}
    assert run_of(delivery, "tag_new_customer").result == "tagged"


def test_a_customer_without_a_state_gets_the_everyday_welcome_and_no_tags(server: Server) -> None:
    customer = server.simulator.add_customer("lisi")

    delivery = server.settled(customer)

    assert [each["text"] for each in server.simulator.welcomes(external_userid=customer)] == [
        "你好"
    ]
    assert run_of(delivery, "tag_new_customer").result == "no_rule"
    assert server.simulator.markings(external_userid=customer) == []


def test_a_half_added_customer_is_greeted_once_and_not_again_when_confirmed(server: Server) -> None:
    customer = server.simulator.add_customer("zhangsan", half=True)
    half = server.settled(customer)

    server.simulator.add_customer("zhangsan", external_userid=customer)
    wait_for(lambda: server.delivery(customer).id > half.id, "the confirmation has arrived")
    full = server.settled(customer)

    assert run_of(half, "greet_half_added_customer").result == "sent"
    assert run_of(full, "greet_new_customer").result == "no_welcome_code"
    assert len(server.simulator.welcomes(external_userid=customer)) == 1


def test_the_members_of_a_group_chat_are_followed_from_its_creation_to_its_end(
    server: Server,
) -> None:
    simulator = server.simulator
    first, second = (simulator.add_customer("zhangsan") for _ in range(2))

    chat_id = simulator.create_group_chat("zhangsan", name="内购群", members=[first])
    _until_chat(server, chat_id, lambda chat: _members(chat) == {"zhangsan", first})
    assert server.journal.chat_changes(CORPID, chat_id) == []

    simulator.join_group_chat(chat_id, second, by_qr_code=True)
    _until_chat(server, chat_id, lambda chat: _members(chat) == {"zhangsan", first, second})
    simulator.leave_group_chat(chat_id, first)
    _until_chat(server, chat_id, lambda chat: _members(chat) == {"zhangsan", second})
    simulator.leave_group_chat(chat_id, second, removed=True)
    _until_chat(server, chat_id, lambda chat: _members(chat) == {"zhangsan"})
    assert server.journal.chat_changes(CORPID, chat_id) == [
        (second, "joined", 3),
        (first, "left", 0),
        (second, "left", 1),
    ]

    simulator.change_group_chat(chat_id, name="老友群")
    _until_chat(server, chat_id, lambda chat: chat.name == "老友群")
    simulator.join_group_chat(chat_id, "lisi", invitor="zhangsan")
    _until_chat(server, chat_id, lambda chat: _members(chat) == {"zhangsan", "lisi"})
    simulator.change_group_chat(chat_id, owner="lisi", notice="周五见")
    _until_chat(server, chat_id, lambda chat: chat.owner == "lisi")

    simulator.dismiss_group_chat(chat_id)
    _until_chat(server, chat_id, lambda chat: chat.dismissed_at is not None)
    server.settled(chat_id)
    assert server.journal.chat_changes(CORPID, chat_id)[3:] == [("lisi", "joined", 0)]


def test_a_member_list_that_lags_behind_its_event_is_read_again(server: Server) -> None:
    customer = server.simulator.add_customer("zhangsan")
    chat_id = server.simulator.create_group_chat("zhangsan")
    _until_chat(server, chat_id, lambda chat: _members(chat) == {"zhangsan"})
    server.simulator.set_limits({"group_chat_lag_seconds": 1})

    server.simulator.join_group_chat(chat_id, customer)

    _until_chat(server, chat_id, lambda chat: _members(chat) == {"zhangsan", customer})
    assert server.journal.chat_changes(CORPID, chat_id) == [(customer, "joined", 0)]


def test_the_failed_rows_of_an_import_are_stored_and_told_to_the_operators(server: Server) -> None:
    job_id = _import(server, "batch/syncuser", "姓名,帐号,部门\n陈一,chenyi,2\n陈二,chener,99\n")

    job = _stored_job(server, job_id)

    assert (job.job_type, job.total) == ("sync_user", 2)
    assert [(row["userid"], row["errcode"]) for row in job.result] == [
        ("chenyi", 0),
        ("chener", 60003),
    ]
    assert "60003" in _message_about(server, job_id)


def test_the_rows_of_an_import_of_departments_are_stored(server: Server) -> None:
    job_id = _import(server, "batch/replaceparty", "部门名称,部门ID,父部门ID,排序\n新部门,77,1,5\n")

    job = _stored_job(server, job_id)

    assert (job.job_type, job.total) == ("replace_party", 1)
    assert [(row["partyid"], row["errcode"]) for row in job.result] == [(77, 0)]
    server.settled(job_id)
    assert not [each for each in server.simulator.messages() if job_id in str(each)]


def test_the_end_of_an_export_is_stored_without_asking_for_rows(server: Server) -> None:
    job_id = f"export-{uuid.uuid4()}"

    server.simulator.push(
        an_app_plaintext(
            Event="batch_job_result", BatchJob=_job(job_id, job_type="export_user")
        ).decode()
    )

    job = _stored_job(server, job_id)
    assert (job.job_type, job.errcode, job.total, job.result) == ("export_user", 0, None, [])
    assert run_of(server.settled(job_id), "collect_batch_job").result == "collected"


def test_a_job_that_failed_as_a_whole_is_told_to_the_operators(server: Server) -> None:
    job_id = f"export-{uuid.uuid4()}"

    server.simulator.push(
        an_app_plaintext(
            Event="batch_job_result", BatchJob=_job(job_id, job_type="export_user", errcode=60011)
        ).decode()
    )

    assert _stored_job(server, job_id).errcode == 60011
    assert "60011" in _message_about(server, job_id)


def test_a_job_result_with_its_fields_at_the_root_is_stored(server: Server) -> None:
    job_id = f"export-{uuid.uuid4()}"

    server.simulator.push(
        an_app_plaintext(
            Event="batch_job_result", **_job(job_id, job_type="export_department")
        ).decode()
    )

    assert _stored_job(server, job_id).job_type == "export_department"


def test_an_import_whose_result_wecom_keeps_no_longer_is_stored_as_far_as_known(
    server: Server,
) -> None:
    job_id = f"forgotten-{uuid.uuid4()}"

    server.simulator.push(
        an_app_plaintext(
            Event="batch_job_result", BatchJob=_job(job_id, job_type="sync_user")
        ).decode()
    )

    job = _stored_job(server, job_id)
    assert (job.total, job.result) == (None, [])


def test_a_job_result_in_the_envelope_of_a_suite_is_stored_and_answered_with_success(
    server: Server,
) -> None:
    job_id = f"suite-{uuid.uuid4()}"

    number = server.simulator.push(
        a_suite_plaintext(
            SuiteId=SUITE_ID,
            InfoType="batch_job_result",
            BatchJob=_job(job_id, job_type="export_user"),
        ).decode(),
        app="suite",
    )

    assert _stored_job(server, job_id).job_type == "export_user"
    assert server.delivery(job_id).app == "suite"
    (push,) = [each for each in server.simulator.pushes() if each["number"] == number]
    assert (push["outcome"], push["reply"]) == ("delivered", "success")


@pytest.mark.parametrize("raw_plus", [False, True], ids=["escaped", "raw +"])
def test_the_callback_url_is_verified_when_the_echostr_has_a_plus(
    server: Server, *, raw_plus: bool
) -> None:
    echo = next(
        each
        for each in (Callback.of(b"4893920593726481057") for _ in range(1000))
        if "+" in each.ciphertext
    )
    echostr = echo.ciphertext.replace("=", "%3D").replace("/", "%2F")
    echostr = echostr if raw_plus else echostr.replace("+", "%2B")

    answer = httpx2.get(f"{server.callback_url}?{echo.query}&echostr={echostr}", trust_env=False)

    assert (answer.status_code, answer.content) == (200, b"4893920593726481057")
    assert server.simulator.verify_callback("contacts", raw_plus=raw_plus)["ok"]


def _members(chat: ChatPicture) -> set[str]:
    return {member.userid for member in chat.members}


def _until_chat(server: Server, chat_id: str, holds: Callable[[ChatPicture], bool]) -> None:
    def reached() -> bool:
        chat = server.journal.chat(CORPID, chat_id)
        return chat is not None and holds(chat)

    wait_for(reached, f"the journal's picture of {chat_id} is the new one")


def _job(job_id: str, *, job_type: str, errcode: int = 0) -> dict[str, object]:
    return {"JobId": job_id, "JobType": job_type, "ErrCode": errcode, "ErrMsg": "ok"}


def _import(server: Server, path: str, table: str) -> str:
    """Import a table as the contact assistant does, up to the end of the job."""
    assistant = Caller(server.simulator, CONTACT_SYNC_SECRET)
    media = assistant.upload(table.encode(), kind="file", filename="table.csv")
    started = assistant.post(
        path,
        media_id=media["media_id"],
        callback={
            "url": server.callback_url,
            "token": DEFAULT_TOKEN,
            "encodingaeskey": DEFAULT_ENCODING_AES_KEY,
        },
    )
    server.simulator.finish_batch_jobs()
    job_id: str = started["jobid"]
    return job_id


def _stored_job(server: Server, job_id: str) -> BatchJobRecord:
    wait_for(
        lambda: server.journal.batch_job(CORPID, job_id) is not None, f"the job {job_id} is stored"
    )
    job = server.journal.batch_job(CORPID, job_id)
    assert job is not None
    return job


def _message_about(server: Server, job_id: str) -> str:
    """Return what the operator was told of a job."""
    (message,) = wait_for(
        lambda: [
            each for each in server.simulator.messages(userid=OPERATOR) if job_id in str(each)
        ],
        "the operator is told",
    )
    return str(message)
