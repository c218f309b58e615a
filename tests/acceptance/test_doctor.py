"""The doctor names the right cause of every broken set-up, and finds nothing in a sound one."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from front import Meddle, Reply, front
from server import CONTACTS, RULES, Server, a_tenant, run_command, running, write_settings

from commands.clients import make_client
from commands.doctor import examine
from commands.serving import free_port
from doctor import Finding, callback_url
from journal import Journal, Node
from journal_factories import a_delivery, a_planned_run

OTHER_TOKEN = "AnotherToken00"
OTHER_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
BLOCKED_SECRET = "simulated-secret-of-the-app-blocked-0000001"
POWERLESS_SECRET = "simulated-secret-of-the-app-powerless-00001"
MARKETING: Mapping[str, object] = {
    **CONTACTS,
    "name": "marketing",
    "token": OTHER_TOKEN,
    "encoding_aes_key": OTHER_KEY,
    "secret": "",
}


def tenant(url: str) -> dict[str, Any]:
    """Describe a WeCom with an app that may come from elsewhere only, and one that may nothing."""
    described = a_tenant(url)
    described["corps"][0]["apps"] += [
        {
            "name": "blocked",
            "agentid": 1000008,
            "secret": BLOCKED_SECRET,
            "trusted_ips": ["203.0.113.7"],
        },
        {
            "name": "powerless",
            "agentid": 1000009,
            "secret": POWERLESS_SECRET,
            "permissions": [],
        },
    ]
    return described


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with nothing wrong, serving the apps contacts and marketing."""
    folder = tmp_path_factory.mktemp("sound")
    with running(folder, tenant=tenant, start=False) as server:
        write_settings(
            server.settings,
            {
                "port": int(server.url.rpartition(":")[2]),
                "redis_url": server.valkey.url,
                "api_base_url": server.simulator.url,
                "public_url": server.url,
            },
            (CONTACTS, MARKETING),
        )
        server.start()
        yield server


@dataclass(frozen=True, kw_only=True)
class Patient:
    """A settings file beside the sound server's database, with something changed."""

    server: Server
    folder: Path

    def settings(
        self,
        *,
        app: Mapping[str, object] | None = None,
        apps: tuple[Mapping[str, object], ...] | None = None,
        rules: str = RULES,
        **changed: object,
    ) -> Path:
        """Write the file: keys of [server] and of the app contacts replaced, None left out."""
        (self.folder / "rules.toml").write_text(rules, encoding="utf-8")
        sound: dict[str, object] = {
            "port": int(self.server.url.rpartition(":")[2]),
            "database_url": f"sqlite:///{self.server.folder / 'var' / 'journal.db'}",
            "redis_url": self.server.valkey.url,
            "api_base_url": self.server.simulator.url,
            "public_url": self.server.url,
        }
        return write_settings(
            self.folder / "wecom.toml",
            sound | changed,
            apps or ({**CONTACTS, **(app or {})},),
        )

    def faults(self, settings: Path, **environment: str) -> dict[str, Finding]:
        """Return what the doctor finds wrong, by code."""
        found = examine(str(settings), environment, make_client)
        return {each.code: each for each in found if each.verdict in {"fault", "warning"}}


