"""Customers scan codes: of members (联系我) and of groups (加入群聊)."""

from __future__ import annotations

from typing import Any

from errors import ActionImpossible
from simulator.actions.customers import CustomerActions, known_or_new
from simulator.actions.group_chats import GroupChatActions
from simulator.actions.stage import action
from simulator.api.ranges import serving_members
from simulator.contact_ways import ContactWay, ContactWays, JoinWay, Request, TempChat
from simulator.corp import Corp

_ADD_WAY_QR_CODE = 1


class ContactWayActions(CustomerActions, GroupChatActions):
    """Codes that were made through the API are scanned (联系我, 加入群聊)."""

    @action("GET")
    def codes(self, *, corpid: str = "") -> dict[str, list[dict[str, Any]]]:
        """Return the codes there are, with the config_id that scanning takes."""
        with self.tenant.changed:
            ways = self.tenant.corp(corpid).of(ContactWays)
            return {
                "contact_ways": [
                    {"config_id": each.config_id, "state": each.state, "user": each.user}
                    for each in ways.contact.values()
                ],
                "join_ways": [
                    {"config_id": each.config_id, "chat_id_list": each.chat_id_list}
                    for each in ways.join.values()
                ],
            }

    @action("POST")
    def scan_contact_way(
        self,
        state: str = "",
        *,
        config_id: str = "",
        userid: str = "",
        external_userid: str = "",
        name: str = "",
        half: bool = False,
        corpid: str = "",
    ) -> str:
        """Let a customer scan a contact-me code (联系我); returns the external_userid.

        config_id: a way made through the API, which brings its own state; without one, a code
        with the state given. userid: which member it leads to, by default each in turn. A way
        that needs consent tells nobody before `accept_request`. half: as in `add_customer`.
        """
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            if not config_id:
                chosen = userid or self._first_follower(corp)
                return self.add_customer(
                    chosen,
                    state=state,
                    half=half,
                    name=name,
                    external_userid=external_userid,
                    corpid=corpid,
                )
            way = corp.of(ContactWays).contact.get(config_id)
            now = self.tenant.clock.now()
            if way is None or way.used or way.ended(now):
                raise ActionImpossible(
                    f"There is no contact way {config_id}, or it has ended; see `codes`."
                )
            customer = known_or_new(corp, external_userid, name)
            if way.unionid and way.unionid != customer.unionid:
                raise ActionImpossible("The way is for another unionid.")
            met = self._choose(corp, way, userid, customer.external_userid)
            if not way.skip_verify:
                self._ask(
                    corp,
                    met,
                    customer.external_userid,
                    Request(state=way.state, add_way=_ADD_WAY_QR_CODE),
                )
                return customer.external_userid
            self.add_customer(
                met,
                state=way.state,
                half=half,
                external_userid=customer.external_userid,
                corpid=corpid,
            )
            if way.is_temp:
                self._begin_temp_chat(corp, way, met, customer.external_userid)
            return customer.external_userid

    @action("POST")
    def accept_request(self, userid: str, external_userid: str, *, corpid: str = "") -> None:
        """Let the member agree to a customer who asked (add_external_contact)."""
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            request = corp.of(ContactWays).requests.pop((userid, external_userid), None)
            if request is None:
                raise ActionImpossible(
                    f"{external_userid} has not asked {userid}; a code does with skip_verify false."
                )
            self._agreed(corp, userid, external_userid, request)

    @action("POST")
    def scan_join_way(
        self, config_id: str, *, external_userid: str = "", name: str = "", corpid: str = ""
    ) -> dict[str, str]:
        """Let a customer scan the code of a group (加入群聊); returns {external_userid, chat_id}.

        The first group of the way with room takes them; when all are full a new one is made, if
        the way says so.
        """
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            way = corp.of(ContactWays).join.get(config_id)
            if way is None:
                raise ActionImpossible(f"There is no join way {config_id}; see `codes`.")
            customer = known_or_new(corp, external_userid, name)
            chat_id = self._group_with_room(corp, way)
            self.join_group_chat(
                chat_id,
                customer.external_userid,
                by_qr_code=True,
                state=way.state,
                corpid=corp.corpid,
            )
            return {"external_userid": customer.external_userid, "chat_id": chat_id}

    @action("GET")
    def conclusions(self, *, external_userid: str = "", corpid: str = "") -> list[dict[str, Any]]:
        """Return what customers were sent at the end of temporary sessions, newest first."""
        with self.tenant.changed:
            sent = self.tenant.corp(corpid).of(ContactWays).conclusions_sent
            found = [each for each in sent if external_userid in {"", each["external_userid"]}]
            return found[::-1]

    def _agreed(self, corp: Corp, userid: str, external_userid: str, request: Request) -> None:
        self.add_customer(
            userid,
            external_userid=external_userid,
            state=request.state,
            add_way=request.add_way,
            corpid=corp.corpid,
        )

    def _ask(self, corp: Corp, userid: str, external_userid: str, request: Request) -> None:
        corp.of(ContactWays).requests[userid, external_userid] = request

    def _first_follower(self, corp: Corp) -> str:
        serving = serving_members(corp, corp.members, ())
        if not serving:
            raise ActionImpossible("No member has the customer-contact feature.")
        return serving[0]

    def _choose(self, corp: Corp, way: ContactWay, userid: str, external_userid: str) -> str:
        """Return who gets the customer: one who can, and has not got them yet."""
        serving = serving_members(corp, way.user, way.party)
        if userid and userid not in serving:
            raise ActionImpossible(f"The way does not lead to {userid}.")
        free = [each for each in serving if not _have_met(corp, each, external_userid)]
        if way.is_exclusive and len(free) < len(serving):
            raise ActionImpossible("The way is exclusive, and the customer has a member already.")
        free = [each for each in free if userid in {"", each}]
        if not free:
            raise ActionImpossible("Nobody of the way can take this customer.")
        return way.choose(free)

    def _begin_temp_chat(
        self, corp: Corp, way: ContactWay, userid: str, external_userid: str
    ) -> None:
        way.used = True
        ways = corp.of(ContactWays)
        ends_at = self.tenant.clock.now() + way.chat_expires_in
        chat = TempChat(ends_at=ends_at, conclusions=way.conclusions)
        ways.temp_chats[userid, external_userid] = chat

        def end() -> None:
            with self.tenant.changed:
                if ways.temp_chats.get((userid, external_userid)) is chat:
                    ways.end_temp_chat(userid, external_userid, self.tenant.clock.now())

        self._agenda.at(ends_at, end)

    def _group_with_room(self, corp: Corp, way: JoinWay) -> str:
        most = self.tenant.limits.group_chat_members
        living = [
            corp.group_chats[each]
            for each in way.chat_id_list
            if not corp.group_chats[each].dismissed
        ]
        for chat in living:
            if len(chat.current.members) < most:
                return chat.chat_id
        if not living or not way.auto_create_room:
            raise ActionImpossible("The groups of the way are full or gone.")
        chat_id = self.create_group_chat(
            living[0].current.owner,
            name=f"{way.room_base_name}{way.room_base_id}",
            corpid=corp.corpid,
        )
        way.room_base_id += 1
        way.chat_id_list = [*way.chat_id_list, chat_id]
        return chat_id


def _have_met(corp: Corp, userid: str, external_userid: str) -> bool:
    relation = corp.relation(userid, external_userid)
    return relation is not None and not (relation.deleted_by_member or relation.deleted_by_customer)
