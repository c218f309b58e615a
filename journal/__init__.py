"""The durable truth: every event once, every handler's run on it, every attempt."""

from journal.duties import DutyClaim, DutyEnd, DutyKey, DutyRecord, DutyTurn
from journal.identity import event_key
from journal.nodes import Node
from journal.records import (
    Attempt,
    BatchJobRecord,
    ChatDifference,
    ChatMember,
    ChatNews,
    ChatPicture,
    ClaimedRun,
    Conclusion,
    Delivery,
    NewDelivery,
    PlannedRun,
    PublishableRun,
    Recorded,
    Run,
)
from journal.rule_memory import Loss, Telling, UploadRecord
from journal.store import Journal
from journal.tables import RunStatus

__all__ = [
    "Attempt",
    "BatchJobRecord",
    "ChatDifference",
    "ChatMember",
    "ChatNews",
    "ChatPicture",
    "ClaimedRun",
    "Conclusion",
    "Delivery",
    "DutyClaim",
    "DutyEnd",
    "DutyKey",
    "DutyRecord",
    "DutyTurn",
    "Journal",
    "Loss",
    "NewDelivery",
    "Node",
    "PlannedRun",
    "PublishableRun",
    "Recorded",
    "Run",
    "RunStatus",
    "Telling",
    "UploadRecord",
    "event_key",
]
