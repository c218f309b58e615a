"""What third-party apps have to remember: their tickets, and the corps that authorised them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa

from errors import ConfigurationError, SealBroken
from journal.group_commit import GroupCommit
from journal.operations import indexable, upsert
from journal.records import NewDelivery
from journal.tables import (
    AUTHORISED,
    CANCELLED,
    AuthorisationState,
    authorisations,
    deliveries,
    suite_tickets,
)
from language import Text

SEALED = b"sealed:"  # how a sealed payload begins; no plaintext of WeCom does
_CHUNK = 500
_LOOKED_AT = 10_000  # the newest deliveries; no index is kept for a question asked by hand


class Vault(Protocol):
    """What seals and opens; the journal itself has no keys."""

    def seal(self, plain: bytes) -> bytes:
        """Return what only the keys open."""
        ...

    def open(self, sealed: bytes) -> bytes:
        """Return what was sealed. Raises SealBroken."""
        ...

    def reseal(self, sealed: bytes) -> bytes:
        """Return the same under the newest key. Raises SealBroken."""
        ...


@dataclass(frozen=True, kw_only=True)
class Authorisation:
    """How one corp stands to one suite. since: when the state began, by WeCom's clock.

    permanent_code: None when cancelled, and where authorisations are only listed.
    """

    suite_id: str
    corpid: str
    state: AuthorisationState
    since: datetime
    agentid: int | None = None
    permanent_code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class _Standing:
    """A row of `authorisations` to come, its code sealed."""

    suite_id: str
    corpid: str
    state: AuthorisationState
    since: datetime
    agentid: int | None = None
    permanent_code: bytes | None = field(default=None, repr=False)
    auth_code_digest: str = ""


class Suites:
    """What `Journal` offers to third-party apps. Codes and tickets are sealed on their way in."""

    _writer: GroupCommit
    _vault: Vault | None

    def _reading(self) -> AbstractContextManager[sa.Connection]:
        raise NotImplementedError

    # --- tickets

    def keep_suite_ticket(self, suite_id: str, suite_ticket: str, *, issued_at: datetime) -> bool:
        """Keep a ticket; False when a newer one is there."""
        row = (suite_id, self._keys().seal(suite_ticket.encode()), issued_at)
        return self._writer.submit(_keep_suite_ticket, row).result()

    def suite_ticket(self, suite_id: str) -> str | None:
        """Return the newest ticket of a suite, None before the first."""
        query = sa.select(suite_tickets.c.suite_ticket).where(
            suite_tickets.c.suite_id == indexable(suite_id)
        )
        with self._reading() as connection:
            sealed = connection.scalar(query)
        return None if sealed is None else self._keys().open(sealed).decode()

    # --- authorisations

    def authorise(
        self,
        suite_id: str,
        corpid: str,
        permanent_code: str,
        *,
        agentid: int | None,
        auth_code: str,
        since: datetime,
    ) -> bool:
        """Keep a corp's permanent code; False when the corp has cancelled since."""
        standing = _Standing(
            suite_id=suite_id,
            corpid=corpid,
            state=AUTHORISED,
            since=since,
            agentid=agentid,
            permanent_code=self._keys().seal(permanent_code.encode()),
            auth_code_digest=_digest(auth_code),
        )
        return self._writer.submit(_keep_standing, standing).result()

    def cancel_authorisation(self, suite_id: str, corpid: str, *, since: datetime) -> bool:
        """Delete a corp's permanent code; False when the corp has authorised anew since."""
        standing = _Standing(suite_id=suite_id, corpid=corpid, state=CANCELLED, since=since)
        return self._writer.submit(_keep_standing, standing).result()

    def change_agent(self, suite_id: str, corpid: str, agentid: int | None) -> None:
        """Note the agentid that an authorised corp's app has now."""
        self._writer.submit(_change_agent, (suite_id, corpid, agentid)).result()

    def is_exchanged(self, suite_id: str, auth_code: str) -> bool:
        """Whether the permanent code that was had for this auth_code is kept."""
        query = sa.select(
            sa.exists().where(
                authorisations.c.suite_id == indexable(suite_id),
                authorisations.c.auth_code_digest == _digest(auth_code),
            )
        )
        with self._reading() as connection:
            return bool(connection.scalar(query))

    def authorisation(self, suite_id: str, corpid: str) -> Authorisation | None:
        """Return how a corp stands to a suite, None when it never authorised it."""
        with self._reading() as connection:
            row = connection.execute(
                sa.select(authorisations).where(_is(suite_id, corpid))
            ).one_or_none()
        if row is None:
            return None
        sealed = row.permanent_code
        code = None if sealed is None else self._keys().open(sealed).decode()
        return replace(_listed(row), permanent_code=code)

    def authorisations(self, suite_id: str | None = None) -> list[Authorisation]:
        """Return how all corps stand to a suite, or to all suites; without their codes."""
        query = sa.select(authorisations).order_by(
            authorisations.c.suite_id, authorisations.c.corpid
        )
        if suite_id is not None:
            query = query.where(authorisations.c.suite_id == indexable(suite_id))
        with self._reading() as connection:
            return [_listed(row) for row in connection.execute(query)]

    def unknown_corps(self, suite_id: str, app: str) -> list[str]:
        """Return the corps that an app heard of lately and that never authorised its suite.

        Such a corp installed it, but its permanent code was lost on the way to us.
        """
        newest = (
            sa.select(deliveries.c.app, deliveries.c.corpid)
            .order_by(deliveries.c.id.desc())
            .limit(_LOOKED_AT)
            .subquery()
        )
        known = sa.select(authorisations.c.corpid).where(
            authorisations.c.suite_id == indexable(suite_id)
        )
        query = (
            sa.select(newest.c.corpid)
            .where(newest.c.app == app, newest.c.corpid != "", newest.c.corpid.not_in(known))
            .distinct()
            .order_by(newest.c.corpid)
        )
        with self._reading() as connection:
            return list(connection.scalars(query))

    # --- seals

    def opened(self, payload: bytes) -> bytes:
        """Return a delivery's payload as it was received. Raises SealBroken."""
        if not payload.startswith(SEALED):
            return payload
        return self._keys().open(payload.removeprefix(SEALED))

    def reseal(self) -> int:
        """Seal everything that is sealed with the newest key; return how much that was.

        Raises SealBroken when something opens with none of the keys.
        """
        vault, total = self._keys(), 0
        last: int | None = 0
        for operation in (_reseal_tickets, _reseal_codes):
            total += self._writer.submit(operation, vault.reseal).result()
        while last is not None:
            wanted = (vault.reseal, last)
            last, count = self._writer.submit(_reseal_payloads, wanted).result()
            total += count
        return total

    def _keys(self) -> Vault:
        if self._vault is None:
            raise ConfigurationError(
                "server.encryption_key: "
                + Text(
                    en="missing; permanent codes and suite tickets are sealed with it",
                    zh="缺少此项，永久授权码和 suite_ticket 要用它加密",
                )
            )
        return self._vault

    def _sealed(self, delivery: NewDelivery) -> NewDelivery:
        if not delivery.confidential or self._vault is None:
            return delivery
        return replace(delivery, payload=SEALED + self._vault.seal(delivery.payload))

    def _shown(self, payload: bytes) -> bytes:
        """Return a payload for people: one whose key is gone stays sealed."""
        try:
            return self.opened(payload)
        except (SealBroken, ConfigurationError):
            return payload


