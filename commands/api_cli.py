"""`endpoints` and `call`: the names and options of the commands."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from commands.declaring import ERROR, ask, screen, speaks
from language import Language, Text, terminal_language


def _complete_api(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from commands.apis import apis

    language = terminal_language(os.environ)
    names = {
        name: api.title_in(language)
        for api in apis()
        for name in api.names
        if name.startswith(incomplete)
    }
    return [CompletionItem(name, help=title) for name, title in names.items()]


def _complete_argument(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from commands.apis import apis

    asked = ctx.params.get("endpoint")
    row = next((api.row for api in apis() if asked in api.names), None)
    names = () if row is None else (*row.required_names, *row.optional_names)
    return [CompletionItem(f"{name}=") for name in names if name.startswith(incomplete)]


@click.command()
@click.argument("words", nargs=-1, metavar="[FILTER]...")
@speaks
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def endpoints(words: tuple[str, ...], lang: Language, *, as_json: bool) -> None:
    """List every API: the function that calls it, and whether the simulator knows it.

    FILTER: words that must all stand in its names or titles, in English, in Chinese, or as
    wechatpy, WxJava and PowerWeChat name it. The simulator is `stateful`, or `validated` where it
    only checks a call; `local` is computed without one.
    """
    from commands.apis import apis_like
    from commands.endpoints import api_as_json, print_apis

    shown = list(apis_like(" ".join(words)))
    if not shown:
        told = Text(en="no API has all these words", zh="没有同时包含这些词的接口")
        click.echo(told[lang], err=True)
    if not as_json:
        print_apis(screen(), shown, lang)
        return
    for api in shown:
        click.echo(json.dumps(api_as_json(api), ensure_ascii=False))


@click.command()
@click.argument("endpoint", shell_complete=_complete_api)
@click.argument("arguments", nargs=-1, metavar="[KEY=VALUE]...", shell_complete=_complete_argument)
@click.option("--app", help="An app of wecom.toml. Default: the only one with a secret.")
@click.option(
    "--corpid",
    help="Do without wecom.toml: the secret is $WECOM_SECRET, or is asked for. With --app: the corp"
    " that authorised that third-party app.",
)
@click.option("--json", "body", metavar="JSON", help="An object, or @FILE; KEY=VALUE goes over it.")
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The file that is uploaded.",
)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Where a download goes."
)
@speaks
@click.pass_context
def call(
    ctx: click.Context,
    /,
    *,
    endpoint: str,
    arguments: tuple[str, ...],
    app: str | None,
    corpid: str | None,
    body: str | None,
    file: Path | None,
    output: Path | None,
    lang: Language,
) -> None:
    """Call any API and print what it answers; tokens and codes are shown as ***.

    ENDPOINT: a function (tag.mark_tag), a path (externalcontact/mark_tag) or the name in the
    official list. KEY=VALUE is a text, KEY:=VALUE is JSON: limit:=100, add_tag:='["etA"]'. With @
    the value is read from a file, with @- from a pipe. Exit status 1 when WeCom refuses.
    """
    from commands.apis import api_named
    from commands.caller import caller
    from commands.calling import Request, check, perform, print_answer, values_of
    from errors import APIError, APIPaused, APIUnreachable, DeadlinePassed, WeComError

    try:
        values = values_of(arguments, body, lang)
        api = api_named(endpoint, lang)
        request = Request(api=api, values=values, file=file, output=output, language=lang)
        check(request)
        ask_secret = str if api.method == "LOCAL" else partial(_secret, lang)
        with caller(ctx.obj, app, corpid, ask_secret=ask_secret) as who:
            answer = perform(request, who.api, who.credentials)
    except APIError as error:
        _refused(error, lang)
    except (APIUnreachable, APIPaused, DeadlinePassed):
        raise
    except WeComError as error:
        click.secho((ERROR + error.text)[lang], fg="red", err=True)
        sys.exit(2)
    print_answer(screen(), answer)


def _secret(language: Language) -> str:
    told = os.environ.get("WECOM_SECRET")
    return told or ask(
        Text(en="secret", zh="应用的 Secret"),
        language,
        otherwise=Text(en="set WECOM_SECRET", zh="请设置 WECOM_SECRET"),
    )


def _refused(error: Any, language: Language) -> None:
    from commands.calling import refusal

    said, *more = refusal(error, language)
    click.secho((ERROR + said)[language], fg="red", err=True)
    for line in more:
        click.echo(line, err=True)
    sys.exit(1)
