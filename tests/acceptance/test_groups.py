"""Customer groups: welcomes as the file says, notices to owners, numbers, duplicates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from how_to import rules_of_page
from server import Server, run_command, running, wait_for

from journal import tables
from journal.database import write
from simulator import DEFAULT_CORPID
from simulator.group_messages import GroupMessages

WELCOME = """
[[group_welcome]]
name = "hello"
app = "contacts"
text = "欢迎 %NICKNAME%"
"""
NOTICES = """
[[group_notice]]
name = "somebody left"
on = "leave"
text = "{{ count }} 人退出了「{{ group_name }}」"

[[group_notice]]
name = "many joined"
on = "join"
at_least = 3
within = "1h"
to = ["@owner", "@operators"]
text = "一小时内 {{ count }} 人加入"
"""


@pytest.fixture(scope="module")
def _group_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("groups"), rules=NOTICES) as server:
        yield server


@pytest.fixture
def server(_group_server: Server) -> Iterator[Server]:
    yield _group_server
    _group_server.heal()


@pytest.fixture(scope="module")
def _idle_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("idle"), rules=WELCOME, start=False) as server:
        yield server


@pytest.fixture
def idle(_idle_server: Server) -> Server:
    """A server whose processes do not run: only commands act; without any welcome yet."""
    _idle_server.simulator.reset()
    for key in _idle_server.valkey.client.scan_iter("*token*"):
        _idle_server.valkey.client.delete(key)  # the simulator knows none of them any more
    with write(_idle_server.journal._engine) as connection:
        connection.execute(sa.delete(tables.group_welcomes))
    (_idle_server.folder / "rules.toml").write_text(WELCOME, encoding="utf-8")
    return _idle_server


def templates(server: Server) -> list[dict[str, Any]]:
    corp = server.simulator.tenant.corp(DEFAULT_CORPID)
    return [vars(each) for each in corp.of(GroupMessages).templates.values()]


def sync(server: Server, *arguments: str, status: int = 0) -> str:
    ended = run_command(server.settings, "groups", "sync", *arguments)
    assert ended.returncode == status, ended.stdout + ended.stderr
    return ended.stdout


def test_a_welcome_is_made_once_changed_with_the_file_and_not_doubled_by_a_lost_answer(
    idle: Server,
) -> None:
    assert "created" in sync(idle)
    assert "same" in sync(idle)
    (idle.folder / "rules.toml").write_text(WELCOME.replace("欢迎", "你好"), encoding="utf-8")
    assert "updated" in sync(idle)
    (made,) = templates(idle)
    assert "你好 %NICKNAME%" in json.dumps(made["content"], ensure_ascii=False)

    second = WELCOME.replace('"hello"', '"second"')
    (idle.folder / "rules.toml").write_text(WELCOME + second, encoding="utf-8")
    idle.simulator.add_fault(
        {
            "path": "externalcontact/group_welcome_template/add",
            "when": "after",
            "drop_connection": True,
            "calls": 1,
        }
    )
    assert "groups sync --again" in sync(idle, status=1)
    assert "groups sync --again" in sync(idle, status=1)
    assert len(templates(idle)) == 2

    assert "created" in sync(idle, "--again", "second")
    assert len(templates(idle)) == 3  # the operator said so
    assert "hello" in run_command(idle.settings, "groups", "list").stdout


def test_the_welcome_of_the_page_is_made(idle: Server) -> None:
    rules = rules_of_page("groups").replace('"hello"', '"of the page"')
    (idle.folder / "rules.toml").write_text(rules, encoding="utf-8")

    assert "created" in sync(idle)
    assert any("群规见公告" in str(each["content"]) for each in templates(idle))


def test_a_refused_welcome_is_tried_again(idle: Server) -> None:
    rules = WELCOME.replace('"hello"', '"refused"')
    (idle.folder / "rules.toml").write_text(rules, encoding="utf-8")
    idle.simulator.add_fault(
        {"path": "externalcontact/group_welcome_template/add", "errcode": 41055, "calls": 1}
    )

    refused, made = sync(idle, status=1), sync(idle)

    assert ("41055" in refused, "created" in made) == (True, True)


def test_an_owner_hears_who_left_once_and_of_many_who_joined_once(server: Server) -> None:
    customers = [server.simulator.add_customer("zhangsan") for _ in range(5)]
    chat_id = server.simulator.create_group_chat("lisi", name="老客户群", members=customers[:1])

    server.simulator.leave_group_chat(chat_id, customers[0])
    wait_for(lambda: told(server, "lisi", "退出"), "the owner hears of it")
    (push,) = [
        each
        for each in server.simulator.pushes(subject=chat_id)
        if "del_member" in str(each) or "update" in str(each["event"])
    ][:1]
    server.simulator.push_again(push["number"])
    for customer in customers[1:]:
        server.simulator.join_group_chat(chat_id, customer)
    wait_for(lambda: told(server, "lisi", "加入"), "the owner hears of the many")
    server.all_settled()

    assert told(server, "lisi", "退出") == ["1 人退出了「老客户群」"]
    assert len(told(server, "lisi", "加入")) == 1
    assert told(server, "admin", "加入") == told(server, "lisi", "加入")


def test_groups_are_counted_and_duplicates_found(server: Server) -> None:
    both, one = (server.simulator.add_customer("zhangsan") for _ in range(2))
    first = server.simulator.create_group_chat("zhangsan", name="一群", members=[both])
    second = server.simulator.create_group_chat("zhangsan", name="二群", members=[both])
    server.settled(first)
    server.settled(second)
    server.simulator.join_group_chat(first, one)
    wait_for(
        lambda: server.journal.group_changes_since(
            DEFAULT_CORPID, first, server.delivery(first).received_at.replace(year=2000)
        ).get("joined"),
        "the journal has who joined",
    )

    listed = run_command(server.settings, "groups", "list").stdout
    duplicates = [
        json.loads(line)
        for line in run_command(
            server.settings, "groups", "duplicates", "--json"
        ).stdout.splitlines()
    ]

    (line,) = [each for each in listed.splitlines() if "一群" in each]
    assert line.split()[:6] == ["一群", "zhangsan", "3", "2", "+1", "-0"]
    assert first in listed.split()
    assert [each["chat_ids"] for each in duplicates if each["userid"] == both] == [
        sorted([first, second])
    ]
    assert one not in [each["userid"] for each in duplicates]
    assert both in run_command(server.settings, "groups", "duplicates").stdout


def told(server: Server, userid: str, word: str) -> list[str]:
    """Return the messages of that kind a member saw, the newest first."""
    found = [each["content"]["content"] for each in server.simulator.messages(userid=userid)]
    return [each for each in found if word in each]
