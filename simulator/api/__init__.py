"""The API under /cgi-bin/: one module per chapter of the official documents, named as there."""

from __future__ import annotations

from simulator.api import ec_message, media, token
from simulator.api.endpoint import by_path

ENDPOINTS = by_path([token.chapter, media.chapter, ec_message.chapter])

__all__ = ["ENDPOINTS"]
