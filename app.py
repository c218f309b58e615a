"""The composition root: the one file that knows every room and puts them together."""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from importlib import metadata
from multiprocessing.util import Finalize
from typing import TextIO, cast

import structlog
from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from callback import CallbackApp, make_blueprint
from commands.clients import make_client, shared_store
from crypto import Credentials, decode_key, decrypt_media
from errors import (
    AppUnknown,
    ConfigurationError,
    DecryptionFailed,
    FileUnavailable,
    JournalUnavailable,
)
from events import Event
from handlers import (
    Answers,
    Context,
    Router,
    RulesFile,
    batch_job,
    channels,
    customer_service,
    group_chat,
    groups,
    notifying,
    read_rules,
    reconciling,
    refusals,
    remarking,
    suite,
    tagging,
    uploads,
    welcome,
)
from journal import ClaimedRun, Journal, PlannedRun, PublishableRun
from language import Text
from log_output import LogOutput
from observation import Observers, add_metrics
from opening import open_journal, utc_now
from settings import NO_APPS, PLACEHOLDER_CORPID, AppSettings, Settings, read_settings
from wecom import Call, is_template
from wecom.robot import fetch
from worker import Heartbeat, Publisher, WorkerNode, make_celery, plan
from worker.inbox import Inbox
from worker.keepers import ChatKeeper, JobKeeper
from worker.ledger import JournalLedger
from worker.rule_memory import RuleMemory
from worker.suites import AuthorisationKeeper, Seat, Seats

log = structlog.get_logger(__name__)

Plan = Callable[[Event, datetime], tuple[PlannedRun, ...]]
Publish = Callable[[Sequence[PublishableRun]], None]


def at_end(close: Callable[[], object]) -> None:
    """Have it called when this process ends; what was asked for last comes first.

    Nobody asks `atexit` in a process that multiprocessing forked, as granian forks that of the web.
    """
    Finalize(None, close, exitpriority=0)


def configure_logging(level: str = "INFO") -> None:
    """Log one line an event: readable on a terminal, JSON otherwise; identifiers only."""
    facts: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    shown: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if sys.stderr.isatty()
        else [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    log_output = LogOutput(sys.stderr)
    at_end(log_output.drain)
    output = cast("TextIO", log_output)
    structlog.configure(
        processors=[*facts, *shown],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(output),
        cache_logger_on_first_use=True,
    )
    libraries = logging.StreamHandler(output)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shown],
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *facts],
        )
    )
    logging.basicConfig(level="WARNING", handlers=[libraries])


def build_router(settings: Settings) -> Router:
    """Return the built-in handlers and those of the user's own modules."""
    sys.path.insert(0, str(settings.folder.resolve()))
    return Router(
        welcome.router,
        tagging.router,
        remarking.router,
        notifying.router,
        refusals.router,
        uploads.router,
        group_chat.router,
        groups.router,
        channels.router,
        reconciling.router,
        batch_job.router,
        customer_service.router,
        suite.router,
        *(_router_of(name, settings) for name in settings.server.handlers),
    )


def check_settings(settings: Settings, *, broker: bool = False) -> None:
    """Find out before anything starts what would stop a process later.

    broker: this process needs a redis_url; `serve` brings a server of its own.
    Raises ConfigurationError.
    """
    if not settings.apps:
        raise settings.wrong(NO_APPS)
    for each in settings.apps:
        if each.corpid == PLACEHOLDER_CORPID:
            raise settings.wrong(
                f'apps "{each.name}": corpid: '
                + Text(
                    en="still the example; write your enterprise's id"
                    " (我的企业 > 企业信息 > 企业ID)",
                    zh="还是示例值，请填写企业 ID（我的企业 > 企业信息 > 企业ID）",
                )
            )
        _callback_app(settings, each)
    build_router(settings)
    if broker:  # started again, perhaps by a supervisor: better by the last good rules than not
        RulesFile(settings.rules_path, last_good=settings.last_good_rules_path)
    else:
        read_rules(settings.rules_path)
    open_journal(settings).close()
    if broker or settings.server.redis_url:
        make_celery(_redis_url(settings))


def open_rules(settings: Settings) -> RulesFile:
    """Return the rules of a process, which takes up every good change and logs a wrong one."""
    return RulesFile(
        settings.rules_path,
        refused=_log_refused_rules,
        last_good=settings.last_good_rules_path,
    )


def make_plan(settings: Settings, router: Router, rules: RulesFile) -> Plan:
    """Return what decides which runs an event makes."""
    margin = timedelta(seconds=settings.server.welcome_margin_seconds)
    return lambda event, received_at: plan(
        router, event, received_at, margin=margin, rules=rules.current()
    )


