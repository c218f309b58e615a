"""Replies in time, late, wrong, repeated (被动回复, doc 90238)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from handler_context import Stage

from errors import ConfigurationError
from events import Event, ImageMessage, Message, TextMessage
from events.app import CodeScanned, MenuClicked
from events.robot import RobotFeedbackGiven
from factories import a_text_message, an_external_contact_added
from handlers import Answers, Context, Reply, Router
from handlers.replies import ButtonUpdate, RobotText, TextReply

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HELLO = a_text_message()
LONG = 10.0
SHORT = 0.05


@dataclass
class Desk:
    """Answers made by one function; `calls` counts how often it was asked."""

    answer: Callable[[Event], Any]
    stage: Stage = field(default_factory=Stage)
    calls: int = 0
    open: list[Answers] = field(default_factory=list)

    def answers(self, *, seconds: float = LONG, threads: int = 4) -> Answers:
        router = Router()

        @router.reply(Message)
        def reply(event: Message, _ctx: Context) -> Reply | None:
            self.calls += 1
            found: Reply | None = self.answer(event)
            return found

        made = Answers(
            router,
            lambda app, _function, _corpid: self.stage.context(app=app),
            threads=threads,
            seconds=seconds,
            now=lambda: NOW,
        )
        self.open.append(made)
        return made


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk(lambda _event: TextReply(text="hi"))
    yield made
    for each in made.open:
        each.close()


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as entries:
        yield entries


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Holds slow functions until the test lets them go."""
    event = threading.Event()
    yield event
    event.set()


def words(logged: list[Any]) -> list[str]:
    return [entry["event"] for entry in logged]


def wait_until(condition: Callable[[], bool]) -> None:
    done = threading.Event()
    for _ in range(1000):
        if condition():
            return
        done.wait(0.005)
    pytest.fail("it never happened")


def test_returns_the_plaintext_of_the_reply(desk: Desk) -> None:
    written = desk.answers()(HELLO, "contacts", "key")

    assert written == TextReply(text="hi").write(HELLO, NOW)


def test_what_nobody_answers_gets_the_empty_answer(desk: Desk) -> None:
    assert desk.answers()(an_external_contact_added(), "contacts", "key") is None
    assert desk.calls == 0


def test_a_function_may_decide_not_to_answer(desk: Desk, logged: list[Any]) -> None:
    desk.answer = lambda _event: None

    assert desk.answers()(HELLO, "contacts", "key") is None
    assert logged == []


def test_a_repeated_callback_gets_the_same_reply_again(desk: Desk) -> None:
    desk.answer = lambda _event: TextReply(text=f"call {desk.calls}")
    answers = desk.answers()

    first, again, other = (answers(HELLO, "contacts", key) for key in ("k1", "k1", "k2"))

    assert first == again
    assert first != other
    assert desk.calls == 2


def test_what_is_forgotten_is_answered_anew(desk: Desk) -> None:
    answers = desk.answers()

    answers(HELLO, "contacts", "first")
    for number in range(512):
        answers(HELLO, "contacts", f"key {number}")
    answers(HELLO, "contacts", "first")

    assert desk.calls == 514


def test_a_slow_function_is_not_waited_for_and_its_result_dropped(
    desk: Desk, gate: threading.Event, logged: list[Any]
) -> None:
    def slow(_event: Event) -> Reply:
        gate.wait()
        return TextReply(text="too late")

    desk.answer = slow
    answers = desk.answers(seconds=SHORT)

    assert answers(HELLO, "contacts", "key") is None
    assert answers(HELLO, "contacts", "key") is None
    gate.set()
    wait_until(lambda: "reply_dropped" in words(logged))

    assert desk.calls == 1
    assert words(logged) == ["reply_late", "reply_dropped"]


def test_a_repetition_gets_the_reply_that_came_late_for_the_first(
    desk: Desk, gate: threading.Event, logged: list[Any]
) -> None:
    def slow(_event: Event) -> Reply:
        gate.wait()
        return TextReply(text="late")

    desk.answer = slow
    answers = desk.answers(seconds=SHORT)
    first = answers(HELLO, "contacts", "key")
    gate.set()
    wait_until(lambda: "reply_dropped" in words(logged))

    assert first is None
    assert answers(HELLO, "contacts", "key") == TextReply(text="late").write(HELLO, NOW)


