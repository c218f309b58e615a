"""`call` for a third-party app: with the ticket and the permanent codes in the journal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from wecom_api import WeCom, serve_wecom

from cli import main
from crypto import Vault, new_key
from journal import Journal

Command = Callable[..., Result]
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KEY = new_key()
SECRETS = ("SU1TE-SECRET", "T1CKET", "PERMANENT-C0DE", "SU1TE-TOKEN", "C0RP-TOKEN")


@pytest.fixture
def platform() -> WeCom:
    """A platform with one suite, authorised by one corp."""
    wecom = WeCom(accepted={"C0RP-TOKEN"})
    wecom.on("service/get_suite_token", {"suite_access_token": "SU1TE-TOKEN", "expires_in": 7200})
    wecom.on("service/get_corp_token", {"access_token": "C0RP-TOKEN", "expires_in": 7200})
    wecom.on("service/get_pre_auth_code", {"pre_auth_code": "PRE-AUTH", "expires_in": 1200})
    wecom.on("agent/list", {"agentlist": [{"agentid": 7}]})
    return wecom


@pytest.fixture
def command(platform: WeCom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WECOM_ENCRYPTION_KEY", KEY)
    with serve_wecom(platform) as url:
        (tmp_path / "wecom.toml").write_text(
            f"""
[server]
api_base_url = "{url}"
database_url = "sqlite:///{tmp_path}/journal.db"
redis_url = ""

[[apps]]
name = "market"
kind = "suite"
corpid = "wwProvider"
suite_id = "ws1"
suite_secret = "{SECRETS[0]}"
token = "QDG6eK"
encoding_aes_key = "{"k" * 43}"
""",
            encoding="utf-8",
        )

        def run(*arguments: str) -> Result:
            return CliRunner().invoke(main, arguments, catch_exceptions=False)

        assert run("migrate").exit_code == 0
        with closing(Journal(f"sqlite:///{tmp_path}/journal.db", Vault([KEY]))) as journal:
            journal.keep_suite_ticket("ws1", SECRETS[1], issued_at=AT)
            journal.authorise("ws1", "wwCorp", SECRETS[2], agentid=7, auth_code="AC", since=AT)
        yield run


def test_the_suite_calls_with_its_own_token(platform: WeCom, command: Command) -> None:
    result = command("call", "--app", "market", "service.get_pre_auth_code")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["pre_auth_code"] == "***"
    [granted] = platform.to("service/get_suite_token")
    assert granted.json == {
        "suite_id": "ws1",
        "suite_secret": SECRETS[0],
        "suite_ticket": SECRETS[1],
    }


def test_a_corp_that_authorised_it_is_called_with_the_corps_token(
    platform: WeCom, command: Command
) -> None:
    result = command("call", "--app", "market", "--corpid", "wwCorp", "agent.list_")

    assert json.loads(result.stdout)["agentlist"] == [{"agentid": 7}]
    [asked] = platform.to("agent/list")
    assert asked.query["access_token"] == "C0RP-TOKEN"


def test_a_corp_that_did_not_is_refused_in_a_sentence(platform: WeCom, command: Command) -> None:
    refused = command("call", "--app", "market", "--corpid", "wwStranger", "agent.list_")

    assert refused.exit_code == 2
    assert "wwStranger has not authorised the suite" in refused.stderr
    assert platform.to("agent/list") == []


def test_a_token_can_be_asked_for_and_is_not_shown(platform: WeCom, command: Command) -> None:
    result = command("call", "--app", "market", "service/get_suite_token")

    assert json.loads(result.stdout)["suite_access_token"] == "***"
    assert not any(secret in result.output for secret in SECRETS)