def create_app(settings: Settings | None = None) -> Flask:
    """Build the web application: callbacks in, health out."""
    settings = settings or read_settings()
    journal = open_journal(settings)
    celery = make_celery(_redis_url(settings))
    publisher = Publisher(celery, journal)
    at_end(journal.close)
    at_end(publisher.close)
    heartbeat = Heartbeat(journal, role="web", now=utc_now)
    heartbeat.start()
    at_end(heartbeat.stop)
    router = build_router(settings)
    observers = Observers(settings, service="wecom-callback-web")
    at_end(observers.close)
    contexts = ContextMaker(settings, journal, router, publisher.publish, observers)
    answers = Answers(
        router,
        contexts.for_reply,
        threads=settings.server.web_threads,
        seconds=settings.server.reply_timeout_seconds,
        now=utc_now,
    )
    at_end(answers.close)
    flask = Flask("wecom-callback", static_folder=None)
    flask.register_blueprint(
        make_blueprint(
            {app.name: _callback_app(settings, app) for app in settings.apps},
            journal,
            plan=contexts.plan,
            publish=publisher.publish,
            now=utc_now,
            max_body_bytes=settings.server.max_body_bytes,
            reply=lambda event, app, key: answers(event, app.name, key),
            observe=observers.answered,
        )
    )
    add_metrics(flask, settings, journal, utc_now)
    _add_health(flask, journal)
    if settings.server.console:
        _add_console(flask, settings, journal, contexts, publisher.publish)
    flask.register_error_handler(HTTPException, _empty_answer)
    return flask


def build_worker(settings: Settings, lanes: tuple[str, ...]) -> WorkerNode:
    """Build one worker process for these lanes."""
    journal = open_journal(settings)
    celery = make_celery(_redis_url(settings))
    router = build_router(settings)
    publisher = Publisher(celery, journal)
    at_end(publisher.close)
    threads = {
        "urgent": settings.server.urgent_threads,
        "default": settings.server.default_threads,
        "bulk": settings.server.bulk_threads,
    }
    observers = Observers(settings, service="wecom-callback-worker")
    at_end(observers.close)
    contexts = ContextMaker(settings, journal, router, publisher.publish, observers)
    return WorkerNode(
        celery,
        journal,
        router,
        threads={lane: threads[lane] for lane in lanes},
        make_context=contexts,
        duties=contexts,
        keep=timedelta(days=settings.server.retention_days),
        keep_audit=timedelta(days=settings.server.audit_retention_days),
        now=utc_now,
        observe=observers.concluded,
    )


class ContextMaker:
    """Builds what a handler gets; clients, rules and tags are shared by all runs of the process."""

    def __init__(
        self,
        settings: Settings,
        journal: Journal,
        router: Router,
        publish: Publish,
        observers: Observers,
    ) -> None:
        self.rules = open_rules(settings)
        self.plan = make_plan(settings, router, self.rules)
        self._journal = journal
        self._publish = publish
        self._chats = ChatKeeper(journal)
        self._jobs = JobKeeper(journal)
        self._observers = observers
        self._apps = {app.name: app for app in settings.apps}
        store = shared_store(settings)
        self.clients = {
            app.name: make_client(
                settings,
                app,
                store,
                observe=partial(observers.called, app.name),
                suite_ticket=partial(journal.suite_ticket, app.suite_id),
            )
            for app in settings.apps
        }
        self._seats = {
            app.name: Seats(app, self.clients[app.name], journal) for app in settings.apps
        }
        self._authorisations = {
            app.name: AuthorisationKeeper(journal, app.suite_id) for app in settings.apps
        }

    def __call__(self, run: ClaimedRun, event: Event, observe: Callable[[Call], None]) -> Context:
        """Return the context of one run. Raises AppUnknown where the app is not configured."""
        app = self._apps.get(run.app)
        if app is None:
            raise AppUnknown
        return self._context(
            app,
            run.handler,
            seat=self._seats[app.name].of(event.corpid),
            deadline_at=run.deadline_at,
            observe=self._observers.called_by(run, observe),
            lag=run.received_at - (event.occurred_at or run.received_at),
            attempt=run.attempt,
            outcome_unknown=run.outcome_unknown,
        )

    def for_reply(self, app_name: str, function: str, corpid: str) -> Context:
        """Return the context of one passive reply."""
        seat = self._seats[app_name].of(corpid)
        return self._context(self._apps[app_name], function, seat=seat)

    def duty_targets(self) -> list[tuple[str, str]]:
        """Return app and corpid of all for whom duties are done: who can call the API."""
        return [(app, corpid) for app, seats in self._seats.items() for corpid in seats.corpids()]

    def for_duty(self, app_name: str, corpid: str, duty: str) -> Context:
        """Return the context of one turn at a duty."""
        return self._context(self._apps[app_name], duty, seat=self._seats[app_name].of(corpid))

    def _context(
        self,
        app: AppSettings,
        handler: str,
        *,
        seat: Seat,
        deadline_at: datetime | None = None,
        observe: Callable[[Call], None] | None = None,
        lag: timedelta = timedelta(0),
        attempt: int = 1,
        outcome_unknown: bool = False,
    ) -> Context:
        return Context(
            app=seat.app,
            api=seat.api.bound(deadline_at, observe),
            rules=self.rules.current(),
            refusal=self.rules.refusal,
            chats=self._chats,
            jobs=self._jobs,
            tags=seat.tags,
            people=seat.people,
            memory=RuleMemory(
                journal=self._journal, app=app.name, corpid=seat.app.corpid, now=utc_now
            ),
            ledger=JournalLedger(journal=self._journal, app=app.name, corpid=seat.app.corpid),
            deadline_at=deadline_at,
            authorisations=self._authorisations[app.name],
            inbox=Inbox(
                self._journal,
                app=app.name,
                corpid=seat.app.corpid,
                lag=lag,
                plan=self.plan,
                publish=self._publish,
                now=utc_now,
            ),
            robot_file=lambda url: decrypted_file(url, app.encoding_aes_key),
            log=structlog.get_logger(handler),
            now=utc_now,
            attempt=attempt,
            outcome_unknown=outcome_unknown,
        )


