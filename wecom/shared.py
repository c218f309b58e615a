"""What the processes share: scripts run in Redis, which may be absent or down at any time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

_log = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 0.3
_DOWN_SECONDS = 1.0


class Shared:
    """Runs Lua scripts in Redis; answers None where there is no Redis or it does not answer.

    After a failure nothing is asked for a second, so that an outage costs a call at most one short
    timeout; then one caller tries again while the others go on without.
    """

    def __init__(self, client: redis.Redis | None) -> None:
        self._given = client
        self._client = None if client is None else _impatient(client)
        self._scripts: dict[str, Any] = {}
        self._ask_again_at = 0.0
        self._down = False
        self._guard = threading.Lock()

    def run(self, script: str, keys: Sequence[str], *args: str | float) -> Any:  # noqa: ANN401 - a script answers anything
        """Return the script's answer, or None when Redis cannot be asked."""
        if self._client is None or not self._may_ask():
            return None
        try:
            answer = self._script(self._client, script)(keys=list(keys), args=list(args))
        except (redis.RedisError, UnicodeDecodeError) as error:
            self._went_down(error)
            return None
        if self._down:
            self._came_back()
        return answer

    def _script(self, client: redis.Redis, text: str) -> Any:  # noqa: ANN401 - redis types its scripts for both worlds
        script = self._scripts.get(text)
        if script is None:
            script = self._scripts[text] = client.register_script(text)
        return script

    def _may_ask(self) -> bool:
        if not self._down:
            return True
        with self._guard:
            now = time.monotonic()
            if now < self._ask_again_at:
                return False
            self._ask_again_at = now + _DOWN_SECONDS
            return True

    def _went_down(self, error: Exception) -> None:
        with self._guard:
            self._ask_again_at = time.monotonic() + _DOWN_SECONDS
            known, self._down = self._down, True
        if not known:
            _log.warning("redis_unavailable error=%s", type(error).__name__)

    def _came_back(self) -> None:
        with self._guard:
            known, self._down = self._down, False
        if known:
            _log.info("redis_available")

    def close(self) -> None:
        """Give the connections back; a client used as it was given stays open."""
        if self._client is not None and self._client is not self._given:
            self._client.close()


def _impatient(client: redis.Redis) -> redis.Redis:
    """Return a client of the same server that waits for it a fraction of a second only."""
    pool = client.connection_pool
    if type(pool) not in {redis.ConnectionPool, redis.BlockingConnectionPool}:
        return client
    options = {
        **{name: value for name, value in pool.connection_kwargs.items() if _is_ours(name)},
        "socket_timeout": _TIMEOUT_SECONDS,
        "socket_connect_timeout": _TIMEOUT_SECONDS,
        # One repetition, because an idle connection may have been closed by the server.
        "retry": Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        "decode_responses": True,
    }
    return redis.Redis.from_pool(
        redis.ConnectionPool(
            connection_class=pool.connection_class,
            maint_notifications_config=MaintNotificationsConfig(enabled=False),
            **options,
        )
    )


def _is_ours(name: str) -> bool:
    """Tell what the caller configured from what the pool noted for itself."""
    return not name.startswith(("maint_notifications", "orig_", "himport"))
