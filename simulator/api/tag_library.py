"""The tags of customers, of the corp or of a strategy: reading, making, changing, deleting.

A Library says which of the two a call is about; ids of the other kind are unknown to it (40068).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from errors import CallRefused
from simulator.api.endpoint import Call
from simulator.api.telling import TAG, tell_of_tag, tell_others
from simulator.records import Tag, TagGroup
from simulator.strategies import CustomerStrategies

_MOST_NAME = 30
_MOST_ORDER = 2**32 - 1
_MOST_TAGS = 10_000


@dataclass(frozen=True, kw_only=True)
class Library:
    """The tags of the corp, or those of the strategies of one app."""

    call: Call
    of_strategies: bool

    def groups(self) -> list[TagGroup]:
        """Return the living groups, in the order of the console."""
        living = [
            group
            for group in self.call.corp.tag_groups.values()
            if not group.deleted and self._holds(group)
        ]
        return sorted(living, key=lambda group: -group.order)

    def listed(self) -> list[dict[str, Any]]:
        """Return the groups asked for by id, or all; deleted ones only when asked for by id."""
        tag_ids, group_ids = self.call.texts("tag_id"), self.call.texts("group_id")
        corp = self.call.corp
        if group_ids:
            groups = [corp.tag_groups[each] for each in group_ids if each in corp.tag_groups]
            return [
                shown_group(group, _all_of(self.call, group), ids=True)
                for group in groups
                if self._holds(group)
            ]
        if tag_ids:
            return self._groups_of_tags(tag_ids)
        return [
            shown_group(group, corp.tags_of_group(group.id), ids=False) for group in self.groups()
        ]

    def add(self, strategy_id: int = 0) -> dict[str, Any]:
        """Add tags to a new or a known group; equal names collapse to one. Tells the others."""
        call = self.call
        wanted = _wanted_tags(call)
        group_id = call.optional_text("group_id") or ""
        group_name = call.optional_text("group_name") or ""
        order = call.integer("order", 0, low=0, high=_MOST_ORDER)
        if not group_id and not group_name:
            raise CallRefused(40058)
        group: TagGroup | None
        if group_id:
            group = self.group(group_id)
        else:
            _check_name(group_name)
            group = call.corp.named_group(group_name, strategy_id)
        if group:
            taken = {tag.name for tag in call.corp.tags_of_group(group.id)}
            if taken & wanted.keys():
                raise CallRefused(40071)
        living = sum(not tag.deleted for tag in call.corp.tags.values())
        if living + len(wanted) > _MOST_TAGS:
            raise CallRefused(40126)
        now, owner = int(call.now), call.app.name
        if group is None:
            group = call.corp.add_tag_group(
                group_name, order=order, owner=owner, now=now, strategy_id=strategy_id
            )
            tell_of_tag(call, "create", group.id, "tag_group", strategy_id)
        created = [
            call.corp.add_tag(group, name, order=order, owner=owner, now=now)
            for name, order in wanted.items()
        ]
        for tag in created:
            tell_of_tag(call, "create", tag.id, "tag", strategy_id)
        return shown_group(group, created, ids=False)

    def edit(self) -> None:
        """Rename or re-order a tag or a group; only what the app made itself. Tells the others."""
        call = self.call
        known_id = call.text("id", missing=40068)
        name = call.optional_text("name")
        order = call.integer("order", 0, low=0, high=_MOST_ORDER) if call.has("order") else None
        if name is None and order is None:
            raise CallRefused(40058)
        if name is not None:
            _check_name(name)
        known = self._living(known_id)
        self._check_owner(known)
        if name is not None:
            self._check_free(known, name)
            known.name = name
            self._tell("update", known)
        if order is not None:
            known.order = order
            if isinstance(known, Tag):
                tell_others(call, TAG, {"Id": known.group_id, "ChangeType": "shuffle"})

    def delete(self) -> None:
        """Delete tags and groups; a group goes with its last tag. Tells the others."""
        call = self.call
        tag_ids, group_ids = call.texts("tag_id"), call.texts("group_id")
        if not tag_ids and not group_ids:
            raise CallRefused(40058)
        tags = [self.tag(each) for each in tag_ids]
        groups = [self.group(each) for each in group_ids]
        for tag in tags:
            self._check_owner(tag)
        for group in groups:
            self._check_owner(group)
        for group in groups:
            self._tell("delete", group)
            for tag in call.corp.tags_of_group(group.id):
                call.corp.delete_tag(tag)
            group.deleted = True
        for tag in tags:
            if not tag.deleted:
                self._tell("delete", tag)
                emptied = call.corp.delete_tag(tag)
                if emptied:
                    self._tell("delete", emptied)

    def tag(self, tag_id: str) -> Tag:
        """Return a living tag of this library. Raises CallRefused 40068."""
        tag = self.call.corp.tags.get(tag_id)
        if tag is None or tag.deleted or not self._holds(self.call.corp.tag_groups[tag.group_id]):
            raise CallRefused(40068)
        return tag

    def group(self, group_id: str) -> TagGroup:
        """Return a living group of this library. Raises CallRefused 40068."""
        group = self.call.corp.tag_groups.get(group_id)
        if group is None or group.deleted or not self._holds(group):
            raise CallRefused(40068)
        return group

    def _holds(self, group: TagGroup) -> bool:
        if not self.of_strategies:
            return not group.strategy_id
        strategy = self.call.corp.of(CustomerStrategies).by_id.get(group.strategy_id)
        wanted = self.call.params.get("strategy_id")
        return (
            strategy is not None
            and strategy.owner == self.call.app.name
            and wanted in (None, group.strategy_id)
        )

    def _living(self, known_id: str) -> Tag | TagGroup:
        return self.group(known_id) if known_id in self.call.corp.tag_groups else self.tag(known_id)

    def _groups_of_tags(self, tag_ids: list[str]) -> list[dict[str, Any]]:
        corp = self.call.corp
        by_group: dict[str, list[Tag]] = {}
        for tag_id in tag_ids:
            if tag_id in corp.tags:
                tag = corp.tags[tag_id]
                by_group.setdefault(tag.group_id, []).append(tag)
        return [
            shown_group(corp.tag_groups[group_id], tags, ids=True)
            for group_id, tags in by_group.items()
            if self._holds(corp.tag_groups[group_id])
        ]

    def _check_free(self, known: Tag | TagGroup, name: str) -> None:
        others: list[Tag] | list[TagGroup]
        if isinstance(known, Tag):
            others = self.call.corp.tags_of_group(known.group_id)
        else:
            others = [each for each in self.groups() if each.strategy_id == known.strategy_id]
        if any(other.name == name and other.id != known.id for other in others):
            raise CallRefused(40071)

    def _check_owner(self, known: Tag | TagGroup) -> None:
        if self.call.app.kind != "customer_contact" and known.owner != self.call.app.name:
            raise CallRefused(60011)

    def _tell(self, kind: str, known: Tag | TagGroup) -> None:
        group = self.call.corp.tag_groups[known.group_id] if isinstance(known, Tag) else known
        tag_type = "tag" if isinstance(known, Tag) else "tag_group"
        tell_of_tag(self.call, kind, known.id, tag_type, group.strategy_id)


def _wanted_tags(call: Call) -> dict[str, int]:
    """Return the order of each new tag by its name."""
    wanted: dict[str, int] = {}
    for each in call.objects("tag"):
        name = each.optional_text("name")
        if name is None:
            raise CallRefused(40058)
        _check_name(name)
        wanted.setdefault(name, each.integer("order", 0, low=0, high=_MOST_ORDER))
    if not wanted:
        raise CallRefused(40058)
    return wanted


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= _MOST_NAME:
        raise CallRefused(40072)


def _all_of(call: Call, group: TagGroup) -> list[Tag]:
    return [tag for tag in call.corp.tags.values() if tag.group_id == group.id]


def shown_group(group: TagGroup, tags: list[Tag], *, ids: bool) -> dict[str, Any]:
    """Return a group as it is told; ids: it was asked for by id, so deleted is told too."""
    shown: dict[str, Any] = {
        "group_id": group.id,
        "group_name": group.name,
        "create_time": group.create_time,
        "order": group.order,
        "tag": [_shown_tag(tag, ids=ids) for tag in tags],
    }
    if group.strategy_id:
        shown["strategy_id"] = group.strategy_id
    return {**shown, "deleted": group.deleted} if ids else shown


def _shown_tag(tag: Tag, *, ids: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": tag.id,
        "name": tag.name,
        "create_time": tag.create_time,
        "order": tag.order,
    }
    return {**shown, "deleted": tag.deleted} if ids else shown
