"""`demo`: the whole server against the bundled simulator, on free ports, watched live."""

from __future__ import annotations

import signal
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import psutil
from rich.cells import set_cell_size
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text as Shown

from commands.bound import bound
from commands.serving import free_port, ourselves
from errors import WeComError
from journal import Journal
from language import Language, Text
from simulator import (
    DEFAULT_CONTACT_SYNC_SECRET,
    DEFAULT_CORPID,
    DEFAULT_ENCODING_AES_KEY,
    DEFAULT_SECRET,
    DEFAULT_TOKEN,
    Simulator,
    default_tenant,
)
from wecom import Client, batch, media

_CUSTOMERS = 40
_CUSTOMERS_PER_SECOND = 8.0
_SHOWN = 10
_WINDOW_SECONDS = 20
_GROUP = "change_external_chat"
_NAME_WIDTH = 17
_CUSTOMER_HEADS = (
    Text(en="customer", zh="客户"),
    Text(en="member", zh="成员"),
    Text(en="greeted", zh="欢迎语"),
)
_TAGGED = Text(en="tagged", zh="已打标签")
_MEMBERS = ("zhangsan", "lisi", "wangwu", "zhaoliu")
_STATES = ("spring-01", "spring-02", "expo", "")

_SETTINGS = """\
[server]
port = {port}
api_base_url = "{api}"

[[apps]]
name = "contacts"
corpid = "{corpid}"
agentid = 1000002
secret = "{secret}"
token = "{token}"
encoding_aes_key = "{key}"
operators = ["zhangsan"]
"""

_RULES = """\
[[welcome]]
name = "spring campaign"
state = "spring-*"
text = "你好，欢迎参加春季活动！"

[[welcome]]
name = "default"
text = "你好，很高兴认识你！"

[[tag]]
name = "spring source"
state = "spring-*"
add = ["来源/春季活动"]

[[tag]]
name = "month"
add = ["入会月份/{{ now.strftime('%Y-%m') }}"]
"""


_IMPORT = "姓名,帐号,部门\n陈一,chenyi,2\n陈二,chener,99\n"  # there is no department 99


class DemoFailed(WeComError):
    """The demo did not end as it should."""


def run_demo(console: Console, language: Language) -> None:
    """Greet customers before the user's eyes. Raises DemoFailed when anything was lost."""
    with tempfile.TemporaryDirectory(prefix="wecom-demo-") as folder:
        port = free_port()
        url = f"http://127.0.0.1:{port}/callback/contacts"
        with Simulator.running(tenant=default_tenant(url)) as simulator:
            config = _write_files(Path(folder), port, simulator.url)
            for name, address in (
                (Text(en="simulated WeCom", zh="模拟的企业微信"), simulator.url),
                (Text(en="callback URL", zh="回调 URL"), url),
            ):
                console.print(set_cell_size(name[language], _NAME_WIDTH) + address)
            with (
                closing(Journal(_database_url(config))) as journal,
                _server(config, port, language),
            ):
                with Live(console=console, refresh_per_second=8) as live:
                    _play(simulator, url, _Stage(simulator, live, language))
                _settle(journal)
                console.print()
                _summarise(simulator, journal, console, language)


class _Stage:
    """What is seen while it runs."""

    def __init__(self, simulator: Simulator, live: Live, language: Language) -> None:
        self.language = language
        self._simulator = simulator
        self._live = live
        self._steps: list[Shown] = []

    def step(self, text: Text) -> None:
        """Announce the next thing that happens."""
        self._steps.append(Shown("• " + text[self.language]))
        self.draw()

    def draw(self) -> None:
        """Show the newest customers and the steps so far."""
        self._live.update(Group(*self._steps, self._customers()))

    def until(self, what: Text, seconds: float = _WINDOW_SECONDS, **wanted: int) -> None:
        """Draw until the simulator has seen so much."""
        ends = time.monotonic() + seconds
        while not self._simulator.wait(timeout=0.15, **wanted)["reached"]:
            self.draw()
            if time.monotonic() > ends:
                late = Text(en=f": not within {seconds:.0f} s", zh=f": {seconds:.0f} 秒内没有完成")
                raise DemoFailed((what + late)[self.language])
        self.draw()

    def _customers(self) -> Panel:
        welcomes = {each["external_userid"]: each for each in self._simulator.welcomes()}
        marked = {each["external_userid"] for each in self._simulator.markings()}
        table = Table.grid(padding=(0, 2))
        table.add_row(*(Shown(head[self.language], style="dim") for head in _CUSTOMER_HEADS), "")
        added = {
            push["subject"]: push
            for push in reversed(self._simulator.pushes(limit=200))
            if push["event"] == "change_external_contact.add_external_contact"
        }
        for subject, push in list(added.items())[:-_SHOWN:-1]:
            table.add_row(*_customer_row(push, welcomes.get(subject), marked, self.language))
        counts = self._simulator.counts()
        customers, pushes = counts.get("customers", 0), counts.get("pushes", 0)
        title = Text(
            en=f"{customers} customers, {len(welcomes)} greeted,"
            f" {len(marked)} tagged, {pushes} callbacks",
            zh=f"客户 {customers}，已欢迎 {len(welcomes)}，已打标签 {len(marked)}，回调 {pushes}",
        )
        return Panel(table, title=title[self.language], title_align="left", expand=False)


