"""Every rule of the settings file: what it takes, and the one sentence with which it refuses."""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel

from errors import ConfigurationError
from settings import AppSettings, ServerSettings, Settings, find_settings, read_settings

HAN = re.compile(r"[\u4e00-\u9fff]")
TOKEN = "QDG6eK1111111111"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
OTHER_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ENCRYPTION_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
OTHER_ENCRYPTION_KEY = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="
ENCRYPTION_KEYS = (ENCRYPTION_KEY, OTHER_ENCRYPTION_KEY)
SUITE = {"suite_id": '"wwSUITE"', "suite_secret": '"sUiTeSeCrEt"'}
APP = f"""\
[[apps]]
name = "contacts"
corpid = "ww1234567890abcdef"
secret = "sEcReTsEcReT"
token = "{TOKEN}"
encoding_aes_key = "{KEY}"
"""


def an_app(**values: str) -> str:
    """Return an [[apps]] table; a value is TOML, "" leaves the key out."""
    given = {
        "name": '"contacts"',
        "corpid": '"ww1234567890abcdef"',
        "token": f'"{TOKEN}"',
        "encoding_aes_key": f'"{KEY}"',
    } | values
    return "[[apps]]\n" + "".join(f"{key} = {value}\n" for key, value in given.items() if value)


