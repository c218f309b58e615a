"""The web application put together: a callback goes into the journal and to the broker."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis
from flask.testing import FlaskClient
from requests_of_wecom import ENCODING_AES_KEY, TOKEN, Sender, xml_body

from app import check_settings, create_app
from commands.initialise import initialise
from errors import ConfigurationError
from factories import CORPID, an_external_contact_added
from journal import Journal
from settings import Settings, read_settings

EVENT = an_external_contact_added()


def write_settings(folder: Path, redis_url: str, *, server: str = "") -> Settings:
    path = folder / "wecom.toml"
    path.write_text(
        f"""
        [server]
        redis_url = "{redis_url}"
        {server}
        [[apps]]
        name = "contacts"
        corpid = "{CORPID}"
        secret = "secret"
        token = "{TOKEN}"
        encoding_aes_key = "{ENCODING_AES_KEY}"
        """,
        encoding="utf-8",
    )
    return read_settings(str(path), {})


@pytest.fixture
def settings(tmp_path: Path, valkey_url: str, redis_client: redis.Redis) -> Settings:
    settings = write_settings(tmp_path, valkey_url)
    with closing(Journal(settings.server.database_url)) as journal:
        journal.migrate()
    return settings


@pytest.fixture
def client(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """A client; what the process would do at its end is done after the test."""
    endings: list[Callable[[], Any]] = []
    monkeypatch.setattr("app.at_end", endings.append)
    yield create_app(settings).test_client()
    for end in reversed(endings):
        end()


def post(client: FlaskClient, **environ: str) -> Any:  # noqa: ANN401 - werkzeug's response
    ciphertext = Sender().ciphertext(EVENT.raw)
    return client.post(
        f"/callback/contacts?{Sender().query(ciphertext)}",
        data=xml_body(ciphertext),
        environ_overrides=environ,
    )


def test_a_callback_is_in_the_journal_when_it_is_acknowledged(
    client: FlaskClient, settings: Settings
) -> None:
    answer = post(client)

    assert (answer.status_code, answer.data) == (200, b"")
    with closing(Journal(settings.server.database_url)) as journal:
        (delivery,) = journal.deliveries()
    assert delivery.payload == EVENT.raw
    assert [run.handler for run in delivery.runs][:2] == [
        "handlers.welcome.greet_new_customer",
        "handlers.tagging.tag_new_customer",
    ]
    assert delivery.runs[0].deadline_at is not None


def test_a_callback_is_acknowledged_when_nothing_can_be_counted(
    client: FlaskClient, settings: Settings
) -> None:
    shutil.rmtree(settings.metrics_folder)

    assert post(client).status_code == 200
    assert post(client).status_code == 200
    assert client.post("/callback/contacts").status_code == 403


def test_the_url_can_be_verified(client: FlaskClient) -> None:
    answer = client.get(f"/callback/contacts?{Sender().echo_query(b'echo')}")

    assert (answer.status_code, answer.data) == (200, b"echo")


def test_is_healthy_and_ready(client: FlaskClient) -> None:
    assert [client.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]


def test_is_not_ready_without_its_journal(client: FlaskClient, settings: Settings) -> None:
    path = Path(settings.server.database_url.removeprefix("sqlite:///"))
    path.rename(path.with_suffix(".away"))

    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/callback/", 404),
        ("GET", "/callback/nobody", 404),
        ("GET", "/static/x", 404),
        ("PUT", "/callback/contacts", 405),
        ("OPTIONS", "/callback/contacts", 405),
        ("GET", "/callback/contacts", 403),
        ("POST", "/callback/contacts", 403),
    ],
)
def test_what_is_refused_has_an_empty_body(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    answer = client.open(path, method=method)

    assert (answer.status_code, answer.data) == (status, b"")


def test_a_sender_that_hangs_up_gets_no_page_of_ours(client: FlaskClient) -> None:
    answer = post(client, CONTENT_LENGTH="5000")

    assert (answer.status_code, answer.data) == (400, b"")


def test_says_before_the_start_that_the_tables_are_missing(tmp_path: Path, valkey_url: str) -> None:
    settings = write_settings(tmp_path, valkey_url)

    with pytest.raises(ConfigurationError, match="run `wecom-callback migrate`"):
        check_settings(settings)


def test_says_before_the_start_that_there_is_no_app(tmp_path: Path) -> None:
    (tmp_path / "wecom.toml").touch()

    with pytest.raises(ConfigurationError, match=r"apps: there is none; add an \[\[apps\]\] table"):
        check_settings(read_settings(str(tmp_path / "wecom.toml"), {}))


def test_says_before_the_start_that_the_corpid_is_still_the_example(tmp_path: Path) -> None:
    initialise(tmp_path)
    settings = read_settings(str(tmp_path / "wecom.toml"), {"WECOM_CONTACTS_SECRET": "s"})

    with pytest.raises(ConfigurationError, match='apps "contacts": corpid: still the example'):
        check_settings(settings)


def test_says_before_the_start_that_a_rule_is_wrong(settings: Settings) -> None:
    settings.rules_path.write_text("[[welcome]]", encoding="utf-8")

    with pytest.raises(ConfigurationError, match="text: missing"):
        check_settings(settings)
