"""What members do with messages to many and with moments, and customers with moments."""

from __future__ import annotations

import calendar
from collections.abc import Iterable

from errors import ActionImpossible
from simulator.actions.stage import Stage, action
from simulator.activity import Activity
from simulator.corp import Corp, new_id
from simulator.days import date_of
from simulator.group_messages import (
    CAPPED,
    CONFIRMED,
    NOT_A_FRIEND,
    SENT,
    UNSENT,
    GroupMessage,
    GroupMessages,
    Send,
    SendTask,
)
from simulator.handovers import followed
from simulator.moments import Moment, Moments, MomentTask, Reaction

_NAMES = {UNSENT: "unsent", SENT: "sent", NOT_A_FRIEND: "not_a_friend", CAPPED: "capped"}


class CampaignActions(Stage):
    """Members confirm the tasks of group messages and moments (群发, 朋友圈)."""

    @action("POST")
    def send_group_message(
        self, msgid: str, userid: str, *, only: list[str] | None = None, corpid: str = ""
    ) -> dict[str, int]:
        """Let a member send what a group message asks for; returns how many came to what.

        only: customers or groups the member picks, where the message lets them.
        """
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            task = self._send_task(corp, msgid, userid)
            if only is not None and not corp.of(GroupMessages).by_id[msgid].allow_select:
                raise ActionImpossible("The message does not let members pick (allow_select).")
            now = self.tenant.clock.now()
            for send in task.sends:
                if only is None or (send.external_userid or send.chat_id) in only:
                    send.status = self._try_to_send(corp, userid, send, now)
                    send.send_time = int(now)
            task.status, task.send_time = CONFIRMED, int(now)
            came_to = [_NAMES[send.status] for send in task.sends]
            return {name: came_to.count(name) for name in _NAMES.values()}

    @action("POST")
    def decline_group_message(self, msgid: str, userid: str, *, corpid: str = "") -> None:
        """Let a member take a group message off the list without sending it."""
        with self.tenant.changed:
            self._send_task(self.tenant.corp(corpid), msgid, userid).declined = True

    @action("POST")
    def write_in_group(
        self, chat_id: str, member: str, *, messages: int = 1, corpid: str = ""
    ) -> None:
        """Let someone write in a group chat: it counts in the statistics."""
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            chat = corp.group_chats.get(chat_id)
            if chat is None or all(each.userid != member for each in chat.current.members):
                raise ActionImpossible(f"{member} is not in a group chat {chat_id}.")
            activity = corp.of(Activity)
            activity.written_in_group(chat_id, member, self.tenant.clock.now(), messages)

    @action("POST")
    def publish_moment(
        self,
        moment_id: str,
        userid: str,
        *,
        external_userids: list[str] | None = None,
        corpid: str = "",
    ) -> list[str]:
        """Let a member publish a moment of the corp; returns the customers who can see it.

        external_userids: whom the member chooses, by default all it is meant for.
        """
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            moment = self._moment(corp, moment_id)
            task = moment.tasks.get(userid)
            if task is None or task.published or moment.cancelled:
                raise ActionImpossible(f"{userid} has no such moment to publish.")
            meant = _audience(corp, moment, userid)
            chosen = meant if external_userids is None else external_userids
            self._publish(corp, task, [each for each in meant if each in chosen])
            return task.visible

    @action("POST")
    def post_moment(self, userid: str, text: str, *, corpid: str = "") -> str:
        """Let a member post a moment of their own; returns the moment_id."""
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            self._member(corp, userid)
            moment = Moment(
                moment_id=new_id("mom"),
                create_time=self.tenant.clock.now(),
                content={"text": {"content": text}},
                tasks={userid: MomentTask(userid=userid)},
                creator=userid,
            )
            corp.of(Moments).by_id[moment.moment_id] = moment
            self._publish(corp, moment.tasks[userid], _audience(corp, moment, userid))
            return moment.moment_id

    @action("POST")
    def react_to_moment(
        self, moment_id: str, userid: str, who: str, *, like: bool = False, corpid: str = ""
    ) -> None:
        """Let a customer who sees a member's moment comment or like it, or the member do so."""
        with self.tenant.changed:
            task = self._moment(self.tenant.corp(corpid), moment_id).tasks.get(userid)
            if task is None or not task.published:
                raise ActionImpossible(f"{userid} has not published that moment.")
            if who != userid and who not in task.visible:
                raise ActionImpossible(f"{who} does not see that moment.")
            name = "userid" if who == userid else "external_userid"
            reaction = Reaction(who={name: who}, create_time=int(self.tenant.clock.now()))
            (task.likes if like else task.comments).append(reaction)

    def _send_task(self, corp: Corp, msgid: str, userid: str) -> SendTask:
        message: GroupMessage | None = corp.of(GroupMessages).by_id.get(msgid)
        if message is None or message.cancelled:
            raise ActionImpossible(f"There is no group message {msgid}, or it was cancelled.")
        task = message.tasks.get(userid)
        if task is None or task.declined or task.status == CONFIRMED:
            raise ActionImpossible(f"{userid} has no such message to send.")
        return task

    def _try_to_send(self, corp: Corp, userid: str, send: Send, now: float) -> int:
        """Return what became of it: who left gets nothing, nor who had their messages."""
        if send.external_userid:
            relation = corp.relation(userid, send.external_userid)
            if relation is None or not relation.followed or relation.deleted_by_customer:
                return NOT_A_FRIEND
        date = date_of(now)
        most = self.tenant.limits.group_messages_per_month
        if most is None:
            most = calendar.monthrange(date.year, date.month)[1]
        received = corp.of(GroupMessages).received
        key = send.external_userid or send.chat_id, f"{date:%Y-%m}"
        if received[key] >= most:
            return CAPPED
        received[key] += 1
        return SENT

    def _moment(self, corp: Corp, moment_id: str) -> Moment:
        moment = corp.of(Moments).by_id.get(moment_id)
        if moment is None or moment.create_time > self.tenant.clock.now():
            raise ActionImpossible(f"There is no moment {moment_id}.")
        return moment

    def _publish(self, corp: Corp, task: MomentTask, chosen: Iterable[str]) -> None:
        task.published = True
        task.chosen = list(chosen)
        relations = {each: corp.relation(task.userid, each) for each in task.chosen}
        task.visible = [
            each
            for each, relation in relations.items()
            if relation and not relation.deleted_by_customer
        ]


def _audience(corp: Corp, moment: Moment, userid: str) -> list[str]:
    return [
        relation.external_userid
        for relation in followed(corp, userid)
        if not moment.tags or relation.tags.keys() & set(moment.tags)
    ]
