"""Contacts, app messages, chats, menus and apps against the simulator, over HTTP."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from simulated import CONTACT_SYNC_SECRET, NOWHERE, PNG, tenant

from errors import APIError
from simulator import DEFAULT_CORPID, DEFAULT_SECRET, Simulator
from wecom import (
    Client,
    agent,
    appchat,
    contact_tag,
    department,
    media,
    menu,
    message,
    template_card,
    user,
)

AGENTID = 1_000_002
FIELDS = user.MemberFields(
    name="孙八",
    department=[1],
    mobile="13800001234",
    position="工程师",
    extattr=user.Extattr(attrs=(user.Attribute(name="爱好", text=user.TextValue(value="茶")),)),
)
TITLE = template_card.Title(title="标题")
OPTIONS = [template_card.Option(id="1", text="好"), template_card.Option(id="2", text="不")]
SUBMIT = template_card.SubmitButton(text="提交", key="submit")
OPENS = template_card.CardAction(type=1, url="https://example.com")
VOTE = template_card.VoteInteraction(
    task_id="vote-1",
    main_title=TITLE,
    checkbox=template_card.Checkbox(question_key="q", option_list=OPTIONS),
    submit_button=SUBMIT,
)


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator.running(tenant=tenant(NOWHERE)) as simulator:
        yield simulator


@pytest.fixture
def api(sim: Simulator) -> Iterator[Client]:
    with Client(DEFAULT_CORPID, DEFAULT_SECRET, base_url=sim.url, agentid=AGENTID) as client:
        yield client


@pytest.fixture
def contacts(sim: Simulator) -> Iterator[Client]:
    with Client(DEFAULT_CORPID, CONTACT_SYNC_SECRET, base_url=sim.url) as client:
        yield client


def test_a_member_is_added_changed_listed_and_removed(api: Client, contacts: Client) -> None:
    user.create(contacts, "sunba", FIELDS)
    user.update(contacts, "sunba", user.MemberFields(position=""))

    read = user.get(api, "sunba")

    assert (read.name, read.position, read.department) == ("孙八", "", (1,))
    assert "sunba" in {each.userid for each in user.list_(api, 1, fetch_child=1)}
    assert "sunba" in {each.userid for each in user.simplelist(api, 1, fetch_child=1)}
    assert "sunba" in {each.userid for each in user.list_id(contacts, limit=2)}
    user.batchdelete(contacts, ["sunba"])
    with pytest.raises(APIError) as gone:
        user.get(api, "sunba")
    assert gone.value.errcode == 60111


def test_a_department_is_made_moved_and_removed(api: Client, contacts: Client) -> None:
    upper = department.create(contacts, "研发", 1, order=5)
    lower = department.create(contacts, "测试", upper)
    department.update(contacts, lower, name="质量")

    assert {each.id for each in department.simplelist(contacts, upper)} == {upper, lower}
    assert department.get(api, lower).name == "质量"
    with pytest.raises(APIError) as not_empty:
        department.delete(contacts, upper)
    department.delete(contacts, lower)
    department.delete(contacts, upper)
    assert not_empty.value.errcode == 60006
    assert upper not in {each.id for each in department.list_(api)}


def test_a_tag_is_put_on_members_and_taken_off(api: Client) -> None:
    tagid = contact_tag.create(api, "乒乓球协会")

    left_out = contact_tag.addtagusers(api, tagid, userlist=["zhangsan", "lisi", "nobody"])
    contact_tag.deltagusers(api, tagid, userlist=["lisi"])

    assert left_out.userids == ("nobody",)
    assert [each.userid for each in contact_tag.get(api, tagid).userlist] == ["zhangsan"]
    assert tagid in {each.tagid for each in contact_tag.list_(api)}
    contact_tag.delete(api, tagid)


def bodies(media_id: str) -> list[message.Body]:
    return [
        message.Text(content="你好"),
        message.Markdown(content="**你好**"),
        message.Image(media_id=media_id),
        message.TextCard(title="t", description="d", url="https://example.com", btntxt="更多"),
        message.News(articles=[message.Article(title="t", url="https://example.com")]),
        message.MpNews(
            articles=[message.MpArticle(title="t", thumb_media_id=media_id, content="c")]
        ),
        message.MiniprogramNotice(
            appid="wx123",
            title="四个汉字",
            content_item=[message.NoticeItem(key="k", value="v")],
        ),
        message.TaskCard(
            title="t",
            description="d",
            task_id="task-1",
            btn=[message.TaskButton(key="k", name="n")],
        ),
        template_card.TextNotice(main_title=TITLE, card_action=OPENS),
        template_card.NewsNotice(
            main_title=TITLE,
            card_image=template_card.CardImage(url="https://example.com/a.png"),
            card_action=OPENS,
        ),
        template_card.ButtonInteraction(
            task_id="button-1",
            main_title=TITLE,
            button_list=[template_card.Button(text="t", key="k")],
        ),
        VOTE,
        template_card.MultipleInteraction(
            task_id="multiple-1",
            main_title=TITLE,
            select_list=[template_card.Selection(question_key="q", option_list=OPTIONS)],
            submit_button=SUBMIT,
        ),
    ]


def test_every_kind_of_message_is_taken(api: Client) -> None:
    media_id = media.upload(api, io.BytesIO(PNG), "image", filename="a.png").media_id

    sent = [message.send(api, body, touser=["zhangsan"]) for body in bodies(media_id)]

    assert all(each.msgid and not each.invaliduser for each in sent)


def test_a_message_is_taken_back(api: Client) -> None:
    sent = message.send(api, message.Text(content="你好"), touser=["zhangsan"])

    message.recall(api, sent.msgid)


def test_a_card_is_changed_once(api: Client) -> None:
    sent = message.send(api, VOTE, touser=["zhangsan"])

    message.update_template_card(api, sent.response_code, template_card=VOTE, userids=["zhangsan"])

    with pytest.raises(APIError) as used:
        message.update_template_card(
            api, sent.response_code, replace_name="已投票", userids=["zhangsan"]
        )
    assert used.value.errcode == 60140


def test_a_chat_is_made_and_written_to(api: Client) -> None:
    chatid = appchat.create(api, ["zhangsan", "lisi"], name="项目", owner="zhangsan")
    appchat.update(api, chatid, name="新项目", add_user_list=["wangwu"])

    appchat.send(api, chatid, message.Text(content="你好"))

    chat = appchat.get(api, chatid)
    assert (chat.name, chat.owner) == ("新项目", "zhangsan")
    assert sorted(chat.userlist) == ["lisi", "wangwu", "zhangsan"]


def test_a_menu_comes_back_as_it_was_given(api: Client) -> None:
    lines = (menu.SubButton(name="搜索", type="view", url="https://example.com"),)
    click = menu.Button(name="点击", type="click", key="K")
    buttons = (click, menu.Button(name="菜单", sub_button=lines))

    menu.create(api, buttons)

    assert menu.get(api) == buttons
    menu.delete(api)
    with pytest.raises(APIError) as none:
        menu.get(api)
    assert none.value.errcode == 46003


def test_an_app_reads_and_changes_itself(api: Client) -> None:
    agent.set_(api, description="客户联系与欢迎语", isreportenter=1)

    assert agent.get(api).description == "客户联系与欢迎语"
    assert [each.agentid for each in agent.list_(api)] == [AGENTID]
