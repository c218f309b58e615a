"""`call`: any API from the shell, with the app of wecom.toml or with a corpid and a secret."""

from __future__ import annotations

import dataclasses
import difflib
import inspect
import json
import mimetypes
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.text import Text as Shown

from commands.apis import Api
from errors import APIError, WeComError
from language import Language, Text
from wecom import Client, errcodes
from wecom.download import Download
from wecom.endpoint import Endpoint, Local
from wecom.multipart import Upload, size_of
from wecom.official import Row

_WORD = re.compile(r"[A-Za-z]\w*")
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
_CLOSE = 0.8
_NEVER_TYPED = frozenset(
    {
        "access_token",
        "corpsecret",
        "jsapi_ticket",
        "permanent_code",
        "provider_access_token",
        "provider_secret",
        "suite_access_token",
        "suite_secret",
        "suite_ticket",
    }
)
"""What stands in the process list and the shell's history once it was an argument."""

_HIDDEN_ENDINGS = ("token", "secret", "ticket", "aeskey", "aes_key")
_HIDDEN = frozenset(
    {
        "active_code",
        "auth_code",
        "chat_key",
        "check_code",
        "code",
        "encrypt_code",
        "permanent_code",
        "pre_auth_code",
        "response_code",
        "welcome_code",
    }
)
_FILLED_IN = {
    "gettoken": ("corpid", "corpsecret"),
    "service/get_provider_token": ("corpid", "provider_secret"),
    "service/get_suite_token": ("suite_id", "suite_secret", "suite_ticket"),
}
"""What the settings know and no command line has to."""

_NOT_CALLED = Text(en="nothing calls it yet", zh="尚无调用它的函数")
_NOT_UTF_8 = Text(en="not UTF-8", zh="不是 UTF-8 编码")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """What is called, with what, told how. output: where an answer that is a file goes."""

    api: Api
    values: Mapping[str, Any] = dataclasses.field(repr=False)
    file: Path | None = None
    output: Path | None = None
    language: Language = "en"

    def refused(self, why: Text) -> WeComError:
        """Return the error that says why it is not called."""
        return WeComError(f"{self.api.path}: {why[self.language]}")


def values_of(arguments: Iterable[str], body: str | None, language: Language) -> dict[str, Any]:
    """Read KEY=TEXT, KEY:=JSON, KEY=@FILE and KEY:=@FILE, over a JSON object. Raises WeComError."""
    values = {} if body is None else _object(_text(body, "--json", language), language)
    for argument in arguments:
        key, is_json, told = _split(argument, language)
        if key in _NEVER_TYPED and not told.startswith("@"):
            typed = Text(
                en=f"{key}: does not belong on a command line, where others read it;"
                f" write {key}=@FILE, or {key}=@- to hand it in through a pipe",
                zh=f"{key}: 不应写在命令行中，会被他人看到；"
                f"请写 {key}=@文件，或用 {key}=@- 从管道传入",
            )
            raise WeComError(typed[language])
        text = _text(told, key, language)
        values[key] = _json(text, key, language) if is_json else text
    return values


def check(request: Request) -> None:
    """Refuse what the API cannot take. Raises WeComError with a sentence that says what to do."""
    row = request.api.row
    if request.api.entry is None:
        raise request.refused(_NOT_CALLED)
    if row is None:
        return
    if row.sends_file and request.file is None:
        raise request.refused(
            Text(en="sends a file; name it with --file", zh="需要上传文件，请用 --file 指定")
        )
    if row.answers_file and request.output is None:
        raise request.refused(
            Text(
                en="answers with a file; say where it goes with --output",
                zh="返回的是文件，请用 --output 指定保存位置",
            )
        )
    if request.file and not row.sends_file:
        raise request.refused(Text(en="takes no --file", zh="不需要 --file"))
    if request.output and not row.answers_file:
        raise request.refused(
            Text(
                en="answers with JSON, not with a file for --output",
                zh="返回的是 JSON，没有可供 --output 保存的文件",
            )
        )
    _check_names(request, row)


def perform(request: Request, client: Client, credentials: Mapping[str, Mapping[str, str]]) -> Any:  # noqa: ANN401 - JSON
    """Make the call and return the answer, codes and tokens hidden.

    credentials: what the calls that grant tokens are made with, by path.
    """
    endpoint = request.api.endpoint
    if endpoint is None or isinstance(endpoint, Local):
        return _computed(request, client)
    raw: Endpoint[Mapping[str, Any]] = dataclasses.replace(endpoint, returns=_as_it_comes)
    values = {**credentials.get(endpoint.path, {}), **request.values}
    query, body = _placed(request, values)
    with _uploaded(request.file) as upload, _downloaded(request.output) as download:
        answer = client.call(raw, query=query, json=body, upload=upload, download=download)
    return hidden(answer)


def hidden(value: Any, name: str = "") -> Any:  # noqa: ANN401 - JSON
    """Return an answer with *** in place of every key to something."""
    if isinstance(value, Mapping):
        return {key: hidden(each, str(key)) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [hidden(each, name) for each in value]
    return "***" if value and _is_hidden(name) else value


def print_answer(console: Console, answer: Any) -> None:  # noqa: ANN401 - JSON
    """Print JSON, in colours on a terminal."""
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False, indent=2)
    if isinstance(answer, str) or not console.is_terminal:
        click.echo(text)
        return
    shown = Shown(_UNPRINTABLE.sub(_escaped, text))  # strangers' names may hold what moves a cursor
    JSONHighlighter().highlight(shown)
    console.print(shown, soft_wrap=True)


