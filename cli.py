"""The `wecom-callback` command."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from commands.api_cli import call, endpoints
from commands.automation_cli import channels, groups, reconcile
from commands.batch_cli import batch
from commands.declaring import ERROR, ask, open_journal, speaks, with_settings
from commands.rules_cli import rules
from commands.speaking import language_of, speak, spoken
from errors import WeComError
from language import Language, Text


class _Group(click.Group):
    """Turns what we know to go wrong into one sentence and exit status 1."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **options: Any) -> Any:
        arguments = sys.argv[1:] if args is None else list(args)
        speak(self, language_of(arguments, os.environ))
        return super().main(arguments, *more, **options)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except WeComError as error:
            click.secho((ERROR + error.text)[spoken()], fg="red", err=True)
            sys.exit(1)


class _SimulatorGroup(click.Group):
    """Runs the simulator when no other of its commands is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        named = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named else ["run", *args])


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", metavar="FILE", help="The settings file. Default: ./wecom.toml")
@click.option(
    "--lang",
    type=click.Choice(["en", "zh"]),
    expose_value=False,  # `language_of` has read it, here or after the command
    help="Default: the terminal's.",
)
@click.version_option(package_name="wecom-callback")
@click.pass_context
def main(ctx: click.Context, config: str | None) -> None:
    """Receive WeCom (企业微信) callbacks: nothing lost, nothing doubled, every welcome in time."""
    ctx.obj = config


for command in (batch, channels, groups, reconcile):
    main.add_command(command)
main.add_command(call)
main.add_command(endpoints)
main.add_command(rules)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--simulator", "simulated", is_flag=True, help="For the corp of `simulator`.")
@speaks
def init(folder: Path, *, simulated: bool, lang: Language) -> None:
    """Write a commented wecom.toml and rules.toml into FOLDER (default: here)."""
    from commands.initialise import initialise, told_of

    settings, rules = initialise(folder, simulated=simulated)
    for line in told_of(settings, rules, simulated=simulated):
        click.echo(line[lang])


@main.command()
@speaks
@with_settings
def migrate(settings: Any, lang: Language) -> None:
    """Make the journal's tables, or bring them to this version."""
    from opening import migrate_journal

    migrate_journal(settings)
    click.echo(Text(en="the journal is ready", zh="日志库已就绪")[lang])


@main.command()
@speaks
@with_settings
def serve(settings: Any, lang: Language) -> None:
    """Run everything: web, workers and, where no redis_url is set, a Valkey. Ctrl-C stops it.

    A SIGHUP has it take up changed settings while the URL keeps answering.
    """
    from commands.serving import check_apart, check_port, run_all

    check_apart(settings)
    check_port(settings)
    starting = Text(en="starting on ", zh="正在启动 ")
    click.echo(f"{starting[lang]}http://{settings.server.host}:{settings.server.port}", err=True)
    for app in settings.apps:
        base = settings.server.public_url or Text(en="https://YOUR-DOMAIN", zh="https://您的域名")
        told = Text(en=f"callback URL of {app.name}: ", zh=f"{app.name} 的回调 URL: ") + base
        click.echo(f"{told[lang].rstrip('/')}/callback/{app.name}", err=True)
    if not settings.rules_path.exists():
        told = Text(
            en=f"no rules: there is no {settings.rules_path}; handlers alone work",
            zh=f"没有规则: {settings.rules_path} 不存在，只有处理函数生效",
        )
        click.echo(told[lang], err=True)
    run_all(settings)


@main.command()
@click.option("--supervised", is_flag=True, hidden=True)  # by `serve`, which checks settings
@with_settings
def web(settings: Any, *, supervised: bool) -> None:
    """Run the web server alone (needs redis_url)."""
    from commands.serving import check_port, run_web

    if not supervised:
        from app import check_settings

        check_settings(settings, broker=True)
    check_port(settings)
    run_web(settings, supervised=supervised)


