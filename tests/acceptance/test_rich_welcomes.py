"""Welcomes with names and files leave in time, whatever becomes of the lookups and the uploads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pictures import a_png
from server import CLOSED, OPERATOR, Server, run_of, running, wait_for

from journal import Run
from simulator import DEFAULT_CORPID

SEND = "externalcontact/send_welcome_msg"
RULES = """
[[welcome]]
name = "named"
state = "named"
text = "你好 {{ customer.name }}，我是{{ staff.name }}。"
attachments = [
  { image = "media/poster.png" },
  { file = "media/prices.pdf" },
  { link = { title = "给{{ customer.name }}", url = "https://example.com/{{ event.userid }}" } },
]

[[welcome]]
name = "of the sales department"
state = "by-department"
department = "销售部"
text = "销售部欢迎你"

[[welcome]]
name = "files"
state = "files"
text = "看看附件"
attachments = [
  { image = "media/poster.png" },
  { file = "media/prices.pdf" },
  { miniprogram = { title = "商城", appid = "wx1", page = "/index", cover = "media/poster.png" } },
]

[[welcome]]
name = "a missing file"
state = "missing"
text = "没有附件也欢迎"
attachments = [{ file = "media/nowhere.pdf" }]

[[welcome]]
name = "a media_id of others"
state = "foreign"
text = "看看附件"
attachments = [{ image = "media/poster.png" }, { file = { media_id = "GONE" } }]

[[welcome]]
name = "by gender"
state = "by-gender"
gender = ["male", "female", "unknown"]
text = "你的性别已知"

[[welcome]]
name = "default"
state = "by-*"
text = "你好"

