"""`GET` and `POST /callback/<app>`, as WeCom calls them (docs 90930, 90238)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import structlog
from flask import Blueprint, Response, g, request

import events
from callback.query import read_query
from callback.sealing import Opened
from crypto import Credentials, read_ciphertext
from errors import BodyTooLarge, CallbackRejected, JournalUnavailable, ReceiverMismatch
from events import Event, UnknownEvent
from journal import NewDelivery, PlannedRun, PublishableRun, Recorded, event_key

log = structlog.get_logger(__name__)

Kind = Literal["self_built", "suite", "robot"]
Plan = Callable[[Event, datetime], tuple[PlannedRun, ...]]
Publish = Callable[[Sequence[PublishableRun]], None]
Reply = Callable[[Event, "CallbackApp", str], bytes | None]

# What WeCom wants to read when there is nothing to say (callbacks of suites: doc 97172).
_ANSWERS: dict[Kind, str] = {"self_built": "", "suite": "success", "robot": ""}


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One request and what became of it.

    app: "" when there is none of that name. event: "" and the next two None when nothing was
    recorded. outcome: received, repeated, ignored, url_verified, or why not. seconds: until it was
    answered.
    """

    app: str
    event: str
    delivery_id: int | None
    received_at: datetime | None
    outcome: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class CallbackApp:
    """One callback URL: its name in the path, how it is answered, what opens its messages.

    receiveids: accepted beside the corp that an event names, where the credentials take any; None:
    all but the empty one.
    """

    name: str
    kind: Kind
    credentials: Credentials
    receiveids: frozenset[str] | None = frozenset()


class Recorder(Protocol):
    """The one thing the endpoint needs of the journal."""

    def record(self, delivery: NewDelivery) -> Recorded:
        """Commit one event with its runs, or find that it is there already."""
        ...


@dataclass(kw_only=True)
class _Progress:
    """What is known of a request so far."""

    begun: float
    outcome: str = "failed"
    event: str = ""
    delivery_id: int | None = None
    received_at: datetime | None = None


def _no_reply(_event: Event, _app: CallbackApp, _key: str) -> None:
    """Answer nothing to anything."""


def _nobody(_answered: Answered) -> None:
    """Look at nothing."""


def make_blueprint(
    apps: Mapping[str, CallbackApp],
    journal: Recorder,
    *,
    plan: Plan,
    publish: Publish,
    now: Callable[[], datetime],
    max_body_bytes: int,
    reply: Reply = _no_reply,
    observe: Callable[[Answered], None] = _nobody,
) -> Blueprint:
    """Return the endpoint for these apps.

    plan: the runs that an event received at a time will make. publish: told of them, after the
    commit; it must return at once. max_body_bytes: larger bodies are refused unread.
    reply: the plaintext that answers an event known by its key, or None; asked after the commit, it
    must return while WeCom still waits. observe: told of every answer.
    """
    blueprint = Blueprint("callback", __name__)
    _have_observed(blueprint, apps, observe)

    @blueprint.get("/callback/<name>", provide_automatic_options=False)
    def verify_url(name: str) -> Response:
        """Prove to WeCom that the URL is ours (验证URL有效性): the decrypted echostr, bare."""
        app, progress = apps.get(name), _progress()
        if app is None:
            progress.outcome = "unknown_app"
            return _empty(404)
        query = read_query(request.query_string, echo=True)
        frame = app.credentials.open(
            query.echostr,
            signature=query.signature,
            timestamp=query.timestamp,
            nonce=query.nonce,
        )
        _check_receiver(app, frame.receiveid)
        log.info("url_verified", app=name)
        progress.outcome = "url_verified"
        return Response(frame.message, content_type="text/plain")

    @blueprint.post("/callback/<name>", provide_automatic_options=False)
    def receive(name: str) -> Response:
        """Open the envelope, parse, record, have it published if new, answer.

        A callback that comes again gets its reply again: WeCom did not get the first one.
        """
        app, progress = apps.get(name), _progress()
        if app is None:
            progress.outcome = "unknown_app"
            return _empty(404)
        received_at = now()
        opened = _open(app, max_body_bytes)
        event = _event(app, opened)
        planned = _planned(plan, event, received_at)
        delivery = _delivery(app, event, received_at, planned)
        recorded = journal.record(delivery)
        _hand_over(publish, recorded)
        progress.received_at, progress.delivery_id = received_at, recorded.delivery_id
        progress.event = event.name
        progress.outcome = _log_received(app, event, recorded)
        try:
            plaintext = reply(event, app, delivery.event_key)
            if plaintext is not None:
                sealed = opened.seal(app.credentials, plaintext, now=now())
                return Response(sealed, content_type=opened.content_type)
        except Exception as error:  # noqa: BLE001 - what is committed is acknowledged all the same
            _log_fault("reply_failed", error, app=app.name, event_name=event.name)
        return Response(_ANSWERS[app.kind], content_type="text/plain")

    @blueprint.errorhandler(CallbackRejected)
    def refuse(error: CallbackRejected) -> Response:
        """Tell a stranger nothing; the reason is for our log."""
        _progress().outcome = error.reason
        log.warning(
            "callback_rejected", app=(request.view_args or {}).get("name"), reason=error.reason
        )
        return _empty(error.status)

    @blueprint.errorhandler(JournalUnavailable)
    def postpone(error: JournalUnavailable) -> Response:
        """Have WeCom send it again: nothing is acknowledged that is not committed."""
        _progress().outcome = "not_recorded"
        log.error("callback_not_recorded", error=str(error))
        return _empty(503)

    return blueprint


