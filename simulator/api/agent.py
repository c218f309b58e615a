"""Apps (应用管理)."""

from __future__ import annotations

from errors import CallRefused
from simulator.agents import Agent, Agents
from simulator.api.endpoint import Call, Chapter
from simulator.api.fields import number_of, size_of
from simulator.api.media import check_media

chapter = Chapter()

_MOST_AGENTID = 2**31 - 1
_NAME_CHARACTERS = 32
_DESCRIPTION_BYTES = range(4, 121)
_LOGO = "https://wework.qpic.cn/wwpic/{}/0"


@chapter.endpoint("GET", "agent/get", doc=90227)
def get(call: Call) -> dict[str, object]:
    """Return what an app may know about itself (获取指定的应用详情)."""
    settings = own_agent(call, call.params.get("agentid"))
    app = call.app
    return {
        "agentid": app.agentid,
        "name": settings.name,
        "square_logo_url": settings.square_logo_url,
        "description": settings.description,
        "allow_userinfos": {"user": [{"userid": each} for each in sorted(app.visible_userids)]},
        "allow_partys": {"partyid": sorted(app.visible_departments)},
        "allow_tags": {"tagid": sorted(app.visible_tags)},
        "close": 0 if app.enabled else 1,
        "redirect_domain": settings.redirect_domain,
        "report_location_flag": settings.report_location_flag,
        "isreportenter": settings.isreportenter,
        "home_url": settings.home_url,
        "customized_publish_status": 0,
    }


@chapter.endpoint("GET", "agent/list", doc=90227, empty={"agentlist": []})
def list_(call: Call) -> dict[str, object]:
    """Return the apps the caller may operate: itself (获取access_token对应的应用列表)."""
    if not call.app.agentid:
        return {"agentlist": []}
    settings = call.corp.of(Agents).settings(call.app.name)
    return {
        "agentlist": [
            {
                "agentid": call.app.agentid,
                "name": settings.name,
                "square_logo_url": settings.square_logo_url,
            }
        ]
    }


@chapter.endpoint("POST", "agent/set", doc=90228)
def set_(call: Call) -> dict[str, object]:
    """Change the settings that are given (设置应用)."""
    settings = own_agent(call, call.params.get("agentid"))
    changes: dict[str, str | int | None] = {
        "name": call.optional_text("name", most=_NAME_CHARACTERS, too_long=45022),
        "description": _description(call),
        "redirect_domain": call.optional_text("redirect_domain"),
        "home_url": _home_url(call),
        "report_location_flag": _flag(call, "report_location_flag"),
        "isreportenter": _flag(call, "isreportenter"),
    }
    logo = call.optional_text("logo_mediaid")
    if logo:
        check_media(call, logo, "image")
        changes["square_logo_url"] = _LOGO.format(logo[:16])
    for name, value in changes.items():
        if value is not None:
            setattr(settings, name, value)
    return {}


def own_agent(call: Call, agentid: object) -> Agent:
    """Return the settings of the calling app, if it is its agentid. Raises CallRefused."""
    if isinstance(agentid, str):
        agentid = number_of(agentid)
    if not isinstance(agentid, int) or not 0 <= agentid <= _MOST_AGENTID:
        raise CallRefused(40056)
    if agentid != call.app.agentid:
        raise CallRefused(301002)
    return call.corp.of(Agents).settings(call.app.name)


def _description(call: Call) -> str | None:
    text = call.optional_text("description")
    if text is not None and size_of(text) not in _DESCRIPTION_BYTES:
        raise CallRefused(45004)
    return text


def _home_url(call: Call) -> str | None:
    url = call.optional_text("home_url")
    if url and not url.startswith(("http://", "https://")):
        raise CallRefused(45034)
    return url


def _flag(call: Call, name: str) -> int | None:
    value = call.params.get(name)
    if value is None:
        return None
    if value not in (0, 1) or isinstance(value, bool):
        raise CallRefused(40059)
    return int(value)
