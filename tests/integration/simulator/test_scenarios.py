"""The stories a client of WeCom must survive, told against the simulator."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from simulated import MARKETING_SECRET, Caller, errcodes, receiving, tenant, welcome_code

from simulator import Simulator

WELCOME = "externalcontact/send_welcome_msg"
MARK = "externalcontact/mark_tag"


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with receiving() as receiver:
        described = tenant(receiver.url, marketing_url=receiver.url)
        with Simulator.running(tenant=described) as simulator:
            yield simulator


def test_workers_recover_from_early_revocation_with_one_refresh(sim: Simulator) -> None:
    workers = [Caller(sim) for _ in range(4)]
    sim.revoke_tokens()
    sim.forget_records()
    rejected = [worker.get("getcallbackip") for worker in workers]

    renewed = workers[0].gettoken()["access_token"]
    for worker in workers:
        worker.access_token = renewed
    recovered = [worker.get("getcallbackip") for worker in workers]

    assert errcodes(*rejected) == [40014] * 4
    assert errcodes(*recovered) == [0] * 4
    assert len(sim.calls(path="gettoken")) == 1


def test_two_refreshers_at_once_get_the_same_token(sim: Simulator) -> None:
    callers = [Caller(sim) for _ in range(8)]
    sim.revoke_tokens()
    tokens: list[str] = []
    threads = [
        threading.Thread(target=lambda each=each: tokens.append(each.gettoken()["access_token"]))
        for each in callers
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(tokens) == 8
    assert len(set(tokens)) == 1


def test_of_two_apps_the_first_delivers(sim: Simulator) -> None:
    sim.set_limits({"distributing_seconds": 0.2})
    contacts, marketing = Caller(sim), Caller(sim, MARKETING_SECRET)
    sim.add_customer("zhangsan")
    mine, theirs = welcome_code(sim, "contacts"), welcome_code(sim, "marketing")

    first = contacts.post(WELCOME, welcome_code=mine, text={"content": "mine"})
    during = marketing.post(WELCOME, welcome_code=theirs, text={"content": "theirs"})
    delivered = sim.wait(welcomes=1, timeout=5)
    after = marketing.post(WELCOME, welcome_code=theirs, text={"content": "theirs"})

    assert errcodes(first, during, after) == [0, 41096, 41051]
    assert delivered["reached"]
    assert [welcome["text"] for welcome in sim.welcomes()] == ["mine"]


def test_of_two_apps_the_second_delivers_when_the_first_fails(sim: Simulator) -> None:
    sim.add_fault({"path": WELCOME, "errcode": -1, "calls": 1})
    contacts, marketing = Caller(sim), Caller(sim, MARKETING_SECRET)
    sim.add_customer("zhangsan")

    answers = [
        caller.post(WELCOME, welcome_code=welcome_code(sim, app), text={"content": app})
        for caller, app in ((contacts, "contacts"), (marketing, "marketing"))
    ]

    assert errcodes(*answers) == [-1, 0]
    assert [welcome["app"] for welcome in sim.welcomes()] == ["marketing"]


def test_a_queue_longer_than_twenty_seconds_is_too_late(sim: Simulator) -> None:
    caller = Caller(sim)
    sim.add_customer("zhangsan")
    sim.advance(21)

    answer = caller.post(WELCOME, welcome_code=welcome_code(sim), text={"content": "hi"})

    assert answer["errcode"] == 41050


def test_one_api_overrun_leaves_the_others_alone(sim: Simulator) -> None:
    sim.set_limits({"calls_per_minute": 5})
    caller = Caller(sim)
    storm = [caller.get("getcallbackip") for _ in range(10)]

    other = caller.get("get_api_domain_ip")
    sim.advance(60)

    assert errcodes(*storm) == [0] * 5 + [45009] * 5
    assert errcodes(other, caller.get("getcallbackip")) == [0, 0]


def test_media_grown_old_is_uploaded_again(sim: Simulator) -> None:
    old = Caller(sim).upload()["media_id"]
    sim.advance(3 * 86_400 + 1)
    caller = Caller(sim)
    sim.add_customer("zhangsan")
    code = welcome_code(sim)

    answers = [
        caller.post(
            WELCOME,
            welcome_code=code,
            attachments=[{"msgtype": "image", "image": {"media_id": media_id}}],
        )
        for media_id in (old, caller.upload()["media_id"])
    ]

    assert errcodes(*answers) == [40007, 0]


def test_one_thousand_customers_are_greeted_and_marked(sim: Simulator) -> None:
    caller = Caller(sim)
    tag = sim.tags()["来源"]["线上"]
    sim.change_app("marketing", enabled=False)

    for number in range(1000):
        userid = ("zhangsan", "lisi")[number % 2]
        customer = sim.add_customer(userid)
        caller.post(WELCOME, welcome_code=welcome_code_of(sim), text={"content": "hi"})
        caller.post(MARK, userid=userid, external_userid=customer, add_tag=[tag])

    counts = sim.wait(pushes=1000, timeout=30)["counts"]
    assert (counts["welcomes"], counts["mark_tags"]) == (1000, 1000)
    assert counts["pushes_delivered"] == 1000


def welcome_code_of(sim: Simulator) -> str:
    text = sim.tenant.pushes[-1].plaintext.decode()
    return text.partition("<WelcomeCode><![CDATA[")[2].partition("]]>")[0]
