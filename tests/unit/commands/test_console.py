"""What the console is handed: where members are sent to sign in, and what is refused at start."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from wecom_api import WeCom

from commands.console import make_parts
from console import OAuth
from console.parts import Way
from errors import ConfigurationError
from handlers import RulesFile
from journal import Journal
from opening import utc_now
from settings import read_settings
from wecom import Client

SERVER = """[server]
public_url = "https://c.example.com/"
console_app = "contacts"
console_members = ["li"]
"""


def oauth_of(folder: Path, text: str, clients: Mapping[str, Client]) -> OAuth | None:
    path = folder / "wecom.toml"
    path.write_text(text, encoding="utf-8")
    settings = read_settings(str(path), {})
    journal = Journal(f"sqlite:///{folder / 'journal.db'}")
    try:
        return make_parts(
            settings,
            journal,
            clients,
            rules=RulesFile(settings.rules_path, look_every_seconds=0),
            plan=lambda _event, _at: (),
            publish=lambda _runs: None,
            now=utc_now,
            version="0",
        ).oauth
    finally:
        journal.close()


@pytest.mark.parametrize(
    ("way", "host", "path"),
    [
        ("inside", "open.weixin.qq.com", "/connect/oauth2/authorize"),
        ("scan", "login.work.weixin.qq.com", "/wwlogin/sso/login"),
    ],
)
@pytest.mark.parametrize("elsewhere", ["", "http://127.0.0.1:8765"])
def test_members_are_sent_to_wecom_or_to_the_simulator(
    tmp_path: Path, way: Way, host: str, path: str, elsewhere: str
) -> None:
    text = f'{SERVER}console_login_url = "{elsewhere}"\n'
    oauth = oauth_of(tmp_path, text, {"contacts": WeCom().client(agentid=7)})
    assert oauth is not None

    url = urlsplit(oauth.login_url(way, "https://c.example.com/console/wecom/back", "STATE"))

    assert url.netloc == (urlsplit(elsewhere).netloc or host)
    assert url.path == path
    query = parse_qs(url.query)
    assert query["redirect_uri"] == ["https://c.example.com/console/wecom/back"]
    assert (query["state"], query["agentid"]) == (["STATE"], ["7"])
    assert oauth.console_url == "https://c.example.com/console"


def test_without_an_app_nobody_signs_in_through_wecom(tmp_path: Path) -> None:
    assert oauth_of(tmp_path, "", {}) is None


@pytest.mark.parametrize(
    ("text", "agentid", "said"),
    [
        (SERVER.replace("contacts", "other"), 7, 'there is no app "other"'),
        (SERVER.replace("https://c.example.com/", ""), 7, "server.public_url: missing"),
        (SERVER, None, 'app "contacts" has no agentid'),
    ],
    ids=["app", "address", "agentid"],
)
def test_what_is_missing_for_it_is_named(
    tmp_path: Path, text: str, agentid: int | None, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        oauth_of(tmp_path, text, {"contacts": WeCom().client(agentid=agentid)})
