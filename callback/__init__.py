"""The inbound endpoint: verify, decrypt, record, answer. No business."""

from callback.endpoint import CallbackApp, Kind, make_blueprint

__all__ = ["CallbackApp", "Kind", "make_blueprint"]
