"""Whose token a call takes, and where a new one comes from: corp, suite, provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol

from errors import SuiteTicketMissing
from wecom import service
from wecom.token import AccessToken, gettoken

if TYPE_CHECKING:
    from wecom.client import Client

_TEMPLATE = "dk"  # how the ids of templates begin; those of third-party apps do not (doc 97162)


class Source(Protocol):
    """Something a token can be had for; owner and secret tell its token from all others.

    endpoint: the path that grants it.
    """

    endpoint: ClassVar[str]

    @property
    def owner(self) -> str:
        """The corpid or suite_id the token belongs to."""
        ...

    @property
    def secret(self) -> str:
        """What must never be told, and what a new token is asked for with."""
        ...

    def fetch(self, api: Client) -> AccessToken:
        """Ask the platform for a token."""
        ...


@dataclass(frozen=True)
class AppSecret:
    """An enterprise's own app (自建应用)."""

    endpoint: ClassVar[str] = "gettoken"
    owner: str
    secret: str = field(repr=False)

    def fetch(self, api: Client) -> AccessToken:
        """Ask with corpid and secret."""
        return gettoken(api, self.owner, self.secret)


@dataclass(frozen=True)
class SuiteSecret:
    """A third-party app (第三方应用). suite_ticket: returns the newest one that was pushed."""

    endpoint: ClassVar[str] = "service/get_suite_token"
    owner: str
    secret: str = field(repr=False)
    suite_ticket: Callable[[], str | None] = field(repr=False)

    def fetch(self, api: Client) -> AccessToken:
        """Ask with the newest ticket. Raises SuiteTicketMissing."""
        suite_ticket = self.suite_ticket()
        if not suite_ticket:
            raise SuiteTicketMissing
        granted = service.get_suite_token(api, self.owner, self.secret, suite_ticket)
        return AccessToken(access_token=granted.suite_access_token, expires_in=granted.expires_in)


@dataclass(frozen=True)
class ProviderSecret:
    """A provider itself (服务商)."""

    endpoint: ClassVar[str] = "service/get_provider_token"
    owner: str
    secret: str = field(repr=False)

    def fetch(self, api: Client) -> AccessToken:
        """Ask with the provider's corpid and secret."""
        granted = service.get_provider_token(api, self.owner, self.secret)
        return AccessToken(
            access_token=granted.provider_access_token, expires_in=granted.expires_in
        )


@dataclass(frozen=True)
class PermanentCode:
    """An enterprise that authorised a suite, by its permanent code (永久授权码)."""

    endpoint: ClassVar[str] = "service/get_corp_token"
    owner: str
    secret: str = field(repr=False)

    def fetch(self, api: Client) -> AccessToken:
        """Ask with the suite's token."""
        return service.get_corp_token(api, self.owner, self.secret)


@dataclass(frozen=True)
class ProviderDevelopedApp:
    """An app that a provider developed for one enterprise (代开发应用, doc 97164).

    Its secret is the permanent code, which the template's auth code was exchanged for.
    """

    endpoint: ClassVar[str] = "gettoken"
    owner: str
    secret: str = field(repr=False)

    def fetch(self, api: Client) -> AccessToken:
        """Ask with corpid and permanent code, as an enterprise's own app does."""
        return gettoken(api, self.owner, self.secret)


def is_template(suite_id: str) -> bool:
    """Whether a provider's apps for single enterprises are made of it (代开发应用模板)."""
    return suite_id.startswith(_TEMPLATE)
