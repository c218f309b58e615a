"""The control door from another process."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Self

import httpx2

from errors import ActionImpossible
from simulator.actions.stage import door_method
from simulator.simulator import Simulator

_SLOWEST_ANSWER_SECONDS = 660  # a `wait` may take 600


class ControlClient:
    """Every action of `Simulator`, by the same name and with the same arguments, over HTTP.

    Raises ActionImpossible where the simulator does.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._http = httpx2.Client(timeout=_SLOWEST_ANSWER_SECONDS, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = getattr(Simulator, name, None)
        if door_method(function) is None:
            raise AttributeError(f"The simulator has no action {name!r}")
        signature = inspect.signature(function)  # type: ignore[arg-type]  # a marked method

        def act(*args: object, **kwargs: object) -> Any:  # noqa: ANN401 - each action has its own
            arguments = signature.bind(self, *args, **kwargs).arguments
            return self._post(name, {key: arguments[key] for key in list(arguments)[1:]})

        return act

    def _post(self, name: str, arguments: dict[str, object]) -> Any:  # noqa: ANN401 - JSON
        response = self._http.post(f"{self.url}/simulator/{name}", json=arguments)
        answer = response.json()
        if response.is_error:
            raise ActionImpossible(answer["problem"])
        return answer
