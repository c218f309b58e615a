"""Addresses of the platform (企业微信IP段)."""

from __future__ import annotations

from simulator.api.endpoint import Call, Chapter

chapter = Chapter()

_LOOPBACK = ["127.0.0.1", "::1"]


@chapter.endpoint("GET", "getcallbackip", doc=92521, empty={"ip_list": []})
def getcallbackip(_call: Call) -> dict[str, object]:
    """Return where callbacks come from (获取企业微信回调IP段): here, this machine."""
    return {"ip_list": _LOOPBACK}


@chapter.endpoint("GET", "get_api_domain_ip", doc=92520, empty={"ip_list": []})
def get_api_domain_ip(_call: Call) -> dict[str, object]:
    """Return where the API is (获取企业微信接口IP段): here, this machine."""
    return {"ip_list": _LOOPBACK}
