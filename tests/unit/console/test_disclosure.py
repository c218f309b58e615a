"""What of an event is shown to whom."""

from __future__ import annotations

import pytest

import events
from console.disclosure import disclosed, kind_of
from events.examples import examples
from events.secrecy import SECRET_FIELDS

FIELDS = {
    "ToUserName": "wwCORP",
    "ChangeType": "add_external_contact",
    "UserID": "li",
    "ExternalUserID": "wmX",
    "State": "spring",
    "Name": "王小明",
    "Mobile": "13800000000",
    "WelcomeCode": "CODE",
    "NobodyKnowsThis": "王小明",
    "Empty": "",
}


def shown(fields: dict[str, object], *, personal: bool) -> dict[str, str | None]:
    return {field.path: field.text for field in disclosed(fields, personal=personal)}


def test_identifiers_are_shown_and_names_hidden() -> None:
    seen = shown(dict(FIELDS), personal=False)

    assert {key for key, text in seen.items() if text is None} == {
        "Name",
        "Mobile",
        "WelcomeCode",
        "NobodyKnowsThis",
    }
    assert (seen["UserID"], seen["State"], seen["Empty"]) == ("li", "spring", "")


def test_the_permission_shows_personal_data_but_no_secret() -> None:
    seen = shown(dict(FIELDS), personal=True)

    assert (seen["Name"], seen["NobodyKnowsThis"], seen["WelcomeCode"]) == (
        "王小明",
        "王小明",
        None,
    )


def test_what_lies_deeper_is_judged_by_its_own_name() -> None:
    fields: dict[str, object] = {
        "ExtAttr": {"Item": [{"Name": "hobby", "Type": "0"}, {"Name": "city"}]},
        "from": {"userid": "li"},
        "MemberIDs": ["a", "b"],
    }

    assert shown(fields, personal=False) == {
        "ExtAttr/Item[1]/Name": None,
        "ExtAttr/Item[1]/Type": "0",
        "ExtAttr/Item[2]/Name": None,
        "from/userid": "li",
        "MemberIDs[1]": "a",
        "MemberIDs[2]": "b",
    }


def test_nodes_beside_each_other_are_shown_one_by_one() -> None:
    event = events.parse(
        b"<xml><ToUserName>ww1</ToUserName><MsgType>event</MsgType><Event>x</Event>"
        b"<Item><Name>n</Name><Id>1</Id></Item><Item><Name>m</Name><Id>2</Id></Item></xml>"
    )

    seen = shown(dict(event.fields), personal=False)

    assert {path: text for path, text in seen.items() if path.startswith("Item")} == {
        "Item[1]/Name": None,
        "Item[1]/Id": "1",
        "Item[2]/Name": None,
        "Item[2]/Id": "2",
    }


def test_what_is_too_deep_to_be_looked_through_is_hidden_whatever_it_is_called() -> None:
    deep: object = {"WelcomeCode": "CODE", "Name": "王小明"}
    for _ in range(12):
        deep = {"UserID": deep}

    assert [field.text for field in disclosed({"a": deep}, personal=True)] == [None]


def test_nothing_below_a_secret_is_shown() -> None:
    assert shown({"Token": {"UserID": "x"}}, personal=True) == {"Token/UserID": None}


def test_what_is_nested_without_end_ends_as_text_that_is_hidden() -> None:
    deep: object = {"Name": "x"}
    for _ in range(50):
        deep = {"a": deep}

    (field,) = disclosed({"a": deep}, personal=False)

    assert field.text is None


@pytest.mark.parametrize("tag", sorted(SECRET_FIELDS))
def test_a_secret_is_one_whoever_looks(tag: str) -> None:
    assert kind_of(tag) == "secret"
    assert [field.text for field in disclosed({tag: "x"}, personal=True)] == [None]


@pytest.mark.parametrize("cls", events.catalogue(), ids=lambda cls: cls.__name__)
def test_no_personal_field_of_any_example_is_shown_to_everybody(cls: type[events.Event]) -> None:
    event = events.parse(examples()[cls].plaintext.encode())
    personal = {
        "Name",
        "Alias",
        "Mobile",
        "Email",
        "BizMail",
        "Address",
        "Telephone",
        "Avatar",
        "Content",
        "Label",
        "Title",
        "Remark",
    }

    open_to_all = [
        field.path
        for field in disclosed(event.fields, personal=False)
        if field.text and field.path.rpartition("/")[2].partition("[")[0] in personal
    ]

    assert open_to_all == []
