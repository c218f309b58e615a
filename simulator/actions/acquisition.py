"""Customers come by acquisition links, write, and use the quota up (获客助手, doc 97299)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from errors import ActionImpossible
from simulator.acquisition import (
    LOW_BALANCE,
    WARNED_DAYS_AHEAD,
    Acquisition,
    Link,
    LinkCustomer,
    QuotaPart,
)
from simulator.actions.contact_ways import ContactWayActions
from simulator.actions.customers import known_or_new
from simulator.actions.stage import action
from simulator.activity import Activity
from simulator.api.ranges import serving_members
from simulator.contact_ways import Request
from simulator.corp import Corp
from simulator.days import DAY_SECONDS
from simulator.plaintext import Value

_EVENT = "customer_acquisition"
_ADD_WAY_LINK = 16
_MOST_CHANNEL_BYTES = 64
_TOLD_MESSAGES = (3, 5, 10)
_Messages = Annotated[int, Field(ge=1, le=1000)]


class AcquisitionActions(ContactWayActions):
    """Customers come by acquisition links (获客链接), and customers and members write.

    The app that made a link is told what becomes of it; of the quota all entitled apps are.
    """

    @action("POST")
    def open_acquisition_link(
        self,
        link_id: str,
        *,
        customer_channel: str = "",
        userid: str = "",
        external_userid: str = "",
        name: str = "",
        once_key: str = "",
        corpid: str = "",
    ) -> str:
        """Let a customer open a link and ask for a member; returns the external_userid.

        customer_channel: comes back as the state, cut after 64 bytes. Without verification the
        customer is in at once, else after `accept_request`. once_key: of the acquisition
        component, good for one customer.
        """
        with self.tenant.changed:
            corp, link = self._link(corpid, link_id)
            now = self.tenant.clock.now()
            if not link.available or not corp.of(Acquisition).balance(now):
                raise ActionImpossible("The link does not work, or nothing is left of the quota.")
            if once_key and now >= link.once_keys.get(once_key, 0):
                raise ActionImpossible("The key is used, too old, or none.")
            customer = known_or_new(corp, external_userid, name)
            chosen = self._next(corp, link, userid, customer.external_userid)
            link.clicks.append(now)
            customer_channel = _cut(customer_channel)
            state: dict[str, Value] = {"State": customer_channel} if customer_channel else {}
            if customer_channel:
                asked: dict[str, Value] = {"ChangeType": "friend_request", "LinkId": link_id}
                self._tell_of_link(corp, link, {**asked, **state})
            if once_key:
                del link.once_keys[once_key]
                used: dict[str, Value] = {
                    "ChangeType": "service_balance_consumed",
                    "LinkId": link_id,
                    "OnceKey": once_key,
                }
                self._tell_of_link(corp, link, {**used, **state})
            request = Request(state=customer_channel, add_way=_ADD_WAY_LINK, link_id=link_id)
            if link.skip_verify:
                self._agreed(corp, chosen, customer.external_userid, request)
            else:
                self._ask(corp, chosen, customer.external_userid, request)
            return customer.external_userid

    @action("POST")
    def spoil_acquisition_link(
        self, link_id: str, *, deleted: bool = False, corpid: str = ""
    ) -> None:
        """Let a link stop working (link_unavailable), or an admin delete it (delete_link)."""
        with self.tenant.changed:
            corp, link = self._link(corpid, link_id)
            link.available = False
            if deleted:
                del corp.of(Acquisition).links[link_id]
            kind = "delete_link" if deleted else "link_unavailable"
            self._tell_of_link(corp, link, {"ChangeType": kind, "LinkId": link_id})

    @action("POST")
    def set_acquisition_balance(
        self,
        balance: Annotated[int, Field(ge=0)],
        *,
        days: Annotated[float, Field(gt=0)] = 365,
        corpid: str = "",
    ) -> None:
        """Let so many acquisitions be left, which end after so many days; whoever listens hears.

        balance_increased from none to some, balance_low, balance_exhausted; and 14, 7, 3, 2 and 1
        days ahead quota_expire_soon.
        """
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            now = self.tenant.clock.now()
            acquisition = corp.of(Acquisition)
            before = acquisition.balance(now)
            part = QuotaPart(balance=balance, expires_at=now + days * DAY_SECONDS)
            acquisition.parts, acquisition.total = [part], balance
            self._tell_of_balance(corp, before, balance)
            for ahead in WARNED_DAYS_AHEAD:
                if ahead < days:
                    self._agenda.at(
                        part.expires_at - ahead * DAY_SECONDS,
                        lambda: self._warn(corp, acquisition, part),
                    )

    @action("POST")
    def customer_writes(
        self, userid: str, external_userid: str, *, messages: _Messages = 1, corpid: str = ""
    ) -> None:
        """Let a customer write to their member: no welcome is possible any more (41051).

        Of one who came by a link the first message is told (customer_start_chat), and the third,
        fifth and tenth (message_from_customer) with a key to `get_chat_info`.
        """
        with self.tenant.changed:
            corp, _, relation = self._pair(corpid, userid, external_userid)
            relation.chat_started = True
            now = self.tenant.clock.now()
            corp.of(Activity).customer_wrote(userid, external_userid, now)
            brought = corp.of(Acquisition).of_pair(userid, external_userid)
            for _ in range(messages if brought else 0):
                if brought:
                    self._receive(corp, *brought)

    @action("POST")
    def member_writes(
        self, userid: str, external_userid: str, *, messages: _Messages = 1, corpid: str = ""
    ) -> None:
        """Let a member write to a customer: it counts in the statistics."""
        with self.tenant.changed:
            corp, _, relation = self._pair(corpid, userid, external_userid)
            relation.chat_started = True
            activity = corp.of(Activity)
            activity.member_wrote(userid, external_userid, self.tenant.clock.now(), messages)

    def _agreed(self, corp: Corp, userid: str, external_userid: str, request: Request) -> None:
        super()._agreed(corp, userid, external_userid, request)
        acquisition = corp.of(Acquisition)
        link = acquisition.links.get(request.link_id)
        now = self.tenant.clock.now()
        if link is None or not acquisition.balance(now):
            return
        link.customers.append(
            LinkCustomer(
                external_userid=external_userid, userid=userid, state=request.state, came_at=now
            )
        )
        left = acquisition.spend(now)
        self._tell_of_balance(corp, left + 1, left)

    def _link(self, corpid: str, link_id: str) -> tuple[Corp, Link]:
        corp = self.tenant.corp(corpid)
        link = corp.of(Acquisition).links.get(link_id)
        if link is None:
            raise ActionImpossible(f"There is no link {link_id}.")
        return corp, link

    def _next(self, corp: Corp, link: Link, userid: str, external_userid: str) -> str:
        """Return whom the link leads to: those the customer has come first where so set."""
        serving = serving_members(corp, link.user_list, link.department_list)
        free = [each for each in serving if corp.relation(each, external_userid) is None]
        if userid:
            free = [each for each in free if each == userid]
        if not free:
            raise ActionImpossible("Nobody of the link can take this customer.")
        first = [each for each in free if each in link.priority_userid_list]
        return link.choose(first or free)

    def _receive(self, corp: Corp, link: Link, customer: LinkCustomer) -> None:
        customer.received += 1
        if customer.received == 1:
            state: dict[str, Value] = {"State": customer.state} if customer.state else {}
            self._tell_of_link(
                corp,
                link,
                {
                    "ChangeType": "customer_start_chat",
                    "UserID": customer.userid,
                    "ExternalUserID": customer.external_userid,
                    "LinkId": link.link_id,
                    **state,
                },
            )
        if customer.received in _TOLD_MESSAGES:
            now = self.tenant.clock.now()
            key = corp.of(Acquisition).issue_chat_key(link, customer, now)
            told: dict[str, Value] = {"ChangeType": "message_from_customer", "ChatKey": key}
            self._tell_of_link(corp, link, told)

    def _tell_of_balance(self, corp: Corp, before: int, after: int) -> None:
        kind = ""
        if not after and before:
            kind = "balance_exhausted"
        elif after and not before:
            kind = "balance_increased"
        elif after < LOW_BALANCE <= before:
            kind = "balance_low"
        if kind:
            self._tell_acquirers(corp, {"ChangeType": kind})

    def _warn(self, corp: Corp, acquisition: Acquisition, part: QuotaPart) -> None:
        with self.tenant.changed:
            if part.balance and acquisition.parts and part in acquisition.parts:
                ends: dict[str, Value] = {
                    "ExpireTime": int(part.expires_at),
                    "ExpireQuotaNum": part.balance,
                }
                self._tell_acquirers(corp, {"ChangeType": "quota_expire_soon", **ends})

    def _tell_acquirers(self, corp: Corp, fields: dict[str, Value]) -> None:
        for app in self._contact_listeners(corp):
            if app.kind != "customer_contact":
                self._tell(app, _EVENT, fields, at=self.tenant.clock.now())


def _cut(channel: str) -> str:
    """Return what the platform keeps of a customer_channel (doc 97298)."""
    return channel.encode("utf-8", "replace")[:_MOST_CHANNEL_BYTES].decode("utf-8", "ignore")
