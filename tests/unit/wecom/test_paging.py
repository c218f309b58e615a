"""Pages are asked for one at a time, come to an end, and leave nothing behind."""

from __future__ import annotations

import gc
import json
import sys
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import httpx2
import pytest
from wecom_api import CORPID, SECRET, WeCom
from wecom_tables import at

from errors import AccessTokenRejected, APIError
from wecom import Client, contact_way, external_contact, schedule, statistics

PATH = "externalcontact/list_contact_way"


def paged(*pages: tuple[list[str], str]) -> WeCom:
    """A platform with these pages, each with the cursor of the next."""
    server, left = WeCom(), iter(pages)

    def answer(_: object) -> dict[str, Any]:
        config_ids, cursor = next(left)
        return {"contact_way": [{"config_id": each} for each in config_ids], "next_cursor": cursor}

    server.on(PATH, answer)
    return server


def cursors(server: WeCom) -> list[str | None]:
    return [asked.json.get("cursor") for asked in server.to(PATH)]


def test_asks_nothing_before_the_first_item_is_wanted() -> None:
    server = paged((["a"], ""))

    contact_way.list_contact_way(server.client())

    assert server.asked == []


def test_asks_for_a_page_when_the_one_before_is_used_up() -> None:
    server = paged((["a", "b"], "C1"), (["c"], "C2"), (["d"], ""))

    taken = list(islice(contact_way.list_contact_way(server.client()), 3))

    assert taken == ["a", "b", "c"]
    assert cursors(server) == [None, "C1"]


def test_goes_on_after_an_empty_page() -> None:
    server = paged((["a"], "C1"), ([], "C2"), ([], "C3"), (["b"], ""))

    assert list(contact_way.list_contact_way(server.client())) == ["a", "b"]
    assert cursors(server) == [None, "C1", "C2", "C3"]


@pytest.mark.parametrize("circle", [1, 2, 3, 5, 8])
def test_a_circle_of_cursors_ends(circle: int) -> None:
    server = WeCom()
    server.on(
        PATH,
        lambda _: {
            "contact_way": [{"config_id": "a"}],
            "next_cursor": f"C{len(server.to(PATH)) % circle}",
        },
    )

    items = list(contact_way.list_contact_way(server.client()))

    assert circle <= len(items) <= 4 * circle + 2


def test_a_refusal_between_pages_comes_out_where_it_happens() -> None:
    server = WeCom()
    answers: deque[dict[str, Any]] = deque(
        [
            {"contact_way": [{"config_id": "a"}], "next_cursor": "C1"},
            {"errcode": 50100, "errmsg": "bad cursor"},
        ]
    )
    server.on(PATH, lambda _: answers.popleft())
    items = contact_way.list_contact_way(server.client())

    assert next(items) == "a"
    with pytest.raises(APIError) as refused:
        next(items)
    assert refused.value.errcode == 50100


def test_a_token_that_ends_between_pages_is_renewed_for_the_next_one() -> None:
    server = paged((["a"], "C1"), (["b"], ""))
    items = contact_way.list_contact_way(server.client())
    first = next(items)

    server.revoke()

    assert [first, *items] == ["a", "b"]
    assert server.issued == 2


def test_a_token_that_is_never_accepted_ends_the_pages() -> None:
    server = paged((["a"], "C1"), (["b"], ""))
    items = contact_way.list_contact_way(server.client())
    next(items)
    server.scripts[PATH] = lambda _: {"errcode": 40014, "errmsg": "invalid access_token"}

    with pytest.raises(AccessTokenRejected):
        next(items)


@pytest.mark.parametrize(
    "broken", [{"next_cursor": 5}, {"contact_way": None}, {"contact_way": "x"}, {}]
)
def test_an_unreadable_page_is_an_empty_one(broken: dict[str, Any]) -> None:
    server = WeCom()
    server.on(PATH, broken)

    assert list(contact_way.list_contact_way(server.client())) == []


