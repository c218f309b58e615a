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
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from commands.bound import bound
from commands.serving import free_port, ourselves
from errors import WeComError
from journal import Journal
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


def run_demo(console: Console) -> None:
    """Greet customers before the user's eyes. Raises DemoFailed when anything was lost."""
    with tempfile.TemporaryDirectory(prefix="wecom-demo-") as folder:
        port = free_port()
        url = f"http://127.0.0.1:{port}/callback/contacts"
        with Simulator.running(tenant=default_tenant(url)) as simulator:
            config = _write_files(Path(folder), port, simulator.url)
            console.print(f"simulated WeCom  {simulator.url}\ncallback URL     {url}")
            with (
                closing(Journal(_database_url(config))) as journal,
                _server(config, port),
            ):
                with Live(console=console, refresh_per_second=8) as live:
                    _play(simulator, url, _Stage(simulator, live))
                _settle(journal)
                console.print()
                _summarise(simulator, journal, console)


class _Stage:
    """What is seen while it runs."""

    def __init__(self, simulator: Simulator, live: Live) -> None:
        self._simulator = simulator
        self._live = live
        self._steps: list[Text] = []

    def step(self, text: str) -> None:
        """Announce the next thing that happens."""
        self._steps.append(Text("• " + text))
        self.draw()

    def draw(self) -> None:
        """Show the newest customers and the steps so far."""
        self._live.update(Group(*self._steps, self._customers()))

    def until(self, what: str, seconds: float = _WINDOW_SECONDS, **wanted: int) -> None:
        """Draw until the simulator has seen so much."""
        ends = time.monotonic() + seconds
        while not self._simulator.wait(timeout=0.15, **wanted)["reached"]:
            self.draw()
            if time.monotonic() > ends:
                raise DemoFailed(f"{what}: not within {seconds:.0f} s")
        self.draw()

    def _customers(self) -> Panel:
        welcomes = {each["external_userid"]: each for each in self._simulator.welcomes()}
        marked = {each["external_userid"] for each in self._simulator.markings()}
        table = Table.grid(padding=(0, 2))
        table.add_row(*(Text(name, style="dim") for name in ("customer", "member", "greeted", "")))
        added = {
            push["subject"]: push
            for push in reversed(self._simulator.pushes(limit=200))
            if push["event"] == "change_external_contact.add_external_contact"
        }
        for subject, push in list(added.items())[:-_SHOWN:-1]:
            table.add_row(*_customer_row(push, welcomes.get(subject), marked))
        counts = self._simulator.counts()
        title = (
            f"{counts.get('customers', 0)} customers, {len(welcomes)} greeted,"
            f" {len(marked)} tagged, {counts.get('pushes', 0)} callbacks"
        )
        return Panel(table, title=title, title_align="left", expand=False)


def _customer_row(
    push: dict[str, Any], welcome: dict[str, Any] | None, marked: set[str]
) -> tuple[Text, ...]:
    greeted = (
        Text(f"{welcome['seconds_after_event'] * 1000:5.0f} ms  {welcome['text']}", style="green")
        if welcome
        else Text("…", style="yellow")
    )
    tagged = Text("tagged", style="green") if push["subject"] in marked else Text("")
    return Text(push["subject"][:12] + "…"), Text(push["userid"]), greeted, tagged


