"""What members and customers do with each other (客户联系, doc 92130)."""

from __future__ import annotations

import threading
import time
from typing import Annotated, Any, Literal

from pydantic import Field

from errors import ActionImpossible
from simulator.acquisition import Acquisition, Link
from simulator.actions.stage import Stage, action
from simulator.activity import Activity
from simulator.corp import Corp, new_id
from simulator.handovers import Handovers
from simulator.plaintext import Value
from simulator.records import Customer, Member, Relation, Welcome

_EVENT = "change_external_contact"
_ADD_WAY_QR_CODE = 1
_ADD_WAY_ASSIGNED = 202
_CODED = frozenset({"add_external_contact", "add_half_external_contact", "msg_audit_approved"})
_WECOM_USER = 2
_MOST_CUSTOMERS = 100_000


class CustomerActions(Stage):
    """Customers come, change and go."""

    @action("GET")
    def customers(self, *, userid: str = "", corpid: str = "") -> list[dict[str, Any]]:
        """Return the customers, of one member or all, and who follows each."""
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            everybody = [
                {
                    "external_userid": each.external_userid,
                    "name": each.name,
                    "userids": [
                        relation.userid
                        for relation in corp.followers.get(each.external_userid, {}).values()
                        if relation.followed
                    ],
                }
                for each in corp.customers.values()
            ]
            return [each for each in everybody if userid in {"", *each["userids"]}]

    @action("POST")
    def add_customer(
        self,
        userid: str,
        *,
        state: str = "",
        name: str = "",
        external_userid: str = "",
        half: bool = False,
        add_way: int = _ADD_WAY_QR_CODE,
        type: Literal[1, 2] = 1,  # noqa: A002 - the vendor's word
        corpid: str = "",
    ) -> str:
        """Let a customer and a member become contacts; returns the external_userid.

        half: the customer added the member without verification (add_half_external_contact).
        external_userid: a customer who exists already; otherwise a new one is made.
        The welcome code is left out where the platform leaves it out (doc 92137).
        """
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            member = self._member(corp, userid)
            customer = known_or_new(corp, external_userid, name, type)
            relation = _meet(
                corp,
                member,
                customer,
                half=half,
                state=state,
                add_way=add_way,
                now=int(self.tenant.clock.now()),
            )
            kind = "add_half_external_contact" if half else "add_external_contact"
            self._announce(corp, member, relation, kind, {"State": state} if state else {})
            if not half:
                corp.of(Activity).of(userid, self.tenant.clock.now()).new_contact += 1
            self.tenant.count("customers")
            return customer.external_userid

    @action("POST")
    def add_customers(
        self,
        count: Annotated[int, Field(ge=1, le=_MOST_CUSTOMERS)],
        *,
        per_second: Annotated[float, Field(ge=0)] = 0,
        userid: str = "",
        state: str = "",
        corpid: str = "",
    ) -> dict[str, Any]:
        """Let many new customers come, at once or at a rate, to one member or to all in turn.

        With a rate it returns at once and goes on in the background: `wait(customers=...)`.
        """
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            userids = [self._member(corp, userid).userid] if userid else _followers(corp)
        ids = [new_id("wm") for _ in range(count)]
        if not per_second:
            self._add_in_turn(ids, userids, state, corpid, 0)
        else:
            threading.Thread(
                target=self._add_in_turn,
                args=(ids, userids, state, corpid, 1 / per_second),
                name="customers",
                daemon=True,
            ).start()
        return {"external_userids": ids}

    @action("POST")
    def customer_leaves(self, userid: str, external_userid: str, *, corpid: str = "") -> None:
        """Let the customer delete the member (del_follow_user); the relation stays one-way."""
        with self.tenant.changed:
            corp, member, relation = self._pair(corpid, userid, external_userid)
            if relation.deleted_by_customer:
                raise ActionImpossible("The customer has left already.")
            relation.deleted_by_customer = True
            corp.of(Activity).of(userid, self.tenant.clock.now()).negative_feedback += 1
            self._announce(corp, member, relation, "del_follow_user")
            self._tell_link_of_loss(corp, userid, external_userid)

    @action("POST")
    def delete_customer(
        self, userid: str, external_userid: str, *, by_transfer: bool = False, corpid: str = ""
    ) -> None:
        """Let the member delete the customer (del_external_contact), or a transfer do it."""
        with self.tenant.changed:
            corp, member, relation = self._pair(corpid, userid, external_userid)
            relation.deleted_by_member = True
            relation.tags.clear()
            source: dict[str, Value] = {"Source": "DELETE_BY_TRANSFER"} if by_transfer else {}
            self._announce(corp, member, relation, "del_external_contact", source)

    @action("POST")
    def edit_customer(
        self,
        userid: str,
        external_userid: str,
        *,
        remark: str | None = None,
        description: str | None = None,
        add_tag: list[str] | None = None,
        remove_tag: list[str] | None = None,
        corpid: str = "",
    ) -> None:
        """Let the member change remark or tags in the client (edit_external_contact)."""
        with self.tenant.changed:
            corp, member, relation = self._pair(corpid, userid, external_userid)
            for tag_id in [*(add_tag or []), *(remove_tag or [])]:
                if tag_id not in corp.tags or corp.tags[tag_id].deleted:
                    raise ActionImpossible(f"There is no tag {tag_id}; `tags` shows their ids.")
            relation.remark = relation.remark if remark is None else remark
            relation.description = relation.description if description is None else description
            relation.tags.update(dict.fromkeys(add_tag or []))
            for tag_id in remove_tag or []:
                relation.tags.pop(tag_id, None)
            state: dict[str, Value] = {"State": relation.state} if relation.state else {}
            self._announce(corp, member, relation, "edit_external_contact", state)

    @action("POST")
    def fail_transfer(
        self,
        userid: str,
        external_userid: str,
        *,
        reason: Literal["customer_refused", "customer_limit_exceed"] = "customer_refused",
        corpid: str = "",
    ) -> None:
        """Let the transfer of a customer to this member fail (transfer_fail).

        One that waits ends so; without one there is only the event.
        """
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            member = self._member(corp, userid)
            if external_userid not in corp.customers:
                raise ActionImpossible(
                    f"There is no customer {external_userid}; `customers` lists them."
                )
            waiting = corp.of(Handovers).waiting_for(userid, external_userid)
            if waiting:
                waiting.settle("refused" if reason == "customer_refused" else "full")
                return
            relation = corp.relation(userid, external_userid) or _relation(
                userid, external_userid, "", _ADD_WAY_ASSIGNED, int(self.tenant.clock.now())
            )
            self._announce(corp, member, relation, "transfer_fail", {"FailReason": reason})

    @action("POST")
    def start_chat(self, userid: str, external_userid: str, *, corpid: str = "") -> None:
        """Let the two start to chat: no welcome is possible any more (41051)."""
        with self.tenant.changed:
            self._pair(corpid, userid, external_userid)[2].chat_started = True

    @action("POST")
    def consent_to_archive(self, userid: str, external_userid: str, *, corpid: str = "") -> None:
        """Let the customer agree to the chat archive (msg_audit_approved), with a fresh code."""
        with self.tenant.changed:
            corp, member, relation = self._pair(corpid, userid, external_userid)
            relation.archive_consent = True
            self._announce(corp, member, relation, "msg_audit_approved")

    @action("POST")
    def fail_welcome(self, userid: str, external_userid: str, *, corpid: str = "") -> bool:
        """Let the welcome under way fail: true if one was, and others may try again."""
        with self.tenant.changed:
            relation = self._pair(corpid, userid, external_userid)[2]
            if relation.welcome.state(self.tenant.clock.now()) != "distributing":
                return False
            relation.welcome = Welcome()
            return True

    def _add_in_turn(
        self, ids: list[str], userids: list[str], state: str, corpid: str, pause_seconds: float
    ) -> None:
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
        started = time.monotonic()
        for number, external_userid in enumerate(ids):
            wait_seconds = started + number * pause_seconds - time.monotonic()
            if wait_seconds > 0 and self._closing.wait(wait_seconds):
                return
            with self.tenant.changed:
                if self.tenant.corps.get(corp.corpid) is not corp:
                    return
                _new_customer(corp, external_userid)
                self.add_customer(
                    userids[number % len(userids)],
                    external_userid=external_userid,
                    state=state,
                    corpid=corp.corpid,
                )

    def _tell_link_of_loss(self, corp: Corp, userid: str, external_userid: str) -> None:
        """Tell the app of an acquisition link that who it brought is gone (doc 97299)."""
        brought = corp.of(Acquisition).of_pair(userid, external_userid)
        if brought:
            link, _ = brought
            fields: dict[str, Value] = {
                "ChangeType": "del_follow_user",
                "UserID": userid,
                "ExternalUserID": external_userid,
                "LinkId": link.link_id,
            }
            self._tell_of_link(corp, link, fields)

    def _tell_of_link(self, corp: Corp, link: Link, fields: dict[str, Value]) -> None:
        owner = corp.apps.get(link.owner)
        if owner and owner.enabled:
            self._tell(
                owner,
                "customer_acquisition",
                fields,
                at=self.tenant.clock.now(),
                userid=str(fields.get("UserID", "")),
                subject=str(fields.get("ExternalUserID", link.link_id)),
            )

    def _pair(
        self, corpid: str, userid: str, external_userid: str
    ) -> tuple[Corp, Member, Relation]:
        corp = self.tenant.corp(corpid)
        member = self._member(corp, userid)
        relation = corp.relation(userid, external_userid)
        if relation is None or relation.deleted_by_member:
            raise ActionImpossible(
                f"{userid} has no customer {external_userid}; `customers` lists them."
            )
        return corp, member, relation

    def _announce(
        self,
        corp: Corp,
        member: Member,
        relation: Relation,
        kind: str,
        fields: dict[str, Value] | None = None,
    ) -> None:
        """Tell every entitled app, each with a welcome code of its own where there is one."""
        if not member.customer_contact:
            return
        now = self.tenant.clock.now()
        limits, code = self.tenant.limits, ""
        coded = kind in _CODED and _may_be_welcomed(corp, member, relation)
        for app in self._listeners(corp, member.userid):
            event: dict[str, Value] = {
                "ChangeType": kind,
                "UserID": member.userid,
                "ExternalUserID": relation.external_userid,
                **(fields or {}),
            }
            if coded and not (code and limits.welcome_code_shared):
                owner = "" if limits.welcome_code_shared else app.name
                code = corp.issue_code(owner, relation, now, limits.welcome_seconds)
            if code:
                event["WelcomeCode"] = code
            self._tell(
                app,
                _EVENT,
                event,
                at=now,
                userid=member.userid,
                subject=relation.external_userid,
            )


