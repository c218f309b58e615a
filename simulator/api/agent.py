"""Apps (应用管理)."""

from __future__ import annotations

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter

chapter = Chapter()

_MOST_AGENTID = 2**31 - 1


@chapter.endpoint("GET", "agent/get", doc=90227)
def get(call: Call) -> dict[str, object]:
    """Return what an app may know about itself (获取指定的应用详情)."""
    agentid = call.integer("agentid", low=0, high=_MOST_AGENTID)
    app = call.app
    if agentid != app.agentid:
        raise CallRefused(301002)
    return {
        "agentid": app.agentid,
        "name": app.name,
        "square_logo_url": "",
        "description": "",
        "allow_userinfos": {"user": [{"userid": each} for each in sorted(app.visible_userids)]},
        "allow_partys": {"partyid": sorted(app.visible_departments)},
        "allow_tags": {"tagid": []},
        "close": 0 if app.enabled else 1,
        "redirect_domain": "",
        "report_location_flag": 0,
        "isreportenter": 0,
        "home_url": "",
        "customized_publish_status": 0,
    }
