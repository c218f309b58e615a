"""Members leave, and customers go over to others (离职继承, 在职继承)."""

from __future__ import annotations

from errors import ActionImpossible
from simulator.actions.contacts import ContactActions
from simulator.actions.stage import action
from simulator.handovers import Handovers


class HandoverActions(ContactActions):
    """Members leave, and customers go over to others (离职继承, 在职继承)."""

    @action("POST")
    def member_leaves(self, userid: str, *, corpid: str = "") -> None:
        """Let a member leave the corp: their customers and groups wait for somebody else.

        As `remove_member`, and it is remembered when they left and which apps could see them.
        """
        with self.tenant.changed:
            corp = self.tenant.corp(corpid)
            member = self._member(corp, userid)
            self.remove_member(userid, corpid=corpid)
            corp.of(Handovers).left[userid] = (member, self.tenant.clock.now())

    @action("POST")
    def accept_transfer(self, userid: str, external_userid: str, *, corpid: str = "") -> None:
        """Let a customer agree to go over to this member now, not only after 24 hours."""
        with self.tenant.changed:
            handovers = self.tenant.corp(corpid).of(Handovers)
            waiting = handovers.waiting_for(userid, external_userid)
            if waiting is None:
                raise ActionImpossible(
                    "They are not on the way to that member; transfer_customer of the API first."
                )
            waiting.settle("done")
