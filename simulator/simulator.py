"""The simulator: its state, its actions, its threads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

from simulator.actions.acquisition import AcquisitionActions
from simulator.actions.apps import AppActions
from simulator.actions.campaigns import CampaignActions
from simulator.actions.contacts import ContactActions
from simulator.actions.control import ControlActions, describe
from simulator.actions.customer_service import CustomerServiceActions
from simulator.actions.handovers import HandoverActions
from simulator.actions.members import MemberActions
from simulator.actions.observation import ObservationActions
from simulator.actions.suites import SuiteActions
from simulator.actions.tags import TagActions
from simulator.agenda import Agenda
from simulator.api import ENDPOINTS
from simulator.api.pipeline import Pipeline
from simulator.clock import Clock
from simulator.description import default_tenant
from simulator.pusher import Pusher
from simulator.records import App, Callback
from simulator.serving import serving
from simulator.tenant import Tenant
from simulator.web import create_app

_SUBJECTS = ("ExternalUserID", "ChatId", "LinkId", "Id")


class Simulator(
    AcquisitionActions,
    CampaignActions,
    HandoverActions,
    CustomerServiceActions,
    TagActions,
    SuiteActions,
    MemberActions,
    ContactActions,
    AppActions,
    ControlActions,
    ObservationActions,
):
    """A WeCom that runs locally. Every action is also on the control door, under its own name.

    app: its WSGI application. url: where it is served, empty when it is not.
    """

    def __init__(self, tenant: dict[str, Any] | None = None) -> None:
        clock = Clock()
        state = Tenant(describe(default_tenant() if tenant is None else tenant), clock)
        super().__init__(state, Pusher(state), Agenda(clock))
        pipeline = Pipeline(state, ENDPOINTS, do_later=self._agenda.at, push=self._push_for_api)
        self.app = create_app(pipeline, self)
        self._push_tickets()
        self.url = ""

    @classmethod
    @contextmanager
    def running(cls, *, port: int = 0, tenant: dict[str, Any] | None = None) -> Iterator[Self]:
        """Serve a simulator on loopback from a thread of this process. port 0: a free one."""
        simulator = cls(tenant)
        try:
            with serving(simulator.app, port) as url:
                simulator.url = url
                yield simulator
        finally:
            simulator.close()

    def close(self) -> None:
        """End its threads and connections."""
        self._closing.set()
        self.tenant.count()
        self._agenda.close()
        self._pusher.close()

    def _push_for_api(
        self, callback: Callback, app: App, event: str, fields: Mapping[str, Any]
    ) -> None:
        self._push_event(
            callback,
            app,
            event,
            fields,
            at=self.tenant.clock.now(),
            userid=fields.get("UserID", ""),
            subject=next((fields[name] for name in _SUBJECTS if name in fields), ""),
        )