def test_members_without_licence_are_told_once_each_page() -> None:
    server, told = WeCom(), list[tuple[str, ...]]()
    server.on(
        "externalcontact/batch/get_by_user",
        {
            "external_contact_list": [],
            "next_cursor": "",
            "fail_info": {"unlicensed_userid_list": ["zhaoliu", "qianqi"]},
        },
    )

    customers = external_contact.batch_get_by_user(
        server.client(), ["zhaoliu"], on_unlicensed=told.append
    )

    assert list(customers) == []
    assert told == [("zhaoliu", "qianqi")]


@pytest.mark.parametrize("next_offset", [0, 1, 2, 99])
def test_offsets_end_at_the_total_and_where_they_stand_still(next_offset: int) -> None:
    server = WeCom()
    path = "externalcontact/groupchat/statistic"
    server.on(path, {"total": 2, "next_offset": next_offset, "items": [{"owner": "u"}]})

    owners = list(
        statistics.groupchat_statistic(server.client(), owners=["u"], day_begin_time=at(0))
    )

    assert len(owners) == len(server.to(path)) == (2 if next_offset == 1 else 1)


def customers_without_end(pages: int) -> Callable[[httpx2.Request], httpx2.Response]:
    """Serve so many pages of a hundred customers, each written when it is asked for."""

    def respond(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/gettoken"):
            return httpx2.Response(200, json=WeCom().grant())
        page = int(json.loads(request.read()).get("cursor", 0)) + 1
        return httpx2.Response(200, stream=Page(page, last=page == pages))

    return respond


class Page(httpx2.SyncByteStream):
    """A page, sent customer by customer."""

    def __init__(self, number: int, *, last: bool) -> None:
        self.number, self.last = number, last

    def __iter__(self) -> Iterator[bytes]:
        yield b'{"errcode": 0, "external_contact_list": ['
        for each in range(100):
            customer = {
                "external_contact": {
                    "external_userid": f"wm{self.number}-{each}",
                    "name": "客户" * 10,
                },
                "follow_info": {"userid": "zhangsan", "description": "d" * 150, "tag_id": ["et"]},
            }
            yield json.dumps(customer).encode() + (b"," if each < 99 else b"")
        cursor = "" if self.last else str(self.number)
        yield f'], "next_cursor": "{cursor}"}}'.encode()


def test_a_hundred_thousand_customers_take_the_memory_of_a_few_pages() -> None:
    http = httpx2.Client(transport=httpx2.MockTransport(customers_without_end(1000)))
    customers = external_contact.batch_get_by_user(Client(CORPID, SECRET, http=http), ["zhangsan"])
    pulled = pull(customers, 1000)
    blocks = sys.getallocatedblocks()

    pulled += pull(customers, 96_000)
    grown = sys.getallocatedblocks() - blocks
    tracemalloc.start()  # for the end alone: it makes everything ten times slower
    pulled += pull(customers)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert pulled == 100_000
    assert grown < 5000  # one customer kept of each page would be more
    assert peak_bytes < 2_000_000


def pull(customers: Iterator[external_contact.Followed], most: int | None = None) -> int:
    pulled = sum(1 for _ in islice(customers, most))
    gc.collect()
    return pulled


def test_a_page_that_is_not_full_is_not_the_last() -> None:
    server = WeCom()
    pages = iter((["s1", None], ["s2", "s3"], list[str | None]()))

    def answer(_: object) -> dict[str, Any]:
        found = [{"schedule_id": each} if each else "unreadable" for each in next(pages)]
        return {"schedule_list": found}

    server.on("oa/schedule/get_by_calendar", answer)

    found = schedule.get_by_calendar(server.client(), "wcj", limit=2)

    assert [each.schedule_id for each in found] == ["s1", "s2", "s3"]


def test_a_platform_that_does_not_know_offsets_is_asked_twice() -> None:
    server = WeCom()
    server.on("oa/schedule/get_by_calendar", {"schedule_list": [{"schedule_id": "s1"}]})

    found = list(schedule.get_by_calendar(server.client(), "wcj", limit=1))

    assert [each.schedule_id for each in found] == ["s1"]
    assert len(server.to("oa/schedule/get_by_calendar")) == 2