Reseal = Callable[[bytes], bytes]


def _digest(auth_code: str) -> str:
    return hashlib.sha256(auth_code.encode("utf-8", "replace")).hexdigest()


def _is(suite_id: str, corpid: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        authorisations.c.suite_id == indexable(suite_id),
        authorisations.c.corpid == indexable(corpid),
    )


def _listed(row: sa.Row[tuple[object, ...]]) -> Authorisation:
    return Authorisation(
        suite_id=row.suite_id,
        corpid=row.corpid,
        state=row.state,
        since=row.since,
        agentid=row.agentid,
    )


def _keep_suite_ticket(
    connection: sa.Connection, wanted: Sequence[tuple[str, bytes, datetime]]
) -> list[bool]:
    return [_keep_one_ticket(connection, *each) for each in wanted]


def _keep_one_ticket(
    connection: sa.Connection, suite_id: str, sealed: bytes, issued_at: datetime
) -> bool:
    row = {"suite_id": indexable(suite_id), "suite_ticket": sealed, "issued_at": issued_at}
    insert = upsert(connection, suite_tickets, ("suite_id",), newest_by="issued_at")
    return _is_written(connection, insert.values(**row).returning(suite_tickets.c.suite_id))


def _keep_standing(connection: sa.Connection, wanted: Sequence[_Standing]) -> list[bool]:
    return [_keep_one_standing(connection, each) for each in wanted]


