"""The ids of corp tags by their names, kept in memory and created when missing (企业标签库)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta

from errors import APIError, HandlerRetry, TagNameTaken
from handlers.rules import split_tag_name
from wecom import Client
from wecom.tag import NewTag, add_corp_tag, get_corp_tag_list

_FRESH_SECONDS = 600
_SHOWN_AFTER = timedelta(seconds=5)


class TagDirectory:
    """The tags of one corp as one app sees them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ids: dict[tuple[str, str], str] = {}
        self._read_at: float | None = None

    def ids(self, api: Client, names: Iterable[str]) -> list[str]:
        """Return the ids of "group/tag" names, in order; what is missing is created.

        Raises ValueError for a name without a group, APIError when WeCom refuses to create one; the
        others are created all the same, and `known`.
        """
        wanted = [split_tag_name(name) for name in names]
        refusals: list[APIError | HandlerRetry] = []
        with self._lock:
            if not self._is_fresh():
                self._read(api)
            for group, tag in wanted:
                try:
                    self._require(api, group, tag)
                except (APIError, HandlerRetry) as error:
                    refusals.append(error)
            if refusals:
                raise refusals[0]
            return [self._ids[name] for name in wanted]

    def known(self, api: Client, names: Iterable[str]) -> list[str]:
        """Return the ids of those "group/tag" names that exist, in order; nothing is created."""
        wanted = [split_tag_name(name) for name in names]
        with self._lock:
            if not self._is_fresh():
                self._read(api)
            return [self._ids[name] for name in wanted if name in self._ids]

    def forget(self) -> None:
        """Read the list anew next time."""
        with self._lock:
            self._read_at = None

    def _is_fresh(self) -> bool:
        return self._read_at is not None and self._clock() - self._read_at < _FRESH_SECONDS

    def _read(self, api: Client) -> None:
        self._ids = {
            (group.group_name, tag.name): tag.id
            for group in get_corp_tag_list(api)
            for tag in group.tag
        }
        self._read_at = self._clock()

    def _require(self, api: Client, group: str, tag: str) -> None:
        """Make a tag unless it is there; its group is made with it, or appended to."""
        if (group, tag) in self._ids:
            return
        try:
            made = add_corp_tag(api, [NewTag(name=tag)], group_name=group)
        except TagNameTaken as error:
            # 40071: another process was quicker.
            self._read(api)
            if (group, tag) not in self._ids:
                raise HandlerRetry(f"{error}; no list shows it yet", after=_SHOWN_AFTER) from error
            return
        self._ids.update({(group, each.name): each.id for each in made.tag})
        if made.tag:  # the one that was asked for, whatever WeCom makes of its name
            self._ids[group, tag] = made.tag[0].id
