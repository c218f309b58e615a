"""Kombu's Redis transport without its bookkeeping of unacknowledged messages.

It costs two trips to Redis a message, for a redelivery that the journal sees to.
"""

from __future__ import annotations

from kombu.transport import redis


class Channel(redis.Channel):
    """Forgets a message the moment it is delivered; queues must be declared with `no_ack`."""

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu's signature
        """Do nothing: nothing was noted."""


class Transport(redis.Transport):
    """What Celery is given as `broker_transport`."""

    Channel = Channel
