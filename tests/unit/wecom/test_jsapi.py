"""Signatures of the JS-SDK, and the tickets they are made with."""

from __future__ import annotations

import hashlib

import pytest
from wecom_api import CORPID, Asked, WeCom

from errors import APIError
from wecom import jsapi

PAGE = "https://example.com/page?a=1"


def platform() -> WeCom:
    """A platform whose tickets are numbered."""
    server = WeCom()

    def ticket(asked: Asked) -> dict[str, object]:
        return {"ticket": f"{asked.path}-{len(server.to(asked.path))}", "expires_in": 7200}

    server.on("get_jsapi_ticket", ticket)
    server.on("ticket/get", ticket)
    return server


def expected(ticket: str, signed: jsapi.Signed) -> str:
    text = (
        f"jsapi_ticket={ticket}&noncestr={signed.nonceStr}&timestamp={signed.timestamp}&url={PAGE}"
    )
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def test_signs_the_vector_of_the_document() -> None:
    # The example of the vendor's page on the algorithm (doc 90506).
    signature = jsapi.jsapi_signature(
        noncestr="Wm3WZYTPz0wzccnW",
        jsapi_ticket=(
            "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
        ),
        timestamp=1414587457,
        url="http://mp.weixin.qq.com?params=value",
    )

    assert signature == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_what_follows_the_hash_does_not_count() -> None:
    signed = {
        jsapi.jsapi_signature(jsapi_ticket="t", noncestr="n", timestamp=1, url=url)
        for url in (PAGE, f"{PAGE}#", f"{PAGE}#/route?x=1")
    }

    assert len(signed) == 1


def test_a_page_is_signed_for_the_corp() -> None:
    signed = jsapi.config(platform().client(agentid=1_000_002), f"{PAGE}#top")

    assert signed.signature == expected("get_jsapi_ticket-1", signed)
    assert (signed.corpid, signed.agentid) == (CORPID, None)


def test_a_page_is_signed_for_the_app_with_a_ticket_of_its_own() -> None:
    api = platform().client(agentid=1_000_002)

    signed = jsapi.agent_config(api, PAGE)

    assert signed.signature == expected("ticket/get-1", signed)
    assert (signed.corpid, signed.agentid) == (CORPID, 1_000_002)
    assert jsapi.agent_config(api, PAGE, agentid=7).agentid == 7


def test_a_ticket_is_asked_for_once_by_all_copies_of_a_client() -> None:
    server = platform()
    api = server.client(agentid=1)

    signed = [jsapi.config(client, PAGE) for client in (api, api.bound(), api)]

    assert [each.signature for each in signed] == [
        expected("get_jsapi_ticket-1", each) for each in signed
    ]
    assert len({each.nonceStr for each in signed}) == 3
    assert len(server.to("get_jsapi_ticket")) == 1


def test_a_revoked_access_token_is_renewed_for_a_ticket() -> None:
    server = platform()
    api = server.client()
    api.call(jsapi.GET_JSAPI_TICKET)
    server.revoke()

    signed = jsapi.config(api, PAGE)

    refused_before = 1
    assert signed.signature == expected(f"get_jsapi_ticket-{2 + refused_before}", signed)


def test_a_refusal_is_not_remembered_as_one_of_the_secret() -> None:
    server = WeCom()
    server.on("get_jsapi_ticket", {"errcode": 48002, "errmsg": "api forbidden"})
    api = server.client()

    for _ in range(2):
        with pytest.raises(APIError) as refused:
            jsapi.config(api, PAGE)
        assert refused.value.errcode == 48002

    assert len(server.to("get_jsapi_ticket")) == 2
    assert api.credential_rejection() is None


def test_no_ticket_is_printed() -> None:
    assert "S3CRET" not in repr(jsapi.Ticket(ticket="S3CRET"))
