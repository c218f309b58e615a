"""Kombu's Redis transport without its bookkeeping of unacknowledged messages.

It costs two trips to Redis a message, for a redelivery that the journal sees to.
"""

from __future__ import annotations

from kombu.transport import redis
from redis import ResponseError


class Channel(redis.Channel):
    """Forgets a message the moment it is delivered; queues must be declared with `no_ack`."""

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu's signature
        """Do nothing: nothing was noted."""


class Transport(redis.Transport):
    """What Celery is given as `broker_transport`."""

    Channel = Channel
    # A Redis that refuses, as a replica does, counts as one that is away: Celery would end the
    # worker, and with it the sweeper that does without Redis.
    connection_errors = (*redis.Transport.connection_errors, ResponseError)
