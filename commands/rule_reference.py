"""The page on every kind of rule, written from the models themselves."""

from __future__ import annotations

from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from handlers.rules import Conditions, Rule, RulesDocument
from handlers.rules.attachment import Attachment, LinkPart, Media, MiniProgramPart
from handlers.templates import FACTS

_PARTS: dict[str, type[BaseModel]] = {
    "Attachments": Attachment,
    "A file": Media,
    "A link": LinkPart,
    "A mini program": MiniProgramPart,
}


def rules_page() -> str:
    """Return the page on every key of rules.toml."""
    kinds = "\n".join(
        _section(name, model)
        for name, field in RulesDocument.model_fields.items()
        for model in _models_of(field.annotation)
    )
    parts = "\n".join(f"### {title}\n\n{_table(model)}\n" for title, model in _PARTS.items())
    places = "\n".join(f"| `{name}` | {', '.join(facts)} |" for name, facts in FACTS.items())
    return f"""# Rules

<!-- Written by `wecom-callback reference`; change handlers/rules/ instead. -->

The file is `rules.toml`, or what `rules` in `wecom.toml` names.
It is read again when it changes; a wrong file is refused whole, and the last good rules stay.
`wecom-callback rules check` says all that is wrong with it.

`timezone` (default `Asia/Shanghai`) is what the time conditions and `now` mean.

## Conditions

All conditions of a rule must hold; a list means one of them.
Those that take a lookup are asked last; what cannot be looked up (in time) does not hold.

{_table(Rule, without=())}

{kinds}
## Attachments

{parts}
## Places in texts

| name | has |
|---|---|
{places}
"""


def _section(name: str, model: type[BaseModel]) -> str:
    table = _table(model, without=tuple(Rule.model_fields))
    several = get_origin(RulesDocument.model_fields[name].annotation) is tuple
    head = f"[[{name}]]" if several else f"[{name}]"
    return f"## {head}\n\n{_purpose(model)}\n\n{table}\n"


def _purpose(model: type[BaseModel]) -> str:
    sentence = (model.__doc__ or "").strip().partition("\n")[0]
    base = "" if issubclass(model, Rule) else "\nOf the conditions it has "
    if not base or not issubclass(model, Conditions):
        return sentence
    own = [f"`{key}`" for key in model.model_fields if key in Rule.model_fields]
    return f"{sentence}{base}{', '.join(own)}."


def _table(model: type[BaseModel], without: tuple[str, ...] = ()) -> str:
    rows = [
        f"| `{key}` | {_default(field)} | {_meaning(field)} |"
        for key, field in model.model_fields.items()
        if key not in without
    ]
    return "\n".join(("| key | default | meaning |", "|---|---|---|", *rows))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=False)
    return "none" if default in (None, "", (), False) else f"`{default}`"


def _meaning(field: FieldInfo) -> str:
    return (field.description or "").replace("<", "&lt;").replace("|", "\\|")


def _models_of(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401 - a type, of any form
    """Return the models in the annotation of a field."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    found = [model for each in get_args(annotation) for model in _models_of(each)]
    return list(dict.fromkeys(found))
