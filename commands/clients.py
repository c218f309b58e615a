"""The API client of one app, for commands; it shares the tokens of the server."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import redis

from errors import ConfigurationError
from handlers import Context
from journal import Journal
from language import Text
from settings import AppSettings, Settings
from wecom import Client

_REDIS_TIMEOUT_SECONDS = 1.0
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


def client_of(settings: Settings, app: AppSettings) -> Client:
    """Return a client for one app; it shares access_tokens with the server through its Redis."""
    store = None
    if settings.server.redis_url:
        store = redis.Redis.from_url(
            settings.server.redis_url,
            socket_timeout=_REDIS_TIMEOUT_SECONDS,
            socket_connect_timeout=_REDIS_TIMEOUT_SECONDS,
        )
    return Client(
        app.corpid,
        app.secret,
        agentid=app.agentid,
        app=app.name,
        base_url=settings.server.api_base_url,
        redis=store,
        timeout_seconds=settings.server.api_timeout_seconds,
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