def _keep_one_standing(connection: sa.Connection, standing: _Standing) -> bool:
    """Write a state down unless a newer one is known: callbacks come in any order."""
    row = vars(standing) | {
        "suite_id": indexable(standing.suite_id),
        "corpid": indexable(standing.corpid),
    }
    insert = upsert(connection, authorisations, ("suite_id", "corpid"), newest_by="since")
    return _is_written(connection, insert.values(**row).returning(authorisations.c.suite_id))


def _is_written(connection: sa.Connection, insert: sa.Executable) -> bool:
    return connection.execute(insert).first() is not None


def _change_agent(
    connection: sa.Connection, wanted: Sequence[tuple[str, str, int | None]]
) -> list[None]:
    for suite_id, corpid, agentid in wanted:
        connection.execute(
            sa.update(authorisations)
            .where(_is(suite_id, corpid), authorisations.c.state == AUTHORISED)
            .values(agentid=agentid)
        )
    return [None] * len(wanted)


def _reseal_tickets(connection: sa.Connection, wanted: Sequence[Reseal]) -> list[int]:
    reseal, rows = wanted[0], connection.execute(sa.select(suite_tickets).with_for_update()).all()
    for row in rows:
        connection.execute(
            sa.update(suite_tickets)
            .where(suite_tickets.c.suite_id == row.suite_id)
            .values(suite_ticket=reseal(row.suite_ticket))
        )
    return [len(rows)] * len(wanted)


def _reseal_codes(connection: sa.Connection, wanted: Sequence[Reseal]) -> list[int]:
    rows = connection.execute(
        sa.select(authorisations)
        .where(authorisations.c.permanent_code.is_not(None))
        .with_for_update()
    ).all()
    for row in rows:
        connection.execute(
            sa.update(authorisations)
            .where(_is(row.suite_id, row.corpid))
            .values(permanent_code=wanted[0](row.permanent_code))
        )
    return [len(rows)] * len(wanted)


def _reseal_payloads(
    connection: sa.Connection, wanted: Sequence[tuple[Reseal, int]]
) -> list[tuple[int | None, int]]:
    return [_reseal_some_payloads(connection, *each) for each in wanted]


def _reseal_some_payloads(
    connection: sa.Connection, reseal: Reseal, after_id: int
) -> tuple[int | None, int]:
    """Reseal the next chunk; return the last id looked at, None at the end, and how many."""
    rows = connection.execute(
        sa.select(deliveries.c.id, deliveries.c.payload)
        .where(deliveries.c.id > after_id)
        .order_by(deliveries.c.id)
        .limit(_CHUNK)
    ).all()
    sealed = [row for row in rows if row.payload.startswith(SEALED)]
    for row in sealed:
        connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.id == row.id)
            .values(payload=SEALED + reseal(row.payload.removeprefix(SEALED)))
        )
    return (rows[-1].id if rows else None), len(sealed)
