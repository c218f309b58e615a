"""Whether the settings are sound, and Token, key and ids what WeCom's console shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

from doctor.finding import Finding, fault, ok
from errors import ConfigurationError
from language import Text
from settings import KEY_LENGTH, LONGEST_TOKEN, AppSettings, Settings, find_settings, read_document
from settings import read_settings as read

SUBJECT = "settings"

_CORPID = re.compile(r"w[a-z][0-9A-Za-z]{16}")
_SUITE_ID = re.compile(r"(ww|wx|tj|dk)[0-9A-Za-z]{16}")
_COPY = Text(
    en="copy the value again from the console: 应用管理 > the app > 接收消息 > API接收",
    zh="请在管理后台重新复制: 应用管理 > 应用 > 接收消息 > API接收",
)


def check_settings_file(
    config: str | None, environ: Mapping[str, str]
) -> tuple[Settings | None, list[Finding]]:
    """Read the file; None when it cannot be used, with every reason that can be told."""
    try:
        settings = read(config, environ)
    except ConfigurationError as error:
        return None, list(_faults_of_keys(config, environ)) or [
            fault(SUBJECT, "settings_refused", error.text)
        ]
    names = ", ".join(app.name for app in settings.apps)
    if not names:
        return settings, [
            fault(
                SUBJECT,
                "no_apps",
                Text(en=f"{settings.path} names no app", zh=f"{settings.path} 中没有应用"),
                Text(
                    en="add an [[apps]] table; `wecom-callback init` writes one",
                    zh="添加 [[apps]]；`wecom-callback init` 会生成示例",
                ),
            )
        ]
    return settings, [
        ok(
            SUBJECT,
            "settings_read",
            en=f"{settings.path}: {names}",
            zh=f"{settings.path}: {names}",
        )
    ]


def check_code_and_rules(
    load_handlers: Callable[[], object], read_rules: Callable[[], object]
) -> Iterator[Finding]:
    """Load what the settings name, as a start does; what is refused says why itself."""
    try:
        load_handlers()
    except ConfigurationError as error:
        yield fault("handlers", "handlers_refused", error.text)
    try:
        read_rules()
    except ConfigurationError as error:
        yield fault(
            "rules",
            "rules_refused",
            error.text,
            Text(
                en="`wecom-callback rules check` lists every mistake with its line",
                zh="`wecom-callback rules check` 会逐行列出全部错误",
            ),
        )


def check_apps(settings: Settings) -> list[Finding]:
    """Look at what each app says of itself, and at what two of them share."""
    return [
        *(finding for app in settings.apps for finding in _check_ids(app)),
        *(
            _shared_key(app, other)
            for app, other in combinations(settings.apps, 2)
            if set(app.encoding_aes_key) & set(other.encoding_aes_key)
        ),
    ]


def _shared_key(app: AppSettings, other: AppSettings) -> Finding:
    return fault(
        f"app {app.name}",
        "shared_key",
        Text(
            en=f'"{app.name}" and "{other.name}" have the same EncodingAESKey',
            zh=f"“{app.name}” 与 “{other.name}” 的 EncodingAESKey 相同",
        ),
        Text(
            en="one of them may hold the key of the other; compare both with the console",
            zh="其中一个可能误填了另一个应用的密钥，请与管理后台逐一核对",
        ),
        verdict="warning",
    )


def _check_ids(app: AppSettings) -> Iterator[Finding]:
    subject = f"app {app.name}"
    if app.kind == "self_built" and app.corpid not in app.receiveids:
        yield fault(
            subject,
            "receiveid_differs",
            Text(
                en=f"receiveid is {', '.join(sorted(app.receiveids))}, corpid {app.corpid}",
                zh=f"receiveid 为 {', '.join(sorted(app.receiveids))}，corpid 为 {app.corpid}",
            ),
            Text(
                en="a self-built app is addressed by its corpid: remove receiveid, or mend corpid",
                zh="自建应用的 receiveid 就是 corpid：删除 receiveid，或修正 corpid",
            ),
        )
    if app.kind == "suite" and not any(map(_SUITE_ID.fullmatch, app.receiveids)):
        yield fault(
            subject,
            "receiveid_is_no_suite",
            Text(en="receiveid names no suite", zh="receiveid 不是第三方应用的 SuiteID"),
            Text(en='write receiveid = ["SuiteID"]', zh='填写 receiveid = ["SuiteID"]'),
        )
    if not _CORPID.fullmatch(app.corpid):
        yield fault(
            subject,
            "corpid_unusual",
            Text(
                en=f'corpid "{app.corpid}" does not look like one (ww and 16 more)',
                zh=f"corpid “{app.corpid}” 不像企业ID (ww 加 16 位字符)",
            ),
            Text(
                en="copy it from 我的企业 > 企业信息 > 企业ID",
                zh="请从 我的企业 > 企业信息 > 企业ID 复制",
            ),
            verdict="warning",
        )


def _faults_of_keys(config: str | None, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Tell what is wrong with each Token and key; the settings themselves stop at the first."""
    try:
        apps = read_document(find_settings(config, environ), environ).get("apps")
    except ConfigurationError:
        return
    for app in apps if isinstance(apps, list) else []:
        if isinstance(app, dict):
            yield from _faults_of_app(app)


def _faults_of_app(app: Mapping[str, Any]) -> Iterator[Finding]:
    subject = f"app {app.get('name', '?')}"
    tokens, keys = list(_texts(app.get("token"))), list(_texts(app.get("encoding_aes_key")))
    blank = [value for value in (*tokens, *keys) if value != "".join(value.split())]
    if blank:
        yield fault(
            subject,
            "blank_in_value",
            Text(en="a Token or key holds a blank", zh="Token 或 EncodingAESKey 中含有空白字符"),
            _COPY,
        )
        return
    if any(len(token) == KEY_LENGTH for token in tokens):
        yield fault(
            subject,
            "token_and_key_swapped",
            Text(
                en=f"token has {KEY_LENGTH} characters, as an EncodingAESKey does",
                zh=f"token 有 {KEY_LENGTH} 个字符，这是 EncodingAESKey 的长度",
            ),
            Text(
                en="swap token and encoding_aes_key",
                zh="token 与 encoding_aes_key 填反了，请对调",
            ),
        )
        return
    for key in keys:
        if len(key) != KEY_LENGTH:
            yield fault(
                subject,
                "key_length",
                Text(
                    en=f"encoding_aes_key has {len(key)} characters, it must have {KEY_LENGTH}",
                    zh=f"encoding_aes_key 有 {len(key)} 个字符，应为 {KEY_LENGTH} 个",
                ),
                _COPY,
            )
        elif not (key.isalnum() and key.isascii()):
            yield _strange(subject, "encoding_aes_key")
    for token in tokens:
        if not (token.isalnum() and token.isascii()) or len(token) > LONGEST_TOKEN:
            yield _strange(subject, "token")


def _strange(subject: str, name: str) -> Finding:
    return fault(
        subject,
        "strange_character",
        Text(
            en=f"{name} may hold only letters and digits, a Token at most {LONGEST_TOKEN}",
            zh=f"{name} 只能由字母和数字组成，Token 最多 {LONGEST_TOKEN} 位",
        ),
        _COPY,
    )


def _texts(value: object) -> Iterable[str]:
    values = value if isinstance(value, list) else [value]
    return (each for each in values if isinstance(each, str))