[[archive_consent]]
text = "谢谢{{ customer.name }}同意存档"
"""


def write_media(folder: Path) -> None:
    (folder / "media").mkdir()
    (folder / "media" / "poster.png").write_bytes(a_png())
    (folder / "media" / "prices.pdf").write_bytes(b"%PDF-1.4 prices of the day")


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("rich")
    with running(folder, rules=RULES, start=False) as server:
        write_media(folder)
        server.start()
        yield server


@pytest.fixture
def server(_server: Server) -> Iterator[Server]:
    files = {"media/poster.png", "media/prices.pdf"}
    wait_for(lambda: files <= set(media_ids(_server)), "uploaded")
    yield _server
    _server.heal()


def greeted(
    server: Server, state: str, userid: str = "zhangsan", name: str = "小明"
) -> tuple[str, Run]:
    """Let a customer come, and return who it is and how the welcome ended."""
    customer = server.simulator.add_customer(userid, state=state, name=name)
    return customer, server.welcome(customer)


def calls_of(run: Run) -> list[str]:
    """Return the API calls of all attempts; tokens are had ahead of them."""
    delivered = [call[0] for attempt in run.attempts for call in attempt.calls]
    return [path for path in delivered if path != "gettoken"]


def media_ids(server: Server) -> dict[str, str]:
    uploads = server.journal.uploads("contacts", DEFAULT_CORPID)
    return {each.path: each.media_id for each in uploads}


def parts(server: Server, customer: str) -> tuple[str, list[str]]:
    """Return text and kinds of attachment of the one welcome somebody saw."""
    (welcome,) = server.simulator.welcomes(external_userid=customer)
    return welcome["text"], [each["msgtype"] for each in welcome["attachments"]]


def test_a_welcome_with_names_and_three_attachments_takes_three_calls(server: Server) -> None:
    customer, run = greeted(server, "named")

    assert run.result == "sent"
    assert parts(server, customer) == ("你好 小明，我是张三。", ["image", "file", "link"])
    assert len(calls_of(run)) <= 3


def test_without_names_it_takes_one_call(server: Server) -> None:
    customer, run = greeted(server, "files")

    assert calls_of(run) == [SEND]
    assert parts(server, customer) == ("看看附件", ["image", "file", "miniprogram"])


def test_a_name_with_signs_of_templates_comes_out_as_it_is(server: Server) -> None:
    customer, _ = greeted(server, "named", name="{{ 7 * 7 }}<b>{% raw %}")

    assert parts(server, customer)[0] == "你好 {{ 7 * 7 }}<b>{% raw %}，我是张三。"


def test_a_department_is_looked_up_only_where_a_rule_asks_for_it(server: Server) -> None:
    sales, _ = greeted(server, "by-department", "lisi")
    service, _ = greeted(server, "by-department", "wangwu")

    assert parts(server, sales)[0] == "销售部欢迎你"
    assert parts(server, service)[0] == "你好"


def test_with_every_call_taking_three_seconds_it_still_leaves(server: Server) -> None:
    server.simulator.add_fault({"latency_seconds": 3})

    customer, run = greeted(server, "named", "wangwu")

    assert run.result == "sent"
    assert parts(server, customer)[1] == ["image", "file", "link"]


def test_lookups_that_never_answer_cost_the_names_and_not_the_welcome(server: Server) -> None:
    server.simulator.add_fault({"path": "externalcontact/get", "latency_seconds": 60})
    server.simulator.add_fault({"path": "user/get", "latency_seconds": 60})

    customer, run = greeted(server, "named", "zhaoliu")

    assert run.result == "sent"
    assert parts(server, customer)[0] == "你好 ，我是。"


def test_a_condition_that_cannot_be_looked_up_does_not_hold(server: Server) -> None:
    known, _ = greeted(server, "by-gender", "lisi")
    server.simulator.add_fault({"path": "externalcontact/get", "errcode": 60011})
    unknown, _ = greeted(server, "by-gender", "lisi")

    assert parts(server, known)[0] == "你的性别已知"
    assert parts(server, unknown)[0] == "你好"


def test_with_the_api_away_for_ten_seconds_it_leaves_when_the_api_is_back(server: Server) -> None:
    fault = server.simulator.add_fault({"drop_connection": True})
    customer = server.simulator.add_customer("zhangsan", state="named", name="小明")
    wait_for(
        lambda: run_of(server.delivery(customer), "greet_new_customer").attempt >= 4,
        "several attempts have failed",
    )
    server.simulator.remove_fault(fault)

    assert server.welcome(customer).result in {"sent", "already_sent"}
    assert parts(server, customer)[1] == ["image", "file", "link"]


def test_a_media_id_that_wecom_forgot_is_renewed_inside_the_window(server: Server) -> None:
    server.simulator.add_fault({"path": SEND, "errcode": 40007, "calls": 1})

    customer, run = greeted(server, "files")

    assert run.result == "sent"
    assert calls_of(run) == [SEND, "media/upload", "media/upload", SEND]
    assert parts(server, customer)[1] == ["image", "file", "miniprogram"]


def test_files_that_wecom_never_takes_do_not_cost_the_welcome(server: Server) -> None:
    server.simulator.add_fault({"path": SEND, "errcode": 40007, "calls": 2})

    customer, run = greeted(server, "files")

    assert run.result == "sent"
    assert parts(server, customer) == ("看看附件", [])


def test_a_media_id_of_the_rules_that_is_gone_costs_calls_only_once(server: Server) -> None:
    first, run_of_first = greeted(server, "foreign")
    second, run_of_second = greeted(server, "foreign")

    assert calls_of(run_of_first).count(SEND) == 3  # with all, renewed, without it
    assert calls_of(run_of_second) == [SEND]
    assert parts(server, first) == parts(server, second) == ("看看附件", ["image"])


def test_a_missing_file_is_left_out_and_told_to_the_operators_once(server: Server) -> None:
    customers = [greeted(server, "missing") for _ in range(3)]

    for customer, run in customers:
        assert run.result == "sent"
        assert parts(server, customer) == ("没有附件也欢迎", [])
    told = [
        each for each in server.simulator.messages(userid=OPERATOR) if "nowhere.pdf" in str(each)
    ]
    assert len(told) == 1


def test_a_changed_file_is_uploaded_again(server: Server) -> None:
    before = {
        each.path: each.media_id for each in server.journal.uploads("contacts", DEFAULT_CORPID)
    }
    (server.folder / "media" / "prices.pdf").write_bytes(b"%PDF-1.4 prices of tomorrow")

    def renewed() -> bool:
        now = {
            each.path: each.media_id for each in server.journal.uploads("contacts", DEFAULT_CORPID)
        }
        return now["media/prices.pdf"] != before["media/prices.pdf"]

    wait_for(renewed, "the file is uploaded anew", seconds=60)


def test_a_half_added_customer_is_greeted_once(server: Server) -> None:
    customer = server.simulator.add_customer("zhangsan", state="files", half=True)
    wait_for(lambda: server.simulator.welcomes(external_userid=customer), "greeted")
    server.simulator.add_customer("zhangsan", state="files", external_userid=customer)
    wait_for(
        lambda: server.delivery(customer).event.endswith(".add_external_contact"),
        "the full add has come",
    )
    second = server.settled(customer)

    assert run_of(second, "greet_new_customer").result == "no_welcome_code"
    assert len(server.simulator.welcomes(external_userid=customer)) == 1


def test_who_agrees_to_the_archive_is_thanked(server: Server) -> None:
    customer, run = greeted(server, "quiet", name="小红")
    assert run.result == "no_rule"

    server.simulator.consent_to_archive("zhangsan", customer)

    def answer() -> Run | None:
        runs = server.delivery(customer).runs
        ended = [run for run in runs if run.handler.endswith("greet_after_consent")]
        return next((run for run in ended if run.status in CLOSED), None)

    answered = wait_for(answer, "the consent is answered")

    assert answered is not None
    assert answered.result == "sent"
    assert parts(server, customer)[0] == "谢谢小红同意存档"
