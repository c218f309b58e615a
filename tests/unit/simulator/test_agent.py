"""Settings and menus of apps (应用管理, doc 90227-90233)."""

from __future__ import annotations

from typing import Any

import pytest
from simulated import Caller, errcodes, events

from errors import ActionImpossible
from simulator import Simulator

AGENTID = 1000002
CLICK = {"type": "click", "name": "帮助", "key": "help"}
VIEW = {"type": "view", "name": "网站", "url": "https://example.com/"}
PAGE = {"type": "view_miniprogram", "name": "商城", "pagepath": "p", "appid": "wx1"}
BUTTONS = [CLICK, {"name": "更多", "sub_button": [VIEW, PAGE]}]


def create(contacts: Caller, button: object, agentid: object = AGENTID) -> dict[str, Any]:
    """Set the menu; the agentid stands in the query."""
    response = contacts.http.post(
        "/cgi-bin/menu/create",
        query_string={"access_token": contacts.access_token, "agentid": agentid},
        json={"button": button},
    )
    answer: dict[str, Any] = response.json or {}
    return answer


def test_an_app_changes_what_it_shows(contacts: Caller) -> None:
    logo = contacts.upload()["media_id"]
    contacts.post(
        "agent/set",
        agentid=AGENTID,
        name="客户",
        description="客户联系",
        home_url="https://example.com",
        isreportenter=1,
        logo_mediaid=logo,
    )

    read = contacts.get("agent/get", agentid=AGENTID)
    [listed] = contacts.get("agent/list")["agentlist"]

    assert (read["name"], read["description"], read["isreportenter"]) == ("客户", "客户联系", 1)
    assert (listed["agentid"], listed["name"]) == (AGENTID, "客户")
    assert listed["square_logo_url"] == read["square_logo_url"] != ""


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({}, 40056),
        ({"agentid": 1000003}, 301002),
        ({"agentid": AGENTID, "name": "x" * 33}, 45022),
        ({"agentid": AGENTID, "description": "x"}, 45004),
        ({"agentid": AGENTID, "description": "汉" * 41}, 45004),
        ({"agentid": AGENTID, "isreportenter": 2}, 40059),
        ({"agentid": AGENTID, "report_location_flag": True}, 40059),
        ({"agentid": AGENTID, "home_url": "example.com"}, 45034),
        ({"agentid": AGENTID, "logo_mediaid": "unknown"}, 40007),
    ],
)
def test_refuses_settings_that_cannot_be(
    contacts: Caller, body: dict[str, object], errcode: int
) -> None:
    assert contacts.post("agent/set", **body)["errcode"] == errcode
    assert contacts.get("agent/get", agentid=AGENTID)["name"] == "contacts"


def test_the_contact_assistant_operates_no_app(contact_sync: Caller) -> None:
    assert contact_sync.get("agent/list")["agentlist"] == []


def test_a_menu_is_set_read_and_taken_away(contacts: Caller) -> None:
    before = contacts.get("menu/get", agentid=AGENTID)
    created = create(contacts, BUTTONS)
    read = contacts.get("menu/get", agentid=AGENTID)
    deleted = contacts.get("menu/delete", agentid=AGENTID)
    after = contacts.get("menu/get", agentid=AGENTID)

    assert errcodes(before, created, read, deleted, after) == [46003, 0, 0, 0, 46003]
    assert read["button"] == BUTTONS


@pytest.mark.parametrize(
    ("button", "errcode"),
    [
        ([], 40016),
        ([CLICK] * 4, 40016),
        ([{"name": "更多", "sub_button": [CLICK] * 6}], 40016),
        ([{**CLICK, "type": "shout"}], 40017),
        ([{"name": "空"}], 40017),
        ([{**CLICK, "key": ""}], 40017),
        ([{**CLICK, "key": "x" * 129}], 40017),
        ([{**CLICK, "name": ""}], 41102),
        ([{**CLICK, "name": "汉" * 6}], 41102),
        ([{"name": "更多", "sub_button": [{**CLICK, "name": "汉" * 14}]}], 41102),
        ([{**VIEW, "url": "example.com"}], 40127),
        ([{**VIEW, "url": "https:///"}], 40054),
        ([{**VIEW, "url": "https://example.com/" + "x" * 1024}], 40039),
        ([{**PAGE, "appid": ""}], 40058),
        ("text", 40058),
    ],
)
def test_refuses_menus_that_cannot_be(contacts: Caller, button: object, errcode: int) -> None:
    assert create(contacts, button)["errcode"] == errcode
    assert contacts.get("menu/get", agentid=AGENTID)["errcode"] == 46003


def test_menus_of_other_apps_are_out_of_reach(contacts: Caller) -> None:
    answers = [
        create(contacts, BUTTONS, 1000003),
        contacts.get("menu/get", agentid=1000003),
        contacts.get("menu/delete"),
    ]

    assert errcodes(*answers) == [301002, 301002, 40056]


@pytest.mark.parametrize(
    ("key", "event"),
    [("help", "click"), ("https://example.com/", "view"), ("p", "view_miniprogram")],
)
def test_a_pressed_button_is_told(sim: Simulator, contacts: Caller, key: str, event: str) -> None:
    create(contacts, BUTTONS)

    sim.press_menu("lisi", key)

    [told] = events(sim)
    assert (told["Event"], told["EventKey"], told["FromUserName"]) == (event, key, "lisi")
    with pytest.raises(ActionImpossible):
        sim.press_menu("lisi", "no such button")
