"""The settings of a server: one TOML file and the environment, read once and checked at once.

Found by `--config`, else `$WECOM_CONFIG`, else `./wecom.toml`. `"${NAME}"` inside a value takes an
environment variable, and every key of `[server]` can be overridden by `WECOM_<KEY>`.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

import foreign
from errors import ConfigurationError
from language import Mistake, Text

DEFAULT_PATH = "wecom.toml"
PLACEHOLDER_CORPID = "ww0000000000000000"  # what `init` writes
KEY_LENGTH = 43
LONGEST_TOKEN = 32
ENCRYPTION_KEY_BYTES = 32
LISTS = frozenset(
    {"console_members", "console_permissions", "encryption_key", "handlers", "trusted_proxies"}
)  # in the environment: separated by commas

NO_APPS = "apps: " + Text(
    en="there is none; add an [[apps]] table", zh="一个也没有，请添加 [[apps]]"
)
_NO_SUCH_KEY = Text(en="there is no such key; remove it", zh="没有这个键，请删除")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


OneOrMore = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
Port = Annotated[int, Field(ge=0, le=65535)]
Threads = Annotated[int, Field(ge=1, le=512)]


class _Section(BaseModel):
    """A table of the file: unknown keys are refused, secrets are not shown."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ServerSettings(_Section):
    """The table `[server]`."""

    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: Port = Field(8080, description="Port the web server listens on.")
    database_url: str = Field(
        "sqlite:///var/journal.db",
        description="The journal: sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME.",
        repr=False,
    )
    redis_url: str = Field(
        "",
        description="The broker: redis://HOST:PORT/0. Empty: `serve` starts a Valkey of its own.",
        repr=False,
    )
    api_base_url: str = Field(
        "https://qyapi.weixin.qq.com",
        description="The WeCom API, a proxy with a fixed address in front of it, or the simulator.",
    )
    public_url: str = Field("", description="This server as WeCom sees it, without /callback.")
    metrics_token: str = Field(
        "", description="Bearer token that /metrics asks for. Empty: none.", repr=False
    )
    metrics_port: Port = Field(
        0,
        description="Port on which `worker` tells its metrics, for machines without a web server."
        " 0: none.",
    )
    console: bool = Field(default=True, description="Whether there are web pages at /console/.")
    console_app: str = Field(
        "", description="The app members sign in to the console through; empty: by password only."
    )
    console_members: tuple[str, ...] = Field(
        (), description="Members (userid) who may sign in to the console through `console_app`."
    )
    console_permissions: tuple[Literal["replay", "personal", "audit"], ...] = Field(
        ("replay", "audit"),
        description="What those members may: `replay`, `personal` (see personal data), `audit`.",
    )
    console_login_url: str = Field(
        "",
        description="Where those members log in instead of WeCom's own pages: the simulator, as"
        " browsers reach it.",
    )
    trusted_proxies: tuple[str, ...] = Field(
        ("127.0.0.0/8", "::1/128"),
        description="Addresses or networks of the proxies in front of the console, whose"
        " X-Forwarded-For is believed.",
    )
    otlp_endpoint: str = Field(
        "",
        description="OpenTelemetry collector that gets traces, e.g. http://collector:4318. Empty:"
        " none. Needs the extra `tracing`.",
    )
    handlers: tuple[str, ...] = Field((), description="Modules with handlers of your own.")
    rules: str = Field("rules.toml", description="The file with welcomes and tags.")
    retention_days: int = Field(
        90, ge=1, description="Days after which closed deliveries are deleted."
    )
    audit_retention_days: int = Field(
        365, ge=1, description="Days after which the console's record of who did what is deleted."
    )
    encryption_key: OneOrMore = Field(
        (),
        description="Seals permanent codes and suite tickets, or several: newest first."
        " `wecom-callback suites key` makes one.",
        repr=False,
    )
    max_body_bytes: int = Field(
        1_048_576, ge=1024, description="Bytes a callback may have; larger ones are refused."
    )
    web_threads: Threads = Field(
        256, description="Requests answered at the same time; who sends slowly holds one up."
    )
    urgent_threads: Threads = Field(64, description="Threads for handlers with a deadline.")
    default_threads: Threads = Field(16, description="Threads for ordinary handlers.")
    bulk_threads: Threads = Field(4, description="Threads for long work.")
    welcome_margin_seconds: float = Field(
        1.0,
        ge=0,
        le=15,
        description="Seconds before the end of WeCom's 20 at which a welcome is given up.",
    )
    api_timeout_seconds: float = Field(
        5.0, gt=0, le=60, description="Seconds to wait for an answer of the API."
    )
    reply_timeout_seconds: float = Field(
        3.0,
        gt=0,
        le=4.5,
        description="Seconds a passive reply may take; WeCom waits 5 for it.",
    )
    calls_in_flight: int = Field(
        5, ge=1, description="mark_tag and remark calls at the same time, per corp."
    )

    @field_validator("redis_url")
    @classmethod
    def _check_redis_url(cls, url: str) -> str:
        if url and not url.startswith(("redis://", "rediss://")):
            raise Mistake(
                en="must start with redis:// or rediss://, or be empty",
                zh="应以 redis:// 或 rediss:// 开头，或者留空",
            )
        return url

    @field_validator("encryption_key")
    @classmethod
    def _check_encryption_keys(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        if not all(map(_is_encryption_key, keys)):
            raise Mistake(
                en="not a key; `wecom-callback suites key` makes one",
                zh="不是有效的密钥，可用 `wecom-callback suites key` 生成",
            )
        return keys

    @field_validator("api_base_url", "console_login_url")
    @classmethod
    def _check_base_url(cls, url: str, info: ValidationInfo) -> str:
        may_be_empty = info.field_name == "console_login_url"
        if not url.startswith(("https://", "http://")) and not (may_be_empty and not url):
            raise Mistake(
                en="must start with https:// or http://", zh="应以 https:// 或 http:// 开头"
            )
        return url

    @field_validator("trusted_proxies")
    @classmethod
    def _check_trusted_proxies(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for each in networks:
            try:
                ip_network(each, strict=False)
            except ValueError as error:
                raise Mistake(
                    en="must be addresses or networks, like 172.16.0.0/12",
                    zh="应为 IP 地址或网段，如 172.16.0.0/12",
                ) from error
        return networks


class AppSettings(_Section):
    """One table `[[apps]]`: a callback URL and the app behind it."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$",
        description="The last part of the URL: /callback/<name>.",
    )
    corpid: str = Field(
        min_length=1, description="The enterprise's id (企业ID); of a suite the provider's."
    )
    agentid: int | None = Field(None, description="The app's AgentId; needed to send messages.")
    secret: str = Field("", description="The app's Secret; needed to call the API.", repr=False)
    token: OneOrMore = Field(description="Token, or several: newest first.", repr=False)
    encoding_aes_key: OneOrMore = Field(
        description="EncodingAESKey (43 characters), or several: newest first.", repr=False
    )
    receiveid: OneOrMore = Field(
        (),
        description="Accepted receiveids. Default: the corpid; for a robot the empty one; for a"
        " suite its id, the provider's corpid and the corp the event is of; for a template any,"
        " because the corpid of one corp comes in two forms.",
    )
    kind: Literal["self_built", "suite", "robot"] = Field(
        "self_built", description="Decides how callbacks are answered."
    )
    suite_id: str = Field(
        "",
        description="A third-party app's SuiteID, or the id (dk...) of the template that a provider"
        " makes apps for single corps of (代开发应用模板).",
    )
    suite_secret: str = Field(
        "", description="The Secret of the third-party app, or of the template.", repr=False
    )
    provider_secret: str = Field(
        "", description="The provider's ProviderSecret; only logins need it.", repr=False
    )
    operators: tuple[str, ...] = Field(
        (), description="Members told of failures by an app message (userid)."
    )

    @field_validator("token")
    @classmethod
    def _check_tokens(cls, tokens: tuple[str, ...]) -> tuple[str, ...]:
        for token in tokens:
            if len(token) == KEY_LENGTH:
                raise Mistake(
                    en="has 43 characters: Token and EncodingAESKey look swapped",
                    zh="有 43 个字符，Token 与 EncodingAESKey 可能填反了",
                )
            if not token.isalnum() or not token.isascii() or len(token) > LONGEST_TOKEN:
                raise Mistake(
                    en="must be 1 to 32 letters and digits, as in the admin console",
                    zh="应为 1 到 32 位字母和数字，与管理后台显示的一致",
                )
        return _some(tokens)

    @field_validator("encoding_aes_key")
    @classmethod
    def _check_keys(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            if len(key) != KEY_LENGTH:
                raise Mistake(
                    en=f"has {len(key)} characters, it must have 43: copy it whole from the"
                    " console",
                    zh=f"有 {len(key)} 个字符，应为 43 个，请从管理后台完整复制",
                )
            if not key.isalnum() or not key.isascii():
                raise Mistake(
                    en="may hold only letters and digits: copy it from the console",
                    zh="只能由字母和数字组成，请从管理后台复制",
                )
        return _some(keys)

    @model_validator(mode="after")
    def _check_suite(self) -> AppSettings:
        given = {"suite_id": self.suite_id, "suite_secret": self.suite_secret}
        for name, value in given.items():
            if self.kind == "suite" and not value:
                raise Mistake(
                    key=name,
                    en="missing; copy it from the third-party app's page, or the template's, in the"
                    " provider's console (服务商后台)",
                    zh="缺少此项，请从服务商后台的第三方应用或代开发应用模板页面复制",
                )
            if self.kind != "suite" and value:
                raise Mistake(
                    key=name,
                    en='only for kind = "suite"; remove it, or set the kind',
                    zh='只用于 kind = "suite" 的应用，请删除，或修改 kind',
                )
        if self.kind == "suite" and self.secret:
            raise Mistake(
                key="secret",
                en="a third-party app has none; write it as suite_secret",
                zh="第三方应用没有此项，请写到 suite_secret",
            )
        return self

    @property
    def receiveids(self) -> frozenset[str]:
        """The accepted receiveids, the default filled in."""
        if self.receiveid:
            return frozenset(self.receiveid)
        if self.kind == "suite":
            return frozenset({self.suite_id, self.corpid})
        return frozenset({"" if self.kind == "robot" else self.corpid})


class Settings(_Section):
    """All settings of one server."""

    server: ServerSettings = Field(ServerSettings(), description="The server as a whole.")
    apps: tuple[AppSettings, ...] = Field((), description="The callback URLs, one an app.")
    path: Path = Field(Path(DEFAULT_PATH), description="The file all this was read from.")

    @model_validator(mode="after")
    def _check_names(self) -> Settings:
        names = [app.name for app in self.apps]
        for name in names:
            if names.count(name) > 1:
                raise Mistake(
                    key="apps",
                    en=f'two apps are named "{name}"; give each a name of its own',
                    zh=f'有两个应用都叫 "{name}"，请取不同的名称',
                )
        return self

    @model_validator(mode="after")
    def _check_encryption_key(self) -> Settings:
        if any(app.kind == "suite" for app in self.apps) and not self.server.encryption_key:
            raise Mistake(
                key="server.encryption_key",
                en='missing; an app of kind "suite" keeps permanent codes, and they are sealed with'
                " it: `wecom-callback suites key` makes one, put it into WECOM_ENCRYPTION_KEY",
                zh='缺少此项，kind 为 "suite" 的应用要用它加密保存永久授权码；'
                "请用 `wecom-callback suites key` 生成，并设为环境变量 WECOM_ENCRYPTION_KEY",
            )
        return self

    @property
    def folder(self) -> Path:
        """Where relative paths start: beside the file."""
        return self.path.parent

    @property
    def rules_path(self) -> Path:
        """The rules file."""
        return self.folder / self.server.rules

    @property
    def last_good_rules_path(self) -> Path:
        """Where a copy of the rules is kept, below the folder of the settings."""
        return self.folder / "var" / f"last-good-{self.rules_path.name}"

    @property
    def metrics_folder(self) -> Path:
        """Where the processes of this machine count, below the folder of the settings."""
        return self.folder.resolve() / "var" / "metrics"

    def app(self, name: str) -> AppSettings:
        """Return one app. Raises ConfigurationError when there is none of that name."""
        for app in self.apps:
            if app.name == name:
                return app
        known = ", ".join(app.name for app in self.apps)
        raise self.wrong(
            Text(
                en=f'there is no app "{name}" (known: {known or "none"})',
                zh=f'没有应用 "{name}"（现有: {known or "无"}）',
            )
        )

    def wrong(self, told: Text) -> ConfigurationError:
        """Return what is wrong with them as an error that names the file."""
        return ConfigurationError(f"{self.path}: " + told)


def find_settings(config: str | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the settings file. Raises ConfigurationError when it is not there."""
    path = Path(config or environ.get("WECOM_CONFIG") or DEFAULT_PATH)
    if not path.is_file():
        raise ConfigurationError(
            f"{path}: "
            + Text(
                en="no such file; `wecom-callback init` writes one, --config names another",
                zh="没有这个文件；`wecom-callback init` 可生成，--config 可指定其他文件",
            )
        )
    return path


def read_settings(config: str | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and check everything. Raises ConfigurationError naming file, key and remedy."""
    path = find_settings(config, environ)
    document = read_document(path, environ)
    if "path" in document:  # a field of ours, not a key of the file
        raise ConfigurationError(f"{path}: path: " + _NO_SUCH_KEY)
    if isinstance(server := document.setdefault("server", {}), dict):
        server.update(_overrides(environ))
    try:
        settings = Settings.model_validate(document).model_copy(update={"path": path})
    except ValidationError as error:
        raise ConfigurationError(f"{path}: " + _describe(error, document)) from None
    return settings.model_copy(update={"server": _anchored(settings)})


def read_document(path: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the file as it is, with the variables in it. Raises ConfigurationError."""
    document: dict[str, Any] = _interpolate(_read_toml(path), environ, path, "")
    return document


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        source = path.read_text(encoding="utf-8-sig")  # Windows writes a mark
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: " + foreign.unreadable(error)) from error
    try:
        return tomllib.loads(source)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        told, _line = foreign.syntax(error, source)
        raise ConfigurationError(f"{path}: " + told) from error


def _overrides(environ: Mapping[str, str]) -> dict[str, object]:
    given = {key: environ.get(f"WECOM_{key.upper()}") for key in ServerSettings.model_fields}
    return {
        key: [part.strip() for part in value.split(",") if part.strip()] if key in LISTS else value
        for key, value in given.items()
        if value is not None
    }


def _is_encryption_key(text: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(text)) == ENCRYPTION_KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def _some(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values:
        raise Mistake(en="must not be empty", zh="不能为空")
    return values


def _anchored(settings: Settings) -> ServerSettings:
    """Let a relative SQLite path start beside the settings file, wherever we were started."""
    prefix = "sqlite:///"
    url = settings.server.database_url
    if not url.startswith(prefix):
        return settings.server
    database = settings.folder.resolve() / url.removeprefix(prefix)
    return settings.server.model_copy(update={"database_url": f"{prefix}{database}"})


def _interpolate(value: Any, environ: Mapping[str, str], path: Path, where: str) -> Any:  # noqa: ANN401 - TOML is untyped
    if isinstance(value, dict):
        return {
            key: _interpolate(item, environ, path, f"{where}.{key}".lstrip("."))
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [
            _interpolate(item, environ, path, f"{where}[{index}]")
            for index, item in enumerate(value)
        ]
    if not isinstance(value, str):
        return value

    def variable(match: re.Match[str]) -> str:
        if match[1] not in environ:
            raise ConfigurationError(
                f"{path}: {where}: "
                + Text(
                    en=f"the environment variable {match[1]} is not set; export it",
                    zh=f"环境变量 {match[1]} 未设置，请先 export",
                )
            )
        return environ[match[1]]

    return _VARIABLE.sub(variable, value)


def _describe(error: ValidationError, document: Mapping[str, Any]) -> Text:
    """Put the first problem into one sentence; the rest show up one by one."""
    problem = error.errors(include_url=False, include_input=False)[0]
    where = _key(problem["loc"], document)
    told = foreign.reason(problem, brackets="apps" if problem["loc"] == ("apps",) else "")
    return where + ": " + told if where.en else told


def _key(loc: tuple[int | str, ...], document: Mapping[str, Any]) -> Text:
    """Name a key as an operator would: apps "contacts": token."""
    if len(loc) > 1 and loc[0] == "apps" and isinstance(loc[1], int):
        app = document["apps"][loc[1]]
        name = app.get("name") if isinstance(app, dict) else None
        number = loc[1] + 1
        shown = Text(en=f"apps number {number}", zh=f"第 {number} 个 apps")
        if name:
            shown = Text.same(f'apps "{name}"')
        return shown + f": {loc[2]}" if len(loc) > 2 else shown  # noqa: PLR2004 - table, place, key
    return Text.same(".".join(map(str, loc[:2])))
