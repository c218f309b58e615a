"""Compares the customers WeCom lists with those the journal has seen: some never arrived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from errors import APIError, NotExternalContact, WeComError
from events import ExternalContactAdded
from handlers.context import Context
from handlers.ledger import KeptChange, Ledger, Missed
from handlers.remarking import remark_new_customer
from handlers.router import Router
from handlers.rules.conditions import matcher_of
from handlers.rules.notify import span
from handlers.tagging import tag_new_customer
from wecom import external_contact, message
from wecom.external_contact import FollowInfo

router = Router()

TURN = timedelta(minutes=5)  # how often it is looked whether `every` has passed
_UNDER_WAY = timedelta(minutes=10)  # an event pushed three times may still arrive
_SAME_TIME = timedelta(minutes=1)  # the event's own time and the list's may differ a little
_ADDED, _DELETED = "added", "deleted"
_MAY_NOT_CALL = 48002
_NOT_ALLOWED = frozenset({_MAY_NOT_CALL, 60011, 84061, 84074, 60111})
_MOST_TOLD = 20
_SAME_REPORT_SECONDS = 1800


@dataclass(kw_only=True)
class Comparison:
    """What came of a comparison.

    new: found now for the first time. applied, refused: kinds of rules that were made up for, and
    that WeCom did not take. put_off: why the rest is made up for the next time.
    """

    since: datetime
    members: int = 0
    listed: int = 0
    missed: list[Missed] = field(default_factory=list)
    new: int = 0
    applied: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    put_off: WeComError | None = None
    passed_over: list[str] = field(default_factory=list)


@router.every(TURN)
def reconcile(ctx: Context) -> None:
    """Compare when the time of `[reconcile]` has come; tell operators what is new."""
    wanted = ctx.rules.document.reconcile
    if ctx.ledger is None or wanted is None:
        ctx.conclude("not_wanted")
        return
    if wanted.app is not None and not matcher_of(wanted.app)(ctx.app.name):
        ctx.conclude("not_wanted")
        return
    last = ctx.ledger.reconciled_at()
    if last is not None and ctx.now() - last < span(wanted.every):
        ctx.conclude("not_due")
        return
    try:
        found = compare(ctx, ctx.ledger, apply=wanted.apply)
    except APIError as error:
        if not only_imports(ctx, error):
            raise
        ctx.conclude("not_wanted")
        return
    ctx.conclude(f"missed {found.new}" if found.new else "complete")


def only_imports(ctx: Context, error: WeComError) -> bool:
    """Whether WeCom refuses because this is the contact-sync assistant, which knows no customers.

    It is an app without AgentId (通讯录同步助手).
    """
    return not ctx.app.agentid and isinstance(error, APIError) and error.errcode == _MAY_NOT_CALL


def compare(
    ctx: Context,
    ledger: Ledger,
    *,
    apply: tuple[str, ...] = (),
    dry_run: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Comparison:
    """Go through the members one by one, so that only one member's customers are in memory.

    apply: rules to make up for, `tag` and `remark`; a welcome is never sent late.
    dry_run: nothing is noted, told or applied. What one customer is refused costs no other; when
    WeCom wants a pause, what is missing is told, and the turn is raised to be taken again.
    """
    now = ctx.now()
    ledger.tally(now)
    comparison = Comparison(since=ledger.begin_reconciliation(now))
    for userid in external_contact.get_follow_user_list(ctx.api):
        progress(userid)
        _compare_member(ctx, ledger, userid, comparison, apply=apply, dry_run=dry_run)
    if not dry_run:
        _tell(ctx, ledger, comparison)
        if comparison.put_off is not None:
            raise comparison.put_off
        ledger.end_reconciliation(
            at=ctx.now(),
            members=comparison.members,
            listed=comparison.listed,
            missed=len(comparison.missed),
        )
    return comparison


def _compare_member(
    ctx: Context,
    ledger: Ledger,
    userid: str,
    comparison: Comparison,
    *,
    apply: tuple[str, ...],
    dry_run: bool,
) -> None:
    started = ctx.now()
    try:
        listed = {
            each.external_contact.external_userid: each.follow_info
            for each in external_contact.batch_get_by_user(ctx.api, [userid])
        }
    except NotExternalContact:
        listed = {}  # 84061: a member without customers
    except APIError as error:
        if error.errcode not in _NOT_ALLOWED:
            raise
        comparison.passed_over.append(userid)
        return
    comparison.members += 1
    comparison.listed += len(listed)
    known = {each.external_userid: each for each in ledger.contact_changes(userid)}
    done = {each.missed: each for each in ledger.missed_of(userid)}
    missed = [
        *_missed_adds(userid, listed, known, comparison.since, started - _UNDER_WAY),
        *_missed_deletions(userid, listed, known, started - _UNDER_WAY),
    ]
    comparison.missed += missed
    new = [each for each in missed if each not in done]
    if dry_run:
        comparison.new += len(new)
        return
    comparison.new += ledger.store_missed(new, found_at=started)
    for each in missed:
        applied = done[each].applied if each in done else ()
        if each.change == _ADDED:
            for kind in apply:
                if kind not in applied and comparison.put_off is None:
                    _make_up(ctx, ledger, each, kind, comparison)


def _missed_adds(
    userid: str,
    listed: dict[str, FollowInfo],
    known: dict[str, KeptChange],
    since: datetime,
    until: datetime,
) -> Iterator[Missed]:
    for external_userid, info in listed.items():
        added_at = info.createtime
        if added_at is None or not since <= added_at <= until:
            continue
        change = known.get(external_userid)
        if change is None or change.happened_at < added_at - _SAME_TIME:
            yield Missed(
                userid=userid,
                external_userid=external_userid,
                change=_ADDED,
                happened_at=added_at,
                state=info.state,
            )


def _missed_deletions(
    userid: str,
    listed: dict[str, FollowInfo],
    known: dict[str, KeptChange],
    until: datetime,
) -> Iterator[Missed]:
    """Yield who was added and is listed no more, though nobody told of a deletion.

    A customer who deleted the member stays in the list, so only a member's own deletion shows.
    """
    for external_userid, change in known.items():
        if change.change == _ADDED and external_userid not in listed:
            if change.happened_at > until:
                continue
            yield Missed(
                userid=userid,
                external_userid=external_userid,
                change=_DELETED,
                happened_at=change.happened_at,
                state=change.state,
            )


def _make_up(
    ctx: Context, ledger: Ledger, missed: Missed, kind: str, comparison: Comparison
) -> None:
    try:
        _apply(ctx, ledger, missed, kind)
    except WeComError as error:
        ctx.log.warning("not_made_up_for", kind=kind, error=str(error))
        if getattr(error, "retryable", False):
            comparison.put_off = error
        else:
            comparison.refused[kind] += 1
    else:
        comparison.applied[kind] += 1


def _apply(ctx: Context, ledger: Ledger, missed: Missed, kind: str) -> None:
    """Do what a rule would have done, as if the event had arrived; a welcome has no code now."""
    event = ExternalContactAdded(
        corpid=ctx.app.corpid,
        userid=missed.userid,
        external_userid=missed.external_userid,
        state=missed.state,
        occurred_at=missed.happened_at,
        agentid=ctx.app.agentid,
        suite_id="",
        welcome_code="",
        link_id="",
    )
    # A context of its own: what the handler concludes is not what the comparison concludes.
    alone = replace(ctx)
    if kind == "tag":
        tag_new_customer(event, alone)
    else:
        remark_new_customer(event, alone)
    ledger.mark_missed([missed], applied=kind)


def _tell(ctx: Context, ledger: Ledger, comparison: Comparison) -> None:
    """Tell operators of what they have not heard of, each once."""
    userids = dict.fromkeys(each.userid for each in comparison.missed)
    told = {each.missed for userid in userids for each in ledger.missed_of(userid) if each.told}
    untold = [each for each in comparison.missed if each not in told]
    if not untold or not ctx.app.operators:
        return
    counts = Counter(each.change for each in untold)
    members = sorted({each.userid for each in untold})
    named = ", ".join(members[:_MOST_TOLD]) + (" ..." if len(members) > _MOST_TOLD else "")
    text = (
        "有回调从未到达 / callbacks never arrived: "
        f"{counts[_ADDED]} added, {counts[_DELETED]} deleted\n{named}\n"
        # So two losses never look alike, and one that is told twice is dropped by the platform.
        f"… {max(each.happened_at for each in untold):%Y-%m-%d %H:%M:%S} UTC"
    )
    try:
        message.send(
            ctx.api,
            message.Text(content=text),
            touser=ctx.app.operators,
            duplicate_check_seconds=_SAME_REPORT_SECONDS,
        )
    except WeComError as error:
        ctx.log.warning("operators_not_told", error=type(error).__name__)
        return
    ledger.mark_missed(untold, told_at=ctx.now())
