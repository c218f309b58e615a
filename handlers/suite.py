"""The life of a third-party app (第三方应用): tickets, and the corps that come and go.

The callback is answered long before: WeCom waits a second for it, and no API is surely that quick.
"""

from __future__ import annotations

from datetime import timedelta

from errors import (
    AccessTokenRejected,
    AuthCodeInvalid,
    HandlerRetry,
    SuiteTicketMissing,
    SuiteTicketRejected,
)
from events.suite import (
    CorpAuthorisationCancelled,
    CorpAuthorisationChanged,
    CorpAuthorised,
    PermanentCodeReset,
    SuiteEvent,
    SuiteTicketPushed,
)
from handlers.context import Context
from handlers.router import Router
from wecom.service import Agents, Authorisation, get_auth_info, get_permanent_code

router = Router()

AUTH_CODE_LIFE = timedelta(minutes=10)  # and it is good once, doc 90642
_TICKET_PAUSE = timedelta(seconds=5)


@router.on(SuiteTicketPushed, lane="urgent")
def keep_suite_ticket(event: SuiteTicketPushed, ctx: Context) -> None:
    """Keep the newest ticket: without one there is no suite_access_token."""
    if not _is_ours(event, ctx):
        return
    if not event.suite_ticket:
        ctx.conclude("no_suite_ticket")
        return
    kept = ctx.authorisations.keep_ticket(
        event.suite_ticket, issued_at=event.occurred_at or ctx.now()
    )
    ctx.conclude("kept" if kept else "older_ticket")


@router.on(CorpAuthorised, lane="urgent", within=AUTH_CODE_LIFE)
def authorise_corp(event: CorpAuthorised, ctx: Context) -> None:
    """Exchange the auth_code of a corp that installed the suite for its permanent code."""
    _exchange(event, ctx)


@router.on(PermanentCodeReset, lane="urgent", within=AUTH_CODE_LIFE)
def renew_permanent_code(event: PermanentCodeReset, ctx: Context) -> None:
    """Exchange the auth_code for a new permanent code; the old one is void from now on."""
    _exchange(event, ctx)


@router.on(CorpAuthorisationChanged)
def read_changed_authorisation(event: CorpAuthorisationChanged, ctx: Context) -> None:
    """Read what a corp lets the suite do now."""
    if not _is_ours(event, ctx):
        return
    permanent_code = ctx.authorisations.permanent_code(event.corpid)
    if permanent_code is None:
        ctx.conclude("not_authorised")
        return
    info = get_auth_info(ctx.api, event.corpid, permanent_code)
    ctx.authorisations.change_agent(event.corpid, _agentid(info.auth_info))
    ctx.conclude("changed")


@router.on(CorpAuthorisationCancelled, lane="urgent")
def forget_cancelled_corp(event: CorpAuthorisationCancelled, ctx: Context) -> None:
    """Delete the permanent code of a corp that removed the suite; its open runs end by that."""
    if not _is_ours(event, ctx):
        return
    cancelled = ctx.authorisations.cancel(event.corpid, since=event.occurred_at or ctx.now())
    ctx.conclude("cancelled" if cancelled else "authorised_since")


def _exchange(event: CorpAuthorised | PermanentCodeReset, ctx: Context) -> None:
    if not _is_ours(event, ctx):
        return
    if not event.auth_code:
        ctx.conclude("no_auth_code")
        return
    if ctx.authorisations.is_exchanged(event.auth_code):
        ctx.conclude("already_authorised")
        return
    try:
        granted = get_permanent_code(ctx.api, event.auth_code)
    except (SuiteTicketMissing, SuiteTicketRejected, AccessTokenRejected) as error:
        # The auth_code is not used by that, and lives on.
        ctx.conclude("waits_for_ticket")
        raise HandlerRetry(
            "There is no good suite_ticket or suite_access_token yet.", after=_TICKET_PAUSE
        ) from error
    except AuthCodeInvalid:
        if ctx.authorisations.is_exchanged(event.auth_code):
            ctx.conclude("already_authorised")
            return
        # 40078: an attempt whose answer was lost has used it. The corp has to install anew.
        ctx.conclude("answer_lost" if ctx.outcome_unknown else "invalid_code")
        raise
    _keep(granted, event, ctx)


def _keep(granted: Authorisation, event: CorpAuthorised | PermanentCodeReset, ctx: Context) -> None:
    """Write the code down at once: it cannot be asked for a second time."""
    kept = ctx.authorisations.authorise(
        granted.auth_corp_info.corpid,
        granted.permanent_code,
        agentid=_agentid(granted.auth_info),
        auth_code=event.auth_code,
        since=event.occurred_at or ctx.now(),
    )
    ctx.conclude("authorised" if kept else "cancelled_since")


def _is_ours(event: SuiteEvent, ctx: Context) -> bool:
    suite_id = ctx.authorisations.suite_id
    if not suite_id:
        ctx.conclude("no_suite")
    elif event.suite_id != suite_id:
        ctx.conclude("another_suite")
    return bool(suite_id) and event.suite_id == suite_id


def _agentid(agents: Agents) -> int | None:
    """Return the app's id inside the corp; suites have one app."""
    return next((agent.agentid for agent in agents.agent), None)
