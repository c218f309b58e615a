"""Pages pulled over a socket are let go of one after the other."""

from __future__ import annotations

import json
import weakref
from dataclasses import replace

import pytest
from wecom_api import CORPID, SECRET, Asked, Exchange, WeCom, serve

from wecom import Client, external_contact


def test_of_a_thousand_pages_two_are_alive_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    records = Living()
    endpoint = external_contact.BATCH_GET_BY_USER
    monkeypatch.setattr(
        external_contact,
        "BATCH_GET_BY_USER",
        replace(endpoint, returns=lambda answer: records.seen(endpoint.returns(answer))),
    )

    with serve(a_thousand_pages) as url, Client(CORPID, SECRET, base_url=url) as api:
        pulled = sum(1 for _ in external_contact.batch_get_by_user(api, ["zhangsan"]))

    assert pulled == 100_000
    assert records.most <= 2 * 100 + 1  # the page before, the new one, the customer in hand


class Living:
    """Counts the records of pages that somebody still holds."""

    def __init__(self) -> None:
        self.alive = self.most = 0
        self._watched: list[weakref.ref[object]] = []

    def seen(self, page: external_contact._FollowedPage) -> external_contact._FollowedPage:
        for each in page.external_contact_list:
            self._watched.append(weakref.ref(each, self._died))
        self.alive += len(page.external_contact_list)
        self.most = max(self.most, self.alive)
        return page

    def _died(self, _: object) -> None:
        self.alive -= 1


RECORDS = json.dumps([{"external_contact": {"external_userid": f"wm{i}"}} for i in range(100)])


def a_thousand_pages(exchange: Exchange, asked: Asked) -> None:
    if asked.path == "gettoken":
        exchange.reply(json.dumps(WeCom().grant()).encode())
        return
    page = int(asked.json.get("cursor", 0)) + 1
    cursor = "" if page == 1000 else str(page)
    exchange.reply(f'{{"external_contact_list": {RECORDS}, "next_cursor": "{cursor}"}}'.encode())
