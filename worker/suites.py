"""Third-party apps at work: what their handlers keep, and one seat for each corp they work for."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from errors import CorpNotAuthorised, JournalUnavailable
from handlers import App, PeopleDirectory, TagDirectory
from journal import Authorisation, Journal
from settings import AppSettings
from wecom import Client

_MOST_SEATS = 1000
_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.5


class AuthorisationKeeper:
    """Lets the handlers of one suite keep tickets and codes in the journal database."""

    def __init__(self, journal: Journal, suite_id: str) -> None:
        self.suite_id = suite_id
        self._journal = journal

    def keep_ticket(self, suite_ticket: str, *, issued_at: datetime) -> bool:
        """Keep a ticket; False when a newer one is there."""
        return self._journal.keep_suite_ticket(self.suite_id, suite_ticket, issued_at=issued_at)

    def is_exchanged(self, auth_code: str) -> bool:
        """Whether the permanent code that was had for this auth_code is kept."""
        return self._journal.is_exchanged(self.suite_id, auth_code)

    def authorise(
        self,
        corpid: str,
        permanent_code: str,
        *,
        agentid: int | None,
        auth_code: str,
        since: datetime,
    ) -> bool:
        """Keep a corp's permanent code, patiently: it cannot be had again.

        False when the corp has cancelled since.
        """
        give_up = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return self._journal.authorise(
                    self.suite_id,
                    corpid,
                    permanent_code,
                    agentid=agentid,
                    auth_code=auth_code,
                    since=since,
                )
            except JournalUnavailable:
                if time.monotonic() > give_up:
                    raise
                time.sleep(_PAUSE_SECONDS)

    def permanent_code(self, corpid: str) -> str | None:
        """Return the code of a corp, None when it is not, or no longer, authorised."""
        authorisation = self._journal.authorisation(self.suite_id, corpid)
        return None if authorisation is None else authorisation.permanent_code

    def change_agent(self, corpid: str, agentid: int | None) -> None:
        """Note the agentid that a corp's app has now."""
        self._journal.change_agent(self.suite_id, corpid, agentid)

    def cancel(self, corpid: str, *, since: datetime) -> bool:
        """Delete a corp's permanent code; False when the corp has authorised anew since."""
        return self._journal.cancel_authorisation(self.suite_id, corpid, since=since)


@dataclass(frozen=True, kw_only=True)
class Seat:
    """One app inside one corp: who acts, by which client, with which tags and people."""

    app: App
    api: Client
    tags: TagDirectory
    people: PeopleDirectory


class Seats:
    """The seats of one app: of an enterprise's own app one, of a suite one a corp.

    Whether a corp is authorised is asked each time; clients and tags of the last used are kept.
    """

    def __init__(
        self, app: AppSettings, api: Client, journal: Journal, *, most: int = _MOST_SEATS
    ) -> None:
        self._settings = app
        self._journal = journal
        self._own = self._seat(app.corpid, app.agentid, api)
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[Authorisation, Seat]] = OrderedDict()

    def of(self, corpid: str) -> Seat:
        """Return the seat in a corp; in one that is not authorised, the API refuses to be called.

        corpid: "" for an event that names none.
        """
        if self._settings.kind != "suite" or not corpid:
            return self._own
        authorisation = self._journal.authorisation(self._settings.suite_id, corpid)
        if authorisation is not None and authorisation.permanent_code is not None:
            return self._inside(authorisation, authorisation.permanent_code)
        if authorisation is None and corpid == self._settings.corpid:
            return self._own  # the provider itself
        return self._outside(corpid, cancelled=authorisation is not None)

    def corpids(self) -> list[str]:
        """Return the corps the app works for now."""
        if self._settings.kind != "suite":
            return [self._settings.corpid] if self._settings.secret else []
        return [
            each.corpid
            for each in self._journal.authorisations(self._settings.suite_id)
            if each.state == "authorised"
        ]

    def _inside(self, authorisation: Authorisation, permanent_code: str) -> Seat:
        corpid = authorisation.corpid
        with self._lock:
            known, seat = self._kept.get(corpid, (None, self._own))
            if known != authorisation:
                api = self._own.api.authorised(
                    corpid, permanent_code, agentid=authorisation.agentid
                )
                seat = self._seat(corpid, authorisation.agentid, api)
            self._kept[corpid] = authorisation, seat
            self._kept.move_to_end(corpid)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return seat

    def _outside(self, corpid: str, *, cancelled: bool) -> Seat:
        # A corp nobody heard of may be about to come: its create_auth waits for a ticket, say.
        reason = CorpNotAuthorised(
            f"Corp {corpid} has {'removed' if cancelled else 'not authorised'} the suite.",
            retryable=not cancelled,
        )
        with self._lock:
            self._kept.pop(corpid, None)
        return self._seat(corpid, None, self._own.api.not_authorised(corpid, reason))

    def _seat(self, corpid: str, agentid: int | None, api: Client) -> Seat:
        app = App(
            name=self._settings.name,
            corpid=corpid,
            agentid=agentid,
            operators=self._settings.operators,
        )
        return Seat(app=app, api=api, tags=TagDirectory(), people=PeopleDirectory())
