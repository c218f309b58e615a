"""Greets new customers (发送新客户欢迎语)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from errors import (
    APIError,
    ChatAlreadyStarted,
    MediaInvalid,
    WelcomeBeingSent,
    WelcomeCodeInvalid,
)
from events import ExternalContactAdded, HalfExternalContactAdded, MessageAuditApproved
from handlers.attaching import Attaching, tell_left_out
from handlers.context import Context
from handlers.lookup import Lookup
from handlers.router import Router
from handlers.rules import ArchiveConsentRule, Facts, WelcomeRule
from handlers.rules.texts import texts_in
from handlers.rules.welcome import LONGEST_WELCOME_BYTES
from handlers.templates import cut, render
from wecom.attachments import Attachment
from wecom.external_contact import send_welcome_msg

router = Router()

WELCOME_WINDOW = timedelta(seconds=20)  # how long a WelcomeCode lives, doc 92137

# What says something of the code, not of what is sent with it.
_ABOUT_THE_CODE = (ChatAlreadyStarted, WelcomeCodeInvalid, WelcomeBeingSent)
_NOT_YET_CONSENTED = 41053

Greeted = ExternalContactAdded | HalfExternalContactAdded | MessageAuditApproved


@router.on(ExternalContactAdded, lane="urgent", within=WELCOME_WINDOW)
def greet_new_customer(event: ExternalContactAdded, ctx: Context) -> None:
    """Welcome a customer the moment a member adds them."""
    _greet(event, ctx, WelcomeRule)


@router.on(HalfExternalContactAdded, lane="urgent", within=WELCOME_WINDOW)
def greet_half_added_customer(event: HalfExternalContactAdded, ctx: Context) -> None:
    """Welcome a customer who added a member without being confirmed yet.

    The full add that may follow then carries no code, so nobody is greeted twice.
    """
    _greet(event, ctx, WelcomeRule)


@router.on(
    MessageAuditApproved,
    lane="urgent",
    within=WELCOME_WINDOW,
    wanted=lambda _event, rules: rules.has(ArchiveConsentRule),
)
def greet_after_consent(event: MessageAuditApproved, ctx: Context) -> None:
    """Greet a customer who agreed that the conversation is archived; it brings a fresh code."""
    _greet(event, ctx, ArchiveConsentRule)


def _greet(event: Greeted, ctx: Context, kind: type[WelcomeRule]) -> None:
    if not event.welcome_code:
        # Normal: the console has a welcome of its own, or the chat has begun.
        ctx.conclude("no_welcome_code")
        return
    people = Lookup(event, ctx)
    facts = ctx.rules.facts(ctx.app.name, ctx.app.corpid, event, ctx.now(), people)
    rule = ctx.rules.first(kind, facts)
    if rule is None:
        ctx.conclude("no_rule")
        return
    _Welcome(ctx, event, rule, facts, people).send()


class _Welcome:
    """One welcome: made ready inside its time, and sent with as much of it as WeCom takes."""

    def __init__(
        self, ctx: Context, event: Greeted, rule: WelcomeRule, facts: Facts, people: Lookup
    ) -> None:
        self._ctx = ctx
        self._code = event.welcome_code
        self._rule = rule
        people.read_for(texts_in((rule.text, rule.attachments)))
        values = ctx.rules.values(facts, *people.known())
        self._text = cut(render(rule.text, values), LONGEST_WELCOME_BYTES)
        self._attaching = Attaching(ctx, rule.attachments, values)

    def send(self) -> None:
        """Send it, and say in one word how that went."""
        attachments = self._attaching.ready()
        if not self._text.strip() and not attachments:
            # All of it came from what is empty this time; WeCom refuses a welcome of nothing.
            self._ctx.conclude("empty_text")
        else:
            self._conclude(attachments)
        self._attaching.tell_faults()

    def _conclude(self, attachments: Sequence[Attachment]) -> None:
        ctx = self._ctx
        try:
            self._send_what_is_taken(attachments)
        except ChatAlreadyStarted:
            # 41051: a welcome was delivered. Ours, if we sent one and never heard of it.
            ctx.conclude("already_sent" if ctx.outcome_unknown else "chat_already_started")
        except WelcomeCodeInvalid:
            if not ctx.outcome_unknown:
                ctx.conclude("invalid_code")
                raise
            # Inside the window a code goes bad only by being used, so the lost call has used it.
            ctx.conclude("already_sent")
        except WelcomeBeingSent:
            # 41096: another call is delivering; that is no proof yet, so it is tried again.
            ctx.conclude("used_by_another_app")
            raise
        except APIError as error:
            if error.errcode == _NOT_YET_CONSENTED:
                # The consent will bring an event of its own, with a fresh code.
                ctx.conclude("awaits_archive_consent")
                return
            raise
        else:
            ctx.conclude("sent")

    def _send_what_is_taken(self, attachments: Sequence[Attachment]) -> None:
        """Send all of it; what WeCom knows no more is renewed or left out."""
        try:
            self._send(attachments)
        except MediaInvalid as error:
            self._send_with_other_files(error)
        except APIError as error:
            if not self._may_be_about(attachments, error):
                raise
            self._send_the_rest([], error)

    def _send_with_other_files(self, error: MediaInvalid) -> None:
        for attachments in self._attaching.others():
            try:
                self._send(attachments)
            except MediaInvalid as again:
                error = again
            else:
                self._attaching.blame_what_was_left_out()
                return
        self._send_the_rest(self._attaching.without_media(), error)

    def _send_the_rest(self, rest: Sequence[Attachment], error: APIError) -> None:
        """Send what needs no file, or the text alone when the refusal was not about a file."""
        if not rest and not self._text.strip():
            raise error
        self._send(rest)
        tell_left_out(self._ctx, self._rule.name or self._rule.text[:20] or "welcome", error)

    def _may_be_about(self, attachments: Sequence[Attachment], error: APIError) -> bool:
        return (
            bool(attachments)
            and not error.retryable
            and not isinstance(error, _ABOUT_THE_CODE)
            and error.errcode != _NOT_YET_CONSENTED
        )

    def _send(self, attachments: Sequence[Attachment]) -> None:
        if not self._text.strip() and not attachments:
            raise MediaInvalid(40007, "no attachment is left", endpoint="send_welcome_msg")
        send_welcome_msg(self._ctx.api, self._code, text=self._text, attachments=attachments)
