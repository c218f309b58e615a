"""send_welcome_msg (发送新客户欢迎语, doc 92137)."""

from __future__ import annotations

import pytest
from simulated import Caller, errcodes, events, welcome_code

from simulator import Simulator

PATH = "externalcontact/send_welcome_msg"
LINK = {"msgtype": "link", "link": {"title": "活动", "url": "https://example.com/a"}}


def test_delivers_the_text_to_the_customer(sim: Simulator, contacts: Caller) -> None:
    customer = sim.add_customer("zhangsan", state="spring-01")

    answer = contacts.post(PATH, welcome_code=welcome_code(sim), text={"content": "你好"})

    assert answer == {"errcode": 0, "errmsg": "ok"}
    [welcome] = sim.welcomes()
    assert (welcome["userid"], welcome["external_userid"]) == ("zhangsan", customer)
    assert (welcome["text"], welcome["app"]) == ("你好", "contacts")
    [call] = sim.calls(path=PATH)
    assert (call["external_userid"], call["text"], call["errcode"]) == (customer, "你好", 0)


def test_a_code_works_once(sim: Simulator, contacts: Caller) -> None:
    sim.add_customer("zhangsan")
    code = welcome_code(sim)

    answers = [contacts.post(PATH, welcome_code=code, text={"content": "hi"}) for _ in range(2)]

    assert errcodes(*answers) == [0, 41051]
    assert len(sim.welcomes()) == 1


def test_the_answer_to_a_used_code_can_be_chosen(sim: Simulator, contacts: Caller) -> None:
    sim.set_limits({"welcome_reused_errcode": 41050})
    sim.add_customer("zhangsan")
    code = welcome_code(sim)

    answers = [contacts.post(PATH, welcome_code=code, text={"content": "hi"}) for _ in range(2)]

    assert errcodes(*answers) == [0, 41050]


@pytest.mark.parametrize(("seconds", "errcode"), [(0, 0), (19.9, 0), (20.1, 41050), (700, 41050)])
def test_the_window_counts_from_the_event(
    sim: Simulator, contacts: Caller, seconds: float, errcode: int
) -> None:
    sim.set_time(1_800_000_000)
    caller = Caller(sim)
    sim.add_customer("zhangsan")

    sim.advance(seconds)
    answer = caller.post(PATH, welcome_code=welcome_code(sim), text={"content": "hi"})

    assert answer["errcode"] == errcode


def test_the_window_counts_in_whole_seconds_as_create_time_does(sim: Simulator) -> None:
    sim.set_time(1_800_000_000.9)
    caller = Caller(sim)
    sim.add_customer("zhangsan")

    sim.advance(19.2)
    answer = caller.post(PATH, welcome_code=welcome_code(sim), text={"content": "hi"})

    assert answer["errcode"] == 41050


def test_another_app_is_told_to_wait_and_then_that_it_came_too_late(
    sim: Simulator, contacts: Caller, marketing: Caller
) -> None:
    sim.set_limits({"distributing_seconds": 2})
    sim.add_customer("zhangsan")
    mine, theirs = welcome_code(sim, "contacts"), welcome_code(sim, "marketing")

    first = contacts.post(PATH, welcome_code=mine, text={"content": "first"})
    during = marketing.post(PATH, welcome_code=theirs, text={"content": "second"})
    sim.advance(3)
    after = marketing.post(PATH, welcome_code=theirs, text={"content": "second"})

    assert mine != theirs
    assert errcodes(first, during, after) == [0, 41096, 41051]


def test_a_delivery_that_fails_frees_the_welcome(
    sim: Simulator, contacts: Caller, marketing: Caller
) -> None:
    sim.set_limits({"distributing_seconds": 2})
    customer = sim.add_customer("zhangsan")
    contacts.post(PATH, welcome_code=welcome_code(sim, "contacts"), text={"content": "first"})

    freed = sim.fail_welcome("zhangsan", customer)
    sim.advance(1)
    answer = marketing.post(
        PATH, welcome_code=welcome_code(sim, "marketing"), text={"content": "second"}
    )
    sim.advance(2)

    assert freed
    assert answer["errcode"] == 0
    assert sim.wait(welcomes=1)["reached"]
    assert [welcome["text"] for welcome in sim.welcomes()] == ["second"]


