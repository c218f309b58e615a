"""`channels`: contact ways, how many customers they brought, and their QR codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import httpx2
import segno
from rich.table import Table
from rich.text import Text as Shown

from commands.clients import duty_contexts
from commands.screen import Rows
from errors import APIError, WeComError
from handlers import Context, read_rules
from handlers.channels import GONE, Outcome, channels_of, sync_channels
from journal import ChannelCount, ChannelRecord, Journal
from language import Language, Text
from settings import Settings
from wecom import contact_way

_CONFIG_UNKNOWN = 41044
_DAYS = 7
_LARGEST_PICTURE_BYTES = 10 * 1024 * 1024
_FETCH_SECONDS = 30.0
_HEADS = (
    Text(en="channel", zh="渠道"),
    Text(en="app", zh="应用"),
    Text.same("state"),
    Text(en="today", zh="今天"),
    Text(en="7 days", zh="7 天"),
    Text(en="total", zh="合计"),
    Text(en="status", zh="状态"),
)
_OUTCOME_HEADS = (
    Text(en="name", zh="名称"),
    Text(en="outcome", zh="结果"),
    Text(en="why", zh="原因"),
)
_NOT_MADE = Text(en="not made yet", zh="尚未创建")
_BEING_MADE = Text(en="being made", zh="创建中")
_KEPT = Text(en="kept", zh="已同步")
_NOT_IN_RULES = Text(
    en="not in the rules; `channels prune`", zh="规则中已没有，可用 `channels prune` 删除"
)
_APP_GONE = Text(en="its app is not in wecom.toml any more", zh="它所属的应用已不在 wecom.toml 中")


class Synced(Protocol):
    """What became of one thing that is kept as the rules say."""

    @property
    def name(self) -> str: ...  # noqa: D102 - the names say it

    @property
    def word(self) -> str: ...  # noqa: D102 - created, updated, same, busy, failed ...

    @property
    def error(self) -> Text | None: ...  # noqa: D102 - why it failed


def channels_table(
    settings: Settings, journal: Journal, now: datetime, language: Language
) -> Table:
    """Show every channel with its adds of today, of seven days and in all."""
    document = read_rules(settings.rules_path).document
    journal.tally_contacts(now)
    counts = journal.channel_counts(_DAYS, now=now, zone=ZoneInfo(document.timezone))
    named = {(rule.app, rule.name): rule.state for rule in document.channel}
    kept = journal.channels()
    table = Rows(*(head[language] for head in _HEADS), box=None)
    shown: set[tuple[str, str]] = set()
    for record in kept:
        place = record.app, record.name
        state = named.get(place, record.state)
        shown.add((record.app, state))
        status = _status(record, named.keys(), language)
        _add_row(table, record.name, record.app, state, counts=counts, status=status)
    for (app, name), state in named.items():
        if (app, name) not in {(each.app, each.name) for each in kept}:
            shown.add((app, state))
            status = Shown(_NOT_MADE[language], style="yellow")
            _add_row(table, name, app, state, counts=counts, status=status)
    for count in counts:
        if (count.app, count.state) not in shown:
            shown.add((count.app, count.state))
            _add_row(table, "", count.app, count.state, counts=counts, status=Shown(""))
    return table


def sync(settings: Settings, journal: Journal, app: str | None) -> list[Outcome]:
    """Do now what the workers do by themselves."""
    with _contexts(settings, journal, app) as contexts:
        return [outcome for ctx in contexts for outcome in sync_channels(ctx)]


def outcomes_table(outcomes: Iterable[Synced], language: Language) -> Table:
    """Show what became of each."""
    table = Rows(*(head[language] for head in _OUTCOME_HEADS), box=None)
    for each in outcomes:
        style = "red" if each.error else ""
        table.add_row(Shown(each.name), Shown(each.word, style=style), _why(each, language))
    return table


def _why(each: Synced, language: Language) -> Shown:
    return Shown(each.error[language] if each.error else "")


def prunable(settings: Settings, journal: Journal, app: str | None) -> list[ChannelRecord]:
    """Return the channels that are in no rule any more, or whose contact way is gone."""
    rules = read_rules(settings.rules_path).document.channel
    named = {(rule.app, rule.name) for rule in rules}
    return [
        each
        for each in journal.channels(app)
        if (each.app, each.name) not in named or (each.error and each.error.en == GONE.en)
    ]


def prune(
    settings: Settings, journal: Journal, doomed: Sequence[ChannelRecord], language: Language
) -> Iterator[tuple[ChannelRecord, str]]:
    """Delete contact ways and forget their channels; yield each with what became of it."""
    with _contexts(settings, journal, None) as contexts:
        by_place = {(ctx.app.name, ctx.app.corpid): ctx for ctx in contexts}
        for record in doomed:
            ctx = by_place.get((record.app, record.corpid))
            if ctx is None:
                yield record, _APP_GONE[language]
                continue
            try:
                if record.config_id:
                    contact_way.del_contact_way(ctx.api, record.config_id)
            except APIError as error:
                if error.errcode != _CONFIG_UNKNOWN:
                    yield record, error.text[language]
                    continue
            journal.forget_channel(record.app, record.corpid, record.name)
            yield record, ""


def channel_named(
    journal: Journal, name: str, app: str | None, language: Language
) -> ChannelRecord:
    """Return the one channel of that name. Raises WeComError."""
    found = [each for each in journal.channels(app) if each.name == name]
    if len(found) == 1 and found[0].qr_code:
        return found[0]
    if not found:
        told = Text(
            en=f'there is no channel "{name}"; `channels list` shows them',
            zh=f'没有渠道 "{name}"，可用 `channels list` 查看',
        )
    elif len(found) > 1:
        told = Text(
            en=f'several apps have a channel "{name}"; add --app',
            zh=f'多个应用都有渠道 "{name}"，请加 --app',
        )
    else:
        told = Text(
            en=f'the channel "{name}" has no QR code yet; `channels sync` makes it',
            zh=f'渠道 "{name}" 还没有二维码，可用 `channels sync` 创建',
        )
    raise WeComError(told[language])


def terminal_code(address: str) -> str:
    """Return a QR code of an address to print; it opens the picture WeCom made."""
    lines = segno.make(address, micro=False).matrix_iter(border=2)
    rows = [list(line) for line in lines]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    # Two rows of modules make one of characters; dark is what stays empty on a dark screen.
    glyphs = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
    return "\n".join(
        "".join(
            glyphs[int(bool(up)), int(bool(down))]
            for up, down in zip(rows[at], rows[at + 1], strict=True)
        )
        for at in range(0, len(rows), 2)
    )


def save_picture(address: str, path: Path, language: Language) -> None:
    """Fetch the picture of the QR code. Raises WeComError."""
    try:
        with (
            httpx2.Client(timeout=_FETCH_SECONDS, follow_redirects=True) as http,
            http.stream("GET", address) as response,
        ):
            response.raise_for_status()
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > _LARGEST_PICTURE_BYTES:
                    told = Text(en="the picture is larger than 10 MB", zh="图片超过 10 MB")
                    raise WeComError(told[language])
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        told = (
            Text(en="the picture cannot be fetched: ", zh="无法下载图片: ") + type(error).__name__
        )
        raise WeComError(told[language]) from error
    try:
        path.write_bytes(content)
    except OSError as error:
        told = f"{path}: " + Text(en="cannot be written: ", zh="无法写入: ") + str(error.strerror)
        raise WeComError(told[language]) from error


@contextmanager
def _contexts(settings: Settings, journal: Journal, app: str | None) -> Iterator[list[Context]]:
    yield [
        ctx
        for ctx in duty_contexts(settings, journal, "channels")
        if app is None or ctx.app.name == app
        if channels_of(ctx) or journal.channels(ctx.app.name)
    ]


def _add_row(
    table: Table,
    name: str,
    app: str,
    state: str,
    *,
    counts: Sequence[ChannelCount],
    status: Shown,
) -> None:
    found = [each for each in counts if (each.app, each.state) == (app, state)]
    today = sum(each.today for each in found)
    week = sum(adds for each in found for _, adds in each.per_day)
    total = sum(each.total for each in found)
    place = Shown(name or "–"), app, Shown(state or "–")
    table.add_row(*place, str(today), str(week), str(total), status)


def _status(record: ChannelRecord, named: Iterable[tuple[str, str]], language: Language) -> Shown:
    if record.error:
        return Shown(record.error[language], style="red")
    if (record.app, record.name) not in named:
        return Shown(_NOT_IN_RULES[language], style="yellow")
    if not record.config_id:
        return Shown(_BEING_MADE[language], style="cyan")
    return Shown(_KEPT[language], style="green")
