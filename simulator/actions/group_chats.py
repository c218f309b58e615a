"""What happens in group chats with customers (客户群事件, doc 92130)."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from errors import ActionImpossible
from simulator.actions.stage import Stage, action
from simulator.corp import Corp, new_id
from simulator.plaintext import Value
from simulator.records import ChatMember, ChatView, GroupChat

_EVENT = "change_external_chat"
_CORP_MEMBER, _EXTERNAL = 1, 2
_INVITED, _QR_CODE = 1, 3


class GroupChatActions(Stage):
    """Group chats are made, joined, left, changed and dissolved."""

    @action("POST")
    def create_group_chat(
        self,
        owner: str,
        *,
        name: str = "",
        members: list[str] | None = None,
        corpid: str = "",
    ) -> str:
        """Let a member make a group chat; members: userids, external_userids. Returns chat_id."""
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            self._member(corp, owner)
            now = self.tenant.clock.now()
            ids = dict.fromkeys([owner, *(members or [])])
            chat = GroupChat(
                chat_id=new_id("wr"),
                create_time=int(now),
                views=[
                    ChatView(
                        since=now,
                        name=name,
                        owner=owner,
                        notice="",
                        members=tuple(
                            self._chat_member(corp, each, _INVITED, owner, "") for each in ids
                        ),
                        version=_new_version(),
                    )
                ],
            )
            corp.group_chats[chat.chat_id] = chat
            self._tell_of_chat(corp, chat, {"ChangeType": "create"})
            return chat.chat_id

    @action("POST")
    def join_group_chat(
        self,
        chat_id: str,
        member: str,
        *,
        by_qr_code: bool = False,
        invitor: str = "",
        state: str = "",
        corpid: str = "",
    ) -> None:
        """Let a member or a customer join (add_member); state: of the join way."""
        with self.tenant.changed:
            corp, chat = self._chat(corpid, chat_id)
            if any(each.userid == member for each in chat.current.members):
                raise ActionImpossible(f"{member} is in that group chat already.")
            scene = _QR_CODE if by_qr_code else _INVITED
            joined = self._chat_member(corp, member, scene, invitor, state)
            last = chat.current
            self._look(
                chat,
                replace(last, members=(*last.members, joined), version=_new_version()),
            )
            self._tell_of_members(
                corp,
                chat,
                last,
                [member],
                UpdateDetail="add_member",
                JoinScene=_QR_CODE if by_qr_code else 0,
            )

    @action("POST")
    def leave_group_chat(
        self, chat_id: str, member: str, *, removed: bool = False, corpid: str = ""
    ) -> None:
        """Let someone leave, or be removed by the owner (del_member)."""
        with self.tenant.changed:
            corp, chat = self._chat(corpid, chat_id)
            last = chat.current
            left = tuple(each for each in last.members if each.userid != member)
            if len(left) == len(last.members):
                raise ActionImpossible(f"{member} is not in that group chat.")
            self._look(chat, replace(last, members=left, version=_new_version()))
            self._tell_of_members(
                corp, chat, last, [member], UpdateDetail="del_member", QuitScene=int(removed)
            )

    @action("POST")
    def change_group_chat(
        self,
        chat_id: str,
        *,
        owner: str | None = None,
        name: str | None = None,
        notice: str | None = None,
        corpid: str = "",
    ) -> None:
        """Change owner, name or notice: one event each (change_owner …)."""
        changes = {"owner": owner, "name": name, "notice": notice}
        with self.tenant.changed:
            corp, chat = self._chat(corpid, chat_id)
            if owner is not None:
                self._member(corp, owner)
            for field, value in changes.items():
                if value is not None:
                    self._look(chat, replace(chat.current, **{field: value}))  # type: ignore[arg-type]  # all three are text
                    self._tell_of_chat(
                        corp, chat, {"ChangeType": "update", "UpdateDetail": f"change_{field}"}
                    )

    @action("POST")
    def dismiss_group_chat(self, chat_id: str, *, corpid: str = "") -> None:
        """Dissolve a group chat (dismiss)."""
        with self.tenant.changed:
            corp, chat = self._chat(corpid, chat_id)
            chat.dismissed = True
            self._tell_of_chat(corp, chat, {"ChangeType": "dismiss"})

    @action("GET")
    def group_chat(self, chat_id: str, *, corpid: str = "") -> dict[str, Any]:
        """Return a group chat as its members see it now."""
        with self.tenant.changed:
            return _shown(self._chat(corpid, chat_id)[1])

    @action("GET")
    def group_chats(self, *, corpid: str = "") -> list[dict[str, Any]]:
        """Return the group chats that are not dissolved."""
        with self.tenant.changed:
            chats = self.tenant.corp(corpid).group_chats.values()
            return [_shown(each) for each in chats if not each.dismissed]

    def _chat(self, corpid: str, chat_id: str) -> tuple[Corp, GroupChat]:
        corp = self.tenant.corp(corpid)
        chat = corp.group_chats.get(chat_id)
        if chat is None or chat.dismissed:
            raise ActionImpossible(f"There is no group chat {chat_id}; `group_chats` lists them.")
        return corp, chat

    def _look(self, chat: GroupChat, view: ChatView) -> None:
        chat.look(view, self.tenant.clock.now())

    def _chat_member(
        self, corp: Corp, userid: str, scene: int, invitor: str, state: str
    ) -> ChatMember:
        if userid in corp.members:
            kind, name, unionid = _CORP_MEMBER, corp.members[userid].name, ""
        elif userid in corp.customers:
            customer = corp.customers[userid]
            kind, name, unionid = _EXTERNAL, customer.name, customer.unionid
        else:
            raise ActionImpossible(f"There is neither a member nor a customer {userid}.")
        return ChatMember(
            userid=userid,
            type=kind,
            join_time=int(self.tenant.clock.now()),
            join_scene=scene,
            name=name,
            invitor=invitor,
            state=state,
            unionid=unionid,
        )

    def _tell_of_members(
        self, corp: Corp, chat: GroupChat, last: ChatView, members: list[str], **detail: Value
    ) -> None:
        self._tell_of_chat(
            corp,
            chat,
            {
                "ChangeType": "update",
                **detail,
                "MemChangeCnt": len(members),
                "MemChangeList": {"Item": members},
                "LastMemVer": last.version,
                "CurMemVer": chat.current.version,
            },
        )

    def _tell_of_chat(self, corp: Corp, chat: GroupChat, fields: dict[str, Value]) -> None:
        now = self.tenant.clock.now()
        for app in self._listeners(corp, chat.current.owner):
            self._tell(
                app, _EVENT, {"ChatId": chat.chat_id, **fields}, at=now, subject=chat.chat_id
            )


def _shown(chat: GroupChat) -> dict[str, Any]:
    view = chat.current
    return {
        "chat_id": chat.chat_id,
        "name": view.name,
        "owner": view.owner,
        "notice": view.notice,
        "members": [each.userid for each in view.members],
        "version": view.version,
    }


def _new_version() -> str:
    return secrets.token_hex(16)