def _may_be_welcomed(corp: Corp, member: Member, relation: Relation) -> bool:
    """Return whether an event carries a WelcomeCode (doc 92137)."""
    if member.own_welcome or relation.chat_started:
        return False
    if corp.customers[relation.external_userid].type == _WECOM_USER:
        return False
    return relation.welcome.delivered_at is None


def _followers(corp: Corp) -> list[str]:
    userids = [each.userid for each in corp.members.values() if each.customer_contact]
    if not userids:
        raise ActionImpossible("No member has the customer-contact feature.")
    return userids


def known_or_new(
    corp: Corp, external_userid: str, name: str = "", type_: Literal[1, 2] = 1
) -> Customer:
    """Return the customer of that id, or a new one, who has nobody's contact yet."""
    if external_userid in corp.customers:
        return corp.customers[external_userid]
    return _new_customer(corp, external_userid or new_id("wm"), name, type_)


def _new_customer(
    corp: Corp, external_userid: str, name: str = "", type_: Literal[1, 2] = 1
) -> Customer:
    number = len(corp.customers) + 1
    customer = Customer(
        external_userid=external_userid,
        name=name or f"客户{number:05d}",
        type=type_,
        gender=number % 3,
        unionid=new_id("o")[:28] if type_ != _WECOM_USER else "",
        corp_name="模拟伙伴公司" if type_ == _WECOM_USER else "",
    )
    corp.customers[external_userid] = customer
    return customer


def _meet(
    corp: Corp,
    member: Member,
    customer: Customer,
    *,
    half: bool,
    state: str,
    add_way: int,
    now: int,
) -> Relation:
    relation = corp.relation(member.userid, customer.external_userid)
    if relation and relation.half and not relation.deleted_by_member and not half:
        relation.half = False
        relation.state = relation.state or state
        return relation
    if relation and not (relation.deleted_by_member or relation.deleted_by_customer):
        raise ActionImpossible("These two are contacts already.")
    relation = _relation(member.userid, customer.external_userid, state, add_way, now)
    relation.half = half
    corp.add_relation(relation)
    return relation


def _relation(userid: str, external_userid: str, state: str, add_way: int, now: int) -> Relation:
    return Relation(
        userid=userid,
        external_userid=external_userid,
        createtime=now,
        add_way=add_way,
        state=state,
    )