@main.command()
@click.option("--lanes", default="urgent,default,bulk", show_default=True, help="Comma-separated.")
@with_settings
def worker(settings: Any, lanes: str) -> None:
    """Run one worker process for some lanes (needs redis_url)."""
    from app import build_worker, check_settings, configure_logging
    from handlers import LANES
    from observation import tell_metrics

    wanted = tuple(lane.strip() for lane in lanes.split(",") if lane.strip())
    if not wanted or set(wanted) - set(LANES):
        there_are = Text(en="the lanes are ", zh="可用的通道有 ") + ", ".join(LANES)
        raise click.BadParameter(there_are[spoken()], param_hint="--lanes")
    check_settings(settings, broker=True)
    configure_logging()
    node = build_worker(settings, wanted)
    tell_metrics(settings)
    sys.exit(node.run())


@main.command()
@speaks
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def doctor(ctx: click.Context, lang: Any, *, as_json: bool) -> None:
    """Find out what is wrong with this installation, from the settings to the callback URL.

    Everything is really tried: token, rights, the URL as WeCom calls it, a test event that must
    reach the journal. Exit status 1 when there is a fault.
    """
    from commands.clients import make_client
    from commands.doctor import examine, finding_as_json, print_findings

    findings = examine(ctx.obj, os.environ, make_client)
    if not as_json:
        sys.exit(bool(print_findings(_console(), findings, lang)))
    faults = 0
    for finding in findings:
        click.echo(json.dumps(finding_as_json(finding), ensure_ascii=False))
        faults += finding.verdict == "fault"
    sys.exit(bool(faults))


@main.command()
@speaks
def demo(lang: Language) -> None:
    """Watch the whole server greet simulated customers. Needs no settings and no tenant."""
    from commands.demo import run_demo

    run_demo(_console(), lang)


@main.group(cls=_SimulatorGroup)
def simulator() -> None:
    """Run a WeCom of your own, or push a single callback.

    Without a command it runs: `simulator --port 9000` is `simulator run --port 9000`. Customers,
    members and faults are brought in at its control door: POST /simulator/<action>. What there is,
    `curl http://127.0.0.1:8765/simulator/` lists.
    """


@simulator.command("run")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--callback-url",
    default="http://127.0.0.1:8080/callback/contacts",
    show_default=True,
    help="Where callbacks are pushed to.",
)
@click.option("--suite-callback-url", help="Offer a third-party app too; where it is told.")
@click.option("--template-callback-url", help="Offer a template of provider-developed apps too.")
@speaks
def run_simulator(
    host: str,
    port: int,
    *,
    callback_url: str,
    suite_callback_url: str | None,
    template_callback_url: str | None,
    lang: Language,
) -> None:
    """Run a WeCom of your own: point api_base_url at it and try everything."""
    from rich.cells import set_cell_size

    from commands.bound import end_with_forker
    from simulator import (
        DEFAULT_CONTACT_SYNC_SECRET,
        DEFAULT_CORPID,
        DEFAULT_ENCODING_AES_KEY,
        DEFAULT_SECRET,
        DEFAULT_SUITE_ID,
        DEFAULT_SUITE_SECRET,
        DEFAULT_TEMPLATE_ID,
        DEFAULT_TOKEN,
        default_suite,
        default_template,
        default_tenant,
        serve,
    )

    tenant = default_tenant(callback_url)
    facts = [
        (Text(en="API base URL", zh="API 地址"), f"http://{host}:{port}"),
        (Text(en="control door", zh="控制入口"), f"http://{host}:{port}/simulator/"),
        (Text.same("corpid"), f"{DEFAULT_CORPID}   agentid 1000002"),
        (Text.same("secret"), DEFAULT_SECRET),
        (Text.same("token"), DEFAULT_TOKEN),
        (Text.same("encoding_aes_key"), DEFAULT_ENCODING_AES_KEY),
        (Text(en="contact sync", zh="通讯录同步"), f"{DEFAULT_CONTACT_SYNC_SECRET}  (secret)"),
    ]
    offered = []
    if suite_callback_url:
        offered.append(default_suite(suite_callback_url))
        facts.append((Text.same("suite_id"), DEFAULT_SUITE_ID))
    if template_callback_url:
        offered.append(default_template(template_callback_url))
        facts.append(
            (Text(en="template", zh="代开发应用模板"), f"{DEFAULT_TEMPLATE_ID}  (suite_id)")
        )
    if offered:
        facts.append((Text.same("suite_secret"), DEFAULT_SUITE_SECRET))
    tenant["suites"] = offered
    for name, value in facts:
        click.echo(f"{set_cell_size(name[lang], 18)}{value}", err=True)
    # Nothing of it is kept, and an open connection must not hold it up.
    serve(host, port, tenant, begin=lambda: end_with_forker(signal.SIGKILL))


