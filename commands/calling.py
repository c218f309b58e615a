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
from rich.text import Text

from commands.apis import Api
from errors import APIError, WeComError
from language import Language
from wecom import Client, errcodes
from wecom.download import Download
from wecom.endpoint import Endpoint, Local
from wecom.multipart import Upload, size_of

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


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """What is called, with what. output: where an answer that is a file goes."""

    api: Api
    values: Mapping[str, Any] = dataclasses.field(repr=False)
    file: Path | None = None
    output: Path | None = None


def values_of(arguments: Iterable[str], body: str | None) -> dict[str, Any]:
    """Read KEY=TEXT, KEY:=JSON, KEY=@FILE and KEY:=@FILE, over a JSON object. Raises WeComError."""
    values = {} if body is None else _object(_text(body, "--json"))
    for argument in arguments:
        key, is_json, told = _split(argument)
        if key in _NEVER_TYPED and not told.startswith("@"):
            raise WeComError(
                f"{key}: does not belong on a command line, where others read it;"
                f" write {key}=@FILE, or {key}=@- to hand it in through a pipe"
            )
        text = _text(told, key)
        values[key] = _json(text, key) if is_json else text
    return values


def check(request: Request) -> None:
    """Refuse what the API cannot take. Raises WeComError with a sentence that says what to do."""
    api = request.api
    if api.entry is None:
        raise WeComError(f"{api.path}: nothing calls it yet")
    if api.row is None:
        return
    if api.row.sends_file and request.file is None:
        raise WeComError(f"{api.path}: sends a file; name it with --file")
    if api.row.answers_file and request.output is None:
        raise WeComError(f"{api.path}: answers with a file; say where it goes with --output")
    if request.file and not api.row.sends_file:
        raise WeComError(f"{api.path}: takes no --file")
    if request.output and not api.row.answers_file:
        raise WeComError(f"{api.path}: answers with JSON, not with a file for --output")
    _check_names(api, request.values)


def perform(request: Request, client: Client, credentials: Mapping[str, Mapping[str, str]]) -> Any:  # noqa: ANN401 - JSON
    """Make the call and return the answer, codes and tokens hidden.

    credentials: what the calls that grant tokens are made with, by path.
    """
    endpoint = request.api.endpoint
    if endpoint is None or isinstance(endpoint, Local):
        return _computed(request.api, client, request.values)
    raw: Endpoint[Mapping[str, Any]] = dataclasses.replace(endpoint, returns=_as_it_comes)
    values = {**credentials.get(endpoint.path, {}), **request.values}
    query, body = _placed(request.api, values)
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
    shown = Text(_UNPRINTABLE.sub(_escaped, text))  # strangers' names may hold what moves a cursor
    JSONHighlighter().highlight(shown)
    console.print(shown, soft_wrap=True)


def refusal(error: APIError, language: Language) -> Iterator[str]:
    """Yield what to tell of an errcode: what was said, what it means, what to do."""
    meaning = errcodes.describe(error.errcode, error.errmsg)
    yield f"{error.endpoint}: errcode {error.errcode} {error.errmsg}".rstrip()
    yield meaning.text
    hint = meaning.hint_zh if language == "zh" else meaning.hint
    if hint or meaning.hint:
        yield hint or meaning.hint


def _split(argument: str) -> tuple[str, bool, str]:
    key, equals, told = argument.partition("=")
    is_json = key.endswith(":")
    key = key.removesuffix(":")
    if not equals or not _WORD.fullmatch(key):
        raise WeComError(f"{argument!r} is not KEY=TEXT or KEY:=JSON")
    return key, is_json, told


def _text(told: str, what: str) -> str:
    if not told.startswith("@"):
        return told
    try:
        if told == "@-":
            return sys.stdin.read().rstrip("\r\n")
        return Path(told[1:]).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise WeComError(f"{what}: {told[1:]}: {reason}") from error


def _json(text: str, what: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        told = error.msg if isinstance(error, json.JSONDecodeError) else "too deep"
        raise WeComError(f"{what}: not JSON: {told}") from None


def _object(text: str) -> dict[str, Any]:
    values = _json(text, "--json")
    if not isinstance(values, dict):
        raise WeComError("--json: must be an object, {...}")
    return values


def _check_names(api: Api, values: Mapping[str, Any]) -> None:
    """Refuse what is missing, and what is a slip of the pen for something the list knows."""
    row = api.row
    if row is None:
        return
    plain = _parameters(api) if api.method == "LOCAL" else row.required_names
    known = set(plain) | set(_WORD.findall(f"{row.required} {row.optional}"))
    for name in values.keys() - known:
        close = difflib.get_close_matches(name, known - values.keys(), 1, _CLOSE)
        if close:
            raise WeComError(f"{api.path}: {name}: no such argument; perhaps {close[0]}")
    missing = [name for name in row.required_names if name not in values]
    filled_in = _FILLED_IN.get(api.path, ())
    missing = [name for name in missing if name not in filled_in]
    if missing and api.method != "LOCAL":
        raise WeComError(f"{api.path}: needs {', '.join(missing)}")


def _parameters(api: Api) -> tuple[str, ...]:
    """Return what a function takes beside the client."""
    if api.entry is None:
        return ()
    names = inspect.signature(api.entry.function).parameters
    return tuple(name for name in names if name != "api")


def _computed(api: Api, client: Client, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    if api.entry is None:
        raise WeComError(f"{api.path}: nothing calls it yet")
    signature = inspect.signature(api.entry.function)
    first = (client,) if "api" in signature.parameters else ()
    by_name = {
        name: values[name]
        for name, each in signature.parameters.items()
        if name != "api" and name in values
    }
    unknown = values.keys() - by_name.keys()
    if unknown:
        raise WeComError(f"{api.path}: no such argument: {', '.join(sorted(unknown))}")
    try:
        signature.bind(*first, **by_name)
    except TypeError as error:
        raise WeComError(f"{api.path}: {error}") from None
    return api.entry.function(*first, **by_name)


def _placed(api: Api, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return what stands in the query and what in the body."""
    sends_file = api.row is not None and api.row.sends_file
    if api.method == "GET" or sends_file:
        for name, value in values.items():
            if isinstance(value, dict | list):
                raise WeComError(f"{api.path}: {name}: goes into the URL, so it is one value")
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
