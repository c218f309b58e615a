"""`reconcile`: compare the customers WeCom lists with what arrived, now."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.text import Text as Shown

from commands.clients import duty_contexts
from commands.screen import Rows
from errors import WeComError
from handlers.reconciling import Comparison, compare, only_imports
from journal import Journal
from language import Language, Text
from settings import Settings

_MOST_SHOWN = 100
_HEADS = (
    Text(en="event", zh="事件"),
    Text(en="member", zh="成员"),
    Text(en="customer", zh="客户"),
    Text.same("state"),
    Text(en="happened", zh="发生时间"),
)
_ASKING = Text(en=": asking WeCom ...", zh=": 正在询问企业微信……")


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One app and what came of it."""

    app: str
    comparison: Comparison


def reconcile_now(
    settings: Settings,
    journal: Journal,
    console: Console,
    language: Language,
    *,
    app: str | None,
    dry_run: bool,
) -> list[Compared]:
    """Compare the app, or all that may read customers. Raises WeComError when none may."""
    compared: list[Compared] = []
    refusals: list[str] = []
    importers: list[str] = []
    for ctx in duty_contexts(settings, journal, "reconcile"):
        if ctx.ledger is None or app not in {None, ctx.app.name}:
            continue
        rules = ctx.rules.document.reconcile
        with console.status(f"{ctx.app.name}{_ASKING[language]}") as status:
            try:
                comparison = compare(
                    ctx,
                    ctx.ledger,
                    apply=rules.apply if rules else (),
                    dry_run=dry_run,
                    progress=lambda userid: status.update(f"{ctx.app.name}: {userid}"),  # noqa: B023 - used inside the turn
                )
            except WeComError as error:
                refused = importers if app is None and only_imports(ctx, error) else refusals
                refused.append(f"{ctx.app.name}: {error.text[language]}")
                continue
        compared.append(Compared(app=ctx.app.name, comparison=comparison))
    if not compared:
        nobody = Text(
            en=f'there is no app "{app}" with a secret', zh=f'没有配置了 secret 的应用 "{app}"'
        )
        raise WeComError("\n".join(refusals + importers) or nobody[language])
    for refusal in refusals:
        console.print(refusal, style="yellow")
    return compared


def print_comparison(console: Console, compared: Compared, language: Language) -> None:
    """Show what is missing, and what was done about it."""
    found = compared.comparison
    since = f"{found.since.astimezone():%Y-%m-%d %H:%M}"
    head = Text(
        en=f"{found.members} members, {found.listed} customers,"
        f" {len(found.missed)} events never arrived since {since}, {found.new} of them new",
        zh=f"成员 {found.members} 名，客户 {found.listed} 个，自 {since} 起"
        f"未收到的事件 {len(found.missed)} 个，其中新发现 {found.new} 个",
    )
    style = "yellow" if found.missed else "green"
    console.print(f"{compared.app}: {head[language]}", style=style)
    if found.missed:
        table = Rows(*(head[language] for head in _HEADS), box=None)
        for each in found.missed[:_MOST_SHOWN]:
            table.add_row(
                each.change,
                Shown(each.userid),
                Shown(each.external_userid, overflow="fold"),
                Shown(each.state),
                f"{each.happened_at.astimezone():%Y-%m-%d %H:%M:%S}",
            )
        console.print(table)
    if len(found.missed) > _MOST_SHOWN:
        more = len(found.missed) - _MOST_SHOWN
        console.print(Text(en=f"... and {more} more", zh=f"……另有 {more} 个")[language])
    for kind, count in sorted(found.applied.items()):
        made = Text(en=f"{kind} rules made up for: ", zh=f"已补做 {kind} 规则: ")
        console.print(f"{made[language]}{count}")
    for kind, count in sorted(found.refused.items()):
        refused = Text(
            en=f"{kind} rules refused by WeCom, see the log: ",
            zh=f"{kind} 规则被企业微信拒绝，详见日志: ",
        )
        console.print(f"{refused[language]}{count}", style="yellow")
    if found.passed_over:
        passed_over = Text(en="not comparable: ", zh="无法核对: ") + ", ".join(found.passed_over)
        console.print(passed_over[language], style="yellow")
