"""What customers do in customer service accounts (微信客服, doc 94670)."""

from __future__ import annotations

import secrets
from typing import Any

from errors import ActionImpossible
from simulator.actions.stage import Stage, action
from simulator.api.kf import ANSWERABLE_SECONDS, SENDS_PER_MESSAGE
from simulator.corp import Corp, new_id
from simulator.plaintext import Fields, write
from simulator.records import KfAccount, KfCode, KfItem, KfVisitor

_TOKEN_SECONDS = 600
_WELCOME_SECONDS = 20
_FROM_CUSTOMER = 3
_FROM_SYSTEM = 4


class CustomerServiceActions(Stage):
    """Visitors of customer service accounts come and write (微信客服).

    Visitors come and write; the app is told that there is something to pull.

    notify: False loses the notification, so that only a later one leads to the pull.
    """

    @action("POST")
    def add_kf_account(self, name: str = "", *, app: str = "", open_kfid: str = "") -> str:
        """Make a customer service account that an app manages; returns the open_kfid."""
        with self.tenant.changed:
            manager = self.tenant.app(app)
            accounts = self.tenant.corp(manager.corpid).kf_accounts
            account = KfAccount(
                open_kfid=open_kfid or new_id("wk"), name=name or "客服", app=manager.name
            )
            accounts[account.open_kfid] = account
            return account.open_kfid

    @action("POST")
    def kf_enter(
        self,
        open_kfid: str,
        *,
        external_userid: str = "",
        scene: str = "",
        scene_param: str = "",
        notify: bool = True,
    ) -> str:
        """Let a customer open the chat; returns the external_userid.

        The event has a welcome_code unless they were greeted or wrote within 48 hours.
        """
        with self.tenant.changed:
            corp, account = self._kf_account(open_kfid)
            external_userid = external_userid or new_id("wm")
            visitor = account.visitors.setdefault(external_userid, KfVisitor())
            event: dict[str, Any] = {
                "event_type": "enter_session",
                "scene": scene,
                "scene_param": scene_param,
                "open_kfid": open_kfid,
                "external_userid": external_userid,
            }
            if self._may_be_greeted(visitor):
                event["welcome_code"] = self._issue_kf_code(corp, account, external_userid)
            self._add_kf_item(
                corp, account, {"origin": _FROM_SYSTEM, "msgtype": "event", "event": event}
            )
            if notify:
                self._notify_kf(account)
            return external_userid

    @action("POST")
    def kf_write(
        self, open_kfid: str, external_userid: str, content: str, *, notify: bool = True
    ) -> str:
        """Let a customer write a text; returns its msgid."""
        with self.tenant.changed:
            corp, account = self._kf_account(open_kfid)
            visitor = account.visitors.setdefault(external_userid, KfVisitor())
            visitor.wrote_at, visitor.sends_left = self.tenant.clock.now(), SENDS_PER_MESSAGE
            msgid = self._add_kf_item(
                corp,
                account,
                {
                    "open_kfid": open_kfid,
                    "external_userid": external_userid,
                    "origin": _FROM_CUSTOMER,
                    "servicer_userid": "",
                    "msgtype": "text",
                    "text": {"content": content},
                },
            )
            if notify:
                self._notify_kf(account)
            return msgid

    @action("POST")
    def kf_notify(self, open_kfid: str) -> int:
        """Tell the app once more that there is something to pull; returns the push's number."""
        with self.tenant.changed:
            return self._notify_kf(self._kf_account(open_kfid)[1])

    def _kf_account(self, open_kfid: str) -> tuple[Corp, KfAccount]:
        for corp in self.tenant.corps.values():
            if open_kfid in corp.kf_accounts:
                return corp, corp.kf_accounts[open_kfid]
        raise ActionImpossible(f"There is no customer service account {open_kfid!r}.")

    def _may_be_greeted(self, visitor: KfVisitor) -> bool:
        since = self.tenant.clock.now() - ANSWERABLE_SECONDS
        return all(at is None or at < since for at in (visitor.greeted_at, visitor.wrote_at))

    def _issue_kf_code(self, corp: Corp, account: KfAccount, external_userid: str) -> str:
        code, now = secrets.token_urlsafe(32), self.tenant.clock.now()
        corp.kf_codes[code] = KfCode(
            open_kfid=account.open_kfid,
            external_userid=external_userid,
            app=account.app,
            event_at=now,
            expires_at=int(now) + _WELCOME_SECONDS,
        )
        return code

    def _add_kf_item(self, corp: Corp, account: KfAccount, content: dict[str, Any]) -> str:
        msgid, now = secrets.token_urlsafe(32), self.tenant.clock.now()
        item = {"msgid": msgid, "send_time": int(now), **content}
        account.items.append(KfItem(number=next(corp.kf_numbers), time=now, content=item))
        return msgid

    def _notify_kf(self, account: KfAccount) -> int:
        app = self.tenant.app(account.app)
        callback, now = self._data_callback(app), self.tenant.clock.now()
        token = secrets.token_urlsafe(48)
        account.tokens[token] = now + _TOKEN_SECONDS
        # The official sample has neither FromUserName nor AgentID.
        fields: Fields = {
            "ToUserName": app.corpid,
            "CreateTime": int(now),
            "MsgType": "event",
            "Event": "kf_msg_or_event",
            "Token": token,
            "OpenKfId": account.open_kfid,
        }
        return self._pusher.push(
            callback,
            write(fields, callback.form),
            app=app.name,
            event="kf_msg_or_event",
            subject=account.open_kfid,
        ).number
