"""What an admin does to the corp's tags (企业客户标签事件, doc 92130)."""

from __future__ import annotations

from typing import Any

from errors import ActionImpossible
from simulator.actions.stage import Stage, action
from simulator.corp import Corp
from simulator.plaintext import Value
from simulator.records import Tag, TagGroup

_EVENT = "change_external_tag"


class TagActions(Stage):
    """Tags of customers are made, renamed, deleted and put in another order."""

    @action("GET")
    def tags(self, *, corpid: str = "") -> dict[str, dict[str, str]]:
        """Return the ids of the living tags: {group: {tag: id}}."""
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            return {
                group.name: {tag.name: tag.id for tag in corp.tags_of_group(group.id)}
                for group in corp.tag_groups.values()
                if not group.deleted and not group.strategy_id
            }

    @action("POST")
    def create_tag(self, group: str, name: str, *, corpid: str = "") -> str:
        """Make a tag, and its group if there is none of that name; returns the tag's id."""
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            now = int(self.tenant.clock.now())
            known = corp.named_group(group)
            if known is None:
                known = corp.add_tag_group(group, order=0, owner="", now=now)
                self._tell_of_tag(corp, "create", known)
            if any(tag.name == name for tag in corp.tags_of_group(known.id)):
                raise ActionImpossible("The group has a tag of that name.")
            tag = corp.add_tag(known, name, order=0, owner="", now=now)
            self._tell_of_tag(corp, "create", tag)
            return tag.id

    @action("POST")
    def rename_tag(self, id: str, name: str, *, corpid: str = "") -> None:  # noqa: A002 - as on the wire
        """Rename a tag or a group."""
        with self.tenant.changed:
            corp, known = self._known(corpid, id)
            known.name = name
            self._tell_of_tag(corp, "update", known)

    @action("POST")
    def delete_tag(self, id: str, *, corpid: str = "") -> None:  # noqa: A002 - as on the wire
        """Delete a tag or a group; a group goes with its last tag."""
        with self.tenant.changed:
            corp, known = self._known(corpid, id)
            self._tell_of_tag(corp, "delete", known)
            if isinstance(known, Tag):
                emptied = corp.delete_tag(known)
                if emptied:
                    self._tell_of_tag(corp, "delete", emptied)
                return
            known.deleted = True
            for tag in corp.tags_of_group(known.id):
                corp.delete_tag(tag)

    @action("POST")
    def shuffle_tags(self, group_id: str = "", *, corpid: str = "") -> None:
        """Put the tags of a group, or of the whole library, in another order."""
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            if group_id and not isinstance(self._known(corpid, group_id)[1], TagGroup):
                raise ActionImpossible(f"{group_id} is no tag group.")
            shuffled = [tag for tag in corp.tags.values() if group_id in {"", tag.group_id}]
            for order, tag in enumerate(shuffled):
                tag.order = order
            fields: dict[str, Value] = {"Id": group_id, "ChangeType": "shuffle"}
            self._tell_contacts(corp, fields, group_id)

    def _known(self, corpid: str, known_id: str) -> tuple[Corp, Any]:
        corp = self.tenant.corp(corpid)
        known = corp.tags.get(known_id) or corp.tag_groups.get(known_id)
        if known is None or known.deleted:
            raise ActionImpossible(
                f"There is no tag and no group {known_id}; `tags` shows their ids."
            )
        return corp, known

    def _tell_of_tag(self, corp: Corp, kind: str, known: Tag | TagGroup) -> None:
        tag_type = "tag" if isinstance(known, Tag) else "tag_group"
        fields: dict[str, Value] = {"Id": known.id, "TagType": tag_type, "ChangeType": kind}
        self._tell_contacts(corp, fields, known.id)

    def _tell_contacts(self, corp: Corp, fields: dict[str, Value], subject: str) -> None:
        now = self.tenant.clock.now()
        for app in self._contact_listeners(corp):
            self._tell(app, _EVENT, fields, at=now, subject=subject)
