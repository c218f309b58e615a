"""Wrong rules are not in force, and the operators hear of it."""

from __future__ import annotations

from pathlib import Path

from server import CONTACTS, ONE_WORKER, OPERATOR, Server, running, wait_for

GOOD = '[[welcome]]\ntext = "你好"\n'
WRONG = '[[welcome]]\nname = "春季"\n'
PROCESSES = ("web", ONE_WORKER, "bulk")


def told(server: Server) -> list[str]:
    return [str(each) for each in server.simulator.messages(userid=OPERATOR)]


def test_operators_hear_of_rules_that_each_process_refuses(tmp_path: Path) -> None:
    with running(tmp_path, *PROCESSES, rules=WRONG, apps=[CONTACTS], start=False) as server:
        good = tmp_path / "var" / "last-good-rules.toml"
        good.parent.mkdir(exist_ok=True)
        good.write_text(GOOD, encoding="utf-8")

        server.start()

        (message,) = wait_for(lambda: told(server), "the operator hears of it")
        assert "rules.toml:1: [[welcome]]" in message
        assert "text: 缺少此项" in message
        customer = server.simulator.add_customer("zhangsan")
        (welcome,) = wait_for(
            lambda: server.simulator.welcomes(external_userid=customer), "by the last good rules"
        )
        assert welcome["text"] == "你好"
        assert len(told(server)) == 1
        wait_for(
            lambda: len(server.log_lines("rules_refused")) == len(PROCESSES), "each has logged it"
        )
