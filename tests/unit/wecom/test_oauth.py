"""The address a visitor is sent to, and the two spellings of who came back."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from wecom_api import CORPID, WeCom

from errors import ArgumentRejected
from wecom import oauth


def test_the_address_is_the_documented_one_and_nothing_is_called() -> None:
    server = WeCom()

    url = oauth.authorize_url(
        server.client(agentid=1_000_002), "https://example.com/a?b=c&d=中", state="STATE1"
    )

    # The order of the parameters is that of the document; the fragment is part of it (doc 91022).
    assert url == (
        "https://open.weixin.qq.com/connect/oauth2/authorize"
        f"?appid={CORPID}&redirect_uri=https%3A%2F%2Fexample.com%2Fa%3Fb%3Dc%26d%3D%E4%B8%AD"
        "&response_type=code&scope=snsapi_base&state=STATE1&agentid=1000002#wechat_redirect"
    )
    assert server.asked == []


def test_the_agentid_that_is_given_wins() -> None:
    url = oauth.authorize_url(
        WeCom().client(agentid=1),
        "https://example.com",
        scope="snsapi_privateinfo",
        agentid=2,
    )

    assert dict(parse_qsl(urlsplit(url).query))["agentid"] == "2"


def test_what_is_not_given_is_left_out() -> None:
    url = oauth.authorize_url(WeCom().client(), "https://example.com")

    assert {"state", "agentid"}.isdisjoint(dict(parse_qsl(urlsplit(url).query)))


def test_at_a_desk_the_address_is_that_of_the_page_with_the_qr_code() -> None:
    url = oauth.web_login_url(
        WeCom().client(agentid=1_000_002), "https://example.com/a?b=c", state="STATE1"
    )

    assert url == (
        f"https://login.work.weixin.qq.com/wwlogin/sso/login?login_type=CorpApp&appid={CORPID}"
        "&agentid=1000002&redirect_uri=https%3A%2F%2Fexample.com%2Fa%3Fb%3Dc&state=STATE1"
    )


@pytest.mark.parametrize(
    ("argument", "values"),
    [
        ("agentid", {}),
        ("state", {"agentid": 1, "state": "a-b"}),
        ("state", {"agentid": 1, "state": "a" * 129}),
        ("redirect_uri", {"agentid": 1, "redirect_uri": "example.com"}),
    ],
)
def test_a_page_with_a_qr_code_needs_its_arguments(argument: str, values: dict[str, Any]) -> None:
    with pytest.raises(ArgumentRejected) as refusal:
        oauth.web_login_url(WeCom().client(), **{"redirect_uri": "https://example.com", **values})

    assert refusal.value.argument == argument


@pytest.mark.parametrize(
    ("answer", "visitor"),
    [
        ({"UserId": "u", "DeviceId": "d"}, oauth.Visitor(userid="u")),
        ({"OpenId": "o"}, oauth.Visitor(openid="o")),
        (
            {"openid": "o", "external_userid": "wm"},
            oauth.Visitor(openid="o", external_userid="wm"),
        ),
    ],
)
def test_a_visitor_is_read_in_both_spellings(
    answer: dict[str, object], visitor: oauth.Visitor
) -> None:
    server = WeCom()
    server.on("auth/getuserinfo", answer)

    assert oauth.getuserinfo(server.client(), "CODE") == visitor


def test_a_ticket_and_what_is_sensitive_is_not_printed() -> None:
    visitor = oauth.Visitor(userid="u", user_ticket="T1CKET")
    detail = oauth.VisitorDetail(userid="u", mobile="13800000000", address="广州市")

    assert "T1CKET" not in repr(visitor)
    assert "13800000000" not in repr(detail)
    assert "广州" not in repr(detail)