def _customer_row(
    push: dict[str, Any], welcome: dict[str, Any] | None, marked: set[str], language: Language
) -> tuple[Shown, ...]:
    greeted = (
        Shown(f"{welcome['seconds_after_event'] * 1000:5.0f} ms  {welcome['text']}", style="green")
        if welcome
        else Shown("…", style="yellow")
    )
    tagged = Shown(_TAGGED[language], style="green") if push["subject"] in marked else Shown("")
    return Shown(push["subject"][:12] + "…"), Shown(push["userid"]), greeted, tagged


def _play(simulator: Simulator, callback_url: str, show: _Stage) -> None:
    show.step(
        Text(
            en="the admin saves the callback URL: WeCom verifies it",
            zh="管理员保存回调 URL，企业微信验证它",
        )
    )
    verified = simulator.verify_callback("contacts")
    if not verified["ok"]:
        told = Text(en="the URL was not verified: ", zh="URL 未通过验证: ") + verified["outcome"]
        raise DemoFailed(told[show.language])
    show.step(
        Text(
            en=f"{_CUSTOMERS} customers arrive, {_CUSTOMERS_PER_SECOND:.0f} a second",
            zh=f"{_CUSTOMERS} 位客户到来，每秒 {_CUSTOMERS_PER_SECOND:.0f} 位",
        )
    )
    for number in range(_CUSTOMERS):
        simulator.add_customer(_MEMBERS[number % 4], state=_STATES[number % 3])
        show.until(Text(en="the callbacks", zh="回调"), customers=number + 1)
        time.sleep(1 / _CUSTOMERS_PER_SECOND)
    show.until(Text(en="the welcomes", zh="欢迎语"), welcomes=_CUSTOMERS)
    show.until(Text(en="the tags", zh="标签"), markings=_CUSTOMERS)

    show.step(
        Text(en="WeCom pushes ten of the events twice more", zh="企业微信把其中十个事件再推送两遍")
    )
    for push in simulator.pushes(limit=10):
        simulator.push_again(push["number"])
        simulator.push_again(push["number"])

    show.step(
        Text(
            en="a customer group: two join, one leaves, a new name",
            zh="一个客户群: 两人入群，一人退群，改了群名",
        )
    )
    customers = [each["external_userid"] for each in simulator.welcomes()[:3]]
    chat_id = simulator.create_group_chat("zhangsan", name="春季活动群", members=customers[:1])
    simulator.join_group_chat(chat_id, customers[1], by_qr_code=True)
    simulator.join_group_chat(chat_id, customers[2])
    simulator.leave_group_chat(chat_id, customers[0])
    simulator.change_group_chat(chat_id, name="春季活动 1 群")

    show.step(
        Text(
            en="a member import with a wrong row; the operator is told",
            zh="导入成员，其中一行有误；运维人员收到通知",
        )
    )
    _import_members(simulator, callback_url)
    show.until(Text(en="the message to the operator", zh="给运维人员的消息"), messages=1)

    show.step(
        Text(
            en="the worker is killed (-9) in the middle of a welcome; another takes over",
            zh="欢迎语发送到一半，worker 被强制杀死 (-9)；另一个接手",
        )
    )
    simulator.add_fault(
        {"path": "externalcontact/send_welcome_msg", "latency_seconds": 3, "calls": 1}
    )
    simulator.add_customer("lisi", state="expo")
    time.sleep(1)
    _kill_urgent_worker(show.language)
    show.until(Text(en="the welcome after the crash", zh="崩溃后的欢迎语"), welcomes=_CUSTOMERS + 1)
    show.until(Text(en="the tag after the crash", zh="崩溃后的标签"), markings=_CUSTOMERS + 1)


def _import_members(simulator: Simulator, callback_url: str) -> None:
    """Import as the contact-sync assistant does; the simulated job ends at once."""
    callback = batch.JobCallback(
        url=callback_url, token=DEFAULT_TOKEN, encodingaeskey=DEFAULT_ENCODING_AES_KEY
    )
    with Client(DEFAULT_CORPID, DEFAULT_CONTACT_SYNC_SECRET, base_url=simulator.url) as api:
        uploaded = media.upload(api, BytesIO(_IMPORT.encode()), "file", filename="members.csv")
        batch.syncuser(api, uploaded.media_id, callback=callback)
    simulator.finish_batch_jobs()


def _settle(journal: Journal) -> None:
    """Wait until every run is closed; the one of the killed worker waits for its lease."""
    ends = time.monotonic() + _WINDOW_SECONDS
    while journal.count().keys() - {"done", "failed", "expired"} and time.monotonic() < ends:
        time.sleep(0.2)


