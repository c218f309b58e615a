"""Apps and their settings (应用管理)."""

from __future__ import annotations

from dataclasses import dataclass, field

from errors import ArgumentRejected
from wecom.answer import nothing, record, several
from wecom.arguments import any_given, at_most_chars, bytes_between, not_empty, within
from wecom.client import Client
from wecom.endpoint import Endpoint


@dataclass(frozen=True, kw_only=True)
class AllowedUser:
    """A member who sees the app."""

    userid: str


@dataclass(frozen=True, kw_only=True)
class AllowedUsers:
    """The members who see the app."""

    user: tuple[AllowedUser, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AllowedParties:
    """The departments that see the app."""

    partyid: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AllowedTags:
    """The contact tags whose members see the app."""

    tagid: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Agent:
    """An app; close: 1 when it is stopped. customized_publish_status: of one developed for us."""

    agentid: int
    name: str = ""
    square_logo_url: str = ""
    description: str = ""
    allow_userinfos: AllowedUsers = field(default_factory=AllowedUsers)
    allow_partys: AllowedParties = field(default_factory=AllowedParties)
    allow_tags: AllowedTags = field(default_factory=AllowedTags)
    close: int = 0
    redirect_domain: str = ""
    report_location_flag: int = 0
    isreportenter: int = 0
    home_url: str = ""
    customized_publish_status: int = 0


@dataclass(frozen=True, kw_only=True)
class ListedAgent:
    """An app of the list."""

    agentid: int
    name: str = ""
    square_logo_url: str = ""


GET = Endpoint("GET", "agent/get", record(Agent), doc=90227)
LIST = Endpoint("GET", "agent/list", several("agentlist", ListedAgent), doc=90227)
SET = Endpoint("POST", "agent/set", nothing, doc=90228, one_at_a_time=("agentid",))


def get(api: Client, agentid: int | None = None) -> Agent:
    """Read an app (获取指定的应用详情): the client's own when not told which."""
    return api.call(GET, query={"agentid": own_agentid(api, agentid)})


def list_(api: Client) -> tuple[ListedAgent, ...]:
    """Read which apps the token may act for (获取access_token对应的应用列表)."""
    return api.call(LIST)


def set_(
    api: Client,
    *,
    agentid: int | None = None,
    name: str | None = None,
    description: str | None = None,
    logo_mediaid: str | None = None,
    redirect_domain: str | None = None,
    report_location_flag: int | None = None,
    isreportenter: int | None = None,
    home_url: str | None = None,
) -> None:
    """Change an app's settings (设置应用); None leaves one as it is.

    report_location_flag: 1 members' places are reported on entering. isreportenter: 1 the entering
    itself is. redirect_domain: whose pages may sign members in.
    """
    if name is not None:
        not_empty(name=name)
    at_most_chars(32, name=name)
    bytes_between(4, 120, description=description)
    within(0, 1, report_location_flag=report_location_flag, isreportenter=isreportenter)
    settings = {
        "name": name,
        "description": description,
        "logo_mediaid": logo_mediaid,
        "redirect_domain": redirect_domain,
        "report_location_flag": report_location_flag,
        "isreportenter": isreportenter,
        "home_url": home_url,
    }
    any_given(**settings)
    api.call(SET, json={"agentid": own_agentid(api, agentid), **settings})


def own_agentid(api: Client, agentid: int | None) -> int:
    """Return the agentid, or the client's own."""
    wanted = api.agentid if agentid is None else agentid
    if wanted is None:
        raise ArgumentRejected("agentid", "must be given, here or to the client")
    return wanted
