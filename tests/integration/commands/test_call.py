"""`call` and `endpoints`: any API from the shell, against the simulated WeCom over HTTP."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console
from simulated import NOWHERE, PNG, tenant

from cli import main
from commands.calling import hidden, print_answer
from simulator import DEFAULT_CORPID, DEFAULT_SECRET, Simulator

Command = Callable[..., Result]


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator.running(tenant=tenant(NOWHERE)) as simulator:
        yield simulator


@pytest.fixture
def command(sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command of wecom-callback with the settings of the simulated app."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WECOM_API_BASE_URL", sim.url)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("WECOM_SECRET", DEFAULT_SECRET)
    (tmp_path / "wecom.toml").write_text(
        f"""
[server]
redis_url = ""

[[apps]]
name = "contacts"
corpid = "{DEFAULT_CORPID}"
agentid = 1000002
secret = "${{WECOM_SECRET}}"
token = "QDG6eK"
encoding_aes_key = "{"k" * 43}"
""",
        encoding="utf-8",
    )

    def run(*arguments: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=typed, catch_exceptions=False)

    return run


def answer_of(result: Result) -> Any:  # noqa: ANN401 - JSON
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def asked_of(sim: Simulator, path: str) -> list[dict[str, Any]]:
    return [call for call in sim.calls() if call["path"].endswith(path)]


@pytest.mark.parametrize(
    "name", ["external_contact.get", "externalcontact/get", "/cgi-bin/externalcontact/get", "get"]
)
def test_a_get_is_called_by_any_of_its_names(sim: Simulator, command: Command, name: str) -> None:
    customer = sim.add_customer("zhangsan")

    answer = answer_of(command("call", name, f"external_userid={customer}"))

    assert answer["external_contact"]["external_userid"] == customer
    assert answer["follow_user"][0]["userid"] == "zhangsan"


def test_a_post_takes_texts_and_json(sim: Simulator, command: Command) -> None:
    customer = sim.add_customer("zhangsan")
    made = answer_of(
        command("call", "tag.add_corp_tag", "group_name=来源", 'tag:=[{"name": "展会"}]')
    )
    tag_id = made["tag_group"]["tag"][0]["id"]

    answer = answer_of(
        command(
            *("call", "tag.mark_tag", "userid=zhangsan", f"external_userid={customer}"),
            f'add_tag:=["{tag_id}"]',
        )
    )

    assert answer == {"errcode": 0, "errmsg": "ok"}


def test_a_body_is_read_from_a_file_and_arguments_go_over_it(
    sim: Simulator, command: Command, tmp_path: Path
) -> None:
    customer = sim.add_customer("zhangsan")
    body = {"userid": "lisi", "external_userid": customer, "remark": "李总"}
    (tmp_path / "body.json").write_text(json.dumps(body), encoding="utf-8")

    answer_of(command("call", "external_contact.remark", "--json", "@body.json", "userid=zhangsan"))

    followed = answer_of(command("call", "external_contact.get", f"external_userid={customer}"))
    assert followed["follow_user"][0]["remark"] == "李总"


def test_a_file_goes_up_and_comes_down(command: Command, tmp_path: Path) -> None:
    (tmp_path / "海报.png").write_bytes(PNG)

    uploaded = answer_of(command("call", "media.upload", "type=image", "--file", "海报.png"))
    received = answer_of(
        command("call", "media.get", f"media_id={uploaded['media_id']}", "--output", "copy.png")
    )

    assert (tmp_path / "copy.png").read_bytes() == PNG
    assert received["size_bytes"] == len(PNG)


def test_a_file_that_is_not_there_leaves_no_file(command: Command, tmp_path: Path) -> None:
    refused = command("call", "media.get", "media_id=none", "--output", "copy.png")

    assert refused.exit_code == 1
    assert "40007" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["wecom.toml"]


def test_no_token_is_printed(sim: Simulator, command: Command) -> None:
    result = command("call", "gettoken")

    assert answer_of(result)["access_token"] == "***"
    assert answer_of(result)["expires_in"] > 0
    assert DEFAULT_SECRET not in result.output


@pytest.mark.parametrize(
    ("locale", "hint"), [("en_US.UTF-8", "trusted"), ("zh_CN.UTF-8", "企业可信IP")]
)
def test_a_refusal_says_what_to_do_in_the_language_of_the_terminal(
    sim: Simulator,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    locale: str,
    hint: str,
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    sim.add_fault({"path": "externalcontact/get_follow_user_list", "errcode": 60020})

    refused = command("call", "external_contact.get_follow_user_list")

    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert "errcode 60020" in refused.stderr
    assert hint.lower() in refused.stderr.lower()


def test_a_corpid_and_a_secret_from_the_environment_do_without_settings(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "wecom.toml").unlink()

    answer = answer_of(
        command("call", "--corpid", DEFAULT_CORPID, "external_contact.get_follow_user_list")
    )

    assert "zhangsan" in answer["follow_user"]


def test_a_secret_is_asked_for_and_not_shown(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WECOM_SECRET")

    result = command("call", "--corpid", DEFAULT_CORPID, "agent.list_", typed=f"{DEFAULT_SECRET}\n")

    assert answer_of(result)["agentlist"]
    assert DEFAULT_SECRET not in result.output


def test_what_is_computed_calls_nothing(sim: Simulator, command: Command) -> None:
    result = command(
        "call", "oauth.authorize_url", "redirect_uri=https://example.com/a", "state=S1"
    )

    assert result.exit_code == 0
    assert result.stdout.startswith("https://open.weixin.qq.com/connect/oauth2/authorize?appid=")
    assert result.stdout.endswith("#wechat_redirect\n")
    assert sim.calls() == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["tag.mark_tga", "a=b"], "perhaps tag.mark_tag"),
        (["externalcontact/marktag"], "perhaps externalcontact/mark_tag"),
        (["tag.mark_tag", "userid=u"], "needs external_userid"),
        (["tag.mark_tag", "user_id=u", "external_userid=w"], "user_id: no such argument; perhaps"),
        (["tag.mark_tag", "userid"], "'userid' is not KEY=TEXT or KEY:=JSON"),
        (["tag.mark_tag", "=u"], "'=u' is not KEY=TEXT or KEY:=JSON"),
        (["tag.mark_tag", "add_tag:=[etA]"], "add_tag: not JSON"),
        (["tag.mark_tag", "--json", "[1]"], "--json: must be an object"),
        (["tag.mark_tag", "--json", "{"], "--json: not JSON"),
        (["tag.mark_tag", "--json", "@nowhere.json"], "--json: nowhere.json: No such file"),
        (["external_contact.list_", 'userid:=["u"]'], "userid: goes into the URL"),
        (["media.upload", "type=image"], "sends a file; name it with --file"),
        (["media.get", "media_id=M"], "say where it goes with --output"),
        (["agent.list_", "--file", "wecom.toml"], "takes no --file"),
        (["agent.list_", "--output", "x"], "answers with JSON"),
        (["agent.list_", "--app", "other"], 'there is no app "other"; there are contacts'),
        (["oauth.authorize_url"], "missing a required argument: 'redirect_uri'"),
        (["oauth.authorize_url", "redirect_uri=https://e.com", "appid=x"], "no such argument"),
        (["oauth.authorize_url", "redirect_uri=e.com"], "redirect_uri: must be an address"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_called(
    sim: Simulator, command: Command, arguments: list[str], told: str
) -> None:
    refused = command("call", *arguments)

    assert refused.exit_code == 2
    assert told in refused.stderr
    assert sim.calls() == []


@pytest.mark.parametrize("name", ["corpsecret", "access_token", "permanent_code", "suite_ticket"])
def test_a_secret_is_refused_as_an_argument_and_not_repeated(command: Command, name: str) -> None:
    refused = command("call", "get_auth_info", f"{name}=S3CRET", "auth_corpid=ww1")

    assert refused.exit_code == 2
    assert "does not belong on a command line" in refused.stderr
    assert "S3CRET" not in refused.output


def test_a_secret_comes_through_a_pipe(command: Command) -> None:
    result = command(
        *("call", "jsapi.jsapi_signature", "jsapi_ticket=@-"),
        *("noncestr=n", "timestamp:=1", "url=https://example.com"),
        typed="T1CKET\n",
    )

    assert result.exit_code == 0
    assert len(result.stdout.strip()) == 40
    assert "T1CKET" not in result.output


def test_an_app_of_a_corp_calls_for_no_other(sim: Simulator, command: Command) -> None:
    refused = command("call", "agent.list_", "--app", "contacts", "--corpid", "wwOther")

    assert refused.exit_code == 2
    assert "contacts is no third-party app" in refused.stderr
    assert sim.calls() == []


def test_keys_are_hidden_wherever_they_stand() -> None:
    answer = {
        "errcode": 0,
        "suite_access_token": "S",
        "user_ticket": "S",
        "auth_info": [{"permanent_code": "S", "encodingAESKey": "S", "agentid": 1}],
        "welcome_code": "",
        "qr_code": "https://example.com",
        "next_cursor": "C",
    }

    told = hidden(answer)

    assert "S" not in [told["suite_access_token"], told["user_ticket"]]
    assert told["auth_info"] == [{"permanent_code": "***", "encodingAESKey": "***", "agentid": 1}]
    assert (told["welcome_code"], told["qr_code"], told["next_cursor"], told["errcode"]) == (
        "",
        "https://example.com",
        "C",
        0,
    )


@pytest.mark.parametrize("hostile", ["\x9b2J", "\u202egnp.exe", "\u2066x", "\x7f", "\x1b[2J"])
def test_a_terminal_is_shown_no_character_that_moves_its_cursor(hostile: str) -> None:
    screen = Console(file=io.StringIO(), width=40, force_terminal=True, color_system=None)

    print_answer(screen, {"name": f"张三{hostile}", "long": "x" * 100})

    assert isinstance(screen.file, io.StringIO)
    shown = screen.file.getvalue()
    assert hostile[0] not in shown
    assert json.loads(shown) == {"name": f"张三{hostile}", "long": "x" * 100}


def test_names_and_arguments_complete(
    command: Command, monkeypatch: pytest.MonkeyPatch, sim: Simulator
) -> None:
    monkeypatch.setenv("_WECOM_CALLBACK_COMPLETE", "bash_complete")

    def completed(line: str, word: int) -> list[str]:
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(word))
        result = CliRunner().invoke(main, prog_name="wecom-callback")
        return [told.partition(",")[2] for told in result.output.splitlines()]

    assert "tag.mark_tag" in completed("wecom-callback call tag.m", 2)
    assert "externalcontact/mark_tag" in completed("wecom-callback call externalcontact/ma", 2)
    assert completed("wecom-callback call tag.mark_tag ext", 3) == ["external_userid="]
    assert sim.calls() == []


def test_endpoints_as_json_say_everything(command: Command) -> None:
    lines = command("endpoints", "--json", "markTag").stdout.splitlines()

    [row] = [json.loads(line) for line in lines]
    assert row == {
        "group": "ec_tag",
        "name": "mark_tag",
        "method": "POST",
        "path": "externalcontact/mark_tag",
        "function": "tag.mark_tag",
        "title": "Put tags on a customer of a member, and take tags off",
        "chinese_title": "编辑客户企业标签",
        "doc": 92118,
        "client": True,
        "simulator": "stateful",
        "listed": True,
        "elsewhere": {
            "wechatpy": ["external_contact.mark_tag"],
            "WxJava": ["markTag"],
            "PowerWeChat": ["ExternalContactTag.MarkTag"],
        },
    }


def test_endpoints_are_lines_with_tabs_where_nobody_looks(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")

    lines = command("endpoints").stdout.splitlines()

    assert len(lines) >= 214
    assert {line.count("\t") for line in lines} == {7}
    assert (
        "tag.mark_tag\tPOST\texternalcontact/mark_tag\tmark_tag\t编辑客户企业标签\t92118\tyes\tstateful"
        in lines
    )


def test_all_words_of_a_filter_must_be_found(command: Command) -> None:
    lines = command("endpoints", "标签", "externalcontact").stdout.splitlines()

    assert lines
    assert all("externalcontact/" in line for line in lines)
    assert command("endpoints", "no such thing").stdout == ""