def _summarise(
    simulator: Simulator, journal: Journal, console: Console, language: Language
) -> None:
    greeted = [each["external_userid"] for each in simulator.welcomes()]
    seconds = sorted(each["seconds_after_event"] for each in simulator.welcomes())
    runs = journal.count()
    repeats = sum(each.repeats for each in journal.deliveries(limit=1000))
    customers, total = simulator.counts()["customers"], len(greeted)
    lost, doubled = customers - len(set(greeted)), total - len(set(greeted))
    in_time = sum(each < _WINDOW_SECONDS for each in seconds)
    reports = len(simulator.messages())
    table = Table.grid(padding=(0, 2))
    for name, value in (
        (Text(en="customers", zh="客户"), Text.same(customers)),
        (
            Text(en="welcomes", zh="欢迎语"),
            Text(
                en=f"{total}   lost {lost}   doubled {doubled}",
                zh=f"{total}   丢失 {lost}   重复 {doubled}",
            ),
        ),
        (
            Text(en="in time", zh="及时送达"),
            Text(en=f"{in_time} of {total}", zh=f"{in_time} / {total}"),
        ),
        (Text(en="push → welcome", zh="推送 → 欢迎语"), _spread(seconds)),
        (_TAGGED, Text.same(len({each["external_userid"] for each in simulator.markings()}))),
        (Text(en="customer group", zh="客户群"), _group_work(simulator, journal)),
        (
            Text(en="member import", zh="成员导入"),
            Text(en=f"{reports} report to the operator", zh=f"向运维人员报告 {reports} 次"),
        ),
        (
            Text(en="repeated pushes", zh="重复推送"),
            Text(en=f"{repeats}, none acted on twice", zh=f"{repeats} 次，均未重复处理"),
        ),
        (
            Text(en="runs", zh="执行记录"),
            Text.same(", ".join(f"{count} {status}" for status, count in sorted(runs.items()))),
        ),
    ):
        table.add_row(Shown(name[language], style="dim"), value[language])
    title = Text(en="summary", zh="汇总")
    console.print(Panel(table, title=title[language], title_align="left", expand=False))
    if lost or doubled or runs.keys() != {"done"}:
        told = Text(
            en="something was lost, doubled or left undone: see the summary",
            zh="有丢失、重复或未完成的，见汇总",
        )
        raise DemoFailed(told[language])
    told = Text(
        en="nothing lost, nothing doubled, every welcome in time",
        zh="没有丢失，没有重复，每条欢迎语都及时送达",
    )
    console.print(told[language], style="green")


def _group_work(simulator: Simulator, journal: Journal) -> Text:
    """Say what the journal knows of the group that was made."""
    chats = {each["subject"] for each in simulator.pushes() if _GROUP in each["event"]}
    changes = [
        change for chat_id in chats for change in journal.chat_changes(DEFAULT_CORPID, chat_id)
    ]
    words = [change for _, change, _ in changes]
    joined, left = words.count("joined"), words.count("left")
    return Text(en=f"{joined} joined, {left} left", zh=f"入群 {joined}，退群 {left}")


def _spread(seconds: list[float]) -> Text:
    median, slowest = statistics.median(seconds) * 1000, seconds[-1] * 1000
    return Text(
        en=f"median {median:.0f} ms, slowest {slowest:.0f} ms (its worker was killed)",
        zh=f"中位数 {median:.0f} ms，最慢 {slowest:.0f} ms（其 worker 被杀死）",
    )


def _write_files(folder: Path, port: int, api: str) -> Path:
    config = folder / "wecom.toml"
    config.write_text(
        _SETTINGS.format(
            port=port,
            api=api,
            corpid=DEFAULT_CORPID,
            secret=DEFAULT_SECRET,
            token=DEFAULT_TOKEN,
            key=DEFAULT_ENCODING_AES_KEY,
        ),
        encoding="utf-8",
    )
    (folder / "rules.toml").write_text(_RULES, encoding="utf-8")
    return config


def _database_url(config: Path) -> str:
    return f"sqlite:///{config.parent / 'var' / 'journal.db'}"


@contextmanager
def _server(config: Path, port: int, language: Language) -> Iterator[None]:
    command = [*ourselves(), "--config", str(config)]
    subprocess.run([*command, "migrate"], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ourselves
    log_path = config.parent / "server.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(bound([*command, "serve"]), stdout=log, stderr=log)  # noqa: S603 - ourselves
        try:
            _wait_until_ready(process, port, log_path, language)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)


def _wait_until_ready(
    process: subprocess.Popen[bytes], port: int, log_path: Path, language: Language
) -> None:
    ends = time.monotonic() + 30
    while time.monotonic() < ends and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    told = Text(en="the server did not start:\n", zh="服务器没有启动:\n")
    raise DemoFailed(told[language] + log_path.read_text(encoding="utf-8")[-2000:])


def _kill_urgent_worker(language: Language) -> None:
    for process in psutil.Process().children(recursive=True):
        if "urgent" in process.cmdline():
            process.kill()
            return
    told = Text(en="there is no worker to kill", zh="没有可以杀死的 worker")
    raise DemoFailed(told[language])
