"""Tickets and authorisations of third-party apps, on both databases (第三方应用)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from crypto import Vault, new_key
from errors import ConfigurationError, SealBroken
from events import parse
from factories import a_suite_plaintext
from journal import Journal, NewDelivery, PlannedRun, event_key
from journal.suites import SEALED

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CODE = "permanent-code-0123456789"
TICKET = "suite-ticket-0123456789"
OLD, NEW = new_key(), new_key()


@pytest.fixture
def journal(database_url: str) -> Iterator[Journal]:
    with closing(Journal(database_url, Vault([OLD]))) as journal:
        yield journal


def authorise(
    journal: Journal,
    since: datetime = AT,
    *,
    code: str = CODE,
    auth_code: str = "AC",
    corpid: str = "ww1",
) -> bool:
    return journal.authorise("ws1", corpid, code, agentid=1000002, auth_code=auth_code, since=since)


def everything(database_url: str) -> bytes:
    """Return each value of each row, as the database gives it."""
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        rows = [
            row
            for table in tables
            for row in connection.execute(sa.text(f'SELECT * FROM "{table}"'))  # noqa: S608 - ours
        ]
    engine.dispose()
    return b"\n".join(
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
        for row in rows
        for value in row
    )


def a_ticket(ticket: str = TICKET) -> NewDelivery:
    event = parse(a_suite_plaintext(InfoType="suite_ticket", SuiteTicket=ticket))
    return NewDelivery(
        app="suite",
        corpid=event.corpid,
        event_key=event_key("suite", event),
        event=event.name,
        userid="",
        subject="",
        occurred_at=event.occurred_at,
        received_at=AT,
        payload=event.raw,
        plan=(PlannedRun(handler="handlers.suite.keep_suite_ticket", lane="default"),),
        confidential=event.confidential,
    )


def test_names_the_corps_that_are_heard_of_and_never_authorised(journal: Journal) -> None:
    for corpid in ("wwheard", "wwknown", "wwleft", "wwheard"):
        event = parse(a_suite_plaintext(InfoType="change_auth", AuthCorpId=corpid))
        for app in ("suite", "other") if corpid == "wwheard" else ("suite",):
            journal.record(
                replace(a_ticket(), app=app, corpid=corpid, event_key=event_key(app, event))
            )
    journal.record(replace(a_ticket(), corpid=""))
    authorise(journal, corpid="wwknown")
    journal.cancel_authorisation("ws1", "wwleft", since=AT)

    assert journal.unknown_corps("ws1", "suite") == ["wwheard"]
    assert journal.unknown_corps("ws2", "suite") == ["wwheard", "wwknown", "wwleft"]
    assert journal.unknown_corps("ws1", "nobody") == []


def test_there_is_no_ticket_before_the_first(journal: Journal) -> None:
    assert journal.suite_ticket("ws1") is None


def test_the_newest_ticket_counts_in_whatever_order_they_come(journal: Journal) -> None:
    kept = [
        journal.keep_suite_ticket("ws1", "second", issued_at=AT + SECOND),
        journal.keep_suite_ticket("ws1", "first", issued_at=AT),
        journal.keep_suite_ticket("ws2", "another", issued_at=AT),
    ]

    assert kept == [True, False, True]
    assert [journal.suite_ticket(each) for each in ("ws1", "ws2")] == ["second", "another"]


def test_a_corp_that_authorised_has_its_code(journal: Journal) -> None:
    assert authorise(journal)

    authorisation = journal.authorisation("ws1", "ww1")
    assert authorisation is not None
    assert (authorisation.state, authorisation.permanent_code) == ("authorised", CODE)
    assert (authorisation.agentid, authorisation.since) == (1000002, AT)
    assert CODE not in repr(authorisation)


def test_nobody_else_has_it(journal: Journal) -> None:
    authorise(journal)

    assert journal.authorisation("ws1", "ww2") is None
    assert journal.authorisation("ws2", "ww1") is None


def test_a_cancelled_authorisation_has_no_code(journal: Journal) -> None:
    authorise(journal)

    assert journal.cancel_authorisation("ws1", "ww1", since=AT + SECOND)

    authorisation = journal.authorisation("ws1", "ww1")
    assert authorisation is not None
    assert (authorisation.state, authorisation.permanent_code) == ("cancelled", None)
    assert not journal.is_exchanged("ws1", "AC")


def test_an_older_authorisation_does_not_undo_a_cancellation(journal: Journal) -> None:
    journal.cancel_authorisation("ws1", "ww1", since=AT + SECOND)

    assert not authorise(journal, AT)

    assert [each.state for each in journal.authorisations()] == ["cancelled"]


def test_an_older_cancellation_does_not_undo_an_authorisation(journal: Journal) -> None:
    authorise(journal, AT + SECOND)

    assert not journal.cancel_authorisation("ws1", "ww1", since=AT)

    assert [each.state for each in journal.authorisations()] == ["authorised"]


def test_a_corp_may_come_back(journal: Journal) -> None:
    authorise(journal)
    journal.cancel_authorisation("ws1", "ww1", since=AT + SECOND)

    assert authorise(journal, AT + 2 * SECOND, code="another")

    authorisation = journal.authorisation("ws1", "ww1")
    assert authorisation is not None
    assert authorisation.permanent_code == "another"


def test_knows_which_auth_codes_are_exchanged(journal: Journal) -> None:
    authorise(journal, auth_code="AC")

    assert journal.is_exchanged("ws1", "AC")
    assert not journal.is_exchanged("ws1", "AD")
    assert not journal.is_exchanged("ws2", "AC")


def test_the_agent_of_an_authorised_corp_changes(journal: Journal) -> None:
    authorise(journal)
    journal.cancel_authorisation("ws1", "ww2", since=AT)

    for corpid in ("ww1", "ww2", "ww3"):
        journal.change_agent("ws1", corpid, 7)

    listed = [(each.corpid, each.agentid) for each in journal.authorisations("ws1")]
    assert listed == [("ww1", 7), ("ww2", None)]


def test_a_strange_name_is_kept(journal: Journal) -> None:
    corpid = "ww\0\ud800" + "x" * 300

    authorise(journal, corpid=corpid)

    assert journal.authorisation("ws1", corpid) is not None


def test_no_code_and_no_ticket_lies_open(journal: Journal, database_url: str) -> None:
    journal.record(a_ticket())
    journal.keep_suite_ticket("ws1", TICKET, issued_at=AT)
    authorise(journal, auth_code="auth-code-0123456789")

    stored = everything(database_url)

    assert b"suite_ticket" in stored
    assert [
        each for each in (CODE, TICKET, "auth-code-0123456789") if each.encode() in stored
    ] == []


def test_a_sealed_delivery_is_read_as_it_came(journal: Journal) -> None:
    new = a_ticket()
    delivery_id = journal.record(new).delivery_id
    assert delivery_id is not None

    delivery = journal.delivery(delivery_id)

    assert delivery is not None
    assert delivery.payload == journal.deliveries()[0].payload == new.payload
    assert not journal.record(new).new


def test_a_worker_opens_what_it_claims(journal: Journal) -> None:
    new = a_ticket()
    (run,) = journal.record(new).runs

    claimed = journal.claim(run.run_id, now=AT, lease=SECOND)

    assert claimed is not None
    assert claimed.payload.startswith(SEALED)
    assert journal.opened(claimed.payload) == new.payload
    assert journal.opened(b"<xml/>") == b"<xml/>"


def test_without_the_key_nothing_is_opened_and_nothing_breaks(
    journal: Journal, database_url: str
) -> None:
    journal.record(a_ticket())
    authorise(journal)
    journal.keep_suite_ticket("ws1", TICKET, issued_at=AT)

    with closing(Journal(database_url, Vault([NEW]))) as stranger:
        assert stranger.deliveries()[0].payload.startswith(SEALED)
        assert len(stranger.authorisations()) == 1
        for ask in (
            lambda: stranger.suite_ticket("ws1"),
            lambda: stranger.authorisation("ws1", "ww1"),
            stranger.reseal,
        ):
            with pytest.raises(SealBroken):
                ask()
    with closing(Journal(database_url)) as keyless:
        assert keyless.deliveries()[0].payload.startswith(SEALED)
        with pytest.raises(ConfigurationError, match=r"server\.encryption_key: missing"):
            keyless.suite_ticket("ws1")


def test_after_the_rotation_the_old_key_is_needed_no_more(
    journal: Journal, database_url: str
) -> None:
    payloads = []
    for number in range(3):
        new = a_ticket(f"{TICKET}-{number}")
        journal.record(new)
        payloads.append(new.payload)
    authorise(journal)
    journal.keep_suite_ticket("ws1", TICKET, issued_at=AT)

    with closing(Journal(database_url, Vault([NEW, OLD]))) as rotating:
        assert rotating.reseal() == 5

    with closing(Journal(database_url, Vault([NEW]))) as rotated:
        assert rotated.suite_ticket("ws1") == TICKET
        authorisation = rotated.authorisation("ws1", "ww1")
        assert authorisation is not None
        assert authorisation.permanent_code == CODE
        assert [each.payload for each in rotated.deliveries()][::-1] == payloads
