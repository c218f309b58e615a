"""A corp whose permanent code was lost is named, as soon as it is heard of."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import main
from commands.clients import make_client
from commands.doctor import examine
from crypto import Vault, new_key
from journal import Journal, NewDelivery
from journal_factories import a_delivery

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KEY = new_key()
PROVIDER = "wwprovider00000001"
TEMPLATE = "dk4asffe99e54c0fxx"


def heard_of(corpid: str) -> NewDelivery:
    return a_delivery(app="developed", corpid=corpid, plan=())


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A template that two corps have authorised; of one of them the code was lost."""
    path = tmp_path / "wecom.toml"
    path.write_text(
        f"""
[server]
api_base_url = "http://127.0.0.1:9"
encryption_key = "{KEY}"

[[apps]]
name = "developed"
kind = "suite"
corpid = "{PROVIDER}"
suite_id = "{TEMPLATE}"
suite_secret = "not used here"
token = "QDG6eK"
encoding_aes_key = "{"k" * 43}"
""",
        encoding="utf-8",
    )
    (tmp_path / "var").mkdir()
    with closing(Journal(f"sqlite:///{tmp_path}/var/journal.db", Vault([KEY]))) as journal:
        journal.migrate()
        for corpid in ("wwknown", "wwlost", PROVIDER):
            journal.record(heard_of(corpid))
        journal.authorise(TEMPLATE, "wwknown", "CODE", agentid=7, auth_code="AC", since=AT)
    return path


def test_the_list_shows_it_beside_those_that_authorised(settings: Path) -> None:
    arguments = ["--config", str(settings), "suites", "list"]

    told = CliRunner().invoke(main, [*arguments, "--json"], catch_exceptions=False)
    shown = CliRunner().invoke(main, arguments, catch_exceptions=False)

    rows = [json.loads(line) for line in told.stdout.splitlines()]
    assert {row["corpid"]: row["state"] for row in rows} == {
        "wwknown": "authorised",
        "wwlost": "code_lost",
    }
    assert "code_lost" in shown.stdout


def test_the_doctor_names_it_and_the_remedy(settings: Path) -> None:
    [found] = [
        each
        for each in examine(str(settings), {}, make_client)
        if each.code == "permanent_code_lost"
    ]

    assert found.verdict == "warning"
    assert "wwlost" in found.evidence.en
    assert "wwknown" not in found.evidence.en
    assert found.remedy is not None
