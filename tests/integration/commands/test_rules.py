"""`rules check` and `rules test`, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from server import CONTACTS, write_settings

from cli import main

RULES = """
[[welcome]]
name = "spring"
state = "spring-*"
hours = "09:00-18:00"
text = "你好 {{ customer.name }}"

[[welcome]]
name = "default"
text = "你好"

[[tag]]
add = "来源/{{ event.state }}"

[[notify]]
event = "del_follow_user"
to = "@operators"
text = "{{ customer.name }} 删除了 {{ staff.name }}"
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    (tmp_path / "rules.toml").write_text(RULES, encoding="utf-8")
    return write_settings(tmp_path / "wecom.toml", {}, [CONTACTS])


def run(settings: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(settings), "rules", *words])


def test_good_rules_are_counted(settings: Path) -> None:
    checked = run(settings, "check")

    assert checked.exit_code == 0
    assert checked.output.strip().endswith("good: 2 welcome, 1 tag, 1 notify")


@pytest.fixture
def wrong(settings: Path) -> Path:
    path = settings.parent / "wrong.toml"
    path.write_text(
        '[[welcome]]\ntext = "{{ x }}"\nfoo = 1\n\n[[tag]]\nname = "t"\nadd = "x"\nhours = "9"\n'
        '[[welcome]]\nattachments = [{ file = "nowhere.pdf" }]\n[[welcomes]]\n',
        encoding="utf-8",
    )
    return path


def test_every_mistake_is_told_with_its_line(settings: Path, wrong: Path) -> None:
    checked = run(settings, "check", str(wrong))

    assert checked.exit_code == 1
    lines = [line.removeprefix(f"{wrong}:") for line in checked.output.splitlines()]
    assert [line.partition(":")[0] for line in lines[:-1]] == ["2", "3", "7", "8", "10", "11"]
    assert lines[-1] == "6 to mend"


def test_every_mistake_is_told_in_chinese(settings: Path, wrong: Path) -> None:
    gone = "没有这个文件；路径从规则文件所在的目录算起"

    checked = run(settings, "check", str(wrong), "--lang", "zh")

    assert checked.exit_code == 1
    assert checked.output.splitlines() == [
        f"{wrong}:2: [[welcome]] 第 1 条: text: 用到了 x，可用的有: customer, event, now, staff",
        f"{wrong}:3: [[welcome]] 第 1 条: foo: 没有这个键，请删除或改正拼写",
        f'{wrong}:7: [[tag]] "t": add: "x" 应写成 标签组/标签',
        f'{wrong}:8: [[tag]] "t": hours: "9" 应写成 09:00-18:00',
        f"{wrong}:10: [[welcome]] 第 2 条: attachments: nowhere.pdf: {gone}",
        f"{wrong}:11: welcomes: 没有这个键，请删除或改正拼写",
        "共 6 处需要修改",
    ]


def test_the_terminal_decides_about_the_language_unless_it_is_told(settings: Path) -> None:
    environ = {"LC_ALL": "zh_CN.UTF-8"}
    words = ["--config", str(settings), "rules", "check"]

    chinese = CliRunner().invoke(main, words, env=environ).output
    english = CliRunner().invoke(main, [*words, "--lang", "en"], env=environ).output

    assert chinese.strip().endswith("没有问题: welcome 2 条，tag 1 条，notify 1 条")
    assert english.strip().endswith("good: 2 welcome, 1 tag, 1 notify")


def test_a_missing_attachment_is_a_mistake(settings: Path) -> None:
    wrong = settings.parent / "wrong.toml"
    wrong.write_text('[[welcome]]\nattachments = { file = "nowhere.pdf" }\n', encoding="utf-8")

    checked = run(settings, "check", str(wrong))

    assert checked.exit_code == 1
    assert (
        f"{wrong}:2: [[welcome]] number 1: attachments: nowhere.pdf: there is no" in checked.output
    )


def test_a_file_that_is_no_toml_is_told_with_its_line(settings: Path) -> None:
    wrong = settings.parent / "wrong.toml"
    wrong.write_text("a = 1\n[[welcome]\n", encoding="utf-8")

    assert run(settings, "check", str(wrong)).output.startswith(f"{wrong}:2: not valid TOML")


