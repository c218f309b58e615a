"""The Celery application: one queue a lane, nothing kept, nothing redelivered."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from celery import Celery
from kombu.entity import Queue

from handlers import LANES

_BROKER_TIMEOUT_SECONDS = 2.0


def make_celery(redis_url: str) -> Celery:
    """Return the Celery application of a server; tasks are registered by `WorkerNode`."""
    celery = Celery("wecom-callback", broker=redis_url, set_as_current=False)
    celery.conf.update(
        task_queues=[Queue(lane, routing_key=lane, no_ack=True) for lane in LANES],
        task_create_missing_queues=False,
        task_ignore_result=True,
        broker_transport="worker.transport:Transport",
        broker_use_ssl=_tls(redis_url),
        task_acks_late=False,  # the journal redelivers, not the broker
        task_store_errors_even_if_ignored=False,
        worker_prefetch_multiplier=4,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_enable_remote_control=True,
        worker_send_task_events=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "socket_connect_timeout": _BROKER_TIMEOUT_SECONDS,
            "socket_timeout": _BROKER_TIMEOUT_SECONDS,
            "socket_keepalive": True,
            "retry_on_timeout": False,
            "max_retries": 0,  # a publisher does not wait: the sweepers see to what lies
        },
    )
    return celery


def _tls(redis_url: str) -> dict[str, object] | None:
    """Return what rediss:// means: the server's certificate counts, unless the URL says otherwise.

    Kombu knows the scheme of its own transport only.
    """
    parts = urlsplit(redis_url)
    if parts.scheme != "rediss":
        return None
    asked_for = {name: value for name, value in parse_qsl(parts.query) if name.startswith("ssl_")}
    return {"ssl_cert_reqs": "required", **asked_for}