def test_nothing_can_fail_once_it_is_delivered(sim: Simulator, contacts: Caller) -> None:
    customer = sim.add_customer("zhangsan")
    contacts.post(PATH, welcome_code=welcome_code(sim), text={"content": "hi"})

    assert not sim.fail_welcome("zhangsan", customer)


def test_a_refused_call_leaves_the_code_usable(sim: Simulator, contacts: Caller) -> None:
    sim.add_customer("zhangsan")
    code = welcome_code(sim)

    refused = contacts.post(PATH, welcome_code=code, text={"content": "x" * 4001})
    sent = contacts.post(PATH, welcome_code=code, text={"content": "x" * 4000})

    assert errcodes(refused, sent) == [45002, 0]


def test_a_code_of_another_app_is_invalid(sim: Simulator, contacts: Caller) -> None:
    sim.add_customer("zhangsan")

    answer = contacts.post(
        PATH, welcome_code=welcome_code(sim, "marketing"), text={"content": "hi"}
    )

    assert answer["errcode"] == 41050


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({}, 41049),
        ({"welcome_code": ""}, 41049),
        ({"welcome_code": 7, "text": {"content": "hi"}}, 40058),
        ({"welcome_code": "nobody issued this", "text": {"content": "hi"}}, 41050),
    ],
)
def test_refuses_a_code_that_is_none(
    contacts: Caller, body: dict[str, object], errcode: int
) -> None:
    assert contacts.post(PATH, **body)["errcode"] == errcode


@pytest.mark.parametrize(
    ("content", "errcode"),
    [
        ({}, 41088),
        ({"text": {"content": ""}}, 41088),
        ({"attachments": []}, 41088),
        ({"text": "hi"}, 40058),
        ({"text": {"content": 3}}, 40058),
        ({"text": {"content": "汉" * 1334}}, 45002),
        ({"attachments": {}}, 40058),
        ({"attachments": [LINK] * 10}, 41064),
        ({"attachments": [{"msgtype": "voice", "voice": {}}]}, 41065),
        ({"attachments": ["link"]}, 41065),
        ({"attachments": [{"msgtype": "link"}]}, 40058),
        ({"attachments": [{"msgtype": "link", "link": {"url": "https://example.com"}}]}, 40058),
        ({"attachments": [{"msgtype": "link", "link": {"title": "汉" * 43, "url": "u"}}]}, 45002),
        (
            {"attachments": [{"msgtype": "link", "link": {"title": "t", "url": "u" * 2049}}]},
            45002,
        ),
        ({"attachments": [{"msgtype": "image", "image": {}}]}, 40058),
        ({"attachments": [{"msgtype": "image", "image": {"pic_url": ["a"]}}]}, 40058),
        ({"attachments": [{"msgtype": "image", "image": {"media_id": "unknown"}}]}, 40007),
        (
            {"attachments": [{"msgtype": "image", "image": {"pic_url": "https://foreign/a.png"}}]},
            40007,
        ),
        ({"attachments": [{"msgtype": "miniprogram", "miniprogram": {"title": "t"}}]}, 40058),
        ({"attachments": [{"msgtype": "video", "video": {"media_id": "unknown"}}]}, 40007),
    ],
)
def test_refuses_content_the_platform_refuses(
    sim: Simulator, contacts: Caller, content: dict[str, object], errcode: int
) -> None:
    sim.add_customer("zhangsan")

    answer = contacts.post(PATH, welcome_code=welcome_code(sim), **content)

    assert answer["errcode"] == errcode
    assert sim.welcomes() == []


def test_nine_attachments_of_every_kind_are_fine(sim: Simulator, contacts: Caller) -> None:
    picture = contacts.upload()["media_id"]
    file = contacts.upload(b"a price list", kind="file", filename="p.pdf")["media_id"]
    video = contacts.upload(b"\0\0\0\x18ftypmp42" + bytes(20), kind="video")["media_id"]
    program = {"title": "t", "appid": "wx1", "page": "/", "pic_media_id": picture}
    attachments = [
        {"msgtype": "image", "image": {"media_id": picture}},
        {"msgtype": "file", "file": {"media_id": file}},
        {"msgtype": "video", "video": {"media_id": video}},
        {"msgtype": "miniprogram", "miniprogram": program},
        *[LINK] * 5,
    ]
    sim.add_customer("zhangsan")

    answer = contacts.post(PATH, welcome_code=welcome_code(sim), attachments=attachments)

    assert answer["errcode"] == 0
    assert sim.welcomes()[0]["attachments"] == attachments


