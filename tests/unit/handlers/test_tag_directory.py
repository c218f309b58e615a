from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from wecom_api import Answer, Asked, WeCom

from errors import APIError, HandlerRetry
from handlers import TagDirectory

LIST = "externalcontact/get_corp_tag_list"
ADD = "externalcontact/add_corp_tag"


class Library:
    """A corp's tags: groups are made with their first tag, a name exists once."""

    def __init__(self) -> None:
        self.tags: dict[tuple[str, str], str] = {}
        self.wecom = WeCom()
        self.wecom.on(LIST, lambda _: self.listed())
        self.wecom.on(ADD, self.added)

    def listed(self) -> Answer:
        return {"errcode": 0, "tag_group": [self._group(group) for group, _ in self.tags]}

    def added(self, asked: Asked) -> Answer:
        group = asked.json["group_name"]
        (name,) = (tag["name"] for tag in asked.json["tag"])
        if (group, name) in self.tags:
            return {"errcode": 40071, "errmsg": "UserTag Name Already Exist"}
        self.tags[group, name] = f"et-{group}-{name}"
        new = {"id": self.tags[group, name], "name": name}
        return {"errcode": 0, "tag_group": {"group_id": group, "group_name": group, "tag": [new]}}

    def _group(self, group: str) -> dict[str, Any]:
        return {
            "group_id": group,
            "group_name": group,
            "tag": [
                {"id": tag_id, "name": name}
                for (of, name), tag_id in self.tags.items()
                if of == group
            ],
        }


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def library() -> Library:
    return Library()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def directory(clock: Clock) -> TagDirectory:
    return TagDirectory(clock)


def test_finds_ids_in_the_order_of_the_names(library: Library, directory: TagDirectory) -> None:
    library.tags = {("a", "x"): "et1", ("a", "y"): "et2", ("b", "x"): "et3"}

    ids = directory.ids(library.wecom.client(), ["b/x", " a / y ", "a/x", "b/x"])

    assert ids == ["et3", "et2", "et1", "et3"]
    assert library.wecom.to(ADD) == []


def test_a_name_may_hold_a_slash(library: Library, directory: TagDirectory) -> None:
    library.tags = {("a", "x/y"): "et1"}

    assert directory.ids(library.wecom.client(), ["a/x/y"]) == ["et1"]


def test_reads_the_library_once_in_ten_minutes(
    library: Library, directory: TagDirectory, clock: Clock
) -> None:
    library.tags = {("a", "x"): "et1"}
    api = library.wecom.client()

    directory.ids(api, ["a/x"])
    clock.seconds += 599
    directory.ids(api, ["a/x"])
    assert len(library.wecom.to(LIST)) == 1

    library.tags = {("a", "x"): "et2"}
    clock.seconds += 1
    assert directory.ids(api, ["a/x"]) == ["et2"]


def test_creates_what_is_missing_with_its_group(library: Library, directory: TagDirectory) -> None:
    ids = directory.ids(library.wecom.client(), ["a/x", "a/y"])

    assert ids == ["et-a-x", "et-a-y"]
    assert [asked.json for asked in library.wecom.to(ADD)] == [
        {"group_name": "a", "tag": [{"name": "x"}]},
        {"group_name": "a", "tag": [{"name": "y"}]},
    ]


def test_appends_to_a_group_that_is_there(library: Library, directory: TagDirectory) -> None:
    library.tags = {("a", "x"): "et1"}

    assert directory.ids(library.wecom.client(), ["a/x", "a/new"]) == ["et1", "et-a-new"]


def test_creates_a_tag_once(library: Library, directory: TagDirectory) -> None:
    for _ in range(2):
        directory.ids(library.wecom.client(), ["a/x"])

    assert len(library.wecom.to(ADD)) == 1