@pytest.fixture
def patient(sound: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Patient:
    monkeypatch.setattr(callback_url, "GET_SECONDS", 30)  # this machine may be busy
    return Patient(server=sound, folder=tmp_path)


def test_finds_nothing_wrong_with_a_sound_server(sound: Server) -> None:
    told = run_command(sound.settings, "doctor", "--json")

    findings = [json.loads(line) for line in told.stdout.splitlines()]
    assert {each["code"] for each in findings if each["verdict"] in {"fault", "warning"}} == set()
    assert told.returncode == 0, told.stderr
    seen = {(each["subject"], each["code"]) for each in findings}
    assert {
        ("settings", "settings_read"),
        ("database", "database_ready"),
        ("redis", "redis_ready"),
        ("web", "alive"),
        ("lane urgent", "alive"),
        ("lane bulk", "alive"),
        ("clock", "clock_agrees"),
        ("app contacts", "token_fetched"),
        ("app contacts", "right_customer_contact"),
        ("app contacts", "right_corp_tags"),
        ("app marketing", "no_secret"),
        ("callback contacts", "url_verified"),
        ("callback contacts", "push_recorded"),
        ("callback marketing", "push_recorded"),
    } <= seen


def test_speaks_the_language_of_the_terminal(sound: Server) -> None:
    chinese = run_command(sound.settings, "doctor", LC_ALL="zh_CN.UTF-8").stdout
    english = run_command(sound.settings, "doctor", LC_ALL="en_US.UTF-8").stdout

    assert "验证通过" in chinese
    assert "verified in" in english


def test_ends_with_status_1_and_the_remedy_when_there_is_a_fault(patient: Patient) -> None:
    told = run_command(patient.settings(public_url=f"http://127.0.0.1:{free_port()}"), "doctor")

    assert told.returncode == 1
    assert "nobody accepts connections there" in told.stdout
    assert "1 faults" in told.stdout


def test_shows_no_secret(patient: Patient) -> None:
    settings = patient.settings(app={"token": OTHER_TOKEN})

    told = run_command(settings, "doctor", "--json").stdout + run_command(settings, "doctor").stdout

    for secret in ("secret", "token", "encoding_aes_key"):
        assert str(CONTACTS[secret]) not in told
    assert OTHER_TOKEN not in told


# --- the settings file

KEY = str(CONTACTS["encoding_aes_key"])
BROKEN_SETTINGS: dict[str, tuple[dict[str, object], set[str]]] = {
    "Token and key swapped": (
        {"token": KEY, "encoding_aes_key": CONTACTS["token"]},
        {"token_and_key_swapped"},
    ),
    "a blank behind the key": ({"encoding_aes_key": f"{KEY} "}, {"blank_in_value"}),
    "a newline behind the Token": ({"token": "QDG6eK\n"}, {"blank_in_value"}),
    "a key that is one short": ({"encoding_aes_key": KEY[:-1]}, {"key_length"}),
    "a key with a dash": ({"encoding_aes_key": f"-{KEY[1:]}"}, {"strange_character"}),
    "a Token with a quote": ({"token": "QDG'6eK"}, {"strange_character"}),
    "no key at all": ({"encoding_aes_key": None}, {"settings_refused"}),
    "an unset variable": ({"secret": "${NOT_SET_ANYWHERE}"}, {"settings_refused"}),
    "another corp's corpid": (
        {"corpid": "ww9999999999999999", "receiveid": [CONTACTS["corpid"]], "secret": ""},
        {"receiveid_differs"},
    ),
}


@pytest.mark.parametrize("name", BROKEN_SETTINGS)
def test_names_what_is_wrong_with_the_settings(patient: Patient, name: str) -> None:
    app, codes = BROKEN_SETTINGS[name]

    assert patient.faults(patient.settings(app=app)).keys() == codes


def test_tells_of_every_wrong_key_at_once(patient: Patient) -> None:
    first = {**CONTACTS, "encoding_aes_key": KEY[:-1]}
    second = {**MARKETING, "token": KEY, "encoding_aes_key": "x"}

    faults = patient.faults(patient.settings(apps=(first, second)))

    assert faults.keys() == {"key_length", "token_and_key_swapped"}


def test_says_that_there_is_no_settings_file(patient: Patient) -> None:
    faults = patient.faults(patient.folder / "nowhere.toml")

    assert "wecom-callback init" in faults["settings_refused"].evidence["en"]


def test_sees_two_apps_with_one_key(patient: Patient) -> None:
    twin = {**MARKETING, "encoding_aes_key": KEY, "token": CONTACTS["token"]}

    assert "shared_key" in patient.faults(patient.settings(apps=(CONTACTS, twin)))


def test_doubts_a_corpid_that_looks_like_none(patient: Patient) -> None:
    app = {"corpid": "1234567890", "secret": ""}

    assert "corpid_unusual" in patient.faults(patient.settings(app=app))


# --- the machine


def test_sees_a_database_that_is_not_migrated(patient: Patient) -> None:
    database_url = f"sqlite:///{patient.folder / 'new.db'}"

    faults = patient.faults(patient.settings(database_url=database_url))

    assert faults.keys() == {"not_migrated"}


def test_sees_a_database_that_is_not_there(patient: Patient) -> None:
    database_url = f"postgresql+psycopg://wecom@127.0.0.1:{free_port()}/wecom"

    faults = patient.faults(patient.settings(database_url=database_url))

    assert faults.keys() == {"database_unreachable"}


def test_sees_a_database_of_another_kind(patient: Patient) -> None:
    assert patient.faults(patient.settings(database_url="mysql://x")).keys() == {"database_url"}


def test_sees_a_dead_redis(patient: Patient) -> None:
    redis_url = f"redis://127.0.0.1:{free_port()}/0"

    assert "redis_unreachable" in patient.faults(patient.settings(redis_url=redis_url))


def test_sees_a_wrong_redis_password(patient: Patient) -> None:
    redis = patient.server.valkey.client
    redis.config_set("requirepass", "right")
    try:
        url = patient.server.valkey.url.replace("redis://", "redis://:wrong@")
        faults = patient.faults(patient.settings(redis_url=url))
    finally:
        redis.config_set("requirepass", "")

    assert "redis_password" in faults


def test_sees_a_full_disk(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage(patient.folder)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)

    assert patient.faults(patient.settings()).keys() == {"disk_full"}


def test_sees_that_nobody_works(patient: Patient) -> None:
    database_url = f"sqlite:///{patient.folder / 'new.db'}"
    journal = Journal(database_url)
    journal.migrate()
    journal.close()

    faults = list(examine(str(patient.settings(database_url=database_url)), {}, make_client))

    silent = {each.subject for each in faults if each.code in {"no_web", "no_worker"}}
    assert silent == {"web", "lane urgent", "lane default", "lane bulk"}
    # The server behind public_url is the sound one, with a database of its own.
    assert "not_in_journal" in {each.code for each in faults}


def test_sees_that_a_lane_does_not_keep_up(patient: Patient) -> None:
    database_url = f"sqlite:///{patient.folder / 'new.db'}"
    journal = Journal(database_url)
    journal.migrate()
    now = datetime.now(UTC)
    plan = (a_planned_run(lane="urgent"), a_planned_run(handler="tag", lane="default"))
    journal.record(a_delivery(received_at=now - timedelta(seconds=18), plan=plan))
    journal.beat(
        Node(
            id="a",
            name="a:1",
            role="worker",
            lanes=("urgent", "default", "bulk"),
            started_at=now,
            seen_at=now,
            version="0.1.0",
        )
    )
    journal.close()

    faults = patient.faults(patient.settings(database_url=database_url))

    assert {each.subject for each in faults.values() if each.code == "lane_behind"} == {
        "lane urgent"
    }
    assert faults["lane_behind"].verdict == "warning"


# --- WeCom


def test_sees_a_wrong_secret(patient: Patient) -> None:
    faults = patient.faults(patient.settings(app={"secret": "0" * 43}))

    assert faults.keys() == {"credential_rejected"}
    assert "40001" in faults["credential_rejected"].evidence["en"]


def test_sees_a_wrong_corpid(patient: Patient) -> None:
    app = {"corpid": "ww0123456789abcdee", "receiveid": ["ww0123456789abcdee"]}

    assert (
        "40013" in patient.faults(patient.settings(app=app))["credential_rejected"].evidence["en"]
    )


def test_names_the_address_to_allow(patient: Patient) -> None:
    fault = patient.faults(patient.settings(app={"secret": BLOCKED_SECRET}))["address_not_allowed"]

    assert fault.remedy is not None
    assert "127.0.0.1" in fault.remedy["en"]
    assert "127.0.0.1" in fault.remedy["zh"]


def test_names_the_right_that_the_rules_need(patient: Patient) -> None:
    settings = patient.settings(app={"secret": POWERLESS_SECRET})

    faults = patient.faults(settings)

    assert faults.keys() == {"no_right_customer_contact", "no_right_corp_tags"}
    assert "48002" in faults["no_right_customer_contact"].evidence["en"]


def test_finds_nothing_wrong_with_an_app_that_only_imports_contacts(patient: Patient) -> None:
    assistant = {**CONTACTS, "secret": POWERLESS_SECRET}
    del assistant["agentid"]
    settings = patient.settings(apps=(assistant,))

    found = [*examine(str(settings), {}, make_client)]

    assert "no_customers" in {each.code for each in found if each.verdict == "skipped"}
    assert patient.faults(settings) == {}


def test_sees_what_else_would_keep_a_server_from_starting(patient: Patient) -> None:
    settings = patient.settings(handlers=["not_there"], rules="[[welcome]]\n")

    faults = patient.faults(settings)

    assert faults.keys() == {"handlers_refused", "rules_refused"}
    assert "not_there cannot be imported" in faults["handlers_refused"].evidence["en"]
    assert "缺少此项" in faults["rules_refused"].evidence["zh"]


def test_asks_for_no_right_that_no_rule_needs(patient: Patient) -> None:
    settings = patient.settings(app={"secret": POWERLESS_SECRET}, rules="")

    assert patient.faults(settings) == {}


def test_sees_that_the_api_cannot_be_reached(patient: Patient) -> None:
    settings = patient.settings(api_base_url=f"http://127.0.0.1:{free_port()}")

    assert patient.faults(settings).keys() == {"api_unreachable"}


def test_sees_a_page_in_place_of_the_api(patient: Patient) -> None:
    with front("", lambda *_: Reply(body=b"<html>log in first</html>")) as url:
        assert patient.faults(patient.settings(api_base_url=url)).keys() == {"api_unreachable"}


@pytest.mark.parametrize(
    ("ahead", "verdict"), [(10, "warning"), (-10, "warning"), (90, "fault"), (-90, "fault")]
)
def test_sees_a_wrong_clock(patient: Patient, ahead: int, verdict: str) -> None:
    def shifted(_method: str, _path: str, pass_on: Callable[[], Reply]) -> Reply:
        date = format_datetime(datetime.now(UTC) - timedelta(seconds=ahead), usegmt=True)
        return replace(pass_on(), headers={"Date": date, "Content-Type": "application/json"})

    with front(patient.server.simulator.url, shifted) as url:
        faults = patient.faults(patient.settings(api_base_url=url))

    assert {code: each.verdict for code, each in faults.items()} == {"clock_differs": verdict}


# --- the way to the callback URL


def answering(status: int = 200, body: bytes = b"", **headers: str) -> Meddle:
    """Answer everything alike."""
    return lambda *_: Reply(status=status, body=body, headers=headers)


def changing(change: Callable[[bytes], bytes]) -> Meddle:
    """Pass on, and change every body."""

    def meddle(_method: str, _path: str, pass_on: Callable[[], Reply]) -> Reply:
        reply = pass_on()
        return replace(reply, body=change(reply.body))

    return meddle


def dawdling(_method: str, _path: str, pass_on: Callable[[], Reply]) -> Reply:
    time.sleep(0.2)
    return pass_on()


def without_posts(method: str, _path: str, pass_on: Callable[[], Reply]) -> Reply:
    return pass_on() if method == "GET" else Reply(status=413)


def without_callbacks(_method: str, path: str, pass_on: Callable[[], Reply]) -> Reply:
    return pass_on() if path == "/healthz" else Reply(status=404)


IN_THE_WAY: dict[str, tuple[Meddle, set[str]]] = {
    "a redirection": (answering(301, Location="https://example.com/"), {"redirected"}),
    "a path that is not passed on": (answering(404, b"<html>nginx</html>"), {"wrong_path"}),
    "a proxy that knows only health": (without_callbacks, {"wrong_path", "server_is_there"}),
    "a proxy before nothing": (answering(502, b"<html>Bad Gateway</html>"), {"server_down"}),
    "a login": (answering(401), {"strange_status"}),
    "a page of the proxy": (answering(200, b"<!DOCTYPE html><html>"), {"proxy_page"}),
    "another program": (answering(200, b"It works!"), {"wrong_echo"}),
    "a newline": (changing(lambda body: body + b"\n"), {"extra_blank"}),
    "a byte order mark": (changing(lambda body: b"\xef\xbb\xbf" + body), {"extra_blank"}),
    "quotes": (changing(lambda body: json.dumps(body.decode()).encode()), {"json_wrapped"}),
    "JSON": (
        changing(lambda body: json.dumps({"data": body.decode()}).encode()),
        {"json_wrapped"},
    ),
    "a banner": (changing(lambda body: b"echo: " + body), {"text_wrapped"}),
    "a proxy that takes no bodies": (without_posts, {"push_refused"}),
}


@pytest.mark.parametrize("name", IN_THE_WAY)
def test_names_what_is_in_the_way(patient: Patient, name: str) -> None:
    meddle, codes = IN_THE_WAY[name]
    with front(patient.server.url, meddle) as url:
        faults = patient.faults(patient.settings(public_url=url))

    assert faults.keys() == codes


def test_names_a_slow_answer(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callback_url, "GET_SECONDS", 0.1)

    with front(patient.server.url, dawdling) as url:
        assert patient.faults(patient.settings(public_url=url)).keys() == {"slow"}


@pytest.mark.parametrize(
    ("public_url", "code"),
    [
        ("http://no-such-host.invalid", "dns"),
        ("http://127.0.0.1:1", "unreachable"),
    ],
)
def test_names_why_there_is_no_answer(patient: Patient, public_url: str, code: str) -> None:
    assert patient.faults(patient.settings(public_url=public_url)).keys() == {code}


def test_names_a_broken_tls(patient: Patient) -> None:
    public_url = patient.server.url.replace("http://", "https://")

    assert patient.faults(patient.settings(public_url=public_url)).keys() == {"tls"}


def test_says_that_public_url_is_missing(patient: Patient) -> None:
    found = examine(str(patient.settings(public_url="")), {}, make_client)

    assert ("no_public_url", "skipped") in {(each.code, each.verdict) for each in found}


# --- a running server with other keys than the file

OTHER_THAN_RUNNING: dict[str, tuple[dict[str, object], str]] = {
    "another Token": ({"token": "SomeOtherToken1"}, "signature_mismatch"),
    "another key": ({"encoding_aes_key": KEY[::-1][1:] + "A"}, "decryption_failed"),
    "another receiveid": (
        {"corpid": "ww9999999999999999", "receiveid": ["ww9999999999999999"], "secret": ""},
        "receiver_mismatch",
    ),
}


@pytest.mark.parametrize("name", OTHER_THAN_RUNNING)
def test_names_what_the_running_server_has_otherwise(patient: Patient, name: str) -> None:
    app, code = OTHER_THAN_RUNNING[name]

    assert patient.faults(patient.settings(app=app)).keys() == {code}


def test_names_two_apps_whose_keys_were_mixed_up(patient: Patient) -> None:
    keys = ("token", "encoding_aes_key")
    contacts = {**CONTACTS, **{key: MARKETING[key] for key in keys}}
    marketing = {**MARKETING, **{key: CONTACTS[key] for key in keys}}

    faults = patient.faults(patient.settings(apps=(contacts, marketing)))

    assert faults.keys() == {"keys_of_another_app"}


def test_says_only_what_it_knows_when_the_server_cannot_be_asked(patient: Patient) -> None:
    settings = patient.settings(app={"token": "SomeOtherToken1"}, port=free_port())

    assert patient.faults(settings).keys() == {"refused"}


def test_sees_an_app_the_running_server_does_not_have(patient: Patient) -> None:
    settings = patient.settings(app={"name": "newcomer"})

    assert patient.faults(settings).keys() == {"wrong_path", "server_is_there"}