def decrypted_file(url: str, encoding_aes_keys: Sequence[str]) -> bytes:
    """Return the content of a file that somebody sent to a robot (doc 100719).

    Raises FileUnavailable when it is not to be had, APIUnreachable when it may be later.
    """
    content = fetch(url)
    for encoding_aes_key in encoding_aes_keys:
        try:
            return decrypt_media(decode_key(encoding_aes_key), content)
        except DecryptionFailed:
            continue
    raise FileUnavailable("The file cannot be decrypted with any configured EncodingAESKey.")


def _callback_app(settings: Settings, app: AppSettings) -> CallbackApp:
    try:
        credentials = Credentials.from_text(
            tokens=app.token,
            encoding_aes_keys=app.encoding_aes_key,
            receiveids=None if app.kind == "suite" and not app.receiveid else app.receiveids,
        )
    except ValueError as error:
        told = Text(en=str(error), zh=f"Token 或 EncodingAESKey 无效: {error}")
        raise settings.wrong(f'apps "{app.name}": ' + told) from None
    return CallbackApp(
        name=app.name,
        kind=app.kind,
        credentials=credentials,
        # A template knows corps by encrypted corpids; what is sealed for the plain one is of
        # a corp all the same, and nobody tells us which (doc 97104).
        receiveids=None if is_template(app.suite_id) else app.receiveids,
    )


def _redis_url(settings: Settings) -> str:
    if not settings.server.redis_url:
        raise settings.wrong(
            "server.redis_url: "
            + Text(
                en="missing; `wecom-callback serve` brings a server of its own, `web` and `worker`"
                " need the address of one: redis://HOST:PORT/0",
                zh="缺少此项；`wecom-callback serve` 会自带一个，"
                "`web` 和 `worker` 需要写明地址: redis://主机:端口/0",
            )
        )
    return settings.server.redis_url


def _router_of(name: str, settings: Settings) -> Router:
    try:
        module = importlib.import_module(name)
    except (Exception, SystemExit) as error:  # a module of the user's may break in any way
        why = f"{type(error).__name__}: {error}"
        raise settings.wrong(
            "server.handlers: "
            + Text(
                en=f"{name} cannot be imported: {why}; mend the module, or its name",
                zh=f"无法导入 {name}: {why}；请修正该模块，或改正名称",
            )
        ) from error
    router = getattr(module, "router", None)
    if not isinstance(router, Router):
        raise settings.wrong(
            "server.handlers: "
            + Text(
                en=f"{name} has no `router`; add `router = Router()`",
                zh=f"{name} 中没有 `router`，请加上 `router = Router()`",
            )
        )
    return router


def _add_console(
    flask: Flask, settings: Settings, journal: Journal, contexts: ContextMaker, publish: Publish
) -> None:
    from commands.console import make_parts  # noqa: PLC0415 - workers have no pages
    from console import make_console  # noqa: PLC0415 - the same

    parts = make_parts(
        settings,
        journal,
        contexts.clients,
        rules=contexts.rules,
        plan=contexts.plan,
        publish=publish,
        now=utc_now,
        version=metadata.version("wecom-callback"),
    )
    flask.register_blueprint(make_console(parts))


def _add_health(flask: Flask, journal: Journal) -> None:
    @flask.get("/healthz")
    def healthz() -> Response:
        """Answer that the process is up."""
        return Response("ok\n", content_type="text/plain")

    @flask.get("/readyz")
    def readyz() -> Response:
        """Answer whether callbacks can be accepted: journal reachable, tables current."""
        try:
            ready = journal.is_migrated()
        except JournalUnavailable:
            ready = False
        return Response("ok\n" if ready else "journal\n", 200 if ready else 503)


def _empty_answer(error: HTTPException) -> Response:
    return Response(status=error.code, content_type="text/plain")


def _log_refused_rules(error: ConfigurationError) -> None:
    log.error("rules_refused", error=str(error))