def test_a_fault_is_an_empty_answer_and_its_text_stays_out_of_the_log(
    desk: Desk, logged: list[Any]
) -> None:
    def fail(_event: Event) -> Reply:
        raise RuntimeError("the customer's name")

    desk.answer = fail
    answers = desk.answers()

    assert answers(HELLO, "contacts", "key") is None
    assert answers(HELLO, "contacts", "key") is None
    wait_until(lambda: len(logged) == 2)

    assert words(logged) == ["reply_failed", "reply_failed"]
    assert {entry["error"] for entry in logged} == {"RuntimeError"}
    assert desk.calls == 2


def test_a_timeout_of_the_functions_own_is_a_fault(desk: Desk, logged: list[Any]) -> None:
    def fail(_event: Event) -> Reply:
        raise TimeoutError

    desk.answer = fail

    assert desk.answers()(HELLO, "contacts", "key") is None
    wait_until(lambda: words(logged) == ["reply_failed"])


@pytest.mark.parametrize(
    "wrong",
    [ButtonUpdate(replace_name="x"), RobotText(content="x"), "a text", b"bytes", 7, TextReply],
)
def test_what_does_not_answer_the_event_is_refused(
    desk: Desk, logged: list[Any], wrong: object
) -> None:
    desk.answer = lambda _event: wrong

    assert desk.answers()(HELLO, "contacts", "key") is None
    wait_until(lambda: words(logged) == ["reply_failed"])
    assert "message.text takes TextReply" in logged[0]["error"]


def test_functions_that_hang_do_not_hold_up_others(
    desk: Desk, gate: threading.Event, logged: list[Any]
) -> None:
    def hang(_event: Event) -> Reply:
        gate.wait()
        return TextReply(text="x")

    desk.answer = hang
    answers = desk.answers(seconds=SHORT, threads=2)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda key: answers(HELLO, "contacts", key), ["k1", "k2"]))

    assert answers(HELLO, "contacts", "k3") is None
    assert words(logged).count("reply_skipped") == 1
    gate.set()
    wait_until(lambda: words(logged).count("reply_dropped") == 2)
    assert answers(HELLO, "contacts", "k3") is not None


def test_many_at_once_are_asked_once_each(desk: Desk) -> None:
    answers = desk.answers(threads=8)

    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(lambda n: answers(HELLO, "contacts", f"k{n % 4}"), range(32)))

    assert None not in written
    assert desk.calls == 4


def test_gets_the_context_of_its_app() -> None:
    router = Router()
    seen: list[str] = []

    @router.reply(TextMessage)
    def reply(_event: TextMessage, ctx: Context) -> None:
        seen.append(ctx.app.name)

    stage = Stage()
    answers = Answers(
        router,
        lambda app, _function, _corpid: stage.context(app=app),
        threads=1,
        seconds=LONG,
        now=lambda: NOW,
    )
    answers(HELLO, "robot", "key")
    answers.close()

    assert seen == ["robot"]


def test_the_most_specific_function_answers() -> None:
    router = Router()

    @router.reply(Message)
    def any_message(_event: Message, _ctx: Context) -> None:
        """Answer nothing."""

    @router.reply(TextMessage)
    def a_text(_event: TextMessage, _ctx: Context) -> None:
        """Answer nothing."""

    found = [router.reply_to(cls) for cls in (TextMessage, ImageMessage, MenuClicked)]

    assert [route and route.answer for route in found] == [a_text, any_message, None]


@pytest.mark.parametrize("cls", [Event, CodeScanned, RobotFeedbackGiven])
def test_what_cannot_be_answered_is_refused_at_registration(cls: type[Event]) -> None:
    router = Router()

    with pytest.raises(ConfigurationError, match=f"{cls.__name__} cannot be answered"):
        router.reply(cls)(lambda _event, _ctx: None)


def test_two_answers_to_one_class_are_refused_also_when_routers_merge() -> None:
    first, second = Router(), Router()
    first.reply(TextMessage)(lambda _event, _ctx: None)
    second.reply(TextMessage)(lambda _event, _ctx: None)

    with pytest.raises(ConfigurationError, match="both answer TextMessage"):
        first.reply(TextMessage)(lambda _event, _ctx: None)
    with pytest.raises(ConfigurationError, match="both answer TextMessage"):
        Router(first, second)


def test_routers_merge_with_their_answers() -> None:
    mine = Router()
    mine.reply(TextMessage)(lambda _event, _ctx: None)

    merged = Router(Router(), mine)

    assert [route.event for route in merged.replies()] == [TextMessage]
    assert merged.fetch(TextMessage) == []
