"""The page on every kind of rule, written from the models themselves."""

from __future__ import annotations

import json
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from commands.bilingual import cell, said
from handlers.rules import Conditions, Rule, RulesDocument
from handlers.rules.attachment import Attachment, LinkPart, Media, MiniProgramPart
from handlers.rules.channel import Slot
from handlers.templates import FACTS
from language import Language, Text

_HEAD = Text(en="| key | default | meaning |", zh="| 键 | 默认值 | 含义 |")
_REQUIRED = Text(en="required", zh="必填")
_NONE = Text(en="none", zh="无")
_HAS = Text(en="Of the conditions it has ", zh="可用的条件：")
_ATTACHMENTS: tuple[tuple[Text, type[BaseModel]], ...] = (
    (Text(en="Attachments", zh="附件的种类"), Attachment),
    (Text(en="A file", zh="文件"), Media),
    (Text(en="A link", zh="链接"), LinkPart),
    (Text(en="A mini program", zh="小程序"), MiniProgramPart),
)


def rules_page(language: Language) -> str:
    """Return the page on every key of rules.toml."""
    conditions = _table(Rule, language)
    kinds = "\n".join(
        _section(name, model, language)
        for name, field in RulesDocument.model_fields.items()
        for model in _models_of(field.annotation)
    )
    slot = _table(Slot, language)
    parts = "\n".join(
        f"### {title[language]}\n\n{_table(model, language)}\n" for title, model in _ATTACHMENTS
    )
    comma = "、" if language == "zh" else ", "
    places = "\n".join(f"| `{name}` | {comma.join(facts)} |" for name, facts in FACTS.items())
    if language == "zh":
        return f"""# 规则

[English](rules.md)

<!-- Written by `wecom-callback reference`; change handlers/rules/, commands/reference.zh.toml. -->

规则文件是 `rules.toml`，或 `wecom.toml` 中 `rules` 指定的文件。
文件一改动就会重新读取。
文件有错时整个不采用并通知 `operators`，仍沿用上一份正确的规则。
`wecom-callback rules check` 一次列出所有错误。

`timezone`（默认 `Asia/Shanghai`）是时间条件和 `now` 所用的时区。

## 条件

一条规则的所有条件必须同时成立；列表表示其中之一。
需要查询接口的条件最后判断；查不到或来不及查到的，视为不成立。

{conditions}

{kinds}
## 渠道活码的时段

`[[channel]]` 的 `slots` 中的每一项。

{slot}

## 附件

{parts}
## 文本中可以使用的内容

| 名称 | 包含 |
|---|---|
{places}
"""
    return f"""# Rules

[中文](rules.zh-CN.md)

<!-- Written by `wecom-callback reference`; change handlers/rules/, commands/reference.zh.toml. -->

The file is `rules.toml`, or what `rules` in `wecom.toml` names.
It is read again when it changes.
A wrong file is refused whole, the `operators` are told, and the last good rules stay.
`wecom-callback rules check` says all that is wrong with it.

`timezone` (default `Asia/Shanghai`) is what the time conditions and `now` mean.

## Conditions

All conditions of a rule must hold; a list means one of them.
Those that take a lookup are asked last; what cannot be looked up (in time) does not hold.

{conditions}

{kinds}
## Slots of a channel

Each of the `slots` of a `[[channel]]`.

{slot}

## Attachments

{parts}
## Places in texts

| name | has |
|---|---|
{places}
"""


def _section(name: str, model: type[BaseModel], language: Language) -> str:
    is_conditional = issubclass(model, Conditions)
    table = _table(model, language, without=tuple(Rule.model_fields) if is_conditional else ())
    several = get_origin(RulesDocument.model_fields[name].annotation) is tuple
    head = f"[[{name}]]" if several else f"[{name}]"
    return f"## {head}\n\n{_purpose(model, language)}\n\n{table}\n"


def _purpose(model: type[BaseModel], language: Language) -> str:
    sentence = said((model.__doc__ or "").strip().partition("\n")[0], language)
    if issubclass(model, Rule) or not issubclass(model, Conditions):
        return sentence
    own = [f"`{key}`" for key in model.model_fields if key in Rule.model_fields]
    listed = "、".join(own) + "。" if language == "zh" else ", ".join(own) + "."
    return f"{sentence}\n{_HAS[language]}{listed}"


def _table(model: type[BaseModel], language: Language, without: tuple[str, ...] = ()) -> str:
    rows = [
        f"| `{key}` | {_default(field, language)} | {cell(said(_meaning(field), language))} |"
        for key, field in model.model_fields.items()
        if key not in without
    ]
    return "\n".join((_HEAD[language], "|---|---|---|", *rows))


def _meaning(field: FieldInfo) -> str:
    return field.description or ""


def _default(field: FieldInfo, language: Language) -> str:
    if field.is_required():
        return _REQUIRED[language]
    default = field.get_default(call_default_factory=False)
    is_nothing = default in (None, "", (), False)
    return _NONE[language] if is_nothing else f"`{json.dumps(default)}`"


def _models_of(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401 - a type, of any form
    """Return the models in the annotation of a field."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    found = [model for each in get_args(annotation) for model in _models_of(each)]
    return list(dict.fromkeys(found))
