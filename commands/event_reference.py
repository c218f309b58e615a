"""The page on every event: when it comes, to whom, what it holds, what it looks like."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

import events
from commands.routes import chapter_title
from events import Event
from events.event import Receiver
from events.examples import examples
from events.fields import Record

_ABOUT_FIELDS = re.compile(r"(?m)^([a-z_]+(?:, [a-z_]+)*): ")
DOC_URL = "https://developer.work.weixin.qq.com/document/path/{}"

_RECEIVERS: Mapping[Receiver, str] = {
    "self_built": "own app 自建应用",
    "contact_sync": "contact sync assistant 通讯录同步助手",
    "provider_developed": "app developed by a provider 代开发应用",
    "suite": "third-party app 第三方应用",
    "provider": "provider 服务商",
    "robot": "smart robot 智能机器人",
    "hardware": "device cloud 智慧硬件",
    "sync_msg": "nobody, `kf/sync_msg` returns it 由 kf/sync_msg 拉取",
}
_COMMON = {
    "corpid": "the enterprise it concerns 企业",
    "occurred_at": "when it happened, in UTC 发生时间",
    "userid": 'the member who acted, "" for the system 操作成员',
    "agentid": "the app 应用",
    "suite_id": "the third-party app 第三方应用",
    "message_id": "what WeCom itself deduplicates messages by 消息去重标识",
    "fields": "everything received, by tag, also what no class names 全部原始字段",
    "raw": "the decrypted plaintext 解密后的明文",
}


def events_page() -> str:
    """Return the page."""
    every = events.catalogue()
    chapters = [
        (module, list(members))
        for module, members in groupby(every, key=lambda cls: cls.__module__)
    ]
    contents = (
        f"- [{chapter_title(module)}](#{_anchor(module)}): {len(members)}"
        for module, members in chapters
    )
    return "\n".join(
        (
            _HEAD.format(count=len(every), chapters=len(chapters), common=_common()),
            *contents,
            "",
            *(_chapter(module, members) for module, members in chapters),
        )
    )


_HEAD = """# Events 事件

<!-- Written by `wecom-callback reference`; change events/ instead. -->

{count} typed events and messages in {chapters} chapters.
共 {count} 种事件和消息，分 {chapters} 章。
Whatever is not among them arrives as `UnknownEvent`, is kept whole and can be replayed later.
不在其中的事件以 `UnknownEvent` 完整保存，日后可重放。

```python
from events import ExternalContactAdded  # everyday classes 常用类
from events.meeting import MeetingStarted  # all the others, from their chapter 其他类按章导入


@router.on(ExternalContactAdded)
def greet(event: ExternalContactAdded, ctx: Context) -> None: ...
```

`wecom-callback simulator push NAME` sends any of them to a callback URL;
`wecom-callback routes --all` shows which are handled.
A field that is missing or malformed has the empty value of its type: `""`, `None`, `()`.
缺失或格式不符的字段取其类型的空值。

## What all have 共有字段

{common}

## Chapters 目录
"""


def _common() -> str:
    rows = (
        (f"`{field.name}`", f"`{field.type}`", _tags(field), _COMMON[field.name])
        for field in dataclasses.fields(Event)
    )
    return _table(("field 字段", "type 类型", "tags 标签", "meaning 含义"), rows)


def _chapter(module: str, members: list[type[Event]]) -> str:
    rows = (
        (f"[`{cls.event_name}`](#{_anchor(cls.event_name)})", cls.chinese_name, cls.__name__)
        for cls in members
    )
    return "\n".join(
        (
            f'<a id="{_anchor(module)}"></a>\n',
            f"## {chapter_title(module)}\n",
            _table(("event 事件", "名称", f"class, from `{module}`"), rows) + "\n",
            *map(_event, members),
        )
    )


def _event(cls: type[Event]) -> str:
    example = examples()[cls]
    event = events.parse(example.plaintext)
    language = "json" if example.plaintext.startswith("{") else "xml"
    fields = list(_rows(event))
    table = _table(("field 字段", "type 类型", "tag 标签", "example 示例"), fields) + "\n"
    return "\n".join(
        (
            f'<a id="{_anchor(cls.event_name)}"></a>\n',
            f"### `{cls.event_name}` {cls.chinese_name}\n",
            f"`{cls.__name__}`: {_text(inspect.getdoc(cls) or '')}\n",
            f"To 接收方: {', '.join(_RECEIVERS[each] for each in cls.receivers)}.",
            f"Docs 文档: {_docs(cls)}.\n",
            *([table] if fields else []),
            f"```{language}\n{_pretty(event, language)}\n```\n",
        )
    )


def _rows(
    record: Record, prefix: str = "", tag_prefix: str = ""
) -> Iterator[tuple[str, str, str, str]]:
    """Give a row for each field of its own, those of nested records below it."""
    common = {f.name: f.metadata.get("tags") for f in dataclasses.fields(Event)}
    for field in dataclasses.fields(record):  # type: ignore[arg-type] # Record makes dataclasses
        if field.name in common and common[field.name] == field.metadata.get("tags"):
            continue
        value = getattr(record, field.name)
        kind = field.metadata.get("kind")
        shown = "" if kind else _shown(value)
        yield f"`{prefix}{field.name}`", f"`{field.type}`", _tags(field, tag_prefix), shown
        if kind:
            is_many = isinstance(value, tuple)
            inner = next(iter(value), kind()) if is_many else value
            many = "[]" if is_many else ""
            above = f"{tag_prefix}{field.metadata['tags'][0]}/"
            yield from _rows(inner, f"{prefix}{field.name}{many}.", above)


def _tags(field: dataclasses.Field[Any], prefix: str = "") -> str:
    return ", ".join(f"`{prefix}{tag}`" for tag in field.metadata.get("tags", ()))


def _shown(value: object) -> str:
    if value in ("", None, ()):
        return ""
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value))
    if isinstance(value, datetime):
        return f"`{value:%Y-%m-%dT%H:%M:%SZ}`"
    return f"`{value}`"


def _docs(cls: type[Event]) -> str:
    links = (f"[{number}]({DOC_URL.format(number)})" for number in cls.docs)
    return ", ".join(links) or "no page is known 未见公开文档"


def _pretty(event: Event, language: str) -> str:
    """Return the plaintext of an example with a line for each value."""
    if language == "json":
        return json.dumps(json.loads(event.raw), ensure_ascii=False, indent=2)
    return "\n".join(("<xml>", *_elements(event.fields, "  "), "</xml>"))


def _elements(node: Mapping[str, object], indent: str) -> Iterator[str]:
    for tag, value in node.items():
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Mapping):
                yield f"{indent}<{tag}>"
                yield from _elements(each, f"{indent}  ")
                yield f"{indent}</{tag}>"
            else:
                yield f"{indent}<{tag}>{escape(str(each or ''))}</{tag}>"


def _table(heading: tuple[str, ...], rows: Iterator[tuple[str, ...]] | list[Any]) -> str:
    lines = (" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows)
    return "\n".join(
        (
            f"| {' | '.join(heading)} |",
            "|---" * len(heading) + "|",
            *(f"| {each} |" for each in lines),
        )
    )


def _text(docstring: str) -> str:
    """Return a docstring in Markdown; what it says of single fields becomes a list."""
    return _ABOUT_FIELDS.sub(r"- `\1`: ", docstring.replace("<", "&lt;"))


def _anchor(name: str) -> str:
    return name.lower().replace(".", "-")
