"""The page on every API: what calls it, with what, and what it is called in other systems."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from commands.apis import Api, apis
from commands.routes import chapter_title
from wecom import Entry, official

DOC_URL = "https://developer.work.weixin.qq.com/document/path/{}"

_SPECIAL = re.compile(r"([\\`*<>|\[\]])")
_WIDTH = 96
_HEAD = """# API 接口

<!-- Written by `wecom-callback reference`; change wecom/ or wecom/endpoints.csv instead. -->

All {rows} rows of the official list have a function, and {others} functions stand beside it.
官方接口清单共 {rows} 项，均列出调用它的函数、路径、参数、限制和文档编号。

```python
from wecom import Client, tag

with Client("ww1234567890abcdef", "the-secret-of-the-app") as api:
    tag.mark_tag(api, "zhangsan", "wmAAA", add_tag=["etAAA"])
```

[How to call the API](../how-to/call-the-api.md) has pages, errors, uploads and the command `call`.
Who comes from another system finds its method names [below](#elsewhere).
从其他 SDK 迁移时，可按其方法名[查找](#elsewhere)。

Arguments, answers and limits are told as the official documents have them.
A function checks what is bounded before it calls.
What a function returns is typed and holds the fields named; `call` shows the whole answer.
Which of them the simulated WeCom knows, `wecom-callback endpoints` tells.

## Chapters 目录
"""
_ELSEWHERE = """<a id="elsewhere"></a>

## Names in other systems 其他系统的方法名
"""


def api_page() -> str:
    """Return the page."""
    chapters = [
        (module, _by_function(members)) for module, members in groupby(_ordered(), key=_module)
    ]
    contents = (
        f"- [`{_short(module)}`](#{_short(module)}) {_title(module)}: {len(members)}"
        for module, members in chapters
    )
    return "\n".join(
        (
            _HEAD.format(rows=len(official.rows()), others=len(apis()) - len(official.rows())),
            *contents,
            "- [Names in other systems 其他系统的方法名](#elsewhere)\n",
            *(_chapter(module, members) for module, members in chapters),
            _ELSEWHERE,
            *(_index(system) for system in official.COLUMNS),
        )
    )


def _ordered() -> list[Api]:
    """Return what has a function, chapter by chapter in the order of the list."""
    found = [api for api in apis() if api.entry]
    places = {module: place for place, module in reversed(list(enumerate(map(_module, found))))}
    return sorted(found, key=lambda api: places[_module(api)])


def _by_function(members: Iterable[Api]) -> list[tuple[Entry, list[Api]]]:
    """Return each function with its rows of the list, of which there may be several."""
    together: dict[str, list[Api]] = {}
    for api in members:
        together.setdefault(api.name, []).append(api)
    return [(rows[0].entry, rows) for rows in together.values() if rows[0].entry]


def _chapter(module: str, members: Sequence[tuple[Entry, list[Api]]]) -> str:
    rows = (
        f"| [`{entry.name}`](#{_anchor(entry.name)}) | {rows[0].chinese_title} |"
        f" `{_call(rows[0])}` | {rows[0].doc} |"
        for entry, rows in members
    )
    return "\n".join(
        (
            f'<a id="{_short(module)}"></a>\n',
            f"## `{_short(module)}` {_title(module)}\n",
            "| function 函数 | 名称 | path 路径 | doc |",
            "|---|---|---|---|",
            *rows,
            "",
            *(_function(entry, rows) for entry, rows in members),
        )
    )


def _function(entry: Entry, rows: list[Api]) -> str:
    first = rows[0]
    links = ", ".join(
        f"[{number}]({DOC_URL.format(number)})"
        for number in dict.fromkeys((entry.endpoint.doc, *(api.doc for api in rows)))
    )
    return "\n".join(
        (
            f'<a id="{_anchor(entry.name)}"></a>\n',
            f"### `{entry.name}` {first.chinese_title}\n",
            f"{_text(inspect.getdoc(entry.function) or '')}\n",
            f"```python\n{_signature(entry)}\n```\n",
            f"- Path 路径: `{_call(first)}`, doc 文档 {links}",
            *(line for api in rows for line in _told(api, is_one_of_several=len(rows) > 1)),
            "",
        )
    )


def _told(api: Api, *, is_one_of_several: bool) -> Iterator[str]:
    """Yield what the official list says of one row."""
    row = api.row
    if row is None:
        return
    indent = "  " if is_one_of_several else ""
    if is_one_of_several:
        yield f"- `{row.name}`"
    if row.required:
        yield f"{indent}- Required 必填: {_code(row.required)}"
    if row.optional:
        yield f"{indent}- Optional 选填: {_code(row.optional)}"
    if row.answer and row.answer != "errcode; errmsg":
        yield f"{indent}- Answer 返回: {_code(row.answer)}"
    if row.limits:
        yield f"{indent}- Limits 限制: {_text(row.limits)}"
    for system, names in row.names_elsewhere.items():
        yield f"{indent}- {system}: {', '.join(map(_code, names))}"


def _index(system: str) -> str:
    found: dict[str, list[str]] = {}
    for api in apis():
        for name in api.elsewhere.get(system, ()):
            functions = found.setdefault(name, [])
            if api.name not in functions:
                functions.append(api.name)
    rows = (
        f"| `{name}` | {', '.join(f'[`{each}`](#{_anchor(each)})' for each in found[name])} |"
        for name in sorted(found, key=str.lower)
    )
    return "\n".join(
        (
            f"### {system}: {len(found)}\n",
            f"| {system} | function 函数 |",
            "|---|---|",
            *rows,
            "",
        )
    )


def _signature(entry: Entry) -> str:
    """Return how it is called, on one line or with a line for each argument."""
    signature = inspect.signature(entry.function)
    text = f"{entry.name}{signature}".replace("'", "")
    if len(text) <= _WIDTH:
        return text
    arguments, returned = [], str(signature.return_annotation)
    is_named_only = False
    for argument in signature.parameters.values():
        if argument.kind is argument.KEYWORD_ONLY and not is_named_only:
            is_named_only = True
            arguments.append("*")
        arguments.append(str(argument).replace("'", ""))
    lines = "".join(f"    {each},\n" for each in arguments)
    return f"{entry.name}(\n{lines}) -> {returned}"


def _call(api: Api) -> str:
    return api.path if api.method == "LOCAL" else f"{api.method} {api.path}"


def _text(told: str) -> str:
    """Return words as Markdown that shows them as they are; what is marked as code stays so."""
    parts = re.split(r"(`[^`]+`)", told.replace("](", "] ("))
    return "".join(part if part.startswith("`") else _SPECIAL.sub(r"\\\1", part) for part in parts)


def _code(told: str) -> str:
    told = told.replace("](", "] (")  # without the space it is a link
    return f"`` {told} ``" if "`" in told else f"`{told}`"


def _module(api: Api) -> str:
    return f"wecom.{api.name.partition('.')[0]}"


def _short(module: str) -> str:
    return module.rpartition(".")[2]


def _title(module: str) -> str:
    return _text(chapter_title(module))


def _anchor(name: str) -> str:
    return name.replace(".", "-")
