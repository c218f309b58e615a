"""What corps do with third-party apps, and the tickets WeCom pushes to them (第三方应用)."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from errors import ActionImpossible
from simulator.actions.stage import Stage, action
from simulator.corp import Corp
from simulator.description import VisibleRange
from simulator.plaintext import Fields, write
from simulator.suites import TICKET_PAUSE_SECONDS, Suite


class SuiteActions(Stage):
    """Corps install, change and remove a suite; its provider is told on the command URL.

    suite: its name or suite_id, by default the first one.
    """

    @action("POST")
    def push_suite_ticket(self, *, suite: str = "") -> int:
        """Push a new suite_ticket now, as the provider's console can; returns the push's number."""
        with self.tenant.changed:
            told = self._suite(suite)
            ticket = told.issue_ticket(self.tenant.clock.now())
            return self._command(told, "suite_ticket", {"SuiteTicket": ticket})

    @action("POST")
    def verify_suite_callback(self, *, suite: str = "") -> dict[str, object]:
        """Verify a suite's callback URL as the provider's console does: for its own corpid."""
        told = self._suite(suite)
        return self._pusher.verify(replace(told.callback, receiveid=told.provider_corpid))

    @action("POST")
    def authorise_suite(
        self,
        corpid: str = "",
        *,
        suite: str = "",
        state: str = "",
        userids: list[str] | None = None,
    ) -> dict[str, Any]:
        """Let a corp install the suite (create_auth); returns {corpid, agentid, app, push}.

        userids: those the app may see, by default everybody. app: its name inside the corp.
        """
        with self.tenant.changed:
            told, corp = self._suite(suite), self.tenant.corp(corpid)
            if corp.corpid in told.installed:
                raise ActionImpossible(f"{corp.corpid} has installed the suite already.")
            visible = VisibleRange(userids=userids) if userids is not None else None
            app = told.app_in(corp, visible)
            corp.apps[app.name] = app
            told.installed[corp.corpid] = app.agentid
            code = told.issue_auth_code(corp.corpid, self.tenant.clock.now(), state)
            fields = {"AuthCode": code, **({"State": state} if state else {})}
            push = self._command(told, "create_auth", fields)
            return {
                "corpid": corp.corpid,
                "agentid": app.agentid,
                "app": app.name,
                "push": push,
            }

    @action("POST")
    def change_authorisation(
        self, corpid: str = "", *, suite: str = "", userids: list[str] | None = None
    ) -> int:
        """Let a corp change what the suite may see (change_auth); returns the push's number."""
        with self.tenant.changed:
            told, corp = self._installed(suite, corpid)
            if userids is not None:
                app = corp.apps[told.app_name(corp.corpid)]
                app.visible_userids, app.visible_departments = frozenset(userids), frozenset()
            return self._command(told, "change_auth", {"AuthCorpId": corp.corpid})

    @action("POST")
    def cancel_authorisation(self, corpid: str = "", *, suite: str = "") -> int:
        """Let a corp remove the suite (cancel_auth); returns the push's number."""
        with self.tenant.changed:
            told, corp = self._installed(suite, corpid)
            del told.installed[corp.corpid]
            told.permanent_codes.pop(corp.corpid, None)
            self._end_tokens(told.app_name(corp.corpid))
            del corp.apps[told.app_name(corp.corpid)]
            return self._command(told, "cancel_auth", {"AuthCorpId": corp.corpid})

    @action("POST")
    def reset_permanent_code(self, corpid: str = "", *, suite: str = "") -> int:
        """Make a corp's permanent code void (reset_permanent_code); returns the push's number."""
        with self.tenant.changed:
            told, corp = self._installed(suite, corpid)
            told.void_permanent_code(corp.apps[told.app_name(corp.corpid)])
            self._end_tokens(told.app_name(corp.corpid))
            code = told.issue_auth_code(corp.corpid, self.tenant.clock.now())
            return self._command(told, "reset_permanent_code", {"AuthCode": code})

    @action("POST")
    def revoke_suite_tokens(self, *, suite: str = "") -> int:
        """Invalidate the tokens of a suite and its provider; returns how many (40082)."""
        with self.tenant.changed:
            told = self._suite(suite)
            count = len(told.tokens) + len(told.provider_tokens)
            told.tokens.clear()
            told.provider_tokens.clear()
            return count

    @action("POST")
    def log_in_to_provider(self, userid: str, corpid: str = "", *, suite: str = "") -> str:
        """Let a member log in to the provider's site; returns the auth_code of the redirect."""
        with self.tenant.changed:
            told, corp = self._suite(suite), self.tenant.corp(corpid)
            self._member(corp, userid)
            code = secrets.token_urlsafe(32)
            told.login_codes[code] = corp.corpid, userid
            return code

    @action("GET")
    def authorisations(self, *, suite: str = "") -> list[dict[str, Any]]:
        """Return the corps that installed a suite, and whether their code was exchanged."""
        with self.tenant.changed:
            told = self._suite(suite)
            return [
                {
                    "corpid": corpid,
                    "agentid": agentid,
                    "exchanged": corpid in told.permanent_codes,
                }
                for corpid, agentid in told.installed.items()
            ]

    def _push_tickets(self) -> None:
        """Push a ticket to each suite every ten minutes from now on."""
        for suite_id in self.tenant.suites:
            self._ticket_later(suite_id)

    def _ticket_later(self, suite_id: str) -> None:
        def push() -> None:
            if suite_id in self.tenant.suites:
                self.push_suite_ticket(suite=suite_id)
                self._ticket_later(suite_id)

        self._agenda.at(self.tenant.clock.now() + TICKET_PAUSE_SECONDS, push)

    def _suite(self, name: str) -> Suite:
        for suite in self.tenant.suites.values():
            if name in {"", suite.name, suite.suite_id}:
                return suite
        raise ActionImpossible(
            f"There is no suite {name!r}; --suite-callback-url or `reset` brings one."
        )

    def _installed(self, name: str, corpid: str) -> tuple[Suite, Corp]:
        suite, corp = self._suite(name), self.tenant.corp(corpid)
        if corp.corpid not in suite.installed:
            raise ActionImpossible(f"{corp.corpid} has not installed the suite.")
        return suite, corp

    def _end_tokens(self, app: str) -> None:
        for token in self.tenant.tokens.values():
            token.revoked = token.revoked or token.app == app

    def _command(self, suite: Suite, event: str, told: dict[str, str]) -> int:
        """Push a command callback (指令回调); only some name the corp."""
        fields: Fields = {
            "SuiteId": suite.suite_id,
            "InfoType": event,
            "TimeStamp": int(self.tenant.clock.now()),
            **told,
        }
        return self._pusher.push(
            suite.callback,
            write(fields, suite.callback.form),
            app=suite.name,
            event=event,
            subject=told.get("AuthCorpId", ""),
        ).number
