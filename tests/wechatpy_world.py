"""A simulated WeCom with what calls of wechatpy need, and wechatpy pointed at it."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from io import BytesIO
from typing import Any

import requests
from simulated import CONTACT_SYNC_SECRET, NOWHERE, PNG, events, tenant, welcome_code

from simulator import (
    DEFAULT_CORPID,
    DEFAULT_ENCODING_AES_KEY,
    DEFAULT_SECRET,
    Simulator,
    default_suite,
)
from simulator.contacts import openid_of
from simulator.description import DEFAULT_SUITE_ID, DEFAULT_SUITE_SECRET

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from wechatpy.work import WeChatClient
    from wechatpy.work.client.api import WeChatMedia
    from wechatpy.work.services import WeChatServiceClient

REAL = "https://qyapi.weixin.qq.com"
AGENTID = 1000002
AMR = b"#!AMR\n" + bytes(20)
MP4 = b"\0\0\0\x18ftypmp42" + bytes(20)
CALLBACK = {"url": NOWHERE, "token": "T", "encoding_aes_key": DEFAULT_ENCODING_AES_KEY}
MEMBERS = (
    "姓名,帐号,部门\n张三,zhangsan,2\n李四,lisi,2\n王五,wangwu,3\n赵六,zhaoliu,3\n"
    "管理员,admin,1\n新人,xinren,3\n"
)
DEPARTMENTS = "部门名称,部门ID,父部门ID,排序\n模拟科技有限公司,1,0,\n销售部,2,1,100\n新部门,7,1,1\n"
_CONTENT = {"image": PNG, "voice": AMR, "video": MP4, "file": MEMBERS.encode()}


def client_of(sim: Simulator, secret: str) -> Any:  # noqa: ANN401 - the library has no types
    """Return wechatpy's client as it is, but for the addresses that are written in its methods."""

    class Media(WeChatMedia):  # type: ignore[misc]  # the library has no types
        def get_url(self, media_id: str) -> str:
            return str(super().get_url(media_id)).replace(REAL, sim.url)

        def get_jssdk_url(self, media_id: str) -> str:
            return str(super().get_jssdk_url(media_id)).replace(REAL, sim.url)

    class Client(WeChatClient):  # type: ignore[misc]  # the library has no types
        API_BASE_URL = f"{sim.url}/cgi-bin/"
        media = Media()

        def fetch_access_token(self) -> None:
            self._fetch_access_token(
                url=f"{self.API_BASE_URL}gettoken",
                params={"corpid": self.corp_id, "corpsecret": self.secret},
            )

    return Client(DEFAULT_CORPID, secret)


def suite_client_of(sim: Simulator) -> Any:  # noqa: ANN401 - the library has no types
    """Return wechatpy's client of a third-party app, pointed at the simulator as above."""

    class Client(WeChatServiceClient):  # type: ignore[misc]  # the library has no types
        API_BASE_URL = f"{sim.url}/cgi-bin/"

        def fetch_access_token(self) -> None:
            self._fetch_access_token(
                url=f"{self.API_BASE_URL}service/get_suite_token",
                params={
                    "suite_id": self.suite_id,
                    "suite_secret": self.suite_secret,
                    "suite_ticket": self.suite_ticket,
                },
            )

    return Client(DEFAULT_CORPID, DEFAULT_SUITE_ID, DEFAULT_SUITE_SECRET, suite_ticket(sim))


def suite_ticket(sim: Simulator) -> str:
    """Return a ticket that was just pushed to the suite."""
    sim.push_suite_ticket()
    ticket: str = events(sim, "suite")[-1]["SuiteTicket"]
    return ticket


