"""A client that knows nothing of us: wechatpy against the simulator."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from io import BytesIO

import pytest
from simulated import NOWHERE, PNG, tenant, welcome_code

from simulator import DEFAULT_CORPID, DEFAULT_SECRET, Simulator

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from wechatpy.exceptions import WeChatClientException
    from wechatpy.work import WeChatClient


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator.running(tenant=tenant(NOWHERE)) as simulator:
        yield simulator


@pytest.fixture
def client(sim: Simulator) -> Iterator[WeChatClient]:
    class Client(WeChatClient):  # type: ignore[misc]  # the library has no types
        API_BASE_URL = f"{sim.url}/cgi-bin/"

        def fetch_access_token(self) -> None:
            self._fetch_access_token(
                url=f"{self.API_BASE_URL}gettoken",
                params={"corpid": self.corp_id, "corpsecret": self.secret},
            )

    client = Client(DEFAULT_CORPID, DEFAULT_SECRET)
    yield client
    client._http.close()


def test_greets_marks_and_reads_a_customer(sim: Simulator, client: WeChatClient) -> None:
    customer = sim.add_customer("zhangsan", name="小明")
    tag = sim.tags()["来源"]["线上"]

    client.external_contact.send_welcome_msg(
        {"welcome_code": welcome_code(sim), "text": {"content": "你好,小明"}}
    )
    client.external_contact.mark_tag("zhangsan", customer, add_tag=[tag])
    read = client.external_contact.get(customer)

    assert sim.welcomes()[0]["text"] == "你好,小明"
    assert read["external_contact"]["name"] == "小明"
    assert read["follow_user"][0]["tags"][0]["tag_id"] == tag


def test_recovers_from_a_revoked_token(sim: Simulator, client: WeChatClient) -> None:
    sim.add_customer("zhangsan")
    client.external_contact.list("zhangsan")
    sim.revoke_tokens()

    assert client.external_contact.list("zhangsan")["errcode"] == 0
    codes = [call["errcode"] for call in sim.calls(path="externalcontact/list")]
    assert codes == [0, 40014, 0]


def test_sees_the_codes_of_refusals(client: WeChatClient) -> None:
    with pytest.raises(WeChatClientException) as caught:
        client.external_contact.list("zhangsan")

    assert caught.value.errcode == 84061


def test_manages_tags_files_members_and_messages(sim: Simulator, client: WeChatClient) -> None:
    group = client.external_contact.add_corp_tag(None, "活动", 1, [{"name": "春季"}])["tag_group"]
    media = client.media.upload("image", ("a.png", BytesIO(PNG), "image/png"))
    member = client.user.get("zhangsan")
    client.message.send_text(1000002, "zhangsan", content="你好")

    assert group["tag"][0]["name"] == "春季"
    assert sim.tenant.corp().media[media["media_id"]].content == PNG
    assert member["name"] == "张三"
    assert sim.messages()[0]["content"]["content"] == "你好"