def _have_observed(
    blueprint: Blueprint, apps: Mapping[str, CallbackApp], observe: Callable[[Answered], None]
) -> None:
    """Tell of every answer; the views note what they know."""

    @blueprint.before_request
    def begin() -> None:
        g.progress = _Progress(begun=time.perf_counter())

    @blueprint.after_request
    def end(response: Response) -> Response:
        name, progress = (request.view_args or {}).get("name", ""), _progress()
        observe(
            Answered(
                app=name if name in apps else "",
                event=progress.event,
                delivery_id=progress.delivery_id,
                received_at=progress.received_at,
                outcome=progress.outcome,
                seconds=time.perf_counter() - progress.begun,
            )
        )
        return response


def _progress() -> _Progress:
    progress: _Progress = g.progress
    return progress


def _open(app: CallbackApp, max_body_bytes: int) -> Opened:
    ciphertext, form = read_ciphertext(_body(max_body_bytes))
    query = read_query(request.query_string, echo=False)
    frame = app.credentials.open(
        ciphertext, signature=query.signature, timestamp=query.timestamp, nonce=query.nonce
    )
    return Opened(frame=frame, form=form, ciphertext=ciphertext, query=query)


def _event(app: CallbackApp, opened: Opened) -> Event:
    event = events.parse(opened.frame.message)
    _check_receiver(app, opened.frame.receiveid, event.corpid)
    return event


def _check_receiver(app: CallbackApp, receiveid: str, corpid: str = "") -> None:
    """Refuse what is addressed to another than the suite, its provider, or the event's own corp.

    The data callbacks of a suite (数据回调) are addressed to the corp that authorised it.
    """
    if app.credentials.receiveids is not None:
        return
    known = {receiveid} if app.receiveids is None else {*app.receiveids, corpid}
    if not receiveid or receiveid not in known:
        raise ReceiverMismatch


def _body(max_body_bytes: int) -> bytes:
    """Return the request body; one byte more than allowed is never kept."""
    if (request.content_length or 0) > max_body_bytes:
        raise BodyTooLarge
    body = bytearray()
    while chunk := request.stream.read(max_body_bytes + 1 - len(body)):  # may come in pieces
        body += chunk
        if len(body) > max_body_bytes:
            raise BodyTooLarge
    return bytes(body)


def _planned(plan: Plan, event: Event, received_at: datetime) -> tuple[PlannedRun, ...]:
    """Return the runs; none when planning breaks, because what is kept can be replayed."""
    try:
        return plan(event, received_at)
    except Exception as error:  # noqa: BLE001 - handlers of the user's own take part in it
        _log_fault("plan_failed", error, event_name=event.name)
        return ()


def _hand_over(publish: Publish, recorded: Recorded) -> None:
    """Have the runs published; what is committed is acknowledged even if that breaks."""
    try:
        publish(recorded.runs)
    except Exception as error:  # noqa: BLE001 - the sweepers publish what lies in the journal
        _log_fault("publish_failed", error, delivery_id=recorded.delivery_id)


def _delivery(
    app: CallbackApp, event: Event, received_at: datetime, planned: tuple[PlannedRun, ...]
) -> NewDelivery:
    return NewDelivery(
        app=app.name,
        corpid=event.corpid,
        event_key=event_key(app.name, event),
        event=event.name,
        userid=event.userid,
        subject=event.subject,
        occurred_at=event.occurred_at,
        received_at=received_at,
        payload=event.raw,
        plan=planned,
        confidential=event.confidential,
    )


def _log_received(app: CallbackApp, event: Event, recorded: Recorded) -> str:
    """Log what became of a callback, and return it in one word."""
    facts = {"app": app.name, "event_name": event.name, "delivery_id": recorded.delivery_id}
    if not recorded.new:
        log.info("callback_repeated", **facts)
        return "repeated"
    if not recorded.runs:
        # Kept all the same: a handler written later can have it replayed.
        log.info("callback_ignored", hint=f"@router.on({_importable(event)})", **facts)
        return "ignored"
    log.info("callback_received", runs=len(recorded.runs), **facts)
    return "received"


def _log_fault(what: str, error: Exception, **facts: object) -> None:
    """Log the type alone: the text of a foreign exception may hold anything."""
    log.error(what, error=type(error).__name__, **facts)


def _importable(event: Event) -> str:
    """Name the class to register for; that of an unknown event of a family is made on the fly."""
    if type(event) is UnknownEvent:
        return UnknownEvent.__name__
    return next(cls for cls in type(event).__mro__ if not issubclass(cls, UnknownEvent)).__name__


def _empty(status: int) -> Response:
    return Response(status=status, content_type="text/plain")
