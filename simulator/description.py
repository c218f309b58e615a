"""A tenant described as JSON: what a simulator starts with."""

from __future__ import annotations

from collections import Counter
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.records import Kind, Permission


class _Description(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CallbackDescription(_Description):
    """A callback URL as it is set in the admin console.

    receiveid: None = what the kind of app has: corpid, suite id, or empty for a robot.
    """

    url: str
    token: str = Field(min_length=1, max_length=32)
    encoding_aes_key: str
    format: Literal["xml", "json"] = "xml"
    receiveid: str | None = None


class VisibleRange(_Description):
    """The visible range of an app (可见范围)."""

    userids: list[str] = []
    departments: list[int] = []
    tags: list[int] = []


class AppDescription(_Description):
    """An app. visible None: the whole corp; permissions None: what its kind has.

    contact_changes: it hears of changes of the contacts; None: as its kind does (doc 90967), the
    contact assistant and suites do, a self-built app does not.
    """

    name: str = Field(min_length=1)
    agentid: int = 0
    secret: str = Field("", repr=False)
    kind: Kind = "self_built"
    enabled: bool = True
    customer_contact: bool = True
    permissions: list[Permission] | None = None
    contact_changes: bool | None = None
    visible: VisibleRange | None = None
    trusted_ips: list[str] = []
    suite_id: str = ""
    callback: CallbackDescription | None = None


class DepartmentDescription(_Description):
    """A department."""

    id: int
    name: str
    parentid: int = 0
    order: int = 0


class MemberDescription(_Description):
    """A member. userid_given: false for a userid made by the system, which may change once."""

    userid: str = Field(min_length=1, max_length=64)
    name: str = ""
    department: list[int] = [1]
    status: Literal[1, 2, 4, 5] = 1
    mobile: str = ""
    email: str = ""
    position: str = ""
    alias: str = ""
    gender: Literal[0, 1, 2] = 0
    customer_contact: bool = True
    own_welcome: bool = False
    userid_given: bool = True


class TagGroupDescription(_Description):
    """A group of corp tags, made by an admin, or by the app named as owner."""

    name: str
    tags: list[str] = Field(min_length=1)
    owner: str = ""


class KfAccountDescription(_Description):
    """A customer service account (微信客服账号), and the app that manages it."""

    open_kfid: str = Field(min_length=1)
    app: str
    name: str = ""


class CorpDescription(_Description):
    """A corp with everything in it. chat_archive: it keeps chats, so customers must consent."""

    corpid: str = Field(min_length=1)
    name: str = ""
    chat_archive: bool = False
    departments: list[DepartmentDescription] = [DepartmentDescription(id=1, name="总公司")]
    members: list[MemberDescription] = []
    apps: list[AppDescription] = []
    tag_groups: list[TagGroupDescription] = []
    kf_accounts: list[KfAccountDescription] = []


class SuiteDescription(_Description):
    """A third-party app (第三方应用) that corps can install, or a template (代开发应用模板).

    suite_id: that of a template begins with dk. callback: the one URL for commands and data.
    events: whether what happens in a corp is told in the suite's envelope (指令回调) or in the
    corp's own, addressed to the corp (数据回调), as what happens to a template's apps always is.
    """

    name: str = Field(min_length=1)
    suite_id: str = Field(min_length=1)
    suite_secret: str = Field(min_length=1, repr=False)
    provider_corpid: str = ""
    provider_secret: str = Field("", repr=False)
    events: Literal["command", "data"] = "command"
    callback: CallbackDescription

    @property
    def is_template(self) -> bool:
        """Whether corps get an app each that the provider develops for them (doc 97162)."""
        return self.suite_id.startswith("dk")


class TenantDescription(_Description):
    """All corps of one simulator, and the suites they can install."""

    corps: list[CorpDescription] = Field(min_length=1)
    suites: list[SuiteDescription] = []

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        corpids = Counter(corp.corpid for corp in self.corps)
        names = Counter(app.name for corp in self.corps for app in corp.apps)
        suites = Counter(each for suite in self.suites for each in {suite.name, suite.suite_id})
        for name, times in (corpids + names + suites).items():
            if times > 1:
                raise ValueError(f"there are two of {name!r}")
        return self


DEFAULT_CORPID = "ww1234567890abcdef"
DEFAULT_TOKEN = "QDG6eKsimulator"  # noqa: S105 - made up, as everything of the simulated tenant
DEFAULT_ENCODING_AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
DEFAULT_SECRET = "simulated-secret-of-the-app-contacts-000001"  # noqa: S105 - made up
DEFAULT_CONTACT_SYNC_SECRET = "simulated-secret-of-the-contact-assistant-1"  # noqa: S105 - made up


def default_tenant(
    callback_url: str = "http://127.0.0.1:8080/callback/contacts",
) -> dict[str, object]:
    """Return a description to start from: one corp, five members, the app `contacts`.

    A second app `marketing` may send welcomes too, once it is given a callback URL.
    """
    return {
        "corps": [
            {
                "corpid": DEFAULT_CORPID,
                "name": "模拟科技有限公司",
                "departments": [
                    {"id": 1, "name": "模拟科技有限公司"},
                    {"id": 2, "name": "销售部", "parentid": 1, "order": 100},
                    {"id": 3, "name": "客服部", "parentid": 1, "order": 90},
                ],
                "members": [
                    {
                        "userid": "zhangsan",
                        "name": "张三",
                        "department": [2],
                        "position": "销售经理",
                    },
                    {"userid": "lisi", "name": "李四", "department": [2], "position": "销售顾问"},
                    {"userid": "wangwu", "name": "王五", "department": [3], "position": "客服"},
                    {"userid": "zhaoliu", "name": "赵六", "department": [3], "position": "客服"},
                    {
                        "userid": "admin",
                        "name": "管理员",
                        "department": [1],
                        "customer_contact": False,
                    },
                ],
                "apps": [
                    {
                        "name": "contacts",
                        "agentid": 1000002,
                        "secret": DEFAULT_SECRET,
                        "callback": {
                            "url": callback_url,
                            "token": DEFAULT_TOKEN,
                            "encoding_aes_key": DEFAULT_ENCODING_AES_KEY,
                        },
                    },
                    {
                        "name": "marketing",
                        "agentid": 1000003,
                        "secret": "simulated-secret-of-the-app-marketing-00001",
                    },
                    {
                        "name": "contact_sync",
                        "kind": "contact_sync",
                        "secret": DEFAULT_CONTACT_SYNC_SECRET,
                    },
                ],
                "tag_groups": [
                    {"name": "客户等级", "tags": ["普通", "重要", "核心"]},
                    {"name": "来源", "tags": ["线上", "线下"]},
                ],
            }
        ]
    }


DEFAULT_SUITE_ID = "ww4asffe99e54c0fxx"
DEFAULT_SUITE_SECRET = "simulated-secret-of-the-suite-0000000000001"  # noqa: S105 - made up
DEFAULT_PROVIDER_CORPID = "wwprovider00000001"
DEFAULT_PROVIDER_SECRET = "simulated-secret-of-the-provider-0000000001"  # noqa: S105 - made up


DEFAULT_TEMPLATE_ID = "dk4asffe99e54c0fxx"


def default_suite(
    callback_url: str = "http://127.0.0.1:8080/callback/suite",
    *,
    events: Literal["command", "data"] = "command",
) -> dict[str, object]:
    """Return a suite to put under `suites` of a description."""
    return {
        "name": "suite",
        "suite_id": DEFAULT_SUITE_ID,
        "suite_secret": DEFAULT_SUITE_SECRET,
        "provider_corpid": DEFAULT_PROVIDER_CORPID,
        "provider_secret": DEFAULT_PROVIDER_SECRET,
        "events": events,
        "callback": {
            "url": callback_url,
            "token": DEFAULT_TOKEN,
            "encoding_aes_key": DEFAULT_ENCODING_AES_KEY,
        },
    }


def default_template(
    callback_url: str = "http://127.0.0.1:8080/callback/developed",
) -> dict[str, object]:
    """Return a template to put under `suites` of a description."""
    return {
        **default_suite(callback_url),
        "name": "developed",
        "suite_id": DEFAULT_TEMPLATE_ID,
    }
