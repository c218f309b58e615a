"""Short names of events lead back to the whole ones."""

from __future__ import annotations

import pytest

import events
from commands.names import in_full, in_short


def test_short_names_are_unique_and_lead_back() -> None:
    names = [each.event_name for each in events.catalogue()]

    assert len({in_short(name) for name in names}) == len(set(names))
    assert [in_full(in_short(name)) for name in names] == names


@pytest.mark.parametrize(
    ("pattern", "full"),
    [
        ("add_external_contact", "change_external_contact.add_external_contact"),
        ("external_chat.*", "change_external_chat.*"),
        ("change_external_chat.*", "change_external_chat.*"),
        ("*", "*"),
        ("brand_new", "brand_new"),
    ],
)
def test_a_short_name_filters_like_the_whole_one(pattern: str, full: str) -> None:
    assert in_full(pattern) == full


@pytest.mark.parametrize("name", ["change_auth", "change_order", "change_app_admin"])
def test_a_name_that_is_no_familys_stays_whole(name: str) -> None:
    assert in_short(name) == name