def _play(simulator: Simulator, callback_url: str, show: _Stage) -> None:
    show.step("the admin saves the callback URL: WeCom verifies it")
    verified = simulator.verify_callback("contacts")
    if not verified["ok"]:
        raise DemoFailed(f"the URL was not verified: {verified['outcome']}")
    show.step(f"{_CUSTOMERS} customers arrive, {_CUSTOMERS_PER_SECOND:.0f} a second")
    for number in range(_CUSTOMERS):
        simulator.add_customer(_MEMBERS[number % 4], state=_STATES[number % 3])
        show.until("the callbacks", customers=number + 1)
        time.sleep(1 / _CUSTOMERS_PER_SECOND)
    show.until("the welcomes", welcomes=_CUSTOMERS)
    show.until("the tags", markings=_CUSTOMERS)

    show.step("WeCom pushes ten of the events twice more")
    for push in simulator.pushes(limit=10):
        simulator.push_again(push["number"])
        simulator.push_again(push["number"])

    show.step("a customer group: two join, one leaves, a new name")
    customers = [each["external_userid"] for each in simulator.welcomes()[:3]]
    chat_id = simulator.create_group_chat("zhangsan", name="春季活动群", members=customers[:1])
    simulator.join_group_chat(chat_id, customers[1], by_qr_code=True)
    simulator.join_group_chat(chat_id, customers[2])
    simulator.leave_group_chat(chat_id, customers[0])
    simulator.change_group_chat(chat_id, name="春季活动 1 群")

    show.step("a member import with a wrong row; the operator is told")
    _import_members(simulator, callback_url)
    show.until("the message to the operator", messages=1)

    show.step("the worker is killed (-9) in the middle of a welcome; another takes over")
    simulator.add_fault(
        {"path": "externalcontact/send_welcome_msg", "latency_seconds": 3, "calls": 1}
    )
    simulator.add_customer("lisi", state="expo")
    time.sleep(1)
    _kill_urgent_worker()
    show.until("the welcome after the crash", welcomes=_CUSTOMERS + 1)
    show.until("the tag after the crash", markings=_CUSTOMERS + 1)


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


def _summarise(simulator: Simulator, journal: Journal, console: Console) -> None:
    greeted = [each["external_userid"] for each in simulator.welcomes()]
    seconds = sorted(each["seconds_after_event"] for each in simulator.welcomes())
    runs = journal.count()
    repeats = sum(each.repeats for each in journal.deliveries(limit=1000))
    lost = simulator.counts()["customers"] - len(set(greeted))
    doubled = len(greeted) - len(set(greeted))
    table = Table.grid(padding=(0, 2))
    for name, value in (
        ("customers", str(simulator.counts()["customers"])),
        ("welcomes", f"{len(greeted)}   lost {lost}   doubled {doubled}"),
        ("in time", f"{sum(each < _WINDOW_SECONDS for each in seconds)} of {len(seconds)}"),
        (
            "push → welcome",
            _spread(seconds),
        ),
        ("tagged", str(len({each["external_userid"] for each in simulator.markings()}))),
        ("customer group", _group_work(simulator, journal)),
        ("member import", f"{len(simulator.messages())} report to the operator"),
        ("repeated pushes", f"{repeats}, none acted on twice"),
        ("runs", ", ".join(f"{count} {status}" for status, count in sorted(runs.items()))),
    ):
        table.add_row(Text(name, style="dim"), value)
    console.print(Panel(table, title="summary", title_align="left", expand=False))
    if lost or doubled or runs.keys() != {"done"}:
        raise DemoFailed("something was lost, doubled or left undone: see the summary")
    console.print("nothing lost, nothing doubled, every welcome in time", style="green")


def _group_work(simulator: Simulator, journal: Journal) -> str:
    """Say what the journal knows of the group that was made."""
    chats = {each["subject"] for each in simulator.pushes() if _GROUP in each["event"]}
    changes = [
        change for chat_id in chats for change in journal.chat_changes(DEFAULT_CORPID, chat_id)
    ]
    words = [change for _, change, _ in changes]
    return f"{words.count('joined')} joined, {words.count('left')} left"


def _spread(seconds: list[float]) -> str:
    median, slowest = statistics.median(seconds) * 1000, seconds[-1] * 1000
    return f"median {median:.0f} ms, slowest {slowest:.0f} ms (its worker was killed)"


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
def _server(config: Path, port: int) -> Iterator[None]:
    command = [*ourselves(), "--config", str(config)]
    subprocess.run([*command, "migrate"], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ourselves
    log_path = config.parent / "server.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(bound([*command, "serve"]), stdout=log, stderr=log)  # noqa: S603 - ourselves
        try:
            _wait_until_ready(process, port, log_path)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log_path: Path) -> None:
    ends = time.monotonic() + 30
    while time.monotonic() < ends and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise DemoFailed(f"the server did not start:\n{log_path.read_text(encoding='utf-8')[-2000:]}")


def _kill_urgent_worker() -> None:
    for process in psutil.Process().children(recursive=True):
        if "urgent" in process.cmdline():
            process.kill()
            return
    raise DemoFailed("there is no worker to kill")
