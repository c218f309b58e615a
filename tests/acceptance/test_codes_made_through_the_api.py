"""From a code made through the API to the welcome its state chooses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from server import Server, run_of, wait_for

from simulator import DEFAULT_CORPID, DEFAULT_SECRET
from wecom import Client, contact_way, customer_acquisition, join_way


@pytest.fixture
def api(server: Server) -> Iterator[Client]:
    with Client(DEFAULT_CORPID, DEFAULT_SECRET, base_url=server.simulator.url) as client:
        yield client


def test_who_scans_a_code_of_the_campaign_gets_its_welcome_and_tags(
    server: Server, api: Client
) -> None:
    way = contact_way.add_contact_way(
        api, type=2, scene=2, user=["wangwu", "zhaoliu"], state="spring-qr"
    )

    customer = server.simulator.scan_contact_way(config_id=way.config_id)

    delivery = server.settled(customer)
    (welcome,) = server.simulator.welcomes(external_userid=customer)
    assert welcome["userid"] in {"wangwu", "zhaoliu"}
    assert welcome["text"] == "春天好，spring-qr"
    assert run_of(delivery, "tag_new_customer").result == "tagged"
    (relation,) = server.simulator.customer(customer)["relations"]
    assert "活动/春季" in relation["tags"]


def test_who_must_be_accepted_is_greeted_when_accepted(server: Server, api: Client) -> None:
    way = contact_way.add_contact_way(
        api, type=1, scene=2, user=["wangwu"], state="spring-door", skip_verify=False
    )
    customer = server.simulator.scan_contact_way(config_id=way.config_id)
    assert server.simulator.pushes(subject=customer) == []

    server.simulator.accept_request("wangwu", customer)

    server.settled(customer)
    (welcome,) = server.simulator.welcomes(external_userid=customer)
    assert welcome["text"] == "春天好，spring-door"


def test_the_channel_of_an_acquisition_link_chooses_the_welcome(
    server: Server, api: Client
) -> None:
    link = customer_acquisition.create_link(api, "广告", user_list=["zhaoliu"])

    customer = server.simulator.open_acquisition_link(link.link_id, customer_channel="spring-ad")

    assert server.welcome(customer).result == "sent"
    (welcome,) = server.simulator.welcomes(external_userid=customer)
    assert welcome["text"] == "春天好，spring-ad"


def test_who_joins_a_group_by_its_code_is_in_the_journal(server: Server, api: Client) -> None:
    chat_id = server.simulator.create_group_chat("zhangsan", name="一群")
    server.settled(chat_id)
    config_id = join_way.add_join_way(api, scene=2, chat_id_list=[chat_id], state="poster")

    joined = server.simulator.scan_join_way(config_id)

    wait_for(
        lambda: (
            (joined["external_userid"], "joined", 3)
            in server.journal.chat_changes(DEFAULT_CORPID, chat_id)
        ),
        "the journal knows who joined, and that it was by a code",
    )
