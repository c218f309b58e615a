from __future__ import annotations

import dataclasses
from datetime import timedelta
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from commands.inspection import deliveries_table, delivery_view
from journal import Attempt, Delivery, Run
from journal_factories import GREET, NOW, TAG
from language import Language


def a_run(*, handler: str = GREET, result: str | None = "sent") -> Run:
    return Run(
        id=1,
        handler=handler,
        lane="urgent",
        status="done",
        attempt=1,
        due_at=NOW,
        deadline_at=NOW + timedelta(seconds=19),
        published_at=NOW,
        lease_until=None,
        result=result,
        errcode=None,
        error=None,
    )


def a_read_delivery(
    *,
    app: str = "contacts",
    userid: str = "zhangsan",
    repeats: int = 0,
    runs: tuple[Run, ...] = (),
) -> Delivery:
    return Delivery(
        id=1,
        app=app,
        corpid="ww1234567890abcdef",
        event="change_external_contact.add_half_external_contact",
        userid=userid,
        subject="wmAJ2GCAAAXtWyujaWJHDDGi0mACAAAA",
        occurred_at=NOW,
        received_at=NOW,
        repeats=repeats,
        status="done" if runs else "ignored",
        payload=b"<xml/>",
        runs=runs,
    )


def shown(table: Table, width: int) -> list[str]:
    console = Console(file=StringIO(), width=width)
    console.print(table)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined] # StringIO


@pytest.mark.parametrize("width", [80, 140])
def test_a_delivery_takes_one_line_a_handler(width: int) -> None:
    runs = (a_run(), a_run(handler=TAG, result="tagged"))

    lines = shown(deliveries_table([a_read_delivery(runs=runs)], width), width)

    assert len(lines) == 2 + len(runs)
    assert "add_half_external_contact  zhangsan" in lines[2]
    assert lines[2].endswith("greet_new_customer sent")
    assert lines[3].strip() == "tag_new_customer tagged"


def test_the_subject_is_there_where_it_fits() -> None:
    delivery = a_read_delivery(runs=(a_run(),))

    assert delivery.subject in shown(deliveries_table([delivery], 140), 140)[2]
    assert delivery.subject not in shown(deliveries_table([delivery], 80), 80)[2]


def test_the_app_is_told_where_there_are_two() -> None:
    one = deliveries_table([a_read_delivery()], 140)
    two = deliveries_table([a_read_delivery(), a_read_delivery(app="robot")], 140)

    assert "app" not in shown(one, 140)[0].split()
    assert "app" in shown(two, 140)[0].split()


def test_what_nobody_handles_is_ignored_and_what_was_pushed_again_is_counted() -> None:
    line = shown(deliveries_table([a_read_delivery(repeats=2)], 140), 140)[2]

    assert "add_half_external_contact ×3" in line
    assert line.endswith("ignored")


def test_a_userid_is_never_read_as_markup() -> None:
    assert "[red]" in shown(deliveries_table([a_read_delivery(userid="[red]")], 140), 140)[2]


@pytest.mark.parametrize("width", [80, 140])
def test_a_chinese_terminal_is_told_in_chinese_and_in_columns(width: int) -> None:
    deliveries = [a_read_delivery(userid=userid) for userid in ("zhangsan", "李四")]

    head, _, *lines = shown(deliveries_table(deliveries, width, "zh"), width)

    assert head.split()[:4] == ["id", "收到时间", "事件", "userid"]
    places = {cell_len(line[: line.index("ignored")]) for line in lines}
    assert places == {cell_len(head[: head.index("结果")])}


@pytest.mark.parametrize("width", [40, 80])
def test_one_delivery_is_told_in_chinese_inside_its_frame(width: int) -> None:
    console = Console(file=StringIO(), width=width)

    console.print(delivery_view(a_read_delivery(runs=(a_run(),)), "zh"))

    text = console.file.getvalue()  # type: ignore[attr-defined] # StringIO
    assert all(word in text for word in ("投递 1", "收到时间", "通道", "时限"))
    assert {cell_len(line) for line in text.splitlines()} == {width}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [40, 60])
def test_a_narrow_terminal_misses_nothing(width: int, language: Language) -> None:
    runs = (a_run(), a_run(handler=TAG, result="tagged"))

    lines = shown(deliveries_table([a_read_delivery(runs=runs)], width, language), width)

    assert max(map(cell_len, lines)) <= width
    assert [line.split()[-1] for line in lines if line][-4:] == [
        "add_half_external_contact",
        "zhangsan",
        "sent",
        "tagged",
    ]


def test_a_long_name_of_an_event_is_folded_and_not_cut() -> None:
    console = Console(file=StringIO(), width=40)

    console.print(delivery_view(a_read_delivery()))

    text = console.file.getvalue()  # type: ignore[attr-defined] # StringIO
    assert "…" not in text
    assert "_half_external" in text


@pytest.mark.parametrize(("language", "told"), [("en", False), ("zh", True)])
def test_a_chinese_reader_is_told_what_an_errcode_means(language: Language, told: bool) -> None:  # noqa: FBT001 - a column of the table
    attempt = Attempt(
        number=1,
        started_at=NOW,
        finished_at=NOW,
        outcome="failed",
        result=None,
        errcode=84061,
        error="NotExternalContact: not external contact",
        calls=[],
    )
    run = dataclasses.replace(a_run(), attempts=(attempt,))
    console = Console(file=StringIO(), width=120)

    console.print(delivery_view(a_read_delivery(runs=(run,)), language))

    text = console.file.getvalue()  # type: ignore[attr-defined] # StringIO
    assert ("成员与客户没有好友关系；客户关系不存在" in text) is told
