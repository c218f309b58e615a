"""What members do inside an app: its pages, its menu, its cards, its voices."""

from __future__ import annotations

from typing import Any

from errors import ActionImpossible
from simulator.actions.stage import Stage, action
from simulator.agents import Agents
from simulator.api.media import JSSDK_VOICE, new_media
from simulator.contacts import openid_of
from simulator.messages import AppMessage, Messages
from simulator.oauth import CODE_SECONDS, OAuth, OAuthCode

_SPEEX = b"#!SPEEX16K\n" + bytes(64)


class AppActions(Stage):
    """A member opens a page, presses a button, speaks."""

    @action("POST")
    def open_page(
        self,
        userid: str = "",
        *,
        app: str = "",
        private: bool = False,
        external_userid: str = "",
    ) -> str:
        """Let somebody open a page of an app; returns the code of the redirect (网页授权登录).

        userid empty: somebody who is no member. private: they agree to show their details. The
        code is good once, for five minutes.
        """
        with self.tenant.changed:
            opened = self.tenant.app(app)
            corp = self.tenant.corp(opened.corpid)
            if userid:
                self._member(corp, userid)
            if external_userid and external_userid not in corp.customers:
                raise ActionImpossible(
                    f"There is no customer {external_userid}; `customers` lists them."
                )
            return corp.of(OAuth).issue_code(
                OAuthCode(
                    app=opened.name,
                    userid=userid,
                    openid=openid_of(corp, userid or external_userid),
                    external_userid=external_userid,
                    private=private,
                    expires_at=self.tenant.clock.now() + CODE_SECONDS,
                )
            )

    @action("POST")
    def record_voice(self, *, corpid: str = "") -> str:
        """Let a page record and upload a voice (uploadVoice); returns its media_id."""
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            now = self.tenant.clock.now()
            return new_media(corp, JSSDK_VOICE, _SPEEX, "voice.speex", now).media_id

    @action("POST")
    def press_card(
        self,
        userid: str,
        msgid: str,
        event_key: str,
        *,
        selected_items: dict[str, list[str]] | None = None,
        corpid: str = "",
    ) -> int:
        """Let a member press a button of a card or choose from its menu; returns the push's number.

        selected_items: the chosen option ids by question. The event brings a ResponseCode.
        """
        with self.tenant.changed:
            messages = self.tenant.corp(corpid).of(Messages)
            message = messages.by_id.get(msgid)
            if message is None or message.seen["msgtype"] not in ("template_card", "taskcard"):
                raise ActionImpossible("There is no such card.")
            if userid not in message.seen["userids"]:
                raise ActionImpossible("The member did not get this card.")
            app = self.tenant.app(message.app)
            code = messages.issue_code(app.name, msgid, self.tenant.clock.now())
            event, fields = _pressed(message, event_key, code, selected_items or {})
            return self._tell_of_member(app, userid, event, fields)

    @action("POST")
    def press_menu(self, userid: str, key: str, *, app: str = "") -> int:
        """Let a member press a menu button with this key or URL; returns the push's number."""
        with self.tenant.changed:
            pressed = self.tenant.app(app)
            corp = self.tenant.corp(pressed.corpid)
            self._member(corp, userid)
            menu = corp.of(Agents).settings(pressed.name).menu or []
            buttons = [each for top in menu for each in (top, *(top.get("sub_button") or ()))]
            for button in buttons:
                if key in (button.get("key"), button.get("url"), button.get("pagepath")):
                    return self._tell_of_member(pressed, userid, button["type"], {"EventKey": key})
            raise ActionImpossible(f"The menu has no button {key!r}.")


def _pressed(
    message: AppMessage, event_key: str, code: str, selected: dict[str, list[str]]
) -> tuple[str, dict[str, Any]]:
    """Return the event of a press: the old one for task cards, one of its own for the menu."""
    card = message.seen["content"]
    fields: dict[str, Any] = {"EventKey": event_key, "TaskId": message.task_id}
    if message.seen["msgtype"] == "taskcard":
        return "taskcard_click", fields
    fields |= {"CardType": card["card_type"], "ResponseCode": code}
    menu = card.get("action_menu") or {"action_list": []}
    if event_key in [each["key"] for each in menu["action_list"]]:
        return "template_card_menu_event", fields
    if selected:
        items = [
            {"QuestionKey": question, "OptionIds": {"OptionId": options}}
            for question, options in selected.items()
        ]
        fields["SelectedItems"] = {"SelectedItem": items}
    return "template_card_event", fields
