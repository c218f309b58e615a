"""Whether what stands around the server is in order: database, disk, Redis, processes."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import redis

from doctor.finding import Finding, fault, ok
from errors import JournalUnavailable, WeComError
from journal import Journal
from language import Text
from settings import Settings

GIGABYTE = 1_000_000_000
DISK_WARNING_BYTES = 2 * GIGABYTE
DISK_FAULT_BYTES = GIGABYTE // 5

_SQLITE = "sqlite:///"
_REDIS_TIMEOUT_SECONDS = 2.0
_LANES = ("urgent", "default", "bulk")
# A welcome has 20 seconds in all; what else there is to do may follow a rush.
_LONGEST_WAITS: Mapping[str, timedelta] = {"urgent": timedelta(seconds=5)}
_LONGEST_WAIT = timedelta(minutes=5)


def check_database(settings: Settings) -> tuple[Journal | None, list[Finding]]:
    """Open the journal; None when it cannot be used."""
    subject = "database"
    try:
        journal = Journal(settings.server.database_url)
    except WeComError as error:
        return None, [
            fault(subject, "database_url", Text(en=str(error), zh=f"database_url 有误：{error}"))
        ]
    try:
        if journal.is_migrated():
            return journal, [
                ok(
                    subject,
                    "database_ready",
                    en="reachable, tables current",
                    zh="可用，表结构为最新",
                )
            ]
    except JournalUnavailable as error:
        journal.close()
        seen = type(error.__cause__).__name__
        return None, [
            fault(
                subject,
                "database_unreachable",
                Text(en=f"cannot be reached ({seen})", zh=f"无法连接 ({seen})"),
                Text(
                    en="start the database, or mend database_url; callbacks get a 503 meanwhile",
                    zh="请启动数据库或修正 database_url；在此期间回调会得到 503",
                ),
            )
        ]
    journal.close()
    return None, [
        fault(
            subject,
            "not_migrated",
            Text(en="the tables are not those of this version", zh="表结构与此版本不符"),
            Text(en="run `wecom-callback migrate`", zh="请运行 `wecom-callback migrate`"),
        )
    ]


def check_disk(settings: Settings) -> list[Finding]:
    """Look at the room beside the settings file, and beside a SQLite journal."""
    url = settings.server.database_url
    folder = Path(url.removeprefix(_SQLITE)).parent if url.startswith(_SQLITE) else settings.folder
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    seen = Text(en=f"{free / GIGABYTE:.1f} GB free", zh=f"剩余 {free / GIGABYTE:.1f} GB")
    if free >= DISK_WARNING_BYTES:
        return [ok("disk", "disk_room", en=seen["en"], zh=seen["zh"])]
    return [
        fault(
            "disk",
            "disk_full",
            seen,
            Text(
                en="make room, or lower retention_days: a full disk refuses callbacks",
                zh="请清理磁盘或减小 retention_days：数据库无法写入时会拒绝回调",
            ),
            verdict="fault" if free < DISK_FAULT_BYTES else "warning",
        )
    ]


def check_redis(settings: Settings) -> list[Finding]:
    """Ask the broker for a sign of life."""
    url = settings.server.redis_url
    if not url:
        return [
            ok(
                "redis",
                "redis_bundled",
                en="no redis_url: `serve` starts a Valkey of its own",
                zh="未设置 redis_url：`serve` 会启动自带的 Valkey",
            )
        ]
    try:
        client = redis.Redis.from_url(
            url,
            socket_timeout=_REDIS_TIMEOUT_SECONDS,
            socket_connect_timeout=_REDIS_TIMEOUT_SECONDS,
        )
        with client:
            client.ping()
    except redis.AuthenticationError:
        return [
            fault(
                "redis",
                "redis_password",
                Text(en="refuses the password", zh="密码被拒绝"),
                Text(en="mend the password in redis_url", zh="请修正 redis_url 中的密码"),
            )
        ]
    except (redis.RedisError, ValueError) as error:
        seen = type(error).__name__
        return [
            fault(
                "redis",
                "redis_unreachable",
                Text(en=f"no answer ({seen})", zh=f"没有应答 ({seen})"),
                Text(
                    en="start it, or mend redis_url; nothing is lost meanwhile, work is slower",
                    zh="请启动 Redis 或修正 redis_url；期间不会丢失数据，但处理会变慢",
                ),
            )
        ]
    return [ok("redis", "redis_ready", en="answers", zh="应答正常")]


def check_processes(alive: Mapping[str, int], waits: Mapping[str, timedelta]) -> list[Finding]:
    """Tell of every lane whether somebody works in it, and keeps up.

    alive: how many processes have given a sign of life lately, by lane, and the web ones as "web".
    waits: how long the run that waits longest does, by lane.
    """
    findings = []
    for name in ("web", *_LANES):
        subject = "web" if name == "web" else f"lane {name}"
        count, wait = alive.get(name, 0), waits.get(name, timedelta(0))
        if count and wait > _LONGEST_WAITS.get(name, _LONGEST_WAIT):
            findings.append(_behind(subject, count, wait))
            continue
        if count:
            findings.append(ok(subject, "alive", en=f"{count} running", zh=f"{count} 个进程"))
            continue
        command = "web" if name == "web" else f"worker --lanes {name}"
        findings.append(
            fault(
                subject,
                "no_web" if name == "web" else "no_worker",
                Text(en="no process gives a sign of life", zh="没有存活的进程"),
                Text(
                    en=f"run `wecom-callback serve`, or `wecom-callback {command}`",
                    zh=f"请运行 `wecom-callback serve`，或 `wecom-callback {command}`",
                ),
            )
        )
    return findings


def _behind(subject: str, count: int, wait: timedelta) -> Finding:
    seconds = int(wait.total_seconds())
    return fault(
        subject,
        "lane_behind",
        Text(
            en=f"{count} running, and a run has been waiting for {seconds} s",
            zh=f"{count} 个进程，有执行记录已等待 {seconds} 秒",
        ),
        Text(
            en="more comes than is done: start more workers or give them more threads, and see"
            " how slow the API is (/console/, Now)",
            zh="任务多到处理不过来：请增加 worker 或线程，并在控制台“实时”页查看接口耗时",
        ),
        verdict="warning",
    )
