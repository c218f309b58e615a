"""What the platform allows: its numbers, and the calls in flight."""

from __future__ import annotations

from collections import Counter

from pydantic import BaseModel, ConfigDict, Field

from errors import CallRefused

Pair = tuple[str, str, str]


class Limits(BaseModel):
    """Every number of the platform that can be turned, with the platform's own value."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    calls_per_minute: int = Field(10_000, ge=0, description="one corp, one API (doc 90312)")
    calls_per_hour: int = Field(150_000, ge=0, description="one corp, one API")
    calls_per_minute_ip: int = Field(20_000, ge=0, description="one source IP, one API")
    calls_per_hour_ip: int = Field(600_000, ge=0, description="one source IP, one API")
    wrong_secrets_per_hour: int = Field(2_000, ge=0, description="then the IP rests for an hour")
    calls_in_flight: dict[str, int] = Field(
        default_factory=lambda: {
            "externalcontact/mark_tag": 5,
            "externalcontact/remark": 5,
            "externalcontact/customer_strategy/create": 1,
            "externalcontact/customer_strategy/edit": 1,
            "externalcontact/moment_strategy/create": 1,
            "externalcontact/moment_strategy/edit": 1,
        },
        description="calls of one API at once for one corp; an API that is not named has no limit",
    )
    service_seconds: float = Field(0, ge=0, description="how long a call stays in flight")
    token_seconds: int = Field(7200, ge=1, description="life of an access_token")
    token_always_new: bool = Field(
        default=False, description="gettoken hands out another value each time"
    )
    welcome_seconds: float = Field(20, ge=0, description="life of a welcome code (doc 92137)")
    welcome_code_shared: bool = Field(
        default=False, description="all apps get the same welcome code (unconfirmed)"
    )
    distributing_seconds: float = Field(
        0, ge=0, description="how long a welcome is under way: 41096 to others, then 41051"
    )
    welcome_reused_errcode: int = Field(
        41051, description="a welcome code used twice by the same app"
    )
    kf_page_items: int = Field(1000, ge=1, le=1000, description="items of one kf/sync_msg answer")
    kf_without_token_per_minute: int = Field(
        20, ge=0, description="kf/sync_msg calls of one corp without a token"
    )
    push_seconds: float = Field(5, gt=0, description="a callback must be answered in this time")
    authorisation_seconds: float = Field(
        1,
        gt=0,
        description="create_auth, change_auth and cancel_auth must be answered in this time",
    )
    push_tries: int = Field(3, ge=1, description="tries of one callback in all")
    push_pause_seconds: float = Field(0, ge=0, description="between two tries")
    push_retries_statuses: bool = Field(
        default=True, description="a status other than 200 is tried again, as a timeout is"
    )
    verification_seconds: float = Field(1, gt=0, description="time to answer an echostr")
    batch_seconds: float = Field(2, ge=0, description="how long an import or invitation runs")
    group_chat_lag_seconds: float = Field(
        0, ge=0, description="how much later than the event groupchat/get shows a change"
    )
    uploadimg_per_day: int = Field(1_000, ge=0, description="media/uploadimg of one corp")
    uploadimg_per_month: int = Field(3_000, ge=0, description="media/uploadimg of one corp")
    appchat_create_per_day: int = Field(1_000, ge=0, description="appchat/create of one corp")
    appchat_update_per_hour: int = Field(1_000, ge=0, description="appchat/update of one corp")
    appchat_sends_per_hour: int = Field(
        150_000, ge=0, description="members reached by appchat/send, one small corp"
    )
    jsapi_ticket_per_hour: int = Field(400, ge=0, description="get_jsapi_ticket of one corp")
    agent_ticket_per_hour: int = Field(100, ge=0, description="tickets for one app")
    office_per_minute: int = Field(600, ge=0, description="reading approvals or check-ins")
    contact_sync_reads_ids_only: bool = Field(
        default=False,
        description="the contact assistant may not read names and details (48009), as from "
        "addresses that are new since 2022-08-15",
    )
    contact_sync_told_all: bool = Field(
        default=False,
        description="the contact assistant's callback tells every field, as URLs set up before "
        "2022-08-15 are told",
    )
    sensitive_fields_withheld: bool = Field(
        default=True,
        description="members are read without mobile, e-mail, gender and address, as by apps made "
        "since 2022-06-20",
    )
    group_chat_members: int = Field(
        200, ge=1, description="a group with so many cannot be joined by a code"
    )
    contact_ways: int = Field(500_000, ge=0, description="of one corp, join ways included (41045)")
    temporary_ways_per_day: int = Field(100_000, ge=0, description="of one corp")
    acquisition_links: int = Field(1000, ge=0, description="of one corp (41095, unconfirmed)")
    customers_per_member: int = Field(
        20_000, ge=0, description="a takeover beyond it is refused (40099)"
    )
    transfer_seconds: float = Field(
        86_400, ge=0, description="then a customer changes the member, unless they refused"
    )
    group_transfer_seconds: float = Field(
        0, ge=0, description="how long a group chat is being inherited"
    )
    dispatch_seconds: float = Field(
        0, ge=0, description="how long a new group message cannot be asked about (41063)"
    )
    group_messages_per_month: int | None = Field(
        None, ge=0, description="to one customer or group; None: as many as the month has days"
    )
    moment_seconds: float = Field(1, ge=0, description="how long the making of a moment runs")
    moments_per_minute: int = Field(10, ge=0, description="add_moment_task calls of one corp")
    api_changes_told: bool = Field(
        default=True,
        description="other apps hear of changes made through the API (unconfirmed)",
    )
    ids_per_suite: bool = Field(
        default=False,
        description="a suite knows customers and group chats by other ids than the corp does",
    )
    refuse_unicode_escapes: bool = Field(
        default=False, description="a body with \\u escapes is refused with 40033"
    )


class InFlight:
    """The calls being served right now, by corp and API, and by pair of member and customer.

    The tenant's lock is held around `enter` and `leave`.
    """

    def __init__(self) -> None:
        self._calls: Counter[tuple[str, str]] = Counter()
        self._pairs: set[Pair] = set()

    def enter(self, corpid: str, path: str, pair: Pair | None, most: int | None) -> None:
        """Take a place. Raises CallRefused 45033 when there is none."""
        if most is not None and self._calls[corpid, path] >= most:
            raise CallRefused(45033)
        if pair is not None:
            if pair in self._pairs:
                raise CallRefused(45033)
            self._pairs.add(pair)
        self._calls[corpid, path] += 1

    def leave(self, corpid: str, path: str, pair: Pair | None) -> None:
        """Give the place back."""
        self._calls[corpid, path] -= 1
        if pair is not None:
            self._pairs.discard(pair)
