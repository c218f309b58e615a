"""Which handlers want which event, who answers it, and what is done every so often."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from errors import ConfigurationError
from events import Event
from handlers.context import Context
from handlers.replies import Reply, replies_to
from handlers.rules import Rules
from language import Text

Lane = Literal["urgent", "default", "bulk"]
LANES: tuple[Lane, ...] = ("urgent", "default", "bulk")

CLOCK_TOLERANCE = timedelta(seconds=30)

E = TypeVar("E", bound=Event)
Handler = Callable[[E, Context], None]
Answer = Callable[[E, Context], Reply | None]
Wanted = Callable[[E, Rules], bool]
DutyFunction = Callable[[Context], None]

_SHORTEST_INTERVAL = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Route:
    """One handler and what it wants.

    within: how long after the event the work makes sense; None for always.
    wanted: whether the rules give an event of that class any work; None for always.
    """

    name: str
    event: type[Event]
    handler: Handler[Any]
    lane: Lane
    within: timedelta | None
    wanted: Wanted[Any] | None = None

    def is_wanted(self, event: Event, rules: Rules) -> bool:
        """Whether there is anything to do, so that a run has a point."""
        return self.wanted is None or bool(self.wanted(event, rules))

    def deadline(self, event: Event, received_at: datetime, margin: timedelta) -> datetime | None:
        """Return when the work stops making sense.

        Counted from the event's own time where our clock agrees with it, else from its receipt: a
        wrong clock must not throw welcomes away.
        """
        if self.within is None:
            return None
        occurred_at = event.occurred_at
        agrees = occurred_at is not None and abs(received_at - occurred_at) <= CLOCK_TOLERANCE
        start = occurred_at if agrees and occurred_at is not None else received_at
        return start + self.within - margin


@dataclass(frozen=True, kw_only=True)
class ReplyRoute:
    """The one function that answers a class of events."""

    name: str
    event: type[Event]
    answer: Answer[Any]


@dataclass(frozen=True, kw_only=True)
class Duty:
    """What is done every so often, for each app with a secret, once over all processes.

    at_start: the first turn ever comes at once; otherwise one interval after a worker knew of it.
    """

    name: str
    do: DutyFunction
    interval: timedelta
    lane: Lane
    at_start: bool


class Router:
    """The handlers of a server, in order of registration.

    Routers merge by construction: Router(builtin, mine). Names are unique over all of them.
    """

    def __init__(self, *others: Router) -> None:
        self._routes: dict[str, Route] = {}
        self._replies: dict[type[Event], ReplyRoute] = {}
        self._duties: dict[str, Duty] = {}
        for other in others:
            for route in other:
                self._add(route)
            for reply in other.replies():
                self._add_reply(reply)
            for duty in other.duties():
                self._add_duty(duty)

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes.values())

    def on(
        self,
        event: type[E],
        *,
        lane: Lane = "default",
        within: timedelta | None = None,
        name: str | None = None,
        wanted: Wanted[E] | None = None,
    ) -> Callable[[Handler[E]], Handler[E]]:
        """Register a handler for a class of events; a base class takes its whole family.

        wanted: asked of each event when it arrives, with the rules in force; False makes no run.

        One function may be registered for several classes, each under a name of its own when two
        of them can match the same event.
        """

        def register(handler: Handler[E]) -> Handler[E]:
            self._add(
                Route(
                    name=name or f"{handler.__module__}.{handler.__qualname__}",
                    event=event,
                    handler=handler,
                    lane=lane,
                    within=within,
                    wanted=wanted,
                )
            )
            return handler

        return register

    def reply(self, event: type[E]) -> Callable[[Answer[E]], Answer[E]]:
        """Register what answers a class of events at once (被动回复), or the members of a family.

        WeCom waits: the function should compute, not ask, though ctx.api is there. It runs beside
        the handlers, whose work does not depend on it. None answers nothing. Raises
        ConfigurationError for events that cannot be answered, and for a second answer to one class.
        """

        def register(answer: Answer[E]) -> Answer[E]:
            name = f"{answer.__module__}.{answer.__qualname__}"
            self._add_reply(ReplyRoute(name=name, event=event, answer=answer))
            return answer

        return register

    def every(
        self,
        interval: timedelta,
        *,
        lane: Lane = "bulk",
        name: str | None = None,
        at_start: bool = False,
    ) -> Callable[[DutyFunction], DutyFunction]:
        """Register a duty: what is done every so often, whatever happens.

        Of all processes and machines one does it, for each app with a secret (and each corp of a
        suite); the one that dies at it is replaced within half a minute, so it may be done twice.
        A failure is logged, shown and tried again at the next turn. lane: workers that serve it.
        """

        def register(do: DutyFunction) -> DutyFunction:
            dotted = name or f"{do.__module__}.{do.__qualname__}"
            self._add_duty(
                Duty(name=dotted, do=do, interval=interval, lane=lane, at_start=at_start)
            )
            return do

        return register

    def duties(self) -> Iterator[Duty]:
        """Yield what is done every so often, as registered."""
        return iter(self._duties.values())

    def replies(self) -> Iterator[ReplyRoute]:
        """Yield what answers, as registered."""
        return iter(self._replies.values())

    def reply_to(self, event: type[Event]) -> ReplyRoute | None:
        """Return what answers a class: the most specific one registered, if any."""
        found = (self._replies[cls] for cls in event.__mro__ if cls in self._replies)
        return next(found, None)

    def fetch(self, event: type[Event]) -> list[Route]:
        """Return what would run for a class: the most specific first, then as registered."""
        order = {cls: index for index, cls in enumerate(event.__mro__)}
        wanted = [route for route in self if route.event in order]
        return sorted(wanted, key=lambda route: order[route.event])

    def __getitem__(self, name: str) -> Route:
        """Return one route by its handler's dotted name. Raises KeyError."""
        return self._routes[name]

    def __contains__(self, name: object) -> bool:
        return name in self._routes

    def _add(self, route: Route) -> None:
        if route.name in self._routes:
            raise ConfigurationError(
                Text(
                    en=f"two handlers are named {route.name}; give one a name=",
                    zh=f"有两个处理函数都叫 {route.name}，请用 name= 给其中一个另取名称",
                )
            )
        self._routes[route.name] = route

    def _add_duty(self, duty: Duty) -> None:
        if duty.name in self._duties:
            raise ConfigurationError(
                Text(
                    en=f"two duties are named {duty.name}; give one a name=",
                    zh=f"有两个定时任务都叫 {duty.name}，请用 name= 给其中一个另取名称",
                )
            )
        if duty.interval < _SHORTEST_INTERVAL:
            raise ConfigurationError(
                f"{duty.name}: "
                + Text(en="the interval must be a second or more", zh="间隔不能小于 1 秒")
            )
        self._duties[duty.name] = duty

    def _add_reply(self, route: ReplyRoute) -> None:
        if not replies_to(route.event):
            raise ConfigurationError(
                f"{route.name}: {route.event.__name__} "
                + Text(
                    en="cannot be answered; register a handler with router.on and call the API",
                    zh="不能被动回复，请用 router.on 注册处理函数，再调用接口",
                )
            )
        if route.event in self._replies:
            raise ConfigurationError(
                Text(
                    en=f"{route.name} and {self._replies[route.event].name} both answer"
                    f" {route.event.__name__}; only one may",
                    zh=f"{route.name} 和 {self._replies[route.event].name} 都回复"
                    f" {route.event.__name__}，只能有一个",
                )
            )
        self._replies[route.event] = route
