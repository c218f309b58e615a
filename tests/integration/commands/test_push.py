"""`simulator push` over real HTTP, against our endpoint and against servers that misbehave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from endpoint_in_memory import Endpoint
from flask import Flask, Response
from requests_of_wecom import ENCODING_AES_KEY, TOKEN
from rich.cells import cell_len
from structlog.testing import capture_logs

import events
import simulator
from cli import main
from crypto import decode_key, encrypt, wrap_reply
from events import ExternalContactAdded
from events.robot import RobotTextMessage
from factories import CORPID
from simulator import DEFAULT_CORPID, DEFAULT_ENCODING_AES_KEY
from simulator.serving import serving

OURS = ("--token", TOKEN, "--key", ENCODING_AES_KEY)
SUITE_ID = "ww4asffe99e54c0fxx"


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture
def url(endpoint: Endpoint) -> Iterator[str]:
    """The base of the callback URLs, served on loopback."""
    with capture_logs(), serving(endpoint.client().application, 0) as base:
        yield f"{base}/callback"


@contextmanager
def answering(status: int, body: str = "") -> Iterator[str]:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: Response(body, status), methods=["POST"])
    with serving(app, 0) as base:
        yield f"{base}/"


def push(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["simulator", "push", *arguments])


def test_an_event_is_accepted_and_every_try_is_told(endpoint: Endpoint, url: str) -> None:
    result = push("add_external_contact", "ExternalUserID=wm1", "--url", f"{url}/contacts", *OURS)

    assert result.exit_code == 0, result.output
    head, where, ids, attempt = result.output.splitlines()
    assert head == "change_external_contact.add_external_contact  添加企业客户"
    assert where == f"XML to {url}/contacts"
    assert ids.split() == ["li", "wm1"]
    assert attempt.split()[:3] == ["try", "1", "200"]
    assert attempt.endswith("ms  accepted  answer: empty")
    received = events.parse(endpoint.recorder.only.payload)
    assert isinstance(received, ExternalContactAdded)
    assert (received.subject, received.corpid) == ("wm1", CORPID)


def test_every_try_is_told_in_chinese_where_the_terminal_is(url: str) -> None:
    words = ["simulator", "push", "add_external_contact", "--url"]
    environ = {"LC_ALL": "zh_CN.UTF-8"}

    good = CliRunner().invoke(main, [*words, f"{url}/contacts", *OURS], env=environ)
    bad = CliRunner().invoke(main, [*words, f"{url}/nobody", *OURS, "--lang", "zh"])

    _, where, _, attempt = good.output.splitlines()
    assert where == f"以 XML 推送到 {url}/contacts"
    assert attempt.split()[:4] == ["第", "1", "次", "200"]
    assert attempt.endswith("ms  accepted  应答: 空")
    assert "服务器上没有这个名称的应用" in bad.output


def test_so_many_times_are_so_many_events(endpoint: Endpoint, url: str) -> None:
    result = push("external_chat.create", "--times", "5", "--url", f"{url}/contacts", *OURS)

    assert result.output.endswith("5 of 5 accepted\n")
    assert len(endpoint.recorder.deliveries) == 5


def test_json_reaches_an_app_that_wants_json(endpoint: Endpoint, url: str) -> None:
    result = push("edit_external_contact", "--json-body", "--url", f"{url}/contacts", *OURS)

    assert result.output.splitlines()[1].startswith("JSON to ")
    assert json.loads(endpoint.recorder.only.payload)["Event"] == "change_external_contact"


def test_an_app_made_of_a_template_is_pushed_to_in_the_envelope_of_an_app(
    endpoint: Endpoint, url: str
) -> None:
    result = push(
        *("add_external_contact", "--kind", "suite", "--receiveid", "dk4asffe99e54c0fxx"),
        *("--url", f"{url}/developed", *OURS),
    )

    assert result.exit_code == 0, result.output
    assert b"<ToUserName>" in endpoint.recorder.only.payload
    assert b"InfoType" not in endpoint.recorder.only.payload


def test_a_suite_is_pushed_to_in_its_envelope_and_answers_success(
    endpoint: Endpoint, url: str
) -> None:
    result = push(
        *("suite_ticket", "--kind", "suite", "--receiveid", SUITE_ID),
        *("--url", f"{url}/suite", *OURS),
    )

    assert result.exit_code == 0, result.output
    assert "answer: success" in result.output
    assert events.parse(endpoint.recorder.only.payload).suite_id == SUITE_ID


def test_a_passive_reply_is_shown_in_clear() -> None:
    ciphertext = encrypt(
        decode_key(DEFAULT_ENCODING_AES_KEY),
        "<xml>你好</xml>".encode(),
        DEFAULT_CORPID,
        random_prefix=bytes(16),
    )
    with answering(200, wrap_reply(ciphertext, "0" * 40, "1", "nonce", "xml")) as url:
        result = push("message.text", "--url", url)

    assert "answer: <xml>你好</xml>" in result.output


def test_a_robot_is_pushed_to_without_a_receiveid(endpoint: Endpoint, url: str) -> None:
    result = push("robot.text", "content=你好", "--kind", "robot", "--url", f"{url}/robot", *OURS)

    assert result.exit_code == 0, result.output
    received = events.parse(endpoint.recorder.only.payload)
    assert isinstance(received, RobotTextMessage)
    assert received.content == "你好"


@pytest.mark.parametrize(
    ("options", "status", "hint"),
    [
        (("--key", ENCODING_AES_KEY), "403", "Token, EncodingAESKey or receiveid"),
        ((*OURS, "--receiveid", "wwother"), "403", "Token, EncodingAESKey or receiveid"),
    ],
)
def test_what_is_refused_was_tried_three_times_and_is_a_failure(
    endpoint: Endpoint, url: str, options: tuple[str, ...], status: str, hint: str
) -> None:
    result = push("subscribe", "--url", f"{url}/contacts", *options)

    assert result.exit_code == 1
    tries = [line.split()[:3] for line in result.output.splitlines() if "try" in line.split()]
    assert tries == [["try", str(number), status] for number in (1, 2, 3)]
    assert hint in result.output
    assert endpoint.recorder.calls == []


@pytest.mark.parametrize(
    ("status", "hint"), [(404, "no app of that name"), (503, "journal"), (500, "refused")]
)
def test_an_answer_that_is_not_200_is_a_failure(status: int, hint: str) -> None:
    with answering(status) as url:
        result = push("subscribe", "--url", url)

    assert result.exit_code == 1
    assert hint in result.output


def test_some_accepted_are_not_all(endpoint: Endpoint, url: str) -> None:
    endpoint.recorder.available = False

    result = push("subscribe", "--times", "2", "--url", f"{url}/contacts", *OURS)

    assert result.exit_code == 1
    assert result.output.endswith("0 of 2 accepted\n")


def test_nobody_listening_is_a_failure_with_a_hint() -> None:
    result = push("subscribe", "--url", "http://127.0.0.1:1/")

    assert result.exit_code == 1
    assert "is the server running" in result.output


def test_the_app_of_the_settings_is_pushed_to_with_its_own_key(
    endpoint: Endpoint, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, port = url.removeprefix("http://").removesuffix("/callback").split(":")
    monkeypatch.chdir(tmp_path)
    Path("wecom.toml").write_text(
        f'[server]\nhost = "{host}"\nport = {port}\n[[apps]]\nname = "contacts"\n'
        f'corpid = "{CORPID}"\nagentid = 1000007\ntoken = "{TOKEN}"\n'
        f'encoding_aes_key = "{ENCODING_AES_KEY}"\n',
        encoding="utf-8",
    )

    result = push("enter_agent")

    assert result.exit_code == 0, result.output
    received = events.parse(endpoint.recorder.only.payload)
    assert (received.corpid, received.agentid) == (CORPID, 1000007)
    assert TOKEN not in result.output
    assert ENCODING_AES_KEY not in result.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "which event? --list shows all"),
        (("add_external_contcat",), "did you mean add_external_contact"),
        (("subscribe", "--url", "http://127.0.0.1:1/", "nofield=1"), "has no field 'nofield'"),
        (("subscribe", "oops", "--url", "http://127.0.0.1:1/"), "oops is not FIELD=VALUE"),
        (("subscribe", "--url", "http://127.0.0.1:1/", "--key", "short"), "--key: has 5 char"),
        (("subscribe", "--url", "http://127.0.0.1:1/", "--token", "!"), "--token: must be 1 to"),
        (("subscribe", "--token", "abc"), "--token goes with --url and without --app"),
        (("subscribe", "--times", "0", "--url", "http://127.0.0.1:1/"), "--times"),
        (("subscribe",), "wecom.toml: no such file"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(
    arguments: tuple[str, ...], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    result = push(*arguments)

    assert result.exit_code in {1, 2}
    assert sentence in result.output
    assert "Traceback" not in result.output


def test_a_dry_run_prints_the_plaintext_and_pushes_nothing(endpoint: Endpoint, url: str) -> None:
    result = push("add_external_contact", "--dry-run", "--url", f"{url}/contacts", *OURS)

    assert isinstance(events.parse(result.output), ExternalContactAdded)
    assert endpoint.recorder.calls == []


def test_every_event_is_listed() -> None:
    lines = push("--list").output.splitlines()

    titles = [cls.chinese_name for cls in events.catalogue()]
    assert [line.split()[-1] for line in lines if line.split()[-1:] and "  " in line] == titles


@pytest.mark.parametrize("words", [[], ["run"]])
def test_the_simulator_runs_with_and_without_the_word(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[tuple[str, int]] = []
    monkeypatch.setattr(
        simulator, "serve", lambda host, port, _tenant, **_: served.append((host, port))
    )

    bare = CliRunner().invoke(main, ["simulator", *words])
    with_options = CliRunner().invoke(main, ["simulator", *words, "--port", "9000"])

    assert (bare.exit_code, with_options.exit_code) == (0, 0)
    assert served == [("127.0.0.1", 8765), ("127.0.0.1", 9000)]


def test_what_a_simulator_is_reached_by_is_aligned_in_chinese(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(simulator, "serve", lambda *_, **__: None)

    told = CliRunner().invoke(main, ["simulator", "--port", "9000", "--lang", "zh"]).output

    address, door, corp, *_ = told.splitlines()
    assert address.split() == ["API", "地址", "http://127.0.0.1:9000"]
    assert door.split() == ["控制入口", "http://127.0.0.1:9000/simulator/"]
    begins = [cell_len(address.partition("http")[0]), cell_len(door.partition("http")[0])]
    assert begins == [cell_len(corp.partition(DEFAULT_CORPID)[0])] * 2
