"""An endpoint of the API: one decorated function, and what it is handed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from werkzeug.datastructures import FileStorage

from errors import CallRefused
from simulator.api.fields import Fields
from simulator.corp import Corp
from simulator.records import App, Callback, Member, Permission, Relation
from simulator.tenant import Tenant

Method = Literal["GET", "POST"]
DoLater = Callable[[float, Callable[[], None]], None]
Push = Callable[[Callback, App, str, Mapping[str, Any]], None]


@dataclass(frozen=True, kw_only=True)
class Download:
    """An answer that is a file, not JSON."""

    content: bytes
    filename: str
    content_type: str


Answer = dict[str, Any] | Download


@dataclass(kw_only=True)
class Call(Fields):
    """One admitted call: who calls, with what, and when.

    params: the query of a GET, the JSON body of a POST. The tenant's lock is held.
    base_url: where the caller reached the simulator. do_later: register work for a simulated time.
    push: send a callback.
    """

    tenant: Tenant
    corp: Corp
    app: App
    query: Mapping[str, str]
    file: FileStorage | None
    ip: str
    base_url: str
    now: float
    do_later: DoLater
    push: Push
    noted: dict[str, str] = field(default_factory=dict)

    def member(self, userid: str, *, contact: bool = False) -> Member:
        """Return a member this app may see, and who may have customers. Raises CallRefused."""
        member = self.corp.members.get(userid)
        if member is None:
            raise CallRefused(60111)
        if not self.corp.sees(self.app, member):
            raise CallRefused(60011)
        if contact and not member.customer_contact:
            raise CallRefused(84061)
        return member

    def relation(self) -> Relation:
        """Return the pair named by userid and external_userid. Raises CallRefused.

        One-way relations count: a customer who deleted the member is still followed.
        """
        userid = self.text("userid", missing=60111)
        external_userid = self.text("external_userid", missing=41035)
        self.member(userid)
        if external_userid not in self.corp.customers:
            raise CallRefused(40096)
        relation = self.corp.relation(userid, external_userid)
        if relation is None or not relation.followed:
            raise CallRefused(84061)
        return relation

    def note(self, **facts: str) -> None:
        """Put facts into the record of this call."""
        self.noted.update(facts)


Function = Callable[[Call], Answer]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One path of the API and its rules for the pipeline.

    needs: what the app must be allowed. empty: the result fields of a failure.
    pair: parallel calls on one member and customer are refused. file: the multipart field.
    stateful: it keeps what it is told or answers from what is kept; else it only checks the call.
    own_ids: suites too name customers by the ids of the corp (see `ids_per_suite`).
    """

    method: Method
    path: str
    doc: int
    function: Function
    needs: Permission
    empty: Mapping[str, Any]
    pair: bool
    file: bool
    token: bool
    stateful: bool = True
    own_ids: bool = False


class Chapter:
    """The endpoints of one chapter of the official documents.

    needs: what an app must be allowed to call them, where an endpoint does not say otherwise.
    """

    def __init__(self, *, needs: Permission = "any") -> None:
        self.endpoints: list[Endpoint] = []
        self._needs = needs

    def endpoint(
        self,
        method: Method,
        path: str,
        *,
        doc: int,
        needs: Permission | None = None,
        empty: Mapping[str, Any] | None = None,
        pair: bool = False,
        file: bool = False,
        token: bool = True,
        stateful: bool = True,
        own_ids: bool = False,
    ) -> Callable[[Function], Function]:
        """Make a function the answer to a path under /cgi-bin/."""

        def add(function: Function) -> Function:
            self.endpoints.append(
                Endpoint(
                    method=method,
                    path=path,
                    doc=doc,
                    function=function,
                    needs=needs or self._needs,
                    empty=empty or {},
                    pair=pair,
                    file=file,
                    token=token,
                    stateful=stateful,
                    own_ids=own_ids,
                )
            )
            return function

        return add


def by_path(chapters: Iterable[Chapter]) -> dict[str, Endpoint]:
    """Return all endpoints by path."""
    return {each.path: each for chapter in chapters for each in chapter.endpoints}
