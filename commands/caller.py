"""Who `call` calls for: an app of wecom.toml, a corp that authorised it, or a corpid alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial

from commands.clients import app_named, make_client, shared_store
from errors import ConfigurationError
from language import Text
from settings import AppSettings, Settings, read_settings
from wecom import Client

_API_BASE_URL = "https://qyapi.weixin.qq.com"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A client, and what the calls that grant tokens are made with, by path."""

    api: Client
    credentials: Mapping[str, Mapping[str, str]] = field(repr=False)


@contextmanager
def caller(
    config: str | None,
    app: str | None,
    corpid: str | None,
    *,
    ask_secret: Callable[[], str],
) -> Iterator[Caller]:
    """Give who calls. app without corpid: the app; both: the corp that authorised that suite.

    ask_secret: returns the secret of a corpid alone. Raises ConfigurationError.
    """
    if corpid is not None and app is None:
        with _client_of_corp(corpid, ask_secret()) as found:
            yield found
        return
    settings = read_settings(config)
    chosen = _chosen(settings, app)
    if chosen.kind == "suite":
        with _client_of_suite(settings, chosen, corpid) as found:
            yield found
        return
    if corpid not in {None, chosen.corpid}:
        told = Text(
            en=f"--corpid: {chosen.name} is no third-party app, it has its own",
            zh=f"--corpid: {chosen.name} 不是第三方应用，使用自己的 corpid",
        )
        raise ConfigurationError(told)
    with make_client(settings, chosen, shared_store(settings)) as api:
        yield Caller(api=api, credentials=_credentials(chosen))


@contextmanager
def _client_of_corp(corpid: str, secret: str) -> Iterator[Caller]:
    base_url = os.environ.get("WECOM_API_BASE_URL") or _API_BASE_URL
    with Client(corpid, secret, base_url=base_url) as api:
        granting = {"gettoken": {"corpid": corpid, "corpsecret": secret}}
        yield Caller(api=api, credentials=granting)


@contextmanager
def _client_of_suite(settings: Settings, app: AppSettings, corpid: str | None) -> Iterator[Caller]:
    """Give the suite itself, or one of its corps; tickets and codes are in the journal."""
    from opening import open_journal
    from worker.suites import Seats

    with closing(open_journal(settings)) as journal:
        ticket = partial(journal.suite_ticket, app.suite_id)
        with make_client(settings, app, shared_store(settings), suite_ticket=ticket) as api:
            seat = Seats(app, api, journal).of(corpid or "")
            granting = {
                **_credentials(app),
                "service/get_suite_token": {
                    "suite_id": app.suite_id,
                    "suite_secret": app.suite_secret,
                    "suite_ticket": ticket() or "",
                },
            }
            yield Caller(api=seat.api if corpid else api, credentials=granting)


def _chosen(settings: Settings, name: str | None) -> AppSettings:
    suites = (app for app in settings.apps if app.name == name and app.kind == "suite")
    return next(suites, None) or app_named(settings, name)


def _credentials(app: AppSettings) -> Mapping[str, Mapping[str, str]]:
    return {
        "gettoken": {"corpid": app.corpid, "corpsecret": app.secret},
        "service/get_provider_token": {
            "corpid": app.corpid,
            "provider_secret": app.provider_secret,
        },
    }
