"""Ids of one subject turned into those of another (账号ID: unionid, external_userid, 标签id)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wecom.answer import nothing, only, record, several
from wecom.arguments import at_most_items, not_empty, within
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.external_contact import FoundByUnionid

_MOST_PENDING = 100
_MOST_IDS = 1000


@dataclass(frozen=True, kw_only=True)
class PendingId:
    """Somebody's pending_id; it is good for 90 days."""

    external_userid: str
    pending_id: str = ""


@dataclass(frozen=True, kw_only=True)
class OpenTagId:
    """A tag as the corp and as the provider know it."""

    external_tagid: str
    open_external_tagid: str = ""


@dataclass(frozen=True, kw_only=True)
class OpenTagIds:
    """Tags turned into the provider's, and those that are none."""

    items: tuple[OpenTagId, ...] = ()
    invalid_external_tagid_list: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Unveiled:
    """Who a temporary id is: a customer, or a member (userid) of another corp (corpid)."""

    tmp_external_userid: str
    external_userid: str = ""
    corpid: str = ""
    userid: str = ""


@dataclass(frozen=True, kw_only=True)
class UnveiledIds:
    """Temporary ids turned into lasting ones, and those that are none."""

    results: tuple[Unveiled, ...] = ()
    invalid_tmp_external_userid_list: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CorpsCustomer:
    """A customer as one corp knows them."""

    corpid: str
    external_userid: str = ""


@dataclass(frozen=True, kw_only=True)
class NewId:
    """An id before and after the change."""

    external_userid: str
    new_external_userid: str = ""


UNIONID_TO_EXTERNAL_USERID = Endpoint(
    "POST", "idconvert/unionid_to_external_userid", record(FoundByUnionid), doc=95884
)
EXTERNAL_USERID_TO_PENDING_ID = Endpoint(
    "POST", "idconvert/batch/external_userid_to_pending_id", several("result", PendingId), doc=97357
)
EXTERNAL_TAGID = Endpoint("POST", "idconvert/external_tagid", record(OpenTagIds), doc=97108)
CONVERT_TMP_EXTERNAL_USERID = Endpoint(
    "POST", "idconvert/convert_tmp_external_userid", record(UnveiledIds), doc=98729
)
UNIONID_TO_EXTERNAL_USERID_3RD = Endpoint(
    "POST",
    "service/externalcontact/unionid_to_external_userid_3rd",
    several("external_userid_info", CorpsCustomer),
    doc=95878,
    credential="suite_access_token",
)
GET_NEW_EXTERNAL_USERID = Endpoint(
    "POST", "externalcontact/get_new_external_userid", several("items", NewId), doc=97063
)
GROUPCHAT_GET_NEW_EXTERNAL_USERID = Endpoint(
    "POST", "externalcontact/groupchat/get_new_external_userid", several("items", NewId), doc=97063
)
FINISH_EXTERNAL_USERID_MIGRATION = Endpoint(
    "POST",
    "externalcontact/finish_external_userid_migration",
    nothing,
    doc=97063,
    credential="provider_access_token",
)
TO_SERVICE_EXTERNAL_USERID = Endpoint(
    "POST", "externalcontact/to_service_external_userid", only("external_userid", str), doc=95195
)
FROM_SERVICE_EXTERNAL_USERID = Endpoint(
    "POST", "externalcontact/from_service_external_userid", only("external_userid", str), doc=95884
)


def unionid_to_external_userid(
    api: Client, unionid: str, openid: str, *, subject_type: int | None = None
) -> FoundByUnionid:
    """Find a customer by what a mini program or a public account knows (unionid转external_userid).

    subject_type: whose the mini program is, 0 the corp's, 1 the provider's.
    """
    not_empty(unionid=unionid, openid=openid)
    within(0, 1, subject_type=subject_type)
    body = {"unionid": unionid, "openid": openid, "subject_type": subject_type}
    return api.call(UNIONID_TO_EXTERNAL_USERID, json=body)


