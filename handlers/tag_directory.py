"""The ids of corp tags by their names, kept in memory and created when missing (企业标签库)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from errors import TagNameTaken
from handlers.rules import split_tag_name
from wecom import Client
from wecom.tag import NewTag, add_corp_tag, get_corp_tag_list

_FRESH_SECONDS = 600


class TagDirectory:
    """The tags of one corp as one app sees them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ids: dict[tuple[str, str], str] = {}
        self._read_at: float | None = None

    def ids(self, api: Client, names: Iterable[str]) -> list[str]:
        """Return the ids of "group/tag" names, in order; what is missing is created.

        Raises ValueError for a name without a group, APIError when WeCom refuses to create.
        """
        wanted = [split_tag_name(name) for name in names]
        with self._lock:
            if not self._is_fresh():
                self._read(api)
            for group, tag in wanted:
                if (group, tag) not in self._ids:
                    self._create(api, group, tag)
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

    def _create(self, api: Client, group: str, tag: str) -> None:
        """Make one tag; the group is made with it or, when there is one, appended to."""
        try:
            made = add_corp_tag(api, [NewTag(name=tag)], group_name=group)
        except TagNameTaken:
            # 40071: another process was quicker.
            self._read(api)
            return
        self._ids.update({(group, each.name): each.id for each in made.tag})