def test_shows_matches_reasons_and_calls(settings: Path) -> None:
    words = ("state=spring-1", "userid=zhangsan", "--at", "2026-02-10 20:00")

    tried = run(settings, "test", *words)

    assert tried.exit_code == 0
    assert '[[welcome]] "spring"  hours: wants 09:00-18:00; it is Tue' in tried.output
    assert '"text": {"content": "你好"}' in tried.output
    assert "externalcontact/mark_tag" in tried.output


def test_a_customer_without_a_state_came_by_no_channel(settings: Path) -> None:
    tried = run(settings, "test", "userid=zhangsan")

    assert 'state: wants spring-*; it is ""' in tried.output


def test_shows_matches_and_reasons_in_chinese(settings: Path) -> None:
    added = "change_external_contact.add_external_contact"
    words = ("state=spring-1", "userid=zhangsan", "--at", "2026-02-10 20:00", "--lang", "zh")

    head, *lines = run(settings, "test", *words).output.splitlines()

    assert head.startswith(f"添加企业客户 {added}，应用 contacts")
    assert head.endswith("，周二 2026-02-10 20:00 CST")
    assert lines[:4] == [
        '  不匹配    [[welcome]] "spring"  hours: 要求 09:00-18:00；实际为 周二 2026-02-10 20:00',
        '  匹配      [[welcome]] "default"',
        "  匹配      [[tag]] 第 1 条",
        f'  不匹配    [[notify]] 第 1 条  event: 要求 del_follow_user；实际为 "{added}"',
    ]


def test_wrong_rules_are_told_instead_of_tried(settings: Path, wrong: Path) -> None:
    tried = run(settings, "test", "--file", str(wrong), "--lang", "zh")

    assert tried.exit_code == 1
    assert f"{wrong}:3: [[welcome]] 第 1 条: foo: 没有这个键" in tried.output
    assert "匹配" not in tried.output


def test_a_notice_to_the_owner_of_a_group_is_tried(settings: Path) -> None:
    (settings.parent / "rules.toml").write_text(
        '[[group_notice]]\nat_least = 20\nowner = "li*"\ntext = "{{ count }}{{ group_name }}"\n',
        encoding="utf-8",
    )
    joined = ("--event", "change_external_chat.update.add_member", "group.owner=lisi")

    tried = run(settings, "test", *joined, "group.changes=25", "group.name=春游")
    too_few = run(settings, "test", *joined, "group.changes=3")

    assert '"touser": "lisi"' in tried.output
    assert "25春游" in tried.output
    assert "at_least: wants 20; it is 3" in too_few.output


def test_shows_the_same_for_machines(settings: Path) -> None:
    words = ("state=spring-1", "customer.name=小明", "--at", "2026-02-10 10:00", "--json")

    shown = json.loads(run(settings, "test", *words).output)

    assert [each["matches"] for each in shown["verdicts"]] == [True, True, True, False]
    assert shown["verdicts"][3]["against"].keys() == {"en", "zh"}
    (send,) = [call for call in shown["handlers"][0]["calls"] if not call["lookup"]]
    assert send["body"]["text"] == {"content": "你好 小明"}


@pytest.mark.parametrize("event", ["add_external_contact", "add_half_external_contact"])
def test_makes_the_calls_in_a_simulator(settings: Path, event: str) -> None:
    tried = run(settings, "test", "--event", event, "userid=newcomer", "--live-simulator")

    assert tried.exit_code == 0
    assert ": sent" in tried.output
    assert '"text": "你好"' in tried.output


def test_lets_a_customer_leave_in_a_simulator(settings: Path) -> None:
    words = ("--event", "del_follow_user", "userid=zhangsan", "customer.name=小明")

    tried = run(settings, "test", *words, "--live-simulator")

    assert "小明 删除了 张三" in tried.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--event", "batch_job_result", "--live-simulator"), "cannot be tried live; these can:"),
        (("--event", "nothing_of_the_kind"), "there is no event"),
        (("--app", "another"), 'there is no app "another"'),
        (("--at", "tomorrow"), "must be written 2026-02-10 10:00"),
        (("state",), "is not FIELD=VALUE"),
        (("customer.gender=x",), "customer.gender: x is not a number"),
        (("--file", "nowhere.toml"), "there is no such file"),
    ],
)
def test_says_what_cannot_be_tried(settings: Path, words: tuple[str, ...], sentence: str) -> None:
    tried = run(settings, "test", *words)

    assert tried.exit_code != 0
    assert sentence in tried.output
