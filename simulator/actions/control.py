"""Turning the platform itself: time, limits, faults, tokens, apps, callbacks."""

from __future__ import annotations

import fnmatch
from typing import Annotated, Any

from pydantic import Field, ValidationError

from errors import ActionImpossible
from simulator.actions.stage import Stage, action, sentence
from simulator.api import ENDPOINTS
from simulator.corp import Corp, new_app, new_callback
from simulator.description import CallbackDescription, TenantDescription
from simulator.faults import Fault
from simulator.limits import Limits
from simulator.records import App, Callback


class ControlActions(Stage):
    """The platform itself: corps, apps, time, limits, faults, tokens, callbacks."""

    @action("POST")
    def reset(self, tenant: dict[str, Any] | None = None) -> None:
        """Begin anew with this tenant, by default with the one the simulator had last."""
        description = self.tenant.description if tenant is None else describe(tenant)
        with self.tenant.changed:
            self._agenda.clear()
            self.tenant.set_up(description)
        self._push_tickets()

    @action("POST")
    def add_corp(self, corp: dict[str, Any]) -> str:
        """Add a corp, described as those of `tenant_description`; returns its corpid.

        corp: corpid, name, departments, members, apps, tag_groups …; only corpid must be there.
        No two apps of all corps have the same name. A `reset` without a tenant keeps the corp.
        """
        with self.tenant.changed:
            whole = self.tenant.description.model_dump()
            described = describe({**whole, "corps": [*whole["corps"], corp]})
            added = described.corps[-1]
            self.tenant.corps[added.corpid] = Corp(added, self.tenant.clock.now())
            self.tenant.description = described
            return added.corpid

    @action("POST")
    def add_app(self, app: dict[str, Any], *, corpid: str = "") -> None:
        """Add an app to a corp, described as those of `tenant_description`.

        app: name, agentid, secret, kind, customer_contact, visible, trusted_ips, callback ….
        """
        with self.tenant.changed:
            corp, whole = self.tenant.corp(corpid), self.tenant.description.model_dump()
            corps = {each["corpid"]: each for each in whole["corps"]}
            corps[corp.corpid]["apps"].append(app)
            described = describe(whole)
            [added] = [each.apps[-1] for each in described.corps if each.corpid == corp.corpid]
            corp.apps[added.name] = new_app(added, corp.corpid)
            self.tenant.description = described

    @action("POST")
    def forget_records(self) -> None:
        """Empty the lists and counters of what happened; people and things stay."""
        self.tenant.forget_records()

    @action("GET")
    def tenant_description(self) -> dict[str, Any]:
        """Return the tenant as it was set up, with its secrets, ready to be given to `reset`."""
        return self.tenant.description.model_dump()

    @action("GET")
    def now(self) -> float:
        """Return the simulated time in seconds since the epoch."""
        return self.tenant.clock.now()

    @action("POST")
    def advance(self, seconds: Annotated[float, Field(ge=0)]) -> float:
        """Let simulated time pass at once; returns the new time."""
        with self.tenant.changed:
            self.tenant.clock.advance(seconds)
        self._agenda.wake()
        return self.tenant.clock.now()

    @action("POST")
    def set_time(self, seconds: float) -> float:
        """Set the simulated clock; it goes on running from there."""
        with self.tenant.changed:
            self.tenant.clock.set(seconds)
        self._agenda.wake()
        return self.tenant.clock.now()

    @action("POST")
    def stop_time(self) -> float:
        """Let the simulated clock stand still."""
        self.tenant.clock.stop()
        return self.tenant.clock.now()

    @action("POST")
    def start_time(self) -> float:
        """Let the simulated clock run again."""
        self.tenant.clock.go()
        self._agenda.wake()
        return self.tenant.clock.now()

    @action("GET")
    def limits(self) -> dict[str, Any]:
        """Return every number of the platform that can be turned."""
        return self.tenant.limits.model_dump()

    @action("POST")
    def set_limits(self, limits: dict[str, Any]) -> dict[str, Any]:
        """Turn some of these numbers; those not named stay. Returns all."""
        with self.tenant.changed:
            try:
                self.tenant.limits = Limits(**{**self.tenant.limits.model_dump(), **limits})
            except ValidationError as error:
                raise ActionImpossible(sentence(error)) from error
            return self.limits()

    @action("POST")
    def add_fault(self, fault: dict[str, Any]) -> int:
        """Put a fault in force; returns its number.

        Keys: path (globs), app, when (before or after the call acts), latency_seconds, errcode,
        http_status, drop_connection, slow_body_seconds, skip_calls, calls, probability. A path
        such as callback/change_external_contact.* is about callbacks, late or lost.
        """
        try:
            described = Fault(**fault)
        except (ValidationError, TypeError) as error:
            raise ActionImpossible(sentence(error)) from error
        if not described.on_callbacks and not fnmatch.filter(ENDPOINTS, described.path):
            raise ActionImpossible(
                f"There is no API {described.path!r}; paths are such as externalcontact/mark_tag, "
                "`wecom-callback endpoints` lists them."
            )
        with self.tenant.changed:
            return self.tenant.faults.add(described)

    @action("POST")
    def remove_fault(self, number: int | None = None) -> None:
        """Lift one fault, or all."""
        with self.tenant.changed:
            self.tenant.faults.remove(number)

    @action("GET")
    def faults(self) -> list[dict[str, Any]]:
        """Return the faults in force and how often they struck."""
        with self.tenant.changed:
            return self.tenant.faults.shown()

    @action("POST")
    def revoke_tokens(self, app: str | None = None) -> int:
        """Invalidate the live access_tokens of one app, or of all; returns how many (40014)."""
        with self.tenant.changed:
            live = [
                token
                for token in self.tenant.tokens.values()
                if not token.revoked and app in {None, token.app}
            ]
            for token in live:
                token.revoked = True
            return len(live)

    @action("POST")
    def change_app(
        self,
        app: str,
        *,
        enabled: bool | None = None,
        secret: str | None = None,
        trusted_ips: list[str] | None = None,
        visible_userids: list[str] | None = None,
        visible_departments: list[int] | None = None,
        visible_tags: list[int] | None = None,
        customer_contact: bool | None = None,
    ) -> None:
        """Do in the console what troubles running servers: disable an app, reset its secret.

        A disabled app is refused, 50003, and gets no token, 40001, until it is enabled again;
        its tokens can be revoked too (`revoke_tokens`). A new secret ends the old tokens (40014).
        visible_…: its visible range; who comes into it or goes is told (subscribe, unsubscribe).
        """
        ranges = {
            "visible_userids": visible_userids,
            "visible_departments": visible_departments,
            "visible_tags": visible_tags,
        }
        with self.tenant.changed:
            changed = self.tenant.app(app)
            if enabled is not None:
                changed.enabled = enabled
            if secret is not None:
                changed.secret = secret
                self.revoke_tokens(app)
            if trusted_ips is not None:
                changed.trusted_ips = frozenset(trusted_ips)
            if customer_contact is not None:
                allow = (
                    changed.permissions.__or__ if customer_contact else changed.permissions.__sub__
                )
                changed.permissions = allow({"customer_contact"})
            with self._watching_ranges(self.tenant.corp(changed.corpid)):
                for name, seen in ranges.items():
                    if seen is not None:
                        setattr(changed, name, frozenset(seen))

    @action("POST")
    def set_callback(
        self,
        app: str = "",
        *,
        url: str | None = None,
        token: str | None = None,
        encoding_aes_key: str | None = None,
        format: str | None = None,  # noqa: A002 - the name in the description
        verify: bool = False,
    ) -> dict[str, Any]:
        """Set an app's callback URL, or only some of its values; verify: as the console does.

        Returns {ok, status, milliseconds, outcome} of the verification. A URL that fails it
        is not saved.
        """
        with self.tenant.changed:
            changed = self.tenant.app(app)
            callback = _changed_callback(
                changed,
                {
                    "url": url,
                    "token": token,
                    "encoding_aes_key": encoding_aes_key,
                    "format": format,
                },
            )
        checked = self._pusher.verify(callback) if verify else {"ok": True}
        if checked["ok"]:
            changed.callback = callback
        return checked

    @action("POST")
    def verify_callback(self, app: str = "", *, raw_plus: bool = False) -> dict[str, Any]:
        """Verify an app's callback URL (验证URL有效性); raw_plus: a `+` is sent as it is."""
        return self._pusher.verify(self._data_callback(self.tenant.app(app)), raw_plus=raw_plus)

    @action("POST")
    def push(
        self,
        plaintext: str,
        *,
        app: str = "",
        callback: dict[str, Any] | None = None,
        event: str = "raw",
    ) -> int:
        """Push any text to an app's callback URL, or to another one; returns the push's number.

        callback: {url, token, encoding_aes_key, format, receiveid}.
        """
        with self.tenant.changed:
            target = self.tenant.app(app)
            to = (
                _described_callback(target, callback)
                if callback
                else target.callback or self._data_callback(target)
            )
        return self._pusher.push(to, plaintext.encode(), app=target.name, event=event).number

    @action("POST")
    def push_again(self, number: int) -> int:
        """Push the same content once more, encrypted anew; returns the new number."""
        with self.tenant.changed:
            for record in self.tenant.pushes:
                if record.number == number:
                    break
            else:
                raise ActionImpossible(f"There is no push {number}; `pushes` lists them.")
        return self._pusher.push(
            record.callback,
            record.plaintext,
            app=record.app,
            event=record.event,
            userid=record.userid,
            subject=record.subject,
        ).number


def describe(tenant: dict[str, Any]) -> TenantDescription:
    """Return the description in a dict. Raises ActionImpossible, naming what is wrong."""
    try:
        return TenantDescription(**tenant)
    except (ValidationError, TypeError) as error:
        raise ActionImpossible(sentence(error)) from error


def _described_callback(app: App, values: dict[str, Any]) -> Callback:
    try:
        description = CallbackDescription(**values)
    except (ValidationError, TypeError) as error:
        raise ActionImpossible(sentence(error)) from error
    return new_callback(description, corpid=app.corpid, app=app)


def _changed_callback(app: App, values: dict[str, Any]) -> Callback:
    given = {name: value for name, value in values.items() if value is not None}
    if app.callback is None:
        return _described_callback(app, given)
    kept = {
        "url": app.callback.url,
        "token": app.callback.token,
        "encoding_aes_key": app.callback.encoding_aes_key,
        "format": app.callback.form,
        "receiveid": app.callback.receiveid,
    }
    return _described_callback(app, {**kept, **given})
