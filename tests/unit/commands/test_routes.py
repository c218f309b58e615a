"""Who handles which event, as `routes` prints it."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

import events
from commands.routes import print_routes, row_as_json, rows
from events import Event, ExternalContactAdded, ExternalContactChanged, UnknownEvent
from handlers import Context, Router, batch_job, group_chat, tagging, welcome
from language import Language

BUILT_IN = Router(welcome.router, tagging.router, group_chat.router, batch_job.router)
ADDED = "change_external_contact.add_external_contact"


def a_router(*classes: type[Event]) -> Router:
    router = Router()
    for cls in classes:

        def handle(event: Event, ctx: Context) -> None:
            """Do nothing."""

        router.on(cls, name=f"mine.{cls.__name__}")(handle)
    return router


def printed(
    router: Router, width: int, language: Language = "en", *, unhandled: bool = False
) -> list[str]:
    file = StringIO()
    print_routes(Console(file=file, width=width), router, language, unhandled=unhandled)
    return file.getvalue().splitlines()


def test_an_event_has_its_handlers_in_the_order_they_are_planned() -> None:
    (row,) = [row for row in rows(BUILT_IN) if row.event is ExternalContactAdded]

    assert [route.name for route in row.routes] == [
        "handlers.welcome.greet_new_customer",
        "handlers.tagging.tag_new_customer",
    ]


def test_a_handler_of_a_family_handles_each_of_its_events() -> None:
    found = rows(a_router(ExternalContactChanged))

    assert {row.event for row in found} == {
        cls for cls in events.catalogue() if issubclass(cls, ExternalContactChanged)
    }


def test_a_handler_of_everything_and_one_of_the_unknown_have_a_row_of_their_own() -> None:
    found = rows(a_router(Event, UnknownEvent, ExternalContactAdded))

    assert [(row.name, row.chinese_name) for row in found] == [
        (ADDED, "添加企业客户"),
        ("*", "任何事件"),
        ("unknown", "未知事件"),
    ]


def test_on_demand_every_event_of_the_catalogue_has_a_row() -> None:
    assert [row.event for row in rows(BUILT_IN, unhandled=True)] == list(events.catalogue())


@pytest.mark.parametrize("width", [80, 140])
def test_every_handler_and_event_is_shown_whole(width: int) -> None:
    text = "\n".join(printed(BUILT_IN, width))

    assert all(route.name in text for route in BUILT_IN)
    assert "add_half_external_contact  " in text
    assert "外部联系人免验证添加成员" in text


@pytest.mark.parametrize("width", [80, 140])
def test_no_line_about_handled_events_is_wider_than_the_terminal(width: int) -> None:
    lines = printed(BUILT_IN, width)

    assert max(map(cell_len, lines)) <= width
    assert not any(line.endswith(" ") for line in lines[:-2])


def test_the_columns_of_a_wide_terminal_are_aligned_for_chinese_too() -> None:
    lines = printed(BUILT_IN, 140, unhandled=True)

    starts = {cell_len(line[: line.index("handlers.")]) for line in lines if "handlers." in line}

    assert len(starts) == 1


def test_many_events_come_under_the_titles_of_their_chapters() -> None:
    lines = printed(BUILT_IN, 80, unhandled=True)

    assert "Customers: who added, edited or deleted whom (企业客户事件)" in lines


def test_a_chinese_terminal_has_chinese_heads_over_aligned_columns() -> None:
    head, _, *lines = printed(BUILT_IN, 140, "zh")

    assert head.split() == ["事件", "名称", "处理函数", "通道"]
    starts = {cell_len(line[: line.index("handlers.")]) for line in lines if "handlers." in line}
    assert starts == {cell_len(head[: head.index("处理函数")])}
    assert lines[-1].startswith(f"已知事件 {len(events.catalogue())} 种，")


def test_chapters_have_their_chinese_titles() -> None:
    lines = printed(BUILT_IN, 80, "zh", unhandled=True)

    assert "企业客户事件" in lines
    assert not any(line.startswith("Customers: ") for line in lines)


def test_tells_how_many_events_have_no_handler_and_how_to_see_them() -> None:
    handled = len(rows(BUILT_IN))

    last = printed(BUILT_IN, 1000)[-1]

    assert last.startswith(f"{handled} of {len(events.catalogue())} known events have handlers")
    assert "--all" in last
    assert "--all" not in printed(BUILT_IN, 1000, unhandled=True)[-1]


def test_a_handler_of_everything_is_no_events_own() -> None:
    last = printed(a_router(Event), 1000)[-1]

    assert last.startswith(f"0 of {len(events.catalogue())} known events have handlers")


def test_without_any_handler_it_says_so() -> None:
    assert printed(Router(), 140)[-1].startswith("0 of ")


def test_a_row_for_machines() -> None:
    router = Router()
    router.on(ExternalContactAdded, lane="urgent", within=timedelta(seconds=20), name="mine")(
        welcome.greet_new_customer
    )

    (row,) = rows(router)

    assert json.loads(json.dumps(row_as_json(row))) == {
        "event": ADDED,
        "chinese_name": "添加企业客户",
        "class": "ExternalContactAdded",
        "docs": [92130],
        "reply": None,
        "handlers": [{"handler": "mine", "lane": "urgent", "within_seconds": 20.0}],
    }
