"""What an event is once it is parsed: frozen, comparable, silent about its content."""

from __future__ import annotations

import dataclasses

import pytest

import events
from events.approval import Applyer
from events.event import Event, event
from events.fields import text
from events.wire import Fields
from factories import (
    a_batch_job_finished,
    a_text_message,
    an_app_plaintext,
    an_external_contact_added,
    an_unknown_event,
    group_chat_members_joined,
)


def test_it_is_frozen() -> None:
    added = an_external_contact_added()

    with pytest.raises(dataclasses.FrozenInstanceError):
        added.userid = "wu"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del added.userid


def test_it_is_a_dataclass_with_keywords_only() -> None:
    added = an_external_contact_added(userid="li")

    assert {"userid", "welcome_code", "raw"} <= {f.name for f in dataclasses.fields(added)}
    assert dataclasses.replace(added, userid="wu").userid == "wu"
    with pytest.raises(TypeError, match="has no field nickname"):
        dataclasses.replace(added, nickname="x")  # type: ignore[call-arg]


def test_its_fields_are_read_only_all_the_way_down() -> None:
    fields = group_chat_members_joined(members=("a", "b")).fields

    assert fields["MemChangeList"] == {"Item": ("a", "b")}
    assert isinstance(fields["MemChangeList"], Fields)
    assert "JoinScene" in fields
    assert len(fields) == len(list(fields))
    with pytest.raises(TypeError):
        fields["JoinScene"] = "0"


def test_the_same_plaintext_is_the_same_event() -> None:
    assert a_text_message() == a_text_message()
    assert len({a_text_message(), a_text_message()}) == 1
    assert hash(a_text_message().fields) == hash(a_text_message().fields)
    assert a_text_message(content="a") != a_text_message(content="b")
    assert a_text_message() != an_unknown_event()


def test_records_compare_by_what_they_hold() -> None:
    assert Applyer.read({"UserId": "li"}) == Applyer.read({"UserId": "li"})
    assert Applyer.read({"UserId": "li"}) != Applyer.read({"UserId": "wu"})
    assert len({Applyer.read({"UserId": "li"}), Applyer.read({"UserId": "li"})}) == 1


def test_no_repr_shows_content() -> None:
    added = an_external_contact_added(welcome_code="CODE-1", state="STATE-1")
    message = a_text_message(content="words of a person")
    record = Applyer.read({"UserId": "li"})

    shown = " ".join(map(repr, [added, message, added.fields, message.fields, record]))

    assert "CODE-1" not in shown
    assert "STATE-1" not in shown
    assert "words" not in shown
    assert "li" not in shown
    assert "WelcomeCode" in repr(added.fields)


def test_it_tells_who_and_what() -> None:
    added = an_external_contact_added(userid="li", external_userid="woX1")

    assert (added.userid, added.subject) == ("li", "woX1")
    assert a_batch_job_finished(job_id="J1").subject == "J1"
    assert a_text_message(userid="li").userid == "li"
    assert an_unknown_event().subject == ""


def test_its_class_tells_where_it_is_described() -> None:
    assert events.ExternalContactAdded.chinese_name == "添加企业客户"
    assert events.ExternalContactAdded.doc == 92130
    assert events.ExternalContactChanged.docs == (92130, 92277, 96361)
    assert events.ExternalContactAdded.receivers == ("self_built", "provider_developed", "suite")


def test_a_class_of_ones_own_can_be_declared_in_a_few_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("events.event.REGISTER", {})

    @event("event_of_ours", "我们的事件", 1, also=("event_of_our",))
    class Ours(Event):
        colour: str = text("Colour", subject=True)

    monkeypatch.setattr("events.parser.REGISTER", {("", "event_of_our"): Ours})
    ours = events.parse(an_app_plaintext(Event="event_of_our", Colour="red"))

    assert isinstance(ours, Ours)
    assert (ours.name, ours.subject, ours.doc) == ("event_of_ours", "red", 1)