@simulator.command("push")
@click.argument("event", required=False)
@click.argument("values", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("--list", "listing", is_flag=True, help="List the events and leave.")
@click.option("--app", help="An app of wecom.toml. Default: the only one, unless --url is given.")
@click.option("--url", help="Any callback URL, with the app's Token and key or with these:")
@click.option("--token", help="Default: the simulator's, and so for the next two.")
@click.option("--key", help="The EncodingAESKey.")
@click.option("--receiveid", help="corpid; of a suite the suite's id; of a robot empty.")
@click.option("--kind", type=click.Choice(["self_built", "suite", "robot"]))
@click.option("--json-body", is_flag=True, help="As an app gets it whose callbacks are JSON.")
@click.option("--times", default=1, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--dry-run", is_flag=True, help="Print the plaintext instead of pushing it.")
@speaks
@click.pass_context
def push(
    ctx: click.Context,
    /,
    *,
    event: str | None,
    values: tuple[str, ...],
    listing: bool,
    json_body: bool,
    times: int,
    dry_run: bool,
    lang: Language,
    **where: str | None,
) -> None:
    """Push one event to a callback URL, encrypted, with WeCom's patience: 5 seconds, 3 tries.

    EVENT is any name of --list. It is complete as it is: new ids, happening now. A FIELD is a tag
    (ExternalUserID=wm1, BatchJob/JobId=j1) or a name (external_userid=wm1).
    """
    from commands.plaintext import event_named
    from commands.push import plaintext_for, print_names, push_event

    if listing:
        print_names(_console(), lang)
        return
    if event is None:
        told = Text(en="which event? --list shows all", zh="哪个事件？用 --list 列出全部")
        raise click.UsageError(told[lang])
    cls, changed = event_named(event, lang), _pairs(values, lang)
    target = _target(ctx.obj, lang, **where)
    if json_body:
        target = target.in_json()
    if dry_run:
        click.echo(plaintext_for(target, cls, changed, lang))
    elif not push_event(_console(), target, cls, changed, times=times, language=lang):
        sys.exit(1)


def _target(
    config: str | None, lang: Language, *, app: str | None, url: str | None, **seal: str | None
) -> Any:
    from commands.push import target_at, target_of
    from settings import read_settings

    given = {name: value for name, value in seal.items() if value is not None}
    if url and app is None:
        return target_at(url, **given)
    if given:
        first = next(iter(given))
        told = Text(
            en=f"--{first} goes with --url and without --app",
            zh=f"--{first} 须与 --url 一起使用，且不能有 --app",
        )
        raise click.UsageError(told[lang])
    return target_of(read_settings(config), app, url)


def _pairs(values: tuple[str, ...], lang: Language) -> dict[str, str]:
    for value in values:
        if "=" not in value:
            told = Text(en=f"{value} is not FIELD=VALUE", zh=f"{value} 应写成 字段=值")
            raise click.BadParameter(told[lang], param_hint="FIELD=VALUE")
    return dict(value.split("=", 1) for value in values)


@main.command()
@click.option("--all", "unhandled", is_flag=True, help="Also the events nobody handles.")
@speaks
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@with_settings
def routes(settings: Any, *, unhandled: bool, lang: Language, as_json: bool) -> None:
    """Show who handles which event."""
    from app import build_router
    from commands.routes import print_routes, row_as_json, rows

    router = build_router(settings)
    if not as_json:
        print_routes(_console(), router, lang, unhandled=unhandled)
        return
    for row in rows(router, unhandled=unhandled):
        click.echo(json.dumps(row_as_json(row), ensure_ascii=False))


@main.group()
def events() -> None:
    """Look at what arrived and what became of it."""


@events.command("list")
@click.option("--app", help="Only of this app.")
@click.option("--event", help="Only this event; may end in *.")
@click.option("--userid", help="Only of this member.")
@click.option("--subject", help="Only about this external_userid, chat_id or job.")
@click.option("--status", type=click.Choice(["open", "done", "failed", "ignored"]))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@speaks
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@with_settings
def list_events(
    settings: Any, *, limit: int, lang: Language, as_json: bool, **filters: str | None
) -> None:
    """List deliveries, the newest first."""
    from commands.inspection import delivery_as_json, print_deliveries
    from commands.names import in_full

    if filters["event"]:
        filters["event"] = in_full(filters["event"])
    with open_journal(settings) as journal:
        found = journal.deliveries(limit=limit, **filters)
    if as_json:
        for delivery in found:
            click.echo(json.dumps(delivery_as_json(delivery), ensure_ascii=False))
        return
    print_deliveries(_console(), found, lang)


@events.command("show")
@click.argument("delivery_id", type=int, metavar="ID")
@speaks
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@with_settings
def show_event(settings: Any, delivery_id: int, lang: Language, *, as_json: bool) -> None:
    """Show one delivery: fields, runs, attempts, API calls. Secrets stay hidden."""
    from commands.inspection import delivery_as_json, delivery_view

    with open_journal(settings) as journal:
        delivery = _existing(journal, delivery_id, lang)
    if as_json:
        click.echo(json.dumps(delivery_as_json(delivery), ensure_ascii=False, indent=2))
    else:
        _console().print(delivery_view(delivery, lang))


@events.command("replay")
@click.argument("delivery_ids", type=int, nargs=-1, required=True, metavar="ID...")
@speaks
@with_settings
def replay_events(settings: Any, delivery_ids: tuple[int, ...], lang: Language) -> None:
    """Run the handlers of deliveries again. A welcome is never sent late."""
    from app import build_router, make_plan, open_rules
    from commands.inspection import replay
    from opening import utc_now

    plan = make_plan(settings, build_router(settings), open_rules(settings))
    nothing = Text(en="nothing to run again", zh="没有可重新执行的处理函数")
    with open_journal(settings) as journal:
        for delivery_id in delivery_ids:
            delivery = _existing(journal, delivery_id, lang)
            names = replay(journal, delivery, plan, utc_now())
            click.echo(f"{delivery_id}: {', '.join(names) or nothing[lang]}")


@main.group()
def suites() -> None:
    """Look at the corps that authorised third-party apps, and keep their codes sealed."""


@suites.command("key")
def suite_key() -> None:
    """Make a key for encryption_key. Put it where the secrets are, not into the file."""
    from crypto import new_key

    click.echo(new_key())


@suites.command("list")
@speaks
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@with_settings
def list_suites(settings: Any, *, lang: Language, as_json: bool) -> None:
    """List the corps that authorised a suite, those that left, and those whose code was lost."""
    from commands.suites import as_line, print_rows, rows

    with open_journal(settings) as journal:
        found = rows(settings, journal)
    if not as_json:
        print_rows(_console(), found, lang)
        return
    for row in found:
        click.echo(as_line(row))


@suites.command("rotate")
@speaks
@with_settings
def rotate_suites(settings: Any, lang: Language) -> None:
    """Seal everything with the newest encryption_key; after it the others can go."""
    with open_journal(settings) as journal:
        count = journal.reseal()
    click.echo(Text(en=f"{count} sealed anew", zh=f"已重新加密 {count} 项")[lang])


@main.command()
@speaks
@with_settings
def purge(settings: Any, lang: Language) -> None:
    """Delete what is older than its time. Workers do it each hour by themselves.

    Closed deliveries are kept for retention_days, the console's record for audit_retention_days.
    """
    from opening import utc_now

    server, now = settings.server, utc_now()
    with open_journal(settings) as journal:
        gone = journal.purge(now - timedelta(days=server.retention_days))
        deeds = journal.purge_deeds(now - timedelta(days=server.audit_retention_days))
    told = Text(
        en=f"{gone} deliveries and {deeds} lines of the console's record deleted",
        zh=f"已删除 {gone} 个投递和 {deeds} 条控制台操作记录",
    )
    click.echo(told[lang])


@main.group()
def console() -> None:
    """Decide who may sign in to the web pages at /console/."""


@console.command("passwd")
@click.option("--name", default="admin", show_default=True, help="Who.")
@click.option(
    "--permission",
    "permissions",
    multiple=True,
    type=click.Choice(["replay", "personal", "audit"]),
    help="What they may beside looking; may be repeated. Default: replay and audit.",
)
@speaks
@with_settings
def console_passwd(
    settings: Any, *, name: str, permissions: tuple[str, ...], lang: Language
) -> None:
    """Make a user, or give one a new password; it is asked for."""
    from console.password import DEFAULT_PERMISSIONS, a_user
    from opening import utc_now

    password = ask(
        Text(en="password", zh="密码"),
        lang,
        twice=True,
        otherwise=Text(en="pipe the password in, on two lines", zh="请通过管道传入密码，写两行"),
    )
    user = a_user(name, password, permissions or DEFAULT_PERMISSIONS, utc_now())
    allowed = ", ".join(sorted(user.permissions))
    with open_journal(settings) as journal:
        journal.store_user(user)
        _note_deed(journal, "passwd", f"{name}: {allowed}")
    told = Text(
        en=f"{name} may sign in at /console/ ({allowed})",
        zh=f"{name} 可以在 /console/ 登录（{allowed}）",
    )
    click.echo(told[lang])


@console.command("users")
@speaks
@with_settings
def console_users(settings: Any, lang: Language) -> None:
    """List who may sign in by a password."""
    look = Text(en="may look", zh="仅可查看")
    with open_journal(settings) as journal:
        for user in journal.users():
            click.echo(f"{user.name}  {', '.join(sorted(user.permissions)) or look[lang]}")


@console.command("remove")
@click.argument("name")
@speaks
@with_settings
def console_remove(settings: Any, *, name: str, lang: Language) -> None:
    """Take a user away and end their sessions."""
    with open_journal(settings) as journal:
        if not journal.remove_user(name):
            nobody = Text(
                en=f'there is no user "{name}"; `console users` lists them',
                zh=f'没有用户 "{name}"，`console users` 可列出全部',
            )
            raise WeComError(nobody[lang])
        _note_deed(journal, "remove", name)
    told = Text(en=f"{name} may not sign in any more", zh=f"{name} 不能再登录")
    click.echo(told[lang])


def _note_deed(journal: Any, action: str, target: str) -> None:
    from journal.people import Deed
    from opening import utc_now

    journal.note_deed(
        Deed(at=utc_now(), name="", address="", action=action, target=target, outcome="done")
    )


@main.command(hidden=True)
@click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False), default=Path("docs/reference")
)
def reference(folder: Path) -> None:
    """Write the reference pages anew, from the settings and the commands themselves."""
    from commands.reference import write_pages

    for path in write_pages(folder, main):
        click.echo(f"wrote {path}")


def _existing(journal: Any, delivery_id: int, language: Language) -> Any:
    delivery = journal.delivery(delivery_id)
    if delivery is None:
        told = Text(
            en=f"there is no delivery {delivery_id}; `events list` shows them",
            zh=f"没有投递 {delivery_id}，`events list` 可列出全部",
        )
        raise WeComError(told[language])
    return delivery


def _console() -> Any:
    from commands.screen import Screen

    return Screen()


if __name__ == "__main__":
    main()
