"""The addresses the platform calls from and is called at (获取企业微信IP段)."""

from __future__ import annotations

from wecom.answer import several
from wecom.client import Client
from wecom.endpoint import Endpoint

GETCALLBACKIP = Endpoint("GET", "getcallbackip", several("ip_list", str), doc=92521)
GET_API_DOMAIN_IP = Endpoint("GET", "get_api_domain_ip", several("ip_list", str), doc=92520)


def getcallbackip(api: Client) -> tuple[str, ...]:
    """Read where callbacks come from (获取企业微信回调IP段); an entry may hold a `*`."""
    return api.call(GETCALLBACKIP)


def get_api_domain_ip(api: Client) -> tuple[str, ...]:
    """Read where the API is (获取企业微信接口IP段)."""
    return api.call(GET_API_DOMAIN_IP)