def test_takes_the_tag_of_another_process_that_was_quicker(
    library: Library, directory: TagDirectory
) -> None:
    api = library.wecom.client()
    directory.ids(api, [])
    library.tags = {("a", "x"): "theirs"}

    assert directory.ids(api, ["a/x"]) == ["theirs"]
    assert len(library.wecom.to(ADD)) == 1


def test_reads_anew_once_it_was_told_to_forget(library: Library, directory: TagDirectory) -> None:
    library.tags = {("a", "x"): "et1"}
    api = library.wecom.client()
    directory.ids(api, ["a/x"])
    library.tags = {("a", "x"): "et2"}

    directory.forget()

    assert directory.ids(api, ["a/x"]) == ["et2"]


@pytest.mark.parametrize("name", ["", "a", "/", "a/", "/x", " / ", "a/" + "x" * 31])
def test_refuses_a_name_that_is_none_before_it_asks(
    library: Library, directory: TagDirectory, name: str
) -> None:
    with pytest.raises(ValueError, match=r"group/tag|30 characters"):
        directory.ids(library.wecom.client(), ["a/x", name])

    assert library.wecom.asked == []


def test_a_refusal_to_create_is_told_and_nothing_is_kept(
    library: Library, directory: TagDirectory
) -> None:
    library.wecom.on(ADD, {"errcode": 40126, "errmsg": "too many tags"})
    api = library.wecom.client()
    with pytest.raises(APIError):
        directory.ids(api, ["a/x"])

    library.wecom.on(ADD, library.added)

    assert directory.ids(api, ["a/x"]) == ["et-a-x"]


def test_a_library_that_cannot_be_read_is_read_next_time(
    library: Library, directory: TagDirectory
) -> None:
    library.wecom.on(LIST, {"errcode": -1})
    api = library.wecom.client()
    with pytest.raises(APIError):
        directory.ids(api, ["a/x"])

    library.wecom.on(LIST, {"errcode": 0, "tag_group": []})

    assert directory.ids(api, ["a/x"]) == ["et-a-x"]


def test_a_tag_that_cannot_be_made_costs_no_other(
    library: Library, directory: TagDirectory
) -> None:
    def full(asked: Asked) -> Answer:
        full_group = asked.json["group_name"] == "full"
        return {"errcode": 40126, "errmsg": "too many"} if full_group else library.added(asked)

    library.wecom.on(ADD, full)
    api = library.wecom.client()
    with pytest.raises(APIError):
        directory.ids(api, ["full/x", "a/y"])

    assert directory.known(api, ["full/x", "a/y"]) == ["et-a-y"]


def test_a_tag_that_another_made_and_no_list_shows_yet_is_worth_another_try(
    library: Library, directory: TagDirectory
) -> None:
    library.wecom.on(ADD, {"errcode": 40071, "errmsg": "taken"})
    api = library.wecom.client()

    with pytest.raises(HandlerRetry, match="40071"):
        directory.ids(api, ["a/x"])
    library.tags = {("a", "x"): "theirs"}

    assert directory.ids(api, ["a/x"]) == ["theirs"]


def test_a_name_that_wecom_spells_otherwise_is_still_the_tag_that_was_made(
    library: Library, directory: TagDirectory
) -> None:
    made = {"id": "et1", "name": "VIP"}
    library.wecom.on(
        ADD, {"errcode": 0, "tag_group": {"group_id": "g", "group_name": "a", "tag": [made]}}
    )

    assert directory.ids(library.wecom.client(), ["a/ｖｉｐ"]) == ["et1"]


def test_twenty_threads_that_want_a_tag_in_the_same_moment_make_it_once(
    library: Library, directory: TagDirectory
) -> None:
    api = library.wecom.client()

    with ThreadPoolExecutor(20) as threads:
        found = list(threads.map(lambda _: directory.ids(api, ["a/x", "b/y"]), range(20)))

    assert found == [["et-a-x", "et-b-y"]] * 20
    assert len(library.wecom.to(ADD)) == 2
