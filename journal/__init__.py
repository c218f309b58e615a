"""The durable truth: every event once, every handler's run on it, every attempt."""

from journal.backlog import LaneBacklog
from journal.batch import BatchJobSummary, BatchSubmission
from journal.channels import ChannelClaim, ChannelCount, ChannelRecord, ChannelSync
from journal.contacts import ContactChange
from journal.duties import DutyClaim, DutyEnd, DutyKey, DutyRecord, DutyTurn
from journal.groups import (
    DuplicateMember,
    GroupCount,
    GroupWelcomeClaim,
    GroupWelcomeRecord,
    GroupWelcomeSync,
)
from journal.identity import event_key
from journal.nodes import Node
from journal.reconciliation import MissedContact, Reconciliation
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
from journal.suites import Authorisation
from journal.tables import RunStatus

__all__ = [
    "Attempt",
    "Authorisation",
    "BatchJobRecord",
    "BatchJobSummary",
    "BatchSubmission",
    "ChannelClaim",
    "ChannelCount",
    "ChannelRecord",
    "ChannelSync",
    "ChatDifference",
    "ChatMember",
    "ChatNews",
    "ChatPicture",
    "ClaimedRun",
    "Conclusion",
    "ContactChange",
    "Delivery",
    "DuplicateMember",
    "DutyClaim",
    "DutyEnd",
    "DutyKey",
    "DutyRecord",
    "DutyTurn",
    "GroupCount",
    "GroupWelcomeClaim",
    "GroupWelcomeRecord",
    "GroupWelcomeSync",
    "Journal",
    "LaneBacklog",
    "Loss",
    "MissedContact",
    "NewDelivery",
    "Node",
    "PlannedRun",
    "PublishableRun",
    "Reconciliation",
    "Recorded",
    "Run",
    "RunStatus",
    "Telling",
    "UploadRecord",
    "event_key",
]
