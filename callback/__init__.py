"""The inbound endpoint: verify, decrypt, record, answer. No business."""

from callback.endpoint import Answered, CallbackApp, Kind, make_blueprint

__all__ = ["Answered", "CallbackApp", "Kind", "make_blueprint"]
