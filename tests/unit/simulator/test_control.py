"""What an operator turns while the simulator runs: corps, apps, ranges, faults."""

from __future__ import annotations

from typing import Any

import pytest
from simulated import NOWHERE, Caller, errcodes, events

from errors import ActionImpossible
from simulator import DEFAULT_ENCODING_AES_KEY, DEFAULT_TOKEN, Simulator

LIST = "externalcontact/get_follow_user_list"
CALLBACK = {"url": NOWHERE, "token": DEFAULT_TOKEN, "encoding_aes_key": DEFAULT_ENCODING_AES_KEY}
SECOND: dict[str, Any] = {
    "corpid": "wwsecond",
    "members": [{"userid": "sun"}],
    "apps": [{"name": "sales", "agentid": 7, "secret": "s2", "callback": CALLBACK}],
}


def gettoken(sim: Simulator, corpid: str, secret: str) -> dict[str, Any]:
    query = {"corpid": corpid, "corpsecret": secret}
    answer: dict[str, Any] = sim.app.test_client().get("/cgi-bin/gettoken", query_string=query).json  # type: ignore[assignment]  # an object
    return answer


def test_a_corp_joins_while_the_others_go_on(sim: Simulator, contacts: Caller) -> None:
    sim.add_customer("zhangsan")

    assert sim.add_corp(SECOND) == "wwsecond"
    customer = sim.add_customer("sun", corpid="wwsecond")

    assert gettoken(sim, "wwsecond", "s2")["errcode"] == 0
    assert events(sim, "sales")[0]["ToUserName"] == "wwsecond"
    assert events(sim, "sales")[0]["ExternalUserID"] == customer
    assert errcodes(contacts.get("externalcontact/list", userid="zhangsan")) == [0]
    assert len(events(sim, "contacts")) == 1


def test_a_corp_that_joined_is_there_after_a_reset(sim: Simulator) -> None:
    sim.add_corp(SECOND)

    sim.reset()

    assert [each["corpid"] for each in sim.tenant_description()["corps"]][1:] == ["wwsecond"]
    assert gettoken(sim, "wwsecond", "s2")["errcode"] == 0


@pytest.mark.parametrize(
    ("corp", "told"),
    [
        ({"name": "no corpid"}, "corps.1.corpid"),
        ({"corpid": "ww1234567890abcdef"}, "two of 'ww1234567890abcdef'"),
        ({"corpid": "ww2", "apps": [{"name": "contacts"}]}, "two of 'contacts'"),
        ({"corpid": "ww2", "apps": [{"name": "x", "callback": {"url": "u"}}]}, "token"),
    ],
)
def test_a_corp_that_cannot_be_is_refused_and_nothing_changes(
    sim: Simulator, corp: dict[str, Any], told: str
) -> None:
    before = sim.tenant_description()

    with pytest.raises(ActionImpossible, match=told):
        sim.add_corp(corp)

    assert sim.tenant_description() == before


def test_an_app_is_added_to_a_corp_and_told_of_customers(sim: Simulator) -> None:
    sim.add_app({"name": "crm", "agentid": 9, "secret": "s3", "callback": CALLBACK})

    sim.add_customer("zhangsan")

    assert gettoken(sim, "ww1234567890abcdef", "s3")["errcode"] == 0
    assert len(events(sim, "crm")) == 1
    with pytest.raises(ActionImpossible, match="two of 'crm'"):
        sim.add_app({"name": "crm"})


def test_a_disabled_app_is_refused_until_it_is_enabled_again(
    sim: Simulator, contacts: Caller
) -> None:
    sim.change_app("contacts", enabled=False)
    refused, no_token = contacts.get(LIST), contacts.gettoken()
    sim.add_customer("zhangsan")

    sim.change_app("contacts", enabled=True)

    assert errcodes(refused, no_token, contacts.get(LIST)) == [50003, 40001, 0]
    assert events(sim, "contacts") == []


def test_a_reset_secret_ends_the_tokens_of_the_old_one(sim: Simulator, contacts: Caller) -> None:
    sim.change_app("contacts", secret="another")

    assert errcodes(contacts.get(LIST), contacts.gettoken()) == [40014, 40001]


def told_of_members(sim: Simulator) -> list[tuple[str, str]]:
    return [
        (each["Event"], each["FromUserName"])
        for each in events(sim, "contacts")
        if each["Event"] in {"subscribe", "unsubscribe"}
    ]


def test_who_comes_into_the_visible_range_or_goes_is_told(sim: Simulator) -> None:
    sim.change_app("contacts", visible_departments=[2])
    sim.change_app("contacts", visible_departments=[2], visible_userids=["wangwu"])

    assert told_of_members(sim) == [
        ("unsubscribe", "admin"),
        ("unsubscribe", "wangwu"),
        ("unsubscribe", "zhaoliu"),
        ("subscribe", "wangwu"),
    ]


def test_apps_are_told_of_members_who_join_move_and_leave(sim: Simulator) -> None:
    sim.change_app("contacts", visible_departments=[2])
    sim.forget_records()

    sim.add_member({"userid": "qian", "department": [3]})
    sim.change_member("qian", {"department": [2]})
    sim.member_leaves("qian")
    sim.add_member({"userid": "zhou", "department": [2], "status": 4})
    sim.join("zhou")

    assert told_of_members(sim) == [
        ("subscribe", "qian"),
        ("unsubscribe", "qian"),
        ("subscribe", "zhou"),
    ]


@pytest.mark.parametrize("path", ["externalcontact/mark_tags", "/cgi-bin/gettoken", "nothing/*"])
def test_a_fault_that_could_never_strike_is_refused(sim: Simulator, path: str) -> None:
    with pytest.raises(ActionImpossible, match="no API"):
        sim.add_fault({"path": path, "errcode": -1})


def test_a_fault_of_callbacks_has_no_errcode(sim: Simulator) -> None:
    with pytest.raises(ActionImpossible, match="callbacks know"):
        sim.add_fault({"path": "callback/*", "errcode": -1})


def test_a_member_wrongly_described_is_refused_by_name(sim: Simulator) -> None:
    with pytest.raises(ActionImpossible, match="status: Input should be"):
        sim.add_member({"userid": "qian", "status": 3})


def test_what_there_is_can_be_asked(sim: Simulator, contacts: Caller) -> None:
    customer = sim.add_customer("zhangsan", name="王女士")
    sim.add_customer("lisi")
    chat_id = sim.create_group_chat("zhangsan", members=[customer])
    way = contacts.post("externalcontact/add_contact_way", type=1, scene=2, user=["lisi"])
    join = contacts.post("externalcontact/groupchat/add_join_way", scene=2, chat_id_list=[chat_id])

    assert sim.customers(userid="zhangsan") == [
        {"external_userid": customer, "name": "王女士", "userids": ["zhangsan"]}
    ]
    assert len(sim.customers()) == 2
    assert [each["chat_id"] for each in sim.group_chats()] == [chat_id]
    assert [each["userid"] for each in sim.members()][:2] == ["zhangsan", "lisi"]
    assert sim.codes() == {
        "contact_ways": [{"config_id": way["config_id"], "state": "", "user": ["lisi"]}],
        "join_ways": [{"config_id": join["config_id"], "chat_id_list": [chat_id]}],
    }
    assert sim.batch_jobs() == []
