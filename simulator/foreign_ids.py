"""The same people and tags under other ids: temporary, pending, a provider's (账号ID)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.corp import Corp
from simulator.records import App

TMP_SECONDS = 4 * 3600
_NOBODY = "an id of another subject"


@dataclass(frozen=True, kw_only=True)
class TmpId:
    """Who a temporary id is, for four hours."""

    external_userid: str
    ends_at: float


@dataclass
class ForeignIds:
    """Those of one corp that were handed out; to_corp: a provider's id and the app it is of.

    migrated: the provider said that no old id of the corp is kept anywhere.
    """

    tmp: dict[str, TmpId] = field(default_factory=dict)
    to_corp: dict[tuple[str, str], str] = field(default_factory=dict)
    migrated: bool = False

    def issue_tmp(self, external_userid: str, since: int) -> str:
        """Return the id that names somebody for four hours since then, whoever deals with them."""
        tmp_id = "tmp" + _digest("tmp", external_userid, str(since))
        self.tmp[tmp_id] = TmpId(external_userid=external_userid, ends_at=since + TMP_SECONDS)
        return tmp_id

    def of_provider(self, own: str, app: str) -> str:
        """Return the id that the provider of an app knows a customer by, or a group chat."""
        foreign = ("wr" if own.startswith("wr") else "wo") + _digest("provider", app, own)
        self.to_corp[foreign, app] = own
        return foreign


def as_provider_knows(corp: Corp, app: App, value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return it with customers and group chats under the ids of an app's provider."""
    ids = corp.of(ForeignIds)
    return _renamed(
        value, lambda text: ids.of_provider(text, app.name) if _is_id(corp, text) else text
    )


def as_corp_knows(corp: Corp, app: App, value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return it with those ids turned back; the corp's own are nobody to a provider."""
    to_corp = corp.of(ForeignIds).to_corp
    return _renamed(
        value,
        lambda text: _NOBODY if _is_id(corp, text) else to_corp.get((text, app.name), text),
    )


def _is_id(corp: Corp, text: str) -> bool:
    return text in corp.customers or text in corp.group_chats


def _renamed(value: Any, name: Callable[[str], str]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return name(value)
    if isinstance(value, Mapping):
        return {key: _renamed(each, name) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(each, name) for each in value]
    return value


def openid_of(external_userid: str) -> str:
    """Return the openid that payments know a customer by."""
    return "o" + _digest("openid", external_userid)[:27]


def pending_id_of(subject: str) -> str:
    """Return the pending_id of somebody; for the same one it stays the same."""
    return "pg" + _digest("pending", subject)


def open_tagid_of(tag_id: str, app: str) -> str:
    """Return the id that the provider of an app knows a tag by."""
    return "ot" + _digest("tag", app, tag_id)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:30]
