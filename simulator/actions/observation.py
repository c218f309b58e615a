"""What was received, delivered, tagged and pushed."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict
from itertools import islice
from typing import Annotated, Any

from pydantic import Field

from errors import ActionImpossible
from simulator.actions.stage import Stage, action
from simulator.records import PushRecord

_Limit = Annotated[int, Field(ge=1, le=100_000)]
_MOST_WAIT_SECONDS = 600


class ObservationActions(Stage):
    """What happened; lists are newest first."""

    @action("GET")
    def counts(self) -> dict[str, int]:
        """Return how much of everything happened since the records were last forgotten."""
        with self.tenant.changed:
            return dict(self.tenant.counts)

    @action("GET")
    def calls(
        self, *, path: str = "", app: str = "", errcode: int | None = None, limit: _Limit = 1000
    ) -> list[dict[str, Any]]:
        """Return the API calls received; errcode None: the caller got no answer of the API."""
        with self.tenant.changed:
            found = (
                call
                for call in reversed(self.tenant.calls)
                if path in {"", call.path}
                and app in {"", call.app}
                and errcode in {None, call.errcode}
            )
            return [asdict(call) for call in islice(found, limit)]

    @action("GET")
    def welcomes(self, *, external_userid: str = "", limit: _Limit = 1000) -> list[dict[str, Any]]:
        """Return the welcomes that customers saw."""
        return self._found(self.tenant.welcomes, external_userid, limit)

    @action("GET")
    def kf_messages(
        self, *, external_userid: str = "", limit: _Limit = 1000
    ) -> list[dict[str, Any]]:
        """Return what visitors of customer service accounts were sent."""
        return self._found(self.tenant.kf_messages, external_userid, limit)

    @action("GET")
    def markings(self, *, external_userid: str = "", limit: _Limit = 1000) -> list[dict[str, Any]]:
        """Return what mark_tag and remark did."""
        return self._found(self.tenant.markings, external_userid, limit)

    @action("GET")
    def messages(self, *, userid: str = "", limit: _Limit = 1000) -> list[dict[str, Any]]:
        """Return the app messages that members saw."""
        with self.tenant.changed:
            found = (
                each for each in reversed(self.tenant.messages) if userid in {"", *each["userids"]}
            )
            return list(islice(found, limit))

    @action("GET")
    def pushes(
        self, *, app: str = "", subject: str = "", outcome: str = "", limit: _Limit = 1000
    ) -> list[dict[str, Any]]:
        """Return the callbacks pushed and each of their tries."""
        with self.tenant.changed:
            found = (
                push
                for push in reversed(self.tenant.pushes)
                if app in {"", push.app}
                and subject in {"", push.subject}
                and outcome in {"", push.outcome}
            )
            return [_shown(push) for push in islice(found, limit)]

    @action("GET")
    def customer(self, external_userid: str, *, corpid: str = "") -> dict[str, Any]:
        """Return a customer and what each member has with them, tags by name."""
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            if external_userid not in corp.customers:
                raise ActionImpossible(
                    f"There is no customer {external_userid}; `customers` lists them."
                )
            return {
                **asdict(corp.customers[external_userid]),
                "relations": [
                    {
                        **asdict(relation),
                        "tags": [
                            f"{corp.tag_groups[corp.tags[tag].group_id].name}/{corp.tags[tag].name}"
                            for tag in relation.tags
                        ],
                    }
                    for relation in corp.followers.get(external_userid, {}).values()
                ],
            }

    @action("GET")
    def wait(
        self,
        *,
        customers: int = 0,
        pushes: int = 0,
        calls: int = 0,
        welcomes: int = 0,
        markings: int = 0,
        messages: int = 0,
        kf_messages: int = 0,
        timeout: Annotated[float, Field(ge=0, le=_MOST_WAIT_SECONDS)] = 30,
    ) -> dict[str, Any]:
        """Wait until so much has happened; returns {reached, counts}. pushes: ended ones."""
        wanted = {
            "customers": customers,
            "pushes": pushes,
            "calls": calls,
            "welcomes": welcomes,
            "markings": markings,
            "messages": messages,
            "kf_messages": kf_messages,
        }
        deadline = time.monotonic() + timeout
        with self.tenant.changed:
            while not (reached := self._reached(wanted)):
                left = deadline - time.monotonic()
                if left <= 0 or self._closing.is_set():
                    break
                self.tenant.changed.wait(left)
            return {"reached": reached, "counts": dict(self.tenant.counts)}

    def _reached(self, wanted: dict[str, int]) -> bool:
        return all(self.tenant.counts[name] >= number for name, number in wanted.items())

    def _found(
        self, records: Iterable[dict[str, Any]], external_userid: str, limit: int
    ) -> list[dict[str, Any]]:
        with self.tenant.changed:
            found = [each for each in records if external_userid in {"", each["external_userid"]}]
        return found[::-1][:limit]


def _shown(push: PushRecord) -> dict[str, Any]:
    return {
        "number": push.number,
        "app": push.app,
        "event": push.event,
        "userid": push.userid,
        "subject": push.subject,
        "created_at": push.created_at,
        "url": push.callback.url,
        "outcome": push.outcome,
        "tries": [asdict(each) for each in push.tries],
        "reply": push.reply,
    }
