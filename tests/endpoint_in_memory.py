"""The callback endpoint over a recorder in memory, with everything it does written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from requests_of_wecom import credentials

from callback import CallbackApp, Kind, make_blueprint
from crypto import Credentials
from errors import JournalUnavailable
from events import Event, ExternalContactAdded, UnknownEvent
from journal import NewDelivery, PlannedRun, PublishableRun, Recorded

NOW = datetime(2023, 11, 14, 22, 13, 21, tzinfo=UTC)
MAX_BODY_BYTES = 4096


@dataclass
class Recorder:
    """Keeps deliveries by their key, as the journal does; `available` False makes it refuse."""

    available: bool = True
    deliveries: dict[str, NewDelivery] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def record(self, delivery: NewDelivery) -> Recorded:
        self.calls.append("record")
        if not self.available:
            raise JournalUnavailable("The journal cannot be written: OperationalError.")
        if delivery.event_key in self.deliveries:
            return Recorded(delivery_id=None, new=False)
        self.deliveries[delivery.event_key] = delivery
        delivery_id = len(self.deliveries)
        runs = tuple(
            PublishableRun(run_id=delivery_id * 100 + place, handler=run.handler, lane=run.lane)
            for place, run in enumerate(delivery.plan)
        )
        return Recorded(delivery_id=delivery_id, new=True, runs=runs)

    @property
    def only(self) -> NewDelivery:
        (delivery,) = self.deliveries.values()
        return delivery


def plan(event: Event, received_at: datetime) -> tuple[PlannedRun, ...]:
    """Greet new customers, and nothing else."""
    if not isinstance(event, ExternalContactAdded) or isinstance(event, UnknownEvent):
        return ()
    deadline = received_at + timedelta(seconds=19)
    return (PlannedRun(handler="greet", lane="urgent", deadline_at=deadline),)


@dataclass
class Endpoint:
    """The endpoint and all around it."""

    recorder: Recorder = field(default_factory=Recorder)
    published: list[PublishableRun] = field(default_factory=list)
    plan: Callable[[Event, datetime], tuple[PlannedRun, ...]] = plan
    fail_to_publish: Exception | None = None
    reply: Callable[[Event, CallbackApp, str], bytes | None] = lambda *_: None
    credentials: Callable[[str], Credentials] = credentials

    def publish(self, runs: Sequence[PublishableRun]) -> None:
        self.recorder.calls.append("publish")
        if self.fail_to_publish:
            raise self.fail_to_publish
        self.published.extend(runs)

    def client(self) -> FlaskClient:
        kinds: dict[str, tuple[Kind, str]] = {
            "contacts": ("self_built", "ww1234567890abcdef"),
            "suite": ("suite", "ww4asffe99e54c0fxx"),
            "robot": ("robot", ""),
        }
        apps = {
            name: CallbackApp(name=name, kind=kind, credentials=self.credentials(receiveid))
            for name, (kind, receiveid) in kinds.items()
        }
        anybody = replace(self.credentials(""), receiveids=None)
        apps["developed"] = CallbackApp(
            name="developed", kind="suite", credentials=anybody, receiveids=None
        )
        flask = Flask(__name__, static_folder=None)
        flask.register_blueprint(
            make_blueprint(
                apps,
                self.recorder,
                plan=self.plan,
                publish=self.publish,
                now=lambda: NOW,
                max_body_bytes=MAX_BODY_BYTES,
                reply=self.reply,
            )
        )
        return flask.test_client()