def test_refuses_a_file_of_another_kind(sim: Simulator, contacts: Caller) -> None:
    picture = contacts.upload()["media_id"]
    sim.add_customer("zhangsan")

    answer = contacts.post(
        PATH,
        welcome_code=welcome_code(sim),
        attachments=[{"msgtype": "file", "file": {"media_id": picture}}],
    )

    assert answer["errcode"] == 40007


def test_refuses_a_picture_older_than_three_days(sim: Simulator) -> None:
    old = Caller(sim).upload()["media_id"]
    sim.advance(3 * 86_400)
    caller = Caller(sim)
    sim.add_customer("zhangsan")
    code = welcome_code(sim)

    def send(media_id: str) -> int:
        image = {"msgtype": "image", "image": {"media_id": media_id}}
        errcode: int = caller.post(PATH, welcome_code=code, attachments=[image])["errcode"]
        return errcode

    assert send(old) == 40007
    assert send(caller.upload()["media_id"]) == 0


def test_an_uploaded_picture_url_is_accepted(sim: Simulator, contacts: Caller) -> None:
    url = sim.tenant.corp().image_urls
    url.add("https://wework.qpic.cn/wwpic/x/0")
    sim.add_customer("zhangsan")
    image = {"msgtype": "image", "image": {"pic_url": "https://wework.qpic.cn/wwpic/x/0"}}

    answer = contacts.post(PATH, welcome_code=welcome_code(sim), attachments=[image])

    assert answer["errcode"] == 0


def test_the_older_shape_is_understood(sim: Simulator, contacts: Caller) -> None:
    sim.add_customer("zhangsan")

    answer = contacts.post(
        PATH, welcome_code=welcome_code(sim), text={"content": "hi"}, link=LINK["link"]
    )

    assert answer["errcode"] == 0
    assert sim.welcomes()[0]["attachments"] == [LINK]


def test_no_welcome_once_they_chat(sim: Simulator, contacts: Caller) -> None:
    customer = sim.add_customer("zhangsan")
    sim.start_chat("zhangsan", customer)

    answer = contacts.post(PATH, welcome_code=welcome_code(sim), text={"content": "hi"})

    assert answer["errcode"] == 41051


def test_a_corp_that_keeps_chats_needs_the_customers_consent(
    sim: Simulator, contacts: Caller
) -> None:
    sim.tenant.corp().chat_archive = True
    customer = sim.add_customer("zhangsan")
    early = contacts.post(PATH, welcome_code=welcome_code(sim), text={"content": "hi"})

    sim.consent_to_archive("zhangsan", customer)
    late = contacts.post(PATH, welcome_code=welcome_code(sim), text={"content": "hi"})

    assert errcodes(early, late) == [41053, 0]
    assert events(sim)[-1]["ChangeType"] == "msg_audit_approved"


def test_an_app_that_is_no_caller_of_customer_contact_is_forbidden(
    sim: Simulator, contacts: Caller, contact_sync: Caller
) -> None:
    sim.add_customer("zhangsan")
    code = welcome_code(sim)
    sim.change_app("contacts", customer_contact=False)

    answers = [caller.post(PATH, welcome_code=code) for caller in (contacts, contact_sync)]

    assert errcodes(*answers) == [48002, 48002]


def test_a_member_who_left_the_range_cannot_be_spoken_for(sim: Simulator, contacts: Caller) -> None:
    sim.add_customer("zhangsan")
    code = welcome_code(sim)
    sim.change_app("contacts", visible_userids=["lisi"], visible_departments=[])

    answer = contacts.post(PATH, welcome_code=code, text={"content": "hi"})

    assert answer["errcode"] == 60011


def test_the_call_itself_pushes_nothing(sim: Simulator, contacts: Caller) -> None:
    sim.add_customer("zhangsan")
    before = len(events(sim))

    contacts.post(PATH, welcome_code=welcome_code(sim), text={"content": "hi"})

    assert len(events(sim)) == before


def test_where_all_apps_share_one_code_the_first_caller_wins(
    sim: Simulator, contacts: Caller, marketing: Caller
) -> None:
    sim.set_limits({"welcome_code_shared": True})
    sim.add_customer("zhangsan")
    code = welcome_code(sim, "contacts")

    answers = [
        each.post(PATH, welcome_code=code, text={"content": "hi"}) for each in (marketing, contacts)
    ]

    assert welcome_code(sim, "marketing") == code
    assert errcodes(*answers) == [0, 41051]
