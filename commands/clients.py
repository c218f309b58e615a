"""The API client of one app; all processes share its tokens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import redis

from errors import ConfigurationError
from language import Text
from settings import AppSettings, Settings
from wecom import Call, Client, ProviderSecret, SuiteSecret

if TYPE_CHECKING:
    from handlers import Context
    from journal import Journal

_REDIS_TIMEOUT_SECONDS = 1.0
_LIMITED_ENDPOINTS = ("externalcontact/mark_tag", "externalcontact/remark")
_NONE = Text(en="none", zh="无")
_NOWHERE = "redis://127.0.0.1:1/0"  # refuses at once


def app_named(settings: Settings, name: str | None, *, purpose: str = "--app") -> AppSettings:
    """Return the app of that name, or the only one with a secret. Raises ConfigurationError."""
    able = [app for app in settings.apps if app.secret and app.kind == "self_built"]
    if name is not None:
        for app in settings.apps:
            if app.name == name:
                if not app.secret:
                    missing = Text(en="missing; the API needs it", zh="缺失，调用接口需要它")
                    raise settings.wrong(f'apps "{name}": secret: ' + missing)
                return app
        unknown = Text(
            en=f'there is no app "{name}"; there are ', zh=f'没有应用 "{name}"，现有的应用: '
        ) + (", ".join(each.name for each in settings.apps) or _NONE)
        raise settings.wrong(unknown)
    if len(able) == 1:
        return able[0]
    which = Text(
        en=f"which app? {purpose} takes one of those with a secret: ",
        zh=f"请用 {purpose} 指定应用，有 secret 的应用: ",
    ) + (", ".join(each.name for each in able) or _NONE)
    raise ConfigurationError(which)


def shared_store(settings: Settings) -> redis.Redis | None:
    """Return what processes share tokens and limits through; None where `serve` brings its own."""
    if not settings.server.redis_url:
        return None
    return redis.Redis.from_url(
        settings.server.redis_url,
        socket_timeout=_REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=_REDIS_TIMEOUT_SECONDS,
    )


def make_client(
    settings: Settings,
    app: AppSettings,
    store: redis.Redis | None = None,
    *,
    observe: Callable[[Call], None] | None = None,
    suite_ticket: Callable[[], str | None] = lambda: None,
) -> Client:
    """Return the client of an app. store: what the processes share tokens and limits through.

    suite_ticket: returns the newest ticket of a third-party app.
    """
    return Client(
        app.corpid,
        app.secret,
        agentid=app.agentid,
        app=app.name,
        suite=(
            SuiteSecret(app.suite_id, app.suite_secret, suite_ticket)
            if app.kind == "suite"
            else None
        ),
        provider=ProviderSecret(app.corpid, app.provider_secret) if app.provider_secret else None,
        base_url=settings.server.api_base_url,
        redis=store,
        concurrency=dict.fromkeys(_LIMITED_ENDPOINTS, settings.server.calls_in_flight),
        timeout_seconds=settings.server.api_timeout_seconds,
        observe=observe,
    )


def duty_contexts(settings: Settings, journal: Journal, purpose: str) -> Iterator[Context]:
    """Yield what a duty gets for each app and corp, as in a worker.

    Where `serve` brings its own Redis it cannot be reached from here, so nothing is shared then.
    """
    from app import ContextMaker, build_router, configure_logging
    from observation import Observers

    configure_logging("WARNING")  # on a terminal the outcome is what is shown
    if not settings.server.redis_url:
        logging.getLogger("wecom.shared").setLevel(logging.ERROR)  # of course it is not there
        nowhere = settings.server.model_copy(update={"redis_url": _NOWHERE})
        settings = settings.model_copy(update={"server": nowhere})
    maker = ContextMaker(
        settings,
        journal,
        build_router(settings),
        lambda _runs: None,
        Observers(settings, service="wecom-callback-command"),
    )
    for app, corpid in maker.duty_targets():
        yield maker.for_duty(app, corpid, purpose)
