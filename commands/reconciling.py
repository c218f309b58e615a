"""`reconcile`: compare the customers WeCom lists with what arrived, now."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from commands.clients import duty_contexts
from errors import WeComError
from handlers.reconciling import Comparison, compare
from journal import Journal
from settings import Settings

_MOST_SHOWN = 100


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One app and what came of it."""

    app: str
    comparison: Comparison


def reconcile_now(
    settings: Settings, journal: Journal, console: Console, *, app: str | None, dry_run: bool
) -> list[Compared]:
    """Compare the app, or all that may read customers. Raises WeComError when none may."""
    compared: list[Compared] = []
    refusals: list[str] = []
    for ctx in duty_contexts(settings, journal, "reconcile"):
        if ctx.ledger is None or app not in {None, ctx.app.name}:
            continue
        rules = ctx.rules.document.reconcile
        with console.status(f"{ctx.app.name}: asking WeCom ...") as status:
            try:
                comparison = compare(
                    ctx,
                    ctx.ledger,
                    apply=rules.apply if rules else (),
                    dry_run=dry_run,
                    progress=lambda userid: status.update(f"{ctx.app.name}: {userid}"),  # noqa: B023 - used inside the turn
                )
            except WeComError as error:
                refusals.append(f"{ctx.app.name}: {error}")
                continue
        compared.append(Compared(app=ctx.app.name, comparison=comparison))
    if not compared:
        raise WeComError("\n".join(refusals) or f'there is no app "{app}" with a secret')
    for refusal in refusals:
        console.print(refusal, style="yellow")
    return compared


def print_comparison(console: Console, compared: Compared) -> None:
    """Show what is missing, and what was done about it."""
    found = compared.comparison
    console.print(
        f"{compared.app}: {found.members} members, {found.listed} customers,"
        f" {len(found.missed)} events never arrived since"
        f" {found.since.astimezone():%Y-%m-%d %H:%M}, {found.new} of them new",
        style="yellow" if found.missed else "green",
    )
    if found.missed:
        table = Table("event", "member", "customer", "state", "happened", box=None)
        for each in found.missed[:_MOST_SHOWN]:
            table.add_row(
                each.change,
                Text(each.userid),
                Text(each.external_userid, overflow="fold"),
                Text(each.state),
                f"{each.happened_at.astimezone():%Y-%m-%d %H:%M:%S}",
            )
        console.print(table)
    if len(found.missed) > _MOST_SHOWN:
        console.print(f"... and {len(found.missed) - _MOST_SHOWN} more")
    for kind, count in sorted(found.applied.items()):
        console.print(f"{kind} rules made up for: {count}")
    for kind, count in sorted(found.refused.items()):
        console.print(f"{kind} rules refused by WeCom, see the log: {count}", style="yellow")
    if found.passed_over:
        console.print(f"not comparable: {', '.join(found.passed_over)}", style="yellow")