class File:
    """A settings file; reads it with an environment of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, text: str, **environ: str) -> Settings:
        self.path.write_text(text, encoding="utf-8")
        return read_settings(str(self.path), environ)

    def refusal(self, text: str, **environ: str) -> str:
        """Return what is said of a wrong file, without its name; never a value out of it."""
        with pytest.raises(ConfigurationError) as refused:
            self.read(text, **environ)
        sentence = str(refused.value)
        assert "\n" not in sentence
        assert HAN.search(refused.value.text.zh)
        assert sentence.startswith(f"{self.path}: ")
        return sentence.removeprefix(f"{self.path}: ")


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path / "wecom.toml")


def test_an_empty_file_has_all_defaults(file: File) -> None:
    settings = file.read("")

    assert settings.apps == ()
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8080)
    assert settings.server.redis_url == ""
    assert settings.server.api_base_url == "https://qyapi.weixin.qq.com"
    assert settings.server.handlers == ()
    assert settings.server.retention_days == 90
    assert settings.server.max_body_bytes == 1048576
    assert settings.rules_path == file.path.parent / "rules.toml"


def test_reads_an_app_whole(file: File) -> None:
    settings = file.read(APP + 'agentid = 1000002\nkind = "self_built"\noperators = ["ops"]')

    app = settings.app("contacts")
    assert (app.corpid, app.agentid, app.secret) == (
        "ww1234567890abcdef",
        1000002,
        "sEcReTsEcReT",
    )
    assert (app.token, app.encoding_aes_key) == ((TOKEN,), (KEY,))
    assert app.operators == ("ops",)


@pytest.mark.parametrize("model", [Settings, ServerSettings, AppSettings])
def test_every_setting_is_described(model: type[BaseModel]) -> None:
    undescribed = [name for name, field in model.model_fields.items() if not field.description]

    assert undescribed == []


def test_a_description_is_one_sentence(file: File) -> None:
    for model in (ServerSettings, AppSettings):
        for name, field in model.model_fields.items():
            assert field.description, name
            assert "\n" not in field.description
            assert field.description.endswith((".", ">.", "NAME.")), name


# --- the environment


def test_takes_variables_out_of_the_environment(file: File) -> None:
    settings = file.read(
        an_app(secret='"${SECRET}"', token='["${T_1}", "x${T_2}x"]', corpid='"${_c}${_c}"'),
        SECRET="of the environment",
        T_1="first",
        T_2="second",
        _c="ww1",
    )

    app = settings.app("contacts")
    assert app.secret == "of the environment"
    assert app.token == ("first", "xsecondx")
    assert app.corpid == "ww1ww1"


def test_a_value_of_the_environment_is_not_looked_through_again(file: File) -> None:
    settings = file.read(an_app(secret='"${SECRET}"'), SECRET="${HOME}")

    assert settings.app("contacts").secret == "${HOME}"


@pytest.mark.parametrize("text", ["$SECRET", "${}", "${1}", "$ {A}", "${A-B}", "100$", "{A}"])
def test_anything_else_with_a_dollar_stays(file: File, text: str) -> None:
    assert file.read(an_app(secret=f'"{text}"')).app("contacts").secret == text


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (an_app(secret='"${MISSING}"'), "apps[0].secret"),
        (an_app() + an_app(token='["x", "${MISSING}"]'), "apps[1].token[1]"),
        ('[server]\nredis_url = "redis://:${MISSING}@h/0"', "server.redis_url"),
    ],
)
def test_names_a_variable_that_is_missing(file: File, text: str, where: str) -> None:
    assert file.refusal(text) == (
        f"{where}: the environment variable MISSING is not set; export it"
    )


def test_an_empty_variable_is_there(file: File) -> None:
    assert file.read(an_app(secret='"${EMPTY}"'), EMPTY="").app("contacts").secret == ""


OVERRIDES = [
    ("WECOM_HOST", "::1", "::1"),
    ("WECOM_PORT", "9000", 9000),
    ("WECOM_DATABASE_URL", "postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
    ("WECOM_REDIS_URL", "redis://h:1/0", "redis://h:1/0"),
    ("WECOM_API_BASE_URL", "http://127.0.0.1:1", "http://127.0.0.1:1"),
    ("WECOM_PUBLIC_URL", "https://x", "https://x"),
    ("WECOM_CONSOLE", "false", False),
    ("WECOM_METRICS_PORT", "9100", 9100),
    ("WECOM_METRICS_TOKEN", "sesame", "sesame"),
    ("WECOM_OTLP_ENDPOINT", "http://127.0.0.1:4318", "http://127.0.0.1:4318"),
    ("WECOM_CONSOLE_APP", "contacts", "contacts"),
    ("WECOM_CONSOLE_MEMBERS", "li, wang", ("li", "wang")),
    ("WECOM_CONSOLE_PERMISSIONS", "personal", ("personal",)),
    ("WECOM_CONSOLE_LOGIN_URL", "http://127.0.0.1:8765", "http://127.0.0.1:8765"),
    ("WECOM_TRUSTED_PROXIES", "10.0.0.1/8, 2001:db8::1", ("10.0.0.1/8", "2001:db8::1")),
    ("WECOM_HANDLERS", "one,two.three", ("one", "two.three")),
    ("WECOM_HANDLERS", "", ()),
    ("WECOM_RULES", "other.toml", "other.toml"),
    ("WECOM_RETENTION_DAYS", "7", 7),
    ("WECOM_AUDIT_RETENTION_DAYS", "30", 30),
    ("WECOM_MAX_BODY_BYTES", "2048", 2048),
    ("WECOM_WEB_THREADS", "2", 2),
    ("WECOM_URGENT_THREADS", "3", 3),
    ("WECOM_DEFAULT_THREADS", "4", 4),
    ("WECOM_BULK_THREADS", "5", 5),
    ("WECOM_WELCOME_MARGIN_SECONDS", "2.5", 2.5),
    ("WECOM_API_TIMEOUT_SECONDS", "3", 3.0),
    ("WECOM_REPLY_TIMEOUT_SECONDS", "1.5", 1.5),
    ("WECOM_CALLS_IN_FLIGHT", "6", 6),
    (
        "WECOM_ENCRYPTION_KEY",
        f"{ENCRYPTION_KEY}, {OTHER_ENCRYPTION_KEY}",
        (ENCRYPTION_KEY, OTHER_ENCRYPTION_KEY),
    ),
]


@pytest.mark.parametrize(("variable", "text", "value"), OVERRIDES)
@pytest.mark.parametrize("text_of_file", ["", '[server]\nhost = "h"\nport = 1\nhandlers = ["x"]'])
def test_every_key_of_the_server_can_be_overridden(
    file: File, variable: str, text: str, value: object, text_of_file: str
) -> None:
    settings = file.read(text_of_file, **{variable: text})

    assert getattr(settings.server, variable.removeprefix("WECOM_").lower()) == value


def test_the_table_of_overrides_is_complete() -> None:
    assert {f"WECOM_{key.upper()}" for key in ServerSettings.model_fields} == {
        variable for variable, _, _ in OVERRIDES
    }


def test_a_wrong_override_is_refused_by_its_key(file: File) -> None:
    assert file.refusal("", WECOM_PORT="http").startswith("server.port: Input should be a valid")


# --- the apps


@pytest.mark.parametrize("token", [f'"{TOKEN}"', f'["{TOKEN}"]', f'["{TOKEN}", "older"]', '"x"'])
def test_takes_one_token_or_several(file: File, token: str) -> None:
    tokens = file.read(an_app(token=token)).app("contacts").token

    assert tokens[0] in {TOKEN, "x"}
    assert len(tokens) == token.count('"') // 2


def test_takes_several_keys_newest_first(file: File) -> None:
    settings = file.read(an_app(encoding_aes_key=f'["{OTHER_KEY}", "{KEY}"]'))

    assert settings.app("contacts").encoding_aes_key == (OTHER_KEY, KEY)


@pytest.mark.parametrize(
    ("values", "receiveids"),
    [
        ({}, {"ww1234567890abcdef"}),
        ({"kind": '"suite"', **SUITE}, {"wwSUITE", "ww1234567890abcdef"}),
        ({"kind": '"robot"'}, {""}),
        ({"receiveid": "[]"}, {"ww1234567890abcdef"}),
        ({"receiveid": '"wwOTHER"', "kind": '"suite"', **SUITE}, {"wwOTHER"}),
        ({"receiveid": '""'}, {""}),
        ({"receiveid": '["a", "b", ""]'}, {"a", "b", ""}),
        ({"receiveid": '["x"]', "kind": '"robot"'}, {"x"}),
    ],
)
def test_accepts_the_receiveids_named_or_those_of_the_kind(
    file: File, values: dict[str, str], receiveids: set[str]
) -> None:
    settings = file.read(an_app(**values), WECOM_ENCRYPTION_KEY=ENCRYPTION_KEY)

    assert settings.app("contacts").receiveids == receiveids


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"token": f'"{KEY}"', "encoding_aes_key": f'"{TOKEN}"'},
            'apps "contacts": token: has 43 characters: Token and EncodingAESKey look swapped',
        ),
        (
            {"token": '""'},
            'apps "contacts": token: must be 1 to 32 letters and digits, as in the admin console',
        ),
        ({"token": '"with blank"'}, 'apps "contacts": token: must be 1 to 32 letters and digits'),
        ({"token": '"tökén"'}, 'apps "contacts": token: must be 1 to 32 letters and digits'),
        ({"token": f'"{"x" * 33}"'}, 'apps "contacts": token: must be 1 to 32 letters'),
        ({"token": f'["{TOKEN}", ""]'}, 'apps "contacts": token: must be 1 to 32 letters'),
        ({"token": "[]"}, 'apps "contacts": token: must not be empty'),
        ({"token": "5"}, 'apps "contacts": token: must be a list'),
        ({"token": "[5]"}, 'apps "contacts": token: Input should be a valid string'),
        ({"token": ""}, 'apps "contacts": token: missing; add it'),
        (
            {"encoding_aes_key": f'"{KEY[:-1]}"'},
            'apps "contacts": encoding_aes_key: has 42 characters, it must have 43: copy it whole',
        ),
        (
            {"encoding_aes_key": f'"{KEY}="'},
            'apps "contacts": encoding_aes_key: has 44 characters, it must have 43',
        ),
        (
            {"encoding_aes_key": f'["{KEY}", "{"!" * 43}"]'},
            'apps "contacts": encoding_aes_key: may hold only letters and digits',
        ),
        ({"encoding_aes_key": "[]"}, 'apps "contacts": encoding_aes_key: must not be empty'),
        ({"corpid": '""'}, 'apps "contacts": corpid: String should have at least 1 character'),
        ({"corpid": ""}, 'apps "contacts": corpid: missing; add it'),
        ({"agentid": '"x"'}, 'apps "contacts": agentid: Input should be a valid integer'),
        ({"kind": '"bot"'}, "apps \"contacts\": kind: Input should be 'self_built', 'suite' or"),
        (
            {"kind": '"suite"', "suite_secret": '"s"'},
            'apps "contacts": suite_id: missing; copy it from the third-party app',
        ),
        (
            {"kind": '"suite"', "suite_id": '"ws1"'},
            'apps "contacts": suite_secret: missing; copy it from the third-party app',
        ),
        (
            {"kind": '"suite"', **SUITE, "secret": '"s"'},
            'apps "contacts": secret: a third-party app has none; write it as suite_secret',
        ),
        ({"suite_id": '"ws1"'}, 'apps "contacts": suite_id: only for kind = "suite"; remove it'),
        (
            {"kind": '"suite"', **SUITE},
            'server.encryption_key: missing; an app of kind "suite" keeps permanent codes',
        ),
        ({"secert": '"x"'}, 'apps "contacts": secert: there is no such key; remove it or mend its'),
        ({"name": ""}, "apps number 1: name: missing; add it"),
        ({"name": '"a/b"'}, 'apps "a/b": name: String should match pattern'),
        ({"name": '""'}, "apps number 1: name: String should match pattern"),
        ({"name": '"../x"'}, 'apps "../x": name: String should match pattern'),
        ({"name": '"联系"'}, 'apps "联系": name: String should match pattern'),
        ({"name": '"a\\n"'}, 'apps "a'),
    ],
)
def test_says_what_is_wrong_with_an_app(
    tmp_path: Path, values: dict[str, str], sentence: str
) -> None:
    path = tmp_path / "wecom.toml"
    path.write_text(an_app(**values), encoding="utf-8")

    with pytest.raises(ConfigurationError) as refused:
        read_settings(str(path), {})

    assert str(refused.value).startswith(f"{path}: {sentence}")
    assert HAN.search(refused.value.text.zh.replace(values.get("name", ""), ""))


@pytest.mark.parametrize("key", ["x", "", OTHER_KEY, ENCRYPTION_KEY[:-4]])
def test_says_what_is_no_encryption_key(file: File, key: str) -> None:
    assert file.refusal(f'[server]\nencryption_key = ["{ENCRYPTION_KEY}", "{key}"]') == (
        "server.encryption_key: not a key; `wecom-callback suites key` makes one"
    )


def test_shows_no_secret_of_a_suite(file: File) -> None:
    settings = file.read(
        an_app(kind='"suite"', **SUITE, provider_secret='"pRoViDeR"'),
        WECOM_ENCRYPTION_KEY=ENCRYPTION_KEY,
    )

    assert [
        each for each in ("sUiTeSeCrEt", "pRoViDeR", ENCRYPTION_KEY) if each in repr(settings)
    ] == []


def test_refuses_two_apps_of_one_name(file: File) -> None:
    assert file.refusal(an_app() + an_app()) == (
        'apps: two apps are named "contacts"; give each a name of its own'
    )


def test_knows_which_apps_there_are(file: File) -> None:
    settings = file.read(an_app() + an_app(name='"other"'))

    with pytest.raises(ConfigurationError, match=r'no app "x" \(known: contacts, other\)'):
        settings.app("x")
    with pytest.raises(ConfigurationError, match=r"\(known: none\)"):
        file.read("").app("x")


# --- the file


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[server]\nport = 65536", "server.port: Input should be less than or equal to 65535"),
        ("[server]\nport = -1", "server.port: Input should be greater than or equal to 0"),
        ('[server]\nport = "http"', "server.port: Input should be a valid integer"),
        ("[server]\nport = 80.5", "server.port: Input should be a valid integer"),
        ("[server]\nhost = 1", "server.host: Input should be a valid string"),
        ("[server]\nprot = 1", "server.prot: there is no such key; remove it or mend its spelling"),
        ("[server]\nretention_days = 0", "server.retention_days: Input should be greater than"),
        ("[server]\nmax_body_bytes = 1", "server.max_body_bytes: Input should be greater than"),
        ("[server]\nurgent_threads = 0", "server.urgent_threads: Input should be greater than"),
        ('[server]\nhandlers = "x"', "server.handlers: must be a list"),
        (
            '[server]\nredis_url = "localhost:6379"',
            "server.redis_url: must start with redis:// or rediss://, or be empty",
        ),
        (
            '[server]\napi_base_url = "qyapi.weixin.qq.com"',
            "server.api_base_url: must start with https:// or http://",
        ),
        (
            '[server]\nconsole_login_url = "127.0.0.1:8765"',
            "server.console_login_url: must start with https:// or http://",
        ),
        (
            '[server]\ntrusted_proxies = ["10.0.0.300"]',
            "server.trusted_proxies: must be addresses or networks, like 172.16.0.0/12",
        ),
        ("[servers]\nport = 1", "servers: there is no such key; remove it or mend its spelling"),
        ('path = "x"', "path: there is no such key; remove it"),
        ("server = 5", "server: Input should be a valid dictionary"),
        ('apps = "x"', "apps: must be a list; write [[apps]], in two brackets"),
        ('[apps]\nname = "x"', "apps: must be a list; write [[apps]], in two brackets"),
        ("apps = [5]", "apps number 1: Input should be a valid dictionary"),
        ("[server", "not valid TOML: "),
        ("port 1", "not valid TOML: "),
        ("a = 1\na = 2", "not valid TOML: "),
    ],
)
@pytest.mark.parametrize("environ", [{}, {"WECOM_PUBLIC_URL": "https://x"}])
def test_says_in_one_sentence_what_is_wrong(
    file: File, text: str, sentence: str, environ: Mapping[str, str]
) -> None:
    assert file.refusal(text, **environ).startswith(sentence)


def test_says_that_a_file_is_not_text(file: File) -> None:
    file.path.write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigurationError, match="is not UTF-8"):
        read_settings(str(file.path), {})


def test_says_that_a_file_cannot_be_read(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    file.path.touch()
    monkeypatch.setattr(Path, "read_text", refuse)  # root, as in a container, may read everything

    with pytest.raises(ConfigurationError, match="cannot be read: Permission denied"):
        read_settings(str(file.path), {})


@pytest.mark.parametrize("name", ["nothing.toml", "", "."])
def test_says_how_to_get_a_file_where_there_is_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"no such file; `wecom-callback init` writes one, --config names"
    ):
        find_settings(str(tmp_path / name), {})


def test_finds_the_file_by_option_then_environment_then_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("option.toml", "environment.toml", "wecom.toml"):
        (tmp_path / name).touch()
    environ = {"WECOM_CONFIG": "environment.toml"}

    assert find_settings("option.toml", environ) == Path("option.toml")
    assert find_settings(None, environ) == Path("environment.toml")
    assert find_settings(None, {"WECOM_CONFIG": ""}) == Path("wecom.toml")
    assert find_settings(None, {}) == Path("wecom.toml")


# --- paths


def test_a_relative_database_lies_beside_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "wecom.toml").touch()
    monkeypatch.chdir(tmp_path)

    settings = read_settings("etc/wecom.toml", {})

    assert settings.server.database_url == f"sqlite:///{tmp_path}/etc/var/journal.db"
    assert settings.rules_path == Path("etc/rules.toml")


@pytest.mark.parametrize(
    "url", ["sqlite:////srv/journal.db", "postgresql+psycopg://u:p@h/d", "sqlite://"]
)
def test_other_databases_stay_as_they_are(file: File, url: str) -> None:
    assert file.read(f'[server]\ndatabase_url = "{url}"').server.database_url == url


def test_an_absolute_rules_file_stays_where_it_is(file: File) -> None:
    assert file.read('[server]\nrules = "/srv/r.toml"').rules_path == Path("/srv/r.toml")


# --- secrets


SECRETS = {
    "secret": "sEcReT_of_the_app",
    "token": TOKEN,
    "encoding_aes_key": KEY,
    "redis": "redispassword",
    "database": "dbpassword",
}


def test_shows_no_secret(file: File) -> None:
    settings = file.read(
        f"""
        [server]
        database_url = "postgresql+psycopg://u:{SECRETS["database"]}@h/d"
        redis_url = "redis://:{SECRETS["redis"]}@h/0"
        {an_app(secret=f'"{SECRETS["secret"]}"')}
        """
    )

    shown = f"{settings!r} {settings} {settings.apps!r} {settings.server}"

    assert [name for name, secret in SECRETS.items() if secret in shown] == []
    assert "contacts" in shown


@pytest.mark.parametrize(
    "values",
    [
        {"token": f'["{TOKEN}", "{KEY}"]'},
        {"token": f'"{TOKEN} "'},
        {"encoding_aes_key": f'"{KEY}x"'},
        {"encoding_aes_key": f'["{KEY}", 5]'},
        {"secret": f'["{SECRETS["secret"]}"]'},
        {"secret": f'{{ a = "{SECRETS["secret"]}" }}'},
        {"secret": f'"{SECRETS["secret"]}", "'},
        {"secret": f'"{SECRETS["secret"]}"', "name": "5"},
    ],
)
def test_tells_no_secret_in_a_refusal(file: File, values: dict[str, str]) -> None:
    sentence = file.refusal(an_app(**values))

    assert [name for name, secret in SECRETS.items() if secret in sentence] == []


def test_tells_no_password_of_a_wrong_address(file: File) -> None:
    sentence = file.refusal(f'[server]\nredis_url = "rediz://:{SECRETS["redis"]}@h/0"')

    assert SECRETS["redis"] not in sentence


def test_settings_cannot_be_changed(file: File) -> None:
    settings = file.read(APP)

    with pytest.raises(ValueError, match="frozen"):
        settings.server.port = 1  # type: ignore[misc]  # what is tested