def external_userid_to_pending_id(
    api: Client, external_userid: Sequence[str], *, chat_id: str | None = None
) -> tuple[PendingId, ...]:
    """Return the pending_ids of people (external_userid查询pending_id); apps of providers only.

    chat_id: look at the members of this group, and at its owner instead of who follows them.
    """
    not_empty(external_userid=external_userid)
    at_most_items(_MOST_PENDING, external_userid=external_userid)
    body = {"external_userid": list(external_userid), "chat_id": chat_id}
    return api.call(EXTERNAL_USERID_TO_PENDING_ID, json=body)


def external_tagid(api: Client, external_tagid_list: Sequence[str]) -> OpenTagIds:
    """Turn tags of the corp into the provider's (客户标签ID的转换)."""
    not_empty(external_tagid_list=external_tagid_list)
    at_most_items(_MOST_IDS, external_tagid_list=external_tagid_list)
    return api.call(EXTERNAL_TAGID, json={"external_tagid_list": list(external_tagid_list)})


def convert_tmp_external_userid(
    api: Client, tmp_external_userid_list: Sequence[str], *, business_type: int, user_type: int
) -> UnveiledIds:
    """Turn temporary ids into lasting ones (tmp_external_userid的转换).

    business_type: what the ids come from, 1 meetings, 2 collect forms, 3 smart tables. user_type:
    whom they are to become, 1 customers (external_userid), 2 members of linked corps, 3 of chains,
    4 of circles (corpid and userid).
    """
    within(1, 3, business_type=business_type)
    within(1, 4, user_type=user_type)
    not_empty(tmp_external_userid_list=tmp_external_userid_list)
    at_most_items(_MOST_PENDING, tmp_external_userid_list=tmp_external_userid_list)
    body = {
        "business_type": business_type,
        "user_type": user_type,
        "tmp_external_userid_list": list(tmp_external_userid_list),
    }
    return api.call(CONVERT_TMP_EXTERNAL_USERID, json=body)


def unionid_to_external_userid_3rd(
    api: Client, unionid: str, openid: str, *, corpid: str | None = None
) -> tuple[CorpsCustomer, ...]:
    """Find a customer in every corp that authorised the suite (unionid查询external_userid)."""
    not_empty(unionid=unionid, openid=openid)
    body = {"unionid": unionid, "openid": openid, "corpid": corpid}
    return api.call(UNIONID_TO_EXTERNAL_USERID_3RD, json=body)


def get_new_external_userid(api: Client, external_userid_list: Sequence[str]) -> tuple[NewId, ...]:
    """Return the ids that customers have now (转换external_userid)."""
    _check_ids(external_userid_list)
    body = {"external_userid_list": list(external_userid_list)}
    return api.call(GET_NEW_EXTERNAL_USERID, json=body)


def groupchat_get_new_external_userid(
    api: Client, chat_id: str, external_userid_list: Sequence[str]
) -> tuple[NewId, ...]:
    """Return the ids that members of a group have now (转换客户群成员external_userid)."""
    not_empty(chat_id=chat_id)
    _check_ids(external_userid_list)
    body = {"chat_id": chat_id, "external_userid_list": list(external_userid_list)}
    return api.call(GROUPCHAT_GET_NEW_EXTERNAL_USERID, json=body)


def finish_external_userid_migration(api: Client, corpid: str) -> None:
    """Say that a corp's ids are changed everywhere (设置迁移完成); there is no way back."""
    not_empty(corpid=corpid)
    api.call(FINISH_EXTERNAL_USERID_MIGRATION, json={"corpid": corpid})


def to_service_external_userid(api: Client, external_userid: str) -> str:
    """Turn a corp's customer into the provider's (企业主体external_userid转服务商主体)."""
    not_empty(external_userid=external_userid)
    body = {"external_userid": external_userid}
    return api.call(TO_SERVICE_EXTERNAL_USERID, json=body)


def from_service_external_userid(api: Client, external_userid: str, source_agentid: int) -> str:
    """Turn a provider's customer into the corp's (服务商主体external_userid转企业主体)."""
    not_empty(external_userid=external_userid)
    body = {"external_userid": external_userid, "source_agentid": source_agentid}
    return api.call(FROM_SERVICE_EXTERNAL_USERID, json=body)


def _check_ids(external_userid_list: Sequence[str]) -> None:
    not_empty(external_userid_list=external_userid_list)
    at_most_items(_MOST_IDS, external_userid_list=external_userid_list)
