"""Looks up who an event is about: at most once each, and never at the cost of a deadline."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from errors import WeComError
from events import Event
from handlers.context import Context
from handlers.templates import names_in
from wecom import Client, external_contact
from wecom.external_contact import Customer, ExternalContact
from wecom.user import Member

T = TypeVar("T")

LONGEST_LOOKUP = timedelta(seconds=4)
RESERVED = timedelta(seconds=7)  # of a deadline, for the work itself: one send and a second try

_UNREAD = object()


class Lookup:
    """The people of one event, for conditions and texts.

    With a deadline what fails or takes too long is unknown: the work goes on without. Without one
    what may succeed later raises, so that the run is tried again.
    """

    def __init__(self, event: Event, ctx: Context) -> None:
        self._ctx = ctx
        self._userid = event.userid
        self._external_userid = str(getattr(event, "external_userid", "") or "")
        self._customer: object = _UNREAD
        self._staff: object = _UNREAD
        self._departments: object = _UNREAD

    def customer(self) -> Customer | None:
        """Return the customer, None when unknown."""
        if self._customer is _UNREAD:
            self._customer = self._read_customer()
        return self._customer if isinstance(self._customer, Customer) else None

    def staff(self) -> Member | None:
        """Return the member, None when unknown."""
        if self._staff is _UNREAD:
            self._staff = self._read_staff()
        return self._staff if isinstance(self._staff, Member) else None

    def departments(self) -> frozenset[str] | None:
        """Return the member's departments and those above, None when unknown."""
        if self._departments is _UNREAD:
            self._departments = self._read_departments()
        return self._departments if isinstance(self._departments, frozenset) else None

    def read_for(self, templates: Iterable[str]) -> None:
        """Look up whom these templates speak of, both at the same time."""
        names = {name for source in templates for name in names_in(source)}
        wanted: list[Callable[[], object]] = []
        if "customer" in names and self._customer is _UNREAD:
            wanted.append(self.customer)
        if "staff" in names and self._staff is _UNREAD:
            wanted.append(self.staff)
        if len(wanted) > 1:
            with ThreadPoolExecutor(len(wanted)) as pool:
                for each in [pool.submit(copy_context().run, read) for read in wanted]:
                    each.result()
        for read in wanted:
            read()

    def known(self) -> tuple[Customer | None, Member | None]:
        """Return who has been looked up, without another call."""
        return (
            self._customer if isinstance(self._customer, Customer) else None,
            self._staff if isinstance(self._staff, Member) else None,
        )

    def _read_customer(self) -> Customer | None:
        if not self._external_userid:
            return None
        # One page: the first 500 followers are enough to know somebody by.
        query = {"external_userid": self._external_userid}
        found = self._ask("customer", lambda api: api.call(external_contact.GET, query=query))
        if found is not None:
            return found
        # Deleted customers are told by nobody; their name may have been kept.
        name = self._kept_name()
        return Customer(external_contact=ExternalContact(name=name)) if name else None

    def _read_staff(self) -> Member | None:
        if not self._userid:
            return None
        people = self._ctx.people
        if people.is_known(self._userid):
            return people.known_member(self._userid)
        found = self._ask("staff", lambda api: people.member(api, self._userid))
        return found or people.known_member(self._userid)

    def _read_departments(self) -> frozenset[str] | None:
        staff = self.staff()
        if staff is None:
            return None
        return self._ask("departments", lambda api: self._ctx.people.departments_of(api, staff))

    def _kept_name(self) -> str:
        try:
            return self._ctx.memory.name_of(self._external_userid)
        except WeComError:
            return ""

    def _ask(self, what: str, ask: Callable[[Client], T]) -> T | None:
        api = bounded(self._ctx)
        if api is None:
            self._ctx.log.warning("lookup_skipped", what=what, hint="no time left for it")
            return None
        try:
            return ask(api)
        except WeComError as error:
            if self._ctx.deadline_at is None and getattr(error, "retryable", False):
                raise
            self._ctx.log.warning("lookup_failed", what=what, error=type(error).__name__)
            return None


def bounded(ctx: Context) -> Client | None:
    """Return a client for what may be left undone; None when the work itself needs the time."""
    if ctx.deadline_at is None:
        return ctx.api
    spare = ctx.deadline_at - ctx.now() - RESERVED
    if spare <= timedelta(0):
        return None
    return ctx.api.bound(datetime.now(UTC) + min(spare, LONGEST_LOOKUP))
