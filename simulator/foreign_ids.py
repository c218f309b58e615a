"""The same people and tags under other ids: temporary, pending, a provider's (账号ID)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

TMP_SECONDS = 4 * 3600


@dataclass(frozen=True, kw_only=True)
class TmpId:
    """Who a temporary id is, for four hours."""

    external_userid: str
    userid: str
    ends_at: float


@dataclass
class ForeignIds:
    """Those of one corp that were handed out; to_corp: a provider's id and the app it is of.

    migrated: the provider said that no old id of the corp is kept anywhere.
    """

    tmp: dict[str, TmpId] = field(default_factory=dict)
    to_corp: dict[tuple[str, str], str] = field(default_factory=dict)
    migrated: bool = False

    def issue_tmp(self, external_userid: str, userid: str, now: float) -> str:
        """Return an id that names somebody for four hours from now."""
        tmp_id = "tmp" + _digest("tmp", external_userid, userid, str(int(now)))
        self.tmp[tmp_id] = TmpId(
            external_userid=external_userid, userid=userid, ends_at=now + TMP_SECONDS
        )
        return tmp_id

    def of_provider(self, external_userid: str, app: str) -> str:
        """Return the id that the provider of an app knows a customer by."""
        foreign = "wo" + _digest("provider", app, external_userid)
        self.to_corp[foreign, app] = external_userid
        return foreign


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
