"""What every callback has in common, and the register of the classes that know more."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar, Literal, TypeVar

from events.fields import Record, integer, moment, sender, text
from events.wire import Fields

E = TypeVar("E", bound="type[Event]")

Receiver = Literal[
    "self_built",  # an enterprise's own app (自建应用)
    "contact_sync",  # the contact sync assistant (通讯录同步助手)
    "provider_developed",  # an app a provider develops for one enterprise (代开发应用)
    "suite",  # a third-party app (第三方应用)
    "provider",  # the provider's own URL (服务商)
    "robot",  # a smart robot (智能机器人)
    "hardware",  # a device cloud (智慧硬件)
    "sync_msg",  # nobody: kf/sync_msg returns it (微信客服)
]


class Event(Record):
    """One message or event of WeCom, as frozen fact.

    corpid: the enterprise it concerns, "" where none is named (suite_ticket).
    userid, subject: the ids the journal files it under; "" when there is none.
    message_id: the id WeCom itself deduplicates by; "" for events, which have none.
    fields: everything received, also what no class knows. raw: the plaintext as received.
    """

    form: ClassVar[str] = ""  # "" for events, else the prefix that keeps other callbacks apart
    event_name: ClassVar[str] = ""
    chinese_name: ClassVar[str] = ""
    doc: ClassVar[int] = 0
    docs: ClassVar[tuple[int, ...]] = ()
    receivers: ClassVar[tuple[Receiver, ...]] = ()
    unknown: ClassVar[type[Event] | None] = None
    confidential: ClassVar[bool] = False  # it carries what opens doors: the journal seals it
    subject_field: ClassVar[str] = ""

    corpid: str = text("ToUserName", "AuthCorpId", "PaidCorpId", "ServiceCorpId")
    occurred_at: datetime | None = moment("CreateTime", "TimeStamp")
    userid: str = sender("FromUserName")
    agentid: int | None = integer("AgentID", "AgentId")
    suite_id: str = text("SuiteId")
    message_id: str = ""
    fields: Fields = Fields({})
    raw: bytes = b""

    def __init_subclass__(cls) -> None:
        """Note which field is the subject."""
        super().__init_subclass__()
        for declared in dataclasses.fields(cls):
            if declared.metadata.get("subject"):
                cls.subject_field = declared.name

    @property
    def name(self) -> str:
        """The stable name, such as change_external_contact.add_external_contact."""
        return self.event_name

    @property
    def subject(self) -> str:
        """The id of what the event is about: external_userid, chat_id, job id ..."""
        value = getattr(self, self.subject_field, "")
        return next(iter(value), "") if isinstance(value, tuple) else value

    def __eq__(self, other: object) -> bool:
        """Tell whether both are the same plaintext."""
        return type(self) is type(other) and self.raw == getattr(other, "raw", None)

    def __hash__(self) -> int:
        """Return a hash that agrees with equality."""
        return hash(self.raw)

    def __repr__(self) -> str:
        """Show identifiers only; the rest may be personal or secret."""
        return (
            f"<{type(self).__name__} {self.name} corpid={self.corpid!r}"
            f" userid={self.userid!r} subject={self.subject!r}>"
        )


class UnknownEvent(Event):
    """A callback nobody knows yet; `fields` and `raw` keep it whole."""

    userid: str = sender("UserID", "UserId", "FromUserName")
    about: str = text("ExternalUserID", "ChatId", "JobId", "Id", subject=True)
    wire_name: str = "unknown"

    @property
    def name(self) -> str:
        """The name as far as the plaintext told one, else "unknown"."""
        return self.wire_name


REGISTER: dict[tuple[str, str], type[Event]] = {}


def family(
    value: str, chinese_name: str, *docs: int, receivers: tuple[Receiver, ...] = ()
) -> Callable[[E], E]:
    """Register the common base of several events.

    Its events that nobody knows become instances of both, the base and UnknownEvent.
    """

    def register(cls: E) -> E:
        _describe(cls, value, chinese_name, docs, receivers)
        cls.unknown = type(
            f"Unknown{cls.__name__}", (cls, UnknownEvent), {"__module__": cls.__module__}
        )
        REGISTER[cls.form, cls.event_name] = cls
        return cls

    return register


def event(
    value: str,
    chinese_name: str,
    *docs: int,
    also: tuple[str, ...] = (),
    receivers: tuple[Receiver, ...] = (),
) -> Callable[[E], E]:
    """Register an event class under the value of its last key; the keys before it are its base's.

    docs: the official pages, the first one first. also: other spellings of the value.
    """

    def register(cls: E) -> E:
        prefix = cls.event_name and f"{cls.event_name}."
        _describe(cls, value, chinese_name, docs, receivers)
        cls.unknown = None
        for spelling in (value, *also):
            REGISTER[cls.form, prefix + spelling] = cls
        return cls

    return register


def _describe(
    cls: type[Event],
    value: str,
    chinese_name: str,
    docs: tuple[int, ...],
    receivers: tuple[Receiver, ...],
) -> None:
    cls.event_name = f"{cls.event_name}.{value}" if cls.event_name else value
    cls.chinese_name = chinese_name
    cls.docs = docs or cls.docs
    cls.doc = next(iter(cls.docs), 0)
    cls.receivers = receivers or cls.receivers