def refusal(error: APIError, language: Language) -> Iterator[str]:
    """Yield what to tell of an errcode: what was said, what it means, what to do."""
    meaning = errcodes.describe(error.errcode, error.errmsg)
    yield f"{error.endpoint}: errcode {error.errcode} {error.errmsg}".rstrip()
    yield meaning.text[language]
    if meaning.hint:
        yield meaning.hint[language]


def _split(argument: str, language: Language) -> tuple[str, bool, str]:
    key, equals, told = argument.partition("=")
    is_json = key.endswith(":")
    key = key.removesuffix(":")
    if not equals or not _WORD.fullmatch(key):
        wrong = Text(
            en=f"{argument!r} is not KEY=TEXT or KEY:=JSON",
            zh=f"{argument!r} 应写成 KEY=文本 或 KEY:=JSON",
        )
        raise WeComError(wrong[language])
    return key, is_json, told


def _text(told: str, what: str, language: Language) -> str:
    if not told.startswith("@"):
        return told
    try:
        if told == "@-":
            return sys.stdin.read().rstrip("\r\n")
        return Path(told[1:]).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else _NOT_UTF_8[language]
        raise WeComError(f"{what}: {told[1:]}: {reason}") from error


def _json(text: str, what: str, language: Language) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        deep = Text(en="too deep", zh="层次过深")
        why = Text.same(error.msg) if isinstance(error, json.JSONDecodeError) else deep
        told = Text(en="not JSON: ", zh="不是 JSON: ") + why
        raise WeComError(f"{what}: {told[language]}") from None


def _object(text: str, language: Language) -> dict[str, Any]:
    values = _json(text, "--json", language)
    if not isinstance(values, dict):
        told = Text(en="must be an object, {...}", zh="应为一个对象，{...}")
        raise WeComError(f"--json: {told[language]}")
    return values


def _check_names(request: Request, row: Row) -> None:
    """Refuse what is missing, and what is a slip of the pen for something the list knows."""
    api, values = request.api, request.values
    plain = _parameters(api) if api.method == "LOCAL" else row.required_names
    known = set(plain) | set(_WORD.findall(f"{row.required} {row.optional}"))
    for name in values.keys() - known:
        close = difflib.get_close_matches(name, known - values.keys(), 1, _CLOSE)
        if close:
            raise request.refused(
                Text(
                    en=f"{name}: no such argument; perhaps {close[0]}",
                    zh=f"{name}: 没有这个参数，是否指 {close[0]}",
                )
            )
    missing = [name for name in row.required_names if name not in values]
    filled_in = _FILLED_IN.get(api.path, ())
    missing = [name for name in missing if name not in filled_in]
    if missing and api.method != "LOCAL":
        raise request.refused(Text(en="needs ", zh="缺少参数 ") + ", ".join(missing))


def _parameters(api: Api) -> tuple[str, ...]:
    """Return what a function takes beside the client."""
    if api.entry is None:
        return ()
    names = inspect.signature(api.entry.function).parameters
    return tuple(name for name in names if name != "api")


def _computed(request: Request, client: Client) -> Any:  # noqa: ANN401 - JSON
    api, values = request.api, request.values
    if api.entry is None:
        raise request.refused(_NOT_CALLED)
    signature = inspect.signature(api.entry.function)
    first = (client,) if "api" in signature.parameters else ()
    by_name = {
        name: values[name]
        for name, each in signature.parameters.items()
        if name != "api" and name in values
    }
    unknown = values.keys() - by_name.keys()
    if unknown:
        no_such = Text(en="no such argument: ", zh="没有这个参数: ")
        raise request.refused(no_such + ", ".join(sorted(unknown)))
    try:
        signature.bind(*first, **by_name)
    except TypeError as error:
        raise request.refused(Text.same(error)) from None
    return api.entry.function(*first, **by_name)


def _placed(
    request: Request, values: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return what stands in the query and what in the body."""
    api = request.api
    sends_file = api.row is not None and api.row.sends_file
    if api.method == "GET" or sends_file:
        for name, value in values.items():
            if isinstance(value, dict | list):
                raise request.refused(
                    Text(
                        en=f"{name}: goes into the URL, so it is one value",
                        zh=f"{name}: 写在 URL 中，只能是单个值",
                    )
                )
        return {name: _in_query(value) for name, value in values.items()}, None
    in_query = api.row.query_names if api.row else frozenset()
    query = {name: _in_query(value) for name, value in values.items() if name in in_query}
    return query, {name: value for name, value in values.items() if name not in in_query}


def _in_query(value: object) -> object:
    return int(value) if isinstance(value, bool) else value


def _as_it_comes(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    return answer


@contextmanager
def _uploaded(path: Path | None) -> Iterator[Upload | None]:
    if path is None:
        yield None
        return
    with path.open("rb") as file:
        yield Upload(
            file=file,
            filename=path.name,
            content_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
            size_bytes=size_of(file),
        )


@contextmanager
def _downloaded(path: Path | None) -> Iterator[Download | None]:
    """Give a place for a file; it appears under its name when it is complete."""
    if path is None:
        yield None
        return
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            yield Download(into=file)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _is_hidden(name: str) -> bool:
    lowered = name.lower()
    return lowered in _HIDDEN or lowered.endswith(_HIDDEN_ENDINGS)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
