"""What each function sends, what it refuses to send, and what it reads."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from wecom_api import Asked, WeCom

import wecom as api
from errors import ArgumentRejected
from wecom import batch, contact_tag, external_contact, group_chat, media, message, tag
from wecom.attachments import Attachment, File, Image, Link, MiniProgram, Video


@pytest.fixture
def wecom() -> WeCom:
    return WeCom()


def sent(wecom: WeCom, path: str) -> Any:  # noqa: ANN401 - a body
    [asked] = wecom.to(path)
    return asked.json


class TestWelcome:
    """send_welcome_msg (doc 92137)."""

    path = "externalcontact/send_welcome_msg"

    def test_sends_text_alone(self, wecom: WeCom) -> None:
        external_contact.send_welcome_msg(wecom.client(), "CODE", text="你好")

        assert sent(wecom, self.path) == {"welcome_code": "CODE", "text": {"content": "你好"}}

    def test_sends_every_kind_of_attachment(self, wecom: WeCom) -> None:
        attachments: list[Attachment] = [
            Image(media_id="M1"),
            Image(pic_url="https://wework.qpic.cn/x"),
            Link(title="活动", url="https://example.com/a", desc="d", picurl="p"),
            MiniProgram(title="商城", pic_media_id="M2", appid="wx1", page="/index"),
            Video(media_id="M3"),
            File(media_id="M4"),
        ]

        external_contact.send_welcome_msg(wecom.client(), "CODE", attachments=attachments)

        assert sent(wecom, self.path) == {
            "welcome_code": "CODE",
            "attachments": [
                {"msgtype": "image", "image": {"media_id": "M1"}},
                {"msgtype": "image", "image": {"pic_url": "https://wework.qpic.cn/x"}},
                {
                    "msgtype": "link",
                    "link": {
                        "title": "活动",
                        "url": "https://example.com/a",
                        "desc": "d",
                        "picurl": "p",
                    },
                },
                {
                    "msgtype": "miniprogram",
                    "miniprogram": {
                        "title": "商城",
                        "pic_media_id": "M2",
                        "appid": "wx1",
                        "page": "/index",
                    },
                },
                {"msgtype": "video", "video": {"media_id": "M3"}},
                {"msgtype": "file", "file": {"media_id": "M4"}},
            ],
        }

    @pytest.mark.parametrize(
        ("arguments", "named"),
        [
            ({"welcome_code": "", "text": "x"}, "welcome_code: must not be empty"),
            ({"welcome_code": "C"}, "text or attachments: at least one"),
            ({"welcome_code": "C", "text": "你" * 1334}, "text: at most 4000 bytes"),
            (
                {"welcome_code": "C", "attachments": [File(media_id="M")] * 10},
                "attachments: at most 9 items",
            ),
        ],
    )
    def test_refuses_what_the_document_forbids(
        self, wecom: WeCom, arguments: dict[str, Any], named: str
    ) -> None:
        with pytest.raises(ArgumentRejected, match=named):
            external_contact.send_welcome_msg(wecom.client(), **arguments)

        assert wecom.asked == []

    def test_accepts_as_much_as_the_document_allows(self, wecom: WeCom) -> None:
        external_contact.send_welcome_msg(
            wecom.client(), "C", text="你" * 1333 + "x", attachments=[File(media_id="M")] * 9
        )

        assert len(sent(wecom, self.path)["attachments"]) == 9

    @pytest.mark.parametrize(
        ("make", "named"),
        [
            (Image, "media_id or pic_url"),
            (lambda: Link(title="", url="u"), "title: must not be empty"),
            (lambda: Link(title="t", url=""), "url: must not be empty"),
            (lambda: Link(title="你" * 43, url="u"), "title: at most 128 bytes"),
            (lambda: Link(title="t", url="u", desc="你" * 171), "desc: at most 512 bytes"),
            (lambda: Link(title="t", url="u" * 2049), "url: at most 2048 bytes"),
            (
                lambda: MiniProgram(title="你" * 22, pic_media_id="M", appid="wx", page="p"),
                "title: at most 64 bytes",
            ),
            (
                lambda: MiniProgram(title="t", pic_media_id="", appid="wx", page="p"),
                "pic_media_id: must not be empty",
            ),
            (lambda: Video(media_id=""), "media_id: must not be empty"),
            (lambda: File(media_id=""), "media_id: must not be empty"),
        ],
    )
    def test_an_attachment_beyond_its_limits_cannot_be_made(
        self, make: Callable[[], object], named: str
    ) -> None:
        with pytest.raises(ArgumentRejected, match=named):
            make()


class TestCustomer:
    """externalcontact/get (doc 92114) and remark (doc 92115)."""

    def test_reads_a_customer(self, wecom: WeCom) -> None:
        wecom.on(
            "externalcontact/get",
            {
                "errcode": 0,
                "external_contact": {"external_userid": "wm1", "name": "李四", "type": 1},
                "follow_user": [
                    {
                        "userid": "ZhangSan",
                        "remark": "李总",
                        "createtime": 1_700_000_000,
                        "tags": [{"group_name": "g", "tag_name": "t", "tag_id": "et1", "type": 1}],
                        "remark_mobiles": ["13800000001"],
                        "add_way": 1,
                        "state": "spring",
                        "wechat_channels": {"nickname": "x", "source": 1},
                    }
                ],
            },
        )

        customer = external_contact.get(wecom.client(), "wm1")

        assert wecom.to("externalcontact/get")[0].query["external_userid"] == "wm1"
        assert customer.external_contact.name == "李四"
        followed = customer.followed_by("zhangsan")
        assert followed is not None
        assert followed.createtime == datetime.fromtimestamp(1_700_000_000, UTC)
        assert followed.tags[0].tag_id == "et1"
        assert followed.remark_mobiles == ("13800000001",)
        assert customer.followed_by("LiSi") is None

    def test_joins_the_followers_of_every_page(self, wecom: WeCom) -> None:
        pages = {
            None: (["a", "b"], "C1"),
            "C1": (["c"], "C2"),
            "C2": ([], ""),
        }

        def page(asked: Asked) -> dict[str, Any]:
            userids, cursor = pages[asked.query.get("cursor")]
            return {
                "external_contact": {"external_userid": "wm1"},
                "follow_user": [{"userid": userid} for userid in userids],
                "next_cursor": cursor,
            }

        wecom.on("externalcontact/get", page)

        customer = external_contact.get(wecom.client(), "wm1")

        assert [each.userid for each in customer.follow_user] == ["a", "b", "c"]
        assert customer.next_cursor == ""

    def test_a_cursor_that_comes_again_ends_the_pages(self, wecom: WeCom) -> None:
        wecom.on("externalcontact/get", {"external_contact": {}, "next_cursor": "SAME"})

        external_contact.get(wecom.client(), "wm1")

        assert len(wecom.to("externalcontact/get")) == 2

    def test_remarks_only_what_is_given(self, wecom: WeCom) -> None:
        external_contact.remark(wecom.client(), "u", "wm1", remark="新客", description="")

        assert sent(wecom, "externalcontact/remark") == {
            "userid": "u",
            "external_userid": "wm1",
            "remark": "新客",
            "description": "",
        }

    @pytest.mark.parametrize(("mobiles", "wire"), [((), [""]), (["1", "2"], ["1", "2"])])
    def test_an_empty_list_clears_the_mobiles(
        self, wecom: WeCom, mobiles: list[str], wire: list[str]
    ) -> None:
        external_contact.remark(wecom.client(), "u", "wm1", remark_mobiles=mobiles)

        assert sent(wecom, "externalcontact/remark")["remark_mobiles"] == wire

    @pytest.mark.parametrize(
        ("arguments", "named"),
        [
            ({}, "at least one"),
            ({"remark": "名" * 21}, "remark: at most 20 characters"),
            ({"remark_company": "名" * 21}, "remark_company: at most 20 characters"),
            ({"description": "名" * 151}, "description: at most 150 characters"),
        ],
    )
    def test_refuses_a_remark_beyond_its_limits(
        self, wecom: WeCom, arguments: dict[str, Any], named: str
    ) -> None:
        with pytest.raises(ArgumentRejected, match=named):
            external_contact.remark(wecom.client(), "u", "wm1", **arguments)


class TestTag:
    """mark_tag (doc 92118) and the library (doc 92117)."""

    def test_marks(self, wecom: WeCom) -> None:
        tag.mark_tag(wecom.client(), "u", "wm1", add_tag=["et1"])

        assert sent(wecom, "externalcontact/mark_tag") == {
            "userid": "u",
            "external_userid": "wm1",
            "add_tag": ["et1"],
        }

    @pytest.mark.parametrize(
        ("arguments", "named"),
        [
            ({}, "add_tag or remove_tag: at least one"),
            ({"add_tag": ["a", "b"], "remove_tag": ["b"]}, "must not share"),
        ],
    )
    def test_refuses_a_mark_that_says_nothing_or_both(
        self, wecom: WeCom, arguments: dict[str, Any], named: str
    ) -> None:
        with pytest.raises(ArgumentRejected, match=named):
            tag.mark_tag(wecom.client(), "u", "wm1", **arguments)

    def test_reads_the_library(self, wecom: WeCom) -> None:
        wecom.on(
            "externalcontact/get_corp_tag_list",
            {
                "tag_group": [
                    {
                        "group_id": "g1",
                        "group_name": "来源",
                        "tag": [{"id": "et1", "name": "春季", "order": 1, "deleted": True}],
                    }
                ]
            },
        )

        [group] = tag.get_corp_tag_list(wecom.client(), group_id=["g1"])

        assert sent(wecom, "externalcontact/get_corp_tag_list") == {"group_id": ["g1"]}
        assert (group.group_name, group.tag[0].name, group.tag[0].deleted) == ("来源", "春季", True)

    def test_asks_for_the_whole_library_with_an_empty_object(self, wecom: WeCom) -> None:
        assert tag.get_corp_tag_list(wecom.client()) == ()
        assert sent(wecom, "externalcontact/get_corp_tag_list") == {}

    def test_adds_tags_to_a_group(self, wecom: WeCom) -> None:
        wecom.on(
            "externalcontact/add_corp_tag",
            {"errmsg": "created", "tag_group": {"group_id": "g1", "tag": [{"id": "et9"}]}},
        )

        group = tag.add_corp_tag(
            wecom.client(), [tag.NewTag(name="a"), tag.NewTag(name="b", order=0)], group_name="来源"
        )

        assert sent(wecom, "externalcontact/add_corp_tag") == {
            "group_name": "来源",
            "tag": [{"name": "a"}, {"name": "b", "order": 0}],
        }
        assert group.tag[0].id == "et9"

    @pytest.mark.parametrize(
        ("arguments", "named"),
        [
            ({"tag": []}, "tag: must not be empty"),
            ({"tag": [tag.NewTag(name="a")]}, "group_id or group_name"),
            ({"tag": [tag.NewTag(name="a")], "group_name": "组" * 31}, "group_name: at most 30"),
            ({"tag": [tag.NewTag(name="a")], "group_id": "g", "order": 2**32}, "order: must lie"),
        ],
    )
    def test_refuses_a_group_beyond_its_limits(
        self, wecom: WeCom, arguments: dict[str, Any], named: str
    ) -> None:
        with pytest.raises(ArgumentRejected, match=named):
            tag.add_corp_tag(wecom.client(), **arguments)

    def test_a_tag_name_has_thirty_characters_at_most(self) -> None:
        tag.NewTag(name="名" * 30)

        with pytest.raises(ArgumentRejected, match="name: at most 30 characters"):
            tag.NewTag(name="名" * 31)


class TestGroupChat:
    """groupchat/get (doc 92122)."""

    @pytest.mark.parametrize(("need_name", "wire"), [(False, 0), (True, 1)])
    def test_reads_a_group(self, wecom: WeCom, need_name: bool, wire: int) -> None:  # noqa: FBT001 - a row of the table
        wecom.on(
            "externalcontact/groupchat/get",
            {
                "group_chat": {
                    "chat_id": "wr1",
                    "owner": "u",
                    "create_time": 1_700_000_000,
                    "member_list": [
                        {"userid": "u", "type": 1, "join_scene": 1},
                        {"userid": "wm1", "type": 2, "invitor": {"userid": "u"}, "state": "s"},
                    ],
                    "admin_list": [{"userid": "u"}],
                    "member_version": "abc",
                }
            },
        )

        chat = group_chat.get(wecom.client(), "wr1", need_name=need_name)

        assert sent(wecom, "externalcontact/groupchat/get") == {"chat_id": "wr1", "need_name": wire}
        assert chat.name == ""
        assert chat.member_list[0].invitor is None
        assert chat.member_list[1].invitor == group_chat.Invitor(userid="u")
        assert chat.admin_list == (group_chat.GroupAdmin(userid="u"),)
        assert chat.member_version == "abc"


class TestBatch:
    """batch/getresult (doc 90983)."""

    def test_reads_the_rows_of_a_finished_job(self, wecom: WeCom) -> None:
        wecom.on(
            "batch/getresult",
            {
                "status": 3,
                "type": "replace_user",
                "total": 2,
                "percentage": 100,
                "result": [
                    {"userid": "a", "errcode": 0, "errmsg": "ok"},
                    {"userid": "b", "errcode": 60111, "errmsg": "userid not found"},
                ],
            },
        )

        result = batch.getresult(wecom.client(), "job 1")

        assert wecom.to("batch/getresult")[0].query["jobid"] == "job 1"
        assert result.finished
        assert [row.userid for row in result.failures()] == ["b"]

    def test_reads_departments(self, wecom: WeCom) -> None:
        wecom.on(
            "batch/getresult",
            {"status": 3, "result": [{"action": 5, "partyid": 7, "errcode": 0}]},
        )

        [row] = batch.getresult(wecom.client(), "j").result

        assert (row.action, row.partyid) == (5, 7)

    @pytest.mark.parametrize("status", [1, 2])
    def test_a_running_job_is_not_finished(self, wecom: WeCom, status: int) -> None:
        wecom.on("batch/getresult", {"status": status, "percentage": 40})

        result = batch.getresult(wecom.client(), "j")

        assert not result.finished
        assert result.result == ()

    @pytest.mark.parametrize("jobid", ["", "j" * 65])
    def test_refuses_what_is_no_job(self, wecom: WeCom, jobid: str) -> None:
        with pytest.raises(ArgumentRejected, match="jobid"):
            batch.getresult(wecom.client(), jobid)


class TestMessage:
    """message/send (doc 90236)."""

    def test_sends_text_with_the_clients_agentid(self, wecom: WeCom) -> None:
        wecom.on("message/send", {"msgid": "m1", "invaliduser": "c|d"})

        result = message.send(
            wecom.client(agentid=7), message.Text(content="你好"), touser=["a", "b"]
        )

        assert sent(wecom, "message/send") == {
            "touser": "a|b",
            "agentid": 7,
            "msgtype": "text",
            "text": {"content": "你好"},
        }
        assert (result.msgid, result.invaliduser) == ("m1", "c|d")

    @pytest.mark.parametrize(
        ("body", "wire"),
        [
            (message.Markdown(content="**x**"), {"content": "**x**"}),
            (message.Image(media_id="M"), {"media_id": "M"}),
            (message.File(media_id="M"), {"media_id": "M"}),
            (
                message.TextCard(title="t", description="d", url="u"),
                {"title": "t", "description": "d", "url": "u"},
            ),
        ],
    )
    def test_sends_other_kinds(
        self, wecom: WeCom, body: message.Body, wire: dict[str, str]
    ) -> None:
        message.send(wecom.client(), body, touser=message.EVERYBODY, agentid=8)

        body_sent = sent(wecom, "message/send")
        assert body_sent["touser"] == "@all"
        assert body_sent["agentid"] == 8
        assert body_sent[body_sent["msgtype"]] == wire

    def test_lets_the_platform_drop_a_repeated_message(self, wecom: WeCom) -> None:
        message.send(
            wecom.client(agentid=7),
            message.Text(content="x"),
            totag=["1"],
            safe=1,
            duplicate_check_seconds=600,
        )

        body = sent(wecom, "message/send")
        assert (body["safe"], body["totag"]) == (1, "1")
        assert body["enable_duplicate_check"] == 1
        assert body["duplicate_check_interval"] == 600

    @pytest.mark.parametrize(
        ("arguments", "named"),
        [
            ({}, "touser or toparty or totag"),
            ({"touser": ["u"] * 1001}, "touser: at most 1000 items"),
            ({"toparty": ["1"] * 101}, "toparty: at most 100 items"),
            ({"touser": ["u"], "safe": 2}, "safe: must lie in 0..1"),
            ({"touser": ["u"], "duplicate_check_seconds": 14_401}, "duplicate_check_seconds"),
            ({"touser": ["u"]}, "agentid: must be given"),
        ],
    )
    def test_refuses_what_the_document_forbids(
        self, wecom: WeCom, arguments: dict[str, Any], named: str
    ) -> None:
        with pytest.raises(ArgumentRejected, match=named):
            message.send(wecom.client(), message.Text(content="x"), **arguments)

        assert wecom.asked == []

    @pytest.mark.parametrize(
        ("make", "named"),
        [
            (lambda: message.Text(content=""), "content: must not be empty"),
            (lambda: message.Text(content="你" * 683), "content: at most 2048 bytes"),
            (lambda: message.Markdown(content="你" * 683), "content: at most 2048 bytes"),
            (
                lambda: message.TextCard(title="你" * 43, description="d", url="u"),
                "title: at most 128 bytes",
            ),
            (
                lambda: message.TextCard(title="t", description="d", url="u", btntxt="五个字按钮"),
                "btntxt: at most 4 characters",
            ),
        ],
    )
    def test_a_body_beyond_its_limits_cannot_be_made(
        self, make: Callable[[], object], named: str
    ) -> None:
        with pytest.raises(ArgumentRejected, match=named):
            make()


class TestContactTag:
    """tag/addtagusers (doc 90214)."""

    @pytest.mark.parametrize(
        ("invalidlist", "userids"), [("a|b", ("a", "b")), ("a", ("a",)), ("", ())]
    )
    def test_names_who_was_left_out(
        self, wecom: WeCom, invalidlist: str, userids: tuple[str, ...]
    ) -> None:
        wecom.on("tag/addtagusers", {"invalidlist": invalidlist})

        left_out = contact_tag.addtagusers(wecom.client(), 1, userlist=["a", "b", "c"])

        assert left_out.userids == userids


class TestMedia:
    """media/upload (doc 90253)."""

    def test_uploads_a_file_from_its_path(self, wecom: WeCom, tmp_path: Path) -> None:
        wecom.on("media/upload", {"type": "image", "media_id": "M1", "created_at": "1700000000"})
        poster = tmp_path / '海报"1.png'
        poster.write_bytes(b"PNG-bytes!")

        uploaded = media.upload(wecom.client(), poster, "image")

        [asked] = wecom.to("media/upload")
        boundary = asked.headers["content-type"].partition("boundary=")[2]
        assert asked.query["type"] == "image"
        assert asked.headers["content-length"] == str(len(asked.body))
        assert "transfer-encoding" not in asked.headers
        assert (
            asked.body
            == (
                f"--{boundary}\r\n"
                'Content-Disposition: form-data; name="media"; filename="海报%221.png"; '
                "filelength=10\r\n"
                "Content-Type: image/png\r\n\r\n"
                f"PNG-bytes!\r\n--{boundary}--\r\n"
            ).encode()
        )
        assert uploaded.media_id == "M1"
        assert uploaded.created_at == datetime.fromtimestamp(1_700_000_000, UTC)

    def test_repeats_the_whole_file_after_a_rejected_token(self, wecom: WeCom) -> None:
        wecom.on("media/upload", {"media_id": "M1"})
        client = wecom.client()
        external_contact.send_welcome_msg(client, "C", text="x")
        wecom.revoke()

        media.upload(client, io.BytesIO(b"0123456789"), "file", filename="a.bin")

        first, second = wecom.to("media/upload")
        assert first.body == second.body
        assert b"0123456789" in second.body

    @pytest.mark.parametrize(
        ("size", "kind", "named"),
        [
            (5, "file", "file: more than 5 bytes"),
            (0, "image", "file: more than 5 bytes"),
            (2 * 1024 * 1024 + 1, "voice", "file: at most 2097152 bytes"),
            (10 * 1024 * 1024 + 1, "image", "file: at most 10485760 bytes"),
            (100, "picture", "type: must be one of file, image, video, voice"),
        ],
    )
    def test_refuses_a_file_beyond_its_limits(
        self,
        wecom: WeCom,
        size: int,
        kind: media.MediaType,
        named: str,
    ) -> None:
        with pytest.raises(ArgumentRejected, match=named):
            media.upload(wecom.client(), io.BytesIO(bytes(size)), kind, filename="x")

        assert wecom.asked == []

    def test_an_open_file_needs_a_name(self, wecom: WeCom) -> None:
        with pytest.raises(ArgumentRejected, match="filename: must not be empty"):
            media.upload(wecom.client(), io.BytesIO(b"0123456789"), "file")


def endpoints() -> list[tuple[str, api.Endpoint[Any]]]:
    return [
        (f"{module}.{name}", value)
        for module in api.__all__
        for name, value in vars(getattr(api, module)).items()
        if isinstance(value, api.Endpoint)
    ]


@pytest.mark.parametrize("named", endpoints(), ids=lambda each: each[0])
def test_an_endpoint_names_its_path_and_its_document(named: tuple[str, api.Endpoint[Any]]) -> None:
    _, endpoint = named

    assert not endpoint.path.startswith("/")
    assert "cgi-bin" not in endpoint.path
    assert 90_000 < endpoint.doc < 110_000
