"""The rules that the how-to pages show do what the pages say, put in force without a restart."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pictures import a_png
from server import OPERATOR, ROOT, Server, run_command, run_of, running, wait_for

from simulator import DEFAULT_CORPID

PAGES = (
    "welcome-with-attachments",
    "personal-welcome",
    "tags-and-remarks",
    "lost-customers",
    "archive-consent",
    "time-based-welcomes",
)
_stamps = count(1_800_000_000)


def rules_of_page(page: str) -> str:
    text = (ROOT / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8")
    (rules,) = re.findall(r"^```toml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return str(rules)


def blocks(page: Path) -> list[str]:
    return re.findall(
        r"^```\w+\n.*?^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("pages")
    with running(folder, rules="", start=False) as server:
        (folder / "media").mkdir()
        (folder / "media" / "poster.png").write_bytes(a_png())
        (folder / "media" / "price-list.pdf").write_bytes(b"%PDF-1.4 prices")
        server.start()
        yield server


@pytest.fixture
def server(_server: Server) -> Iterator[Server]:
    yield _server
    _server.heal()


def put_in_force(server: Server, page: str) -> None:
    """Write the rules of a page, and let the server see them with the next event."""
    path = server.folder / "rules.toml"
    path.write_text(rules_of_page(page), encoding="utf-8")
    stamp = next(_stamps)
    os.utime(path, (stamp, stamp))
    time.sleep(1)  # a process looks at the file five times a second, a busy one less often


def welcome(server: Server, customer: str) -> dict[str, object]:
    (seen,) = wait_for(
        lambda: server.simulator.welcomes(external_userid=customer), "the customer is greeted"
    )
    return seen


def notices(server: Server, userid: str, text: str) -> list[dict[str, object]]:
    return [each for each in server.simulator.messages(userid=userid) if text in str(each)]


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_show_the_same(page: str) -> None:
    folder = ROOT / "docs" / "how-to"

    assert blocks(folder / f"{page}.zh-CN.md") == blocks(folder / f"{page}.md")


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_the_page_work(server: Server, page: str) -> None:
    put_in_force(server, page)
    text = (ROOT / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^wecom-callback (rules test .*)$", text, re.MULTILINE)
    words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', command)]

    checked = run_command(server.settings, "rules", "check")
    tried = run_command(server.settings, *words, "--app", "contacts")

    assert (checked.returncode, tried.returncode) == (0, 0), checked.stdout + tried.stderr
    assert "matches" in tried.stdout


def test_the_welcome_with_attachments(server: Server) -> None:
    put_in_force(server, "welcome-with-attachments")
    wait_for(
        lambda: len(server.journal.uploads("contacts", DEFAULT_CORPID)) == 2,
        "both files are uploaded",
        seconds=60,
    )

    seen = welcome(server, server.simulator.add_customer("zhangsan"))

    assert [each["msgtype"] for each in seen["attachments"]] == [  # type: ignore[attr-defined]  # JSON
        "image",
        "file",
        "link",
        "miniprogram",
    ]


def test_the_personal_welcome(server: Server) -> None:
    put_in_force(server, "personal-welcome")

    sales = server.simulator.add_customer("zhangsan", name="小明")
    service = server.simulator.add_customer("wangwu", name="小红")

    assert welcome(server, sales)["text"] == ("你好小明，我是销售顾问张三，报价和样品都可以找我。")
    assert welcome(server, service)["text"] == "你好小红，我是王五。"


def test_the_tags_and_remarks(server: Server) -> None:
    put_in_force(server, "tags-and-remarks")

    customer = server.simulator.add_customer("zhangsan", state="spring-01", name="小明")
    server.settled(customer)

    (relation,) = server.simulator.customer(customer)["relations"]
    month = datetime.now(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m")
    assert relation["remark"] == "小明-春季"
    assert relation["description"].startswith("来自 spring-01，")
    assert set(relation["tags"]) == {"来源/春季活动", f"入会月份/{month}"}


def test_the_notices_about_lost_customers(server: Server) -> None:
    put_in_force(server, "lost-customers")
    left, deleted, *others = [
        server.simulator.add_customer("lisi", name=name)
        for name in ("小明", "小红", "小王", "小李")
    ]
    for customer in (left, deleted, *others):
        server.settled(customer)

    server.simulator.customer_leaves("lisi", left)
    server.simulator.fail_transfer("lisi", left)
    for customer in (deleted, *others):
        server.simulator.delete_customer("lisi", customer)

    wait_for(lambda: notices(server, "lisi", "客户 小明 删除了你"), "the member hears of it")
    wait_for(
        lambda: notices(server, OPERATOR, "李四 删除了客户 小红"), "with the name that is gone"
    )
    wait_for(lambda: notices(server, OPERATOR, "customer_refused"), "the transfer failed")
    wait_for(lambda: notices(server, OPERATOR, "李四 一小时内删除了 3 个客户"), "the alarm")
    server.all_settled()
    assert len(notices(server, OPERATOR, "一小时内删除了")) == 1


def test_the_answer_to_the_consent(server: Server) -> None:
    put_in_force(server, "archive-consent")
    customer = server.simulator.add_customer("zhangsan", name="小明")
    server.settled(customer)

    server.simulator.consent_to_archive("zhangsan", customer)

    assert welcome(server, customer)["text"] == ("感谢小明同意存档。我是张三，有什么可以帮您？")
    assert run_of(server.settled(customer), "greet_after_consent").result == "sent"


@pytest.mark.parametrize(
    ("at", "name"),
    [
        ("2026-02-18 10:00", "spring festival"),
        ("2026-02-16 00:00", "spring festival"),
        ("2026-02-24 09:00", "office hours"),
        ("2026-02-24 08:59", "evenings"),
        ("2026-02-24 18:00", "evenings"),
        ("2026-02-28 10:00", "weekend"),
        ("2026-03-01 23:59", "weekend"),
    ],
)
def test_the_welcomes_by_the_time_of_day(server: Server, at: str, name: str) -> None:
    put_in_force(server, "time-based-welcomes")

    tried = run_command(
        server.settings, "rules", "test", "userid=zhangsan", "--app", "contacts", "--at", at
    )

    lines = [line for line in tried.stdout.splitlines() if "matches" in line and "[[" in line]
    assert f'"{name}"' in lines[0]