class World:
    """What a call may need; each thing is made when it is first asked for."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        self.contacts = client_of(sim, DEFAULT_SECRET)
        self.contact_sync = client_of(sim, CONTACT_SYNC_SECRET)
        self.suite = suite_client_of(sim)

    def close(self) -> None:
        """Close the connections of the clients."""
        self.contacts._http.close()
        self.contact_sync._http.close()
        self.suite._http.close()

    def upload(self, kind: str, content: bytes | None = None) -> str:
        """Return the media_id of a new file."""
        file = (f"a.{kind}", BytesIO(content or _CONTENT[kind]), "application/octet-stream")
        media_id: str = self.contacts.media.upload(kind, file)["media_id"]
        return media_id

    def fetched(self, url: str) -> bytes:
        """Return what lies at an address."""
        with requests.get(url, timeout=10) as response:
            response.raise_for_status()
            return response.content

    @cached_property
    def now(self) -> int:
        """The simulated time."""
        return int(self.sim.now())

    @cached_property
    def today(self) -> int:
        """The beginning of the day in Beijing."""
        return self.now - (self.now + 8 * 3600) % 86_400

    @cached_property
    def customer(self) -> str:
        """A customer of zhangsan."""
        return self.sim.add_customer("zhangsan", name="小明", state="spring")

    @cached_property
    def welcome_code(self) -> str:
        """The code of that customer's event."""
        assert self.customer
        return welcome_code(self.sim)

    @cached_property
    def corp_tag(self) -> str:
        """A tag of customers."""
        tags: dict[str, dict[str, str]] = self.sim.tags()
        return tags["来源"]["线上"]

    @cached_property
    def own_corp_tag(self) -> str:
        """A tag of customers that the app made itself."""
        added = self.contacts.external_contact.add_corp_tag(None, "活动", 1, [{"name": "春季"}])
        tag: str = added["tag_group"]["tag"][0]["id"]
        return tag

    @cached_property
    def tag(self) -> int:
        """A tag of the contacts, on lisi and the department 3."""
        tagid: int = self.contacts.tag.create("班长")["tagid"]
        self.contacts.tag.add_users(tagid, ["lisi"], [3])
        return tagid

    @cached_property
    def chat(self) -> str:
        """A group chat with a customer."""
        chat_id = self.sim.create_group_chat("zhangsan", name="春季活动群", members=["lisi"])
        self.sim.join_group_chat(chat_id, self.customer)
        return chat_id

    @cached_property
    def appchat(self) -> str:
        """A chat of the app."""
        self.contacts.appchat.create("chat1", "讨论", "zhangsan", ["zhangsan", "lisi"])
        return "chat1"

    @cached_property
    def contact_way(self) -> str:
        """A contact way."""
        added = self.contacts.external_contact.add_contact_way(2, 2, user=["zhangsan"])
        config_id: str = added["config_id"]
        return config_id

    @cached_property
    def group_message(self) -> str:
        """A message to many customers that was made and dispatched."""
        made = self.contacts.external_contact.add_msg_template(
            {"external_userid": [self.customer], "sender": "zhangsan", "text": {"content": "好"}}
        )
        self.sim.advance(3600)
        msgid: str = made["msgid"]
        return msgid

    @cached_property
    def welcome_template(self) -> str:
        """A welcome for those who join groups."""
        made = self.contacts.external_contact.add_group_welcome_template(
            {"text": {"content": "欢迎"}}
        )
        template_id: str = made["template_id"]
        return template_id

    @cached_property
    def department(self) -> int:
        """An empty department."""
        id_: int = self.contact_sync.department.create("新部门")["id"]
        return id_

    @cached_property
    def import_job(self) -> str:
        """An import that has ended."""
        made = self.contact_sync.batch.sync_user(**CALLBACK, media_id=self.upload("file"))
        self.sim.finish_batch_jobs()
        jobid: str = made["jobid"]
        return jobid

    @cached_property
    def export_job(self) -> str:
        """An export that has ended."""
        jobid: str = self.contacts.export.export_user(DEFAULT_ENCODING_AES_KEY)
        self.sim.advance(60)
        return jobid

    @cached_property
    def calendar(self) -> str:
        """A calendar."""
        cal_id: str = self.contacts.calendar.add("zhangsan", "会议", "#FF0000")
        return cal_id

    @cached_property
    def schedule(self) -> str:
        """A schedule in it."""
        schedule_id: str = self.contacts.schedule.add(
            "zhangsan", self.now, self.now + 3600, ["lisi"], "周会", calendar_id=self.calendar
        )
        return schedule_id

    @cached_property
    def approval(self) -> str:
        """An application."""
        sp_no: str = self.contacts.oa.apply_event(**self.application)["sp_no"]
        return sp_no

    @cached_property
    def application(self) -> dict[str, Any]:
        """What an application says."""
        line = [{"text": "出差", "lang": "zh_CN"}]
        content = {"control": "Text", "id": "Text-1", "value": {"text": "出差"}}
        return {
            "creator_userid": "zhangsan",
            "template_id": "t1",
            "use_template_approver": 1,
            "approver": [],
            "apply_data": {"contents": [content]},
            "summary_list": [{"summary_info": line}],
        }

    @cached_property
    def without_retries(self) -> Any:  # noqa: ANN401 - the library has no types
        """The app's client, which would otherwise repeat a rejected token without end."""
        self.contacts.auto_retry = False
        return self.contacts

    @cached_property
    def auth_code(self) -> str:
        """What a corp that installed the suite gave for it."""
        self.sim.authorise_suite()
        code: str = events(self.sim, "suite")[-1]["AuthCode"]
        return code

    @cached_property
    def kf_account(self) -> str:
        """A customer service account."""
        return self.sim.add_kf_account("客服", open_kfid="wk1")

    @cached_property
    def kf_visitor(self) -> str:
        """A customer who opened its chat and wrote."""
        visitor = self.sim.kf_enter(self.kf_account)
        self.sim.kf_write(self.kf_account, visitor, "你好")
        return visitor

    @cached_property
    def kf_code(self) -> str:
        """The code for greeting a customer who opened the chat."""
        self.sim.kf_enter(self.kf_account)
        codes = self.sim.tenant.corp().kf_codes
        return next(reversed(codes))

    @cached_property
    def taskcard(self) -> str:
        """The task of an old card that zhangsan got."""
        card = {
            "title": "t",
            "description": "d",
            "task_id": "task1",
            "btn": [{"key": "yes", "name": "好"}],
        }
        message = {"msgtype": "taskcard", "taskcard": card}
        self.contacts.message.send(AGENTID, "zhangsan", msg=message)
        return "task1"

    def openid(self, userid: str) -> str:
        """Return the openid of a member."""
        return openid_of(self.sim.tenant.corp(), userid)

    def signature(self, *pairs: str) -> str:
        """Return what signs a page."""
        return hashlib.sha1("&".join(pairs).encode(), usedforsecurity=False).hexdigest()


@contextmanager
def world_of(sim: Simulator) -> Iterator[World]:
    """Begin anew, on a clock that runs."""
    described = tenant(NOWHERE)
    described["suites"] = [default_suite(NOWHERE) | {"provider_corpid": DEFAULT_CORPID}]
    sim.reset(described)
    sim.set_limits({"push_tries": 1})
    world = World(sim)
    try:
        yield world
    finally:
        world.close()
