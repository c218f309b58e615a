"""Customer contact through our own client: what is made is kept, and the others are told."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from server import wait_for
from simulated import PNG, Caller, Told, errcodes

from errors import ActionImpossible, APIError, NotReady
from simulator import DEFAULT_CORPID, Simulator
from wecom import (
    Client,
    attachments,
    customer_strategy,
    external_contact,
    group_chat,
    group_message,
    group_welcome_template,
    idconvert,
    intercept,
    media,
    moment,
    moment_strategy,
    product_album,
    strategy_tag,
    tag,
    transfer,
)
from wecom.strategy import RangeItem

CONTACT, CHAT, TAGS = "change_external_contact", "change_external_chat", "change_external_tag"
DAY = timedelta(days=1)
DAY_SECONDS = 86_400


def now(corp: Simulator) -> datetime:
    return datetime.fromtimestamp(corp.now(), UTC)


def uploaded(api: Client, kind: int) -> str:
    return media.upload_attachment(api, io.BytesIO(PNG), "image", kind, filename="a.png").media_id


def refused(act: Callable[[], object]) -> int:
    with pytest.raises(APIError) as refusal:
        act()
    return refusal.value.errcode


# --- remarks and tags


def test_a_remark_is_told_to_the_other_app_alone(corp: Simulator, api: Client, told: Told) -> None:
    customer = corp.add_customer("zhangsan", state="spring")

    external_contact.remark(api, "zhangsan", customer, remark="李总")
    external_contact.remark(api, "zhangsan", customer, remark_mobiles=["138"])

    (event,) = told("marketing", CONTACT, "edit_external_contact")
    assert (event["UserID"], event["ExternalUserID"], event["State"]) == (
        "zhangsan",
        customer,
        "spring",
    )
    assert told("contacts", CONTACT, "edit_external_contact") == []


def test_tags_of_a_strategy_are_apart_from_those_of_the_corp(
    corp: Simulator, api: Client, other_api: Client, told: Told
) -> None:
    under = [RangeItem(userid="zhangsan")]
    strategy_id = customer_strategy.create(api, "一组", admin_list=["lisi"], range=under)
    made = strategy_tag.add_strategy_tag(
        api, strategy_id, [tag.NewTag(name="大客户")], group_name="来源"
    )
    (big,) = made.tag
    mine, theirs = corp.add_customer("zhangsan"), corp.add_customer("lisi")

    tag.mark_tag(api, "zhangsan", mine, add_tag=[big.id])

    followed = external_contact.get(api, mine).followed_by("zhangsan")
    assert followed is not None
    assert [(each.tag_name, each.type) for each in followed.tags] == [("大客户", 3)]
    assert refused(lambda: tag.mark_tag(api, "lisi", theirs, add_tag=[big.id])) == 60011
    assert refused(lambda: tag.mark_tag(other_api, "zhangsan", mine, add_tag=[big.id])) == 60011
    assert made.group_id not in {each.group_id for each in tag.get_corp_tag_list(api)}
    assert strategy_tag.get_strategy_tag_list(other_api) == ()
    strategy_tag.edit_strategy_tag(api, big.id, name="老客户")
    (group,) = strategy_tag.get_strategy_tag_list(api, strategy_id=strategy_id)
    assert (group.strategy_id, group.tag[0].name) == (strategy_id, "老客户")
    strategy_tag.del_strategy_tag(api, tag_id=[big.id])
    assert strategy_tag.get_strategy_tag_list(api) == ()
    heard = told("marketing", TAGS)
    assert sorted(each["ChangeType"] for each in heard) == [
        *("create", "create", "delete", "delete", "update"),
    ]
    assert not any("StrategyId" in each for each in heard)


def test_a_strategy_takes_its_tags_along(corp: Simulator, api: Client) -> None:
    under = [RangeItem(userid="zhangsan")]
    strategy_id = customer_strategy.create(api, "一组", admin_list=["lisi"], range=under)
    made = strategy_tag.add_strategy_tag(
        api, strategy_id, [tag.NewTag(name="a")], group_name="b"
    ).tag
    customer = corp.add_customer("zhangsan")
    tag.mark_tag(api, "zhangsan", customer, add_tag=[made[0].id])

    customer_strategy.del_(api, strategy_id)

    followed = external_contact.get(api, customer).followed_by("zhangsan")
    assert followed is not None
    assert followed.tags == ()
    assert refused(lambda: tag.mark_tag(api, "zhangsan", customer, add_tag=[made[0].id])) == 40068


def test_the_strategy_of_a_tag_is_told_to_the_system_app(
    corp: Simulator, api: Client, told: Told
) -> None:
    corp.tenant.app("marketing").kind = "customer_contact"
    under = [RangeItem(userid="zhangsan")]
    strategy_id = customer_strategy.create(api, "一组", admin_list=["lisi"], range=under)

    strategy_tag.add_strategy_tag(api, strategy_id, [tag.NewTag(name="a")], group_name="b")

    assert {each["StrategyId"] for each in told("marketing", TAGS)} == {str(strategy_id)}


# --- strategies


@pytest.mark.parametrize("chapter", [customer_strategy, moment_strategy])
def test_strategies_of_both_kinds(corp: Simulator, api: Client, chapter: object) -> None:
    strategies = customer_strategy if chapter is customer_strategy else moment_strategy
    sales = [RangeItem(partyid=2)]
    parent = strategies.create(api, "销售", admin_list=["admin"], range=sales)
    child = strategies.create(
        api, "张三", admin_list=["admin"], range=[RangeItem(userid="zhangsan")], parent_id=parent
    )

    strategies.edit(
        api,
        child,
        strategy_name="李四",
        range_add=[RangeItem(userid="lisi")],
        range_del=[RangeItem(userid="zhangsan")],
    )

    read = strategies.get(api, child)
    assert (read.strategy_name, read.parent_id, read.admin_list) == ("李四", parent, ("admin",))
    assert list(strategies.get_range(api, child)) == [RangeItem(userid="lisi")]
    assert list(strategies.list_(api, limit=1)) == [parent, child]
    outside = [RangeItem(userid="wangwu")]
    assert (
        refused(lambda: strategies.edit(api, child, range_add=outside)),
        refused(lambda: strategies.create(api, "又", admin_list=["admin"], range=sales)),
        refused(lambda: strategies.edit(api, child, range_del=[RangeItem(userid="lisi")])),
    ) == (40058, 40058, 40058)
    assert list(strategies.get_range(api, child)) == [RangeItem(userid="lisi")]
    strategies.del_(api, parent)
    assert list(strategies.list_(api)) == []


def test_a_privilege_is_changed_alone(corp: Simulator, api: Client) -> None:
    under = [RangeItem(userid="zhangsan")]
    made = moment_strategy.create(api, "一组", admin_list=["lisi"], range=under)

    without = moment_strategy.Privilege(send_moment=False)
    moment_strategy.edit(api, made, privilege=without)

    privilege = moment_strategy.get(api, made).privilege
    assert (privilege.send_moment, privilege.view_moment_list) == (False, True)


# --- messages to many


def test_a_group_message_goes_out_when_the_member_sends_it(corp: Simulator, api: Client) -> None:
    kept, gone, other = (corp.add_customer(each) for each in ("zhangsan", "zhangsan", "lisi"))
    made = group_message.add_msg_template(
        api, text="新品", external_userid=[kept, gone, other, "none"]
    )
    corp.customer_leaves("zhangsan", gone)

    came_to = corp.send_group_message(made.msgid, "zhangsan")

    assert made.fail_list == ("none",)
    assert came_to == {"unsent": 0, "sent": 1, "not_a_friend": 1, "capped": 0}
    tasks = {each.userid: each for each in group_message.get_groupmsg_task(api, made.msgid)}
    assert (tasks["zhangsan"].status, tasks["lisi"].status) == (2, 0)
    assert tasks["lisi"].send_time is None
    sends = group_message.get_groupmsg_send_result(api, made.msgid, "zhangsan", limit=1)
    assert {each.external_userid: each.status for each in sends} == {kept: 1, gone: 2}
    retired = {
        each.external_userid: each.status
        for each in group_message.get_group_msg_result(api, made.msgid)
    }
    assert retired == {kept: 1, gone: 2, other: 0}
    (listed,) = group_message.get_groupmsg_list_v2(
        api, chat_type="single", start_time=now(corp) - DAY, end_time=now(corp)
    )
    assert (listed.msgid, listed.text.content) == (made.msgid, "新品")


def test_records_tell_a_mini_program_without_its_picture(corp: Simulator, api: Client) -> None:
    corp.add_customer("zhangsan")
    picture = media.upload(api, io.BytesIO(PNG), "image", filename="a.png").media_id
    program = attachments.MiniProgram(title="商城", pic_media_id=picture, appid="wx1", page="/")
    group_message.add_msg_template(api, attachments=[program], sender="zhangsan")

    (listed,) = group_message.get_groupmsg_list_v2(
        api, chat_type="single", start_time=now(corp) - DAY, end_time=now(corp)
    )

    [attached] = listed.attachments
    told = attached.miniprogram
    assert told is not None
    assert (told.title, told.appid, told.page, told.pic_media_id) == ("商城", "wx1", "/", "")


def test_who_chatted_with_a_customer_last_writes_to_them(corp: Simulator, api: Client) -> None:
    customer = corp.add_customer("zhangsan")
    corp.advance(1)
    corp.add_customer("lisi", external_userid=customer)
    met_last = group_message.add_msg_template(api, text="hi", external_userid=[customer])
    corp.advance(1)
    corp.member_writes("zhangsan", customer)
    chatted_last = group_message.add_msg_template(api, text="hi", external_userid=[customer])

    senders = [
        [each.userid for each in group_message.get_groupmsg_task(api, made.msgid)]
        for made in (met_last, chatted_last)
    ]

    assert senders == [["lisi"], ["zhangsan"]]


def test_a_limit_above_the_most_counts_as_the_default(corp: Simulator) -> None:
    caller = Caller(corp)
    span = {"start_time": int(corp.now()) - DAY_SECONDS, "end_time": int(corp.now())}
    for number in range(21):
        corp.post_moment("zhangsan", str(number))

    page = caller.post("externalcontact/get_moment_list", **span, limit=1000)

    assert len(page["moment_list"]) == 20


def test_a_customer_gets_so_many_group_messages_a_month(corp: Simulator, api: Client) -> None:
    corp.set_limits({"group_messages_per_month": 1})
    corp.add_customer("zhangsan")
    sent = []

    for text in ("一", "二"):
        made = group_message.add_msg_template(api, text=text, sender="zhangsan")
        sent.append(corp.send_group_message(made.msgid, "zhangsan"))

    assert [(each["sent"], each["capped"]) for each in sent] == [(1, 0), (0, 1)]


def test_the_month_of_group_messages_ends_at_midnight_in_china(corp: Simulator) -> None:
    corp.set_limits({"group_messages_per_month": 1})
    last_hour = datetime(2031, 1, 31, 15, tzinfo=UTC).timestamp()
    corp.set_time(last_hour)
    api, sent = Caller(corp), []
    corp.add_customer("zhangsan")

    for _ in range(2):
        answer = api.post(
            "externalcontact/add_msg_template", text={"content": "a"}, sender="zhangsan"
        )
        sent.append(corp.send_group_message(answer["msgid"], "zhangsan")["sent"])
        corp.set_time(last_hour + 3600)

    assert sent == [1, 1]


def test_tags_choose_who_gets_a_group_message(corp: Simulator, api: Client) -> None:
    tags = corp.tags()
    online, important = tags["来源"]["线上"], tags["客户等级"]["重要"]
    both, one = corp.add_customer("zhangsan"), corp.add_customer("zhangsan")
    corp.edit_customer("zhangsan", both, add_tag=[online, important])
    corp.edit_customer("zhangsan", one, add_tag=[online])

    made = group_message.add_msg_template(api, text="hi", tag_filter=[[online], [important]])

    sends = group_message.get_groupmsg_send_result(api, made.msgid, "zhangsan")
    assert [each.external_userid for each in sends] == [both]


def test_a_message_to_groups_goes_to_those_of_its_sender(corp: Simulator, api: Client) -> None:
    mine, theirs = corp.create_group_chat("zhangsan"), corp.create_group_chat("lisi")
    chosen = group_message.add_msg_template(
        api,
        text="hi",
        chat_type="group",
        sender="zhangsan",
        chat_id_list=[mine, theirs],
        allow_select=True,
    )
    every = group_message.add_msg_template(api, text="hi", chat_type="group", sender="zhangsan")

    with pytest.raises(ActionImpossible):
        corp.send_group_message(every.msgid, "zhangsan", only=[])
    came_to = corp.send_group_message(chosen.msgid, "zhangsan", only=[])

    assert chosen.fail_list == (theirs,)
    assert came_to["unsent"] == 1
    (send,) = group_message.get_groupmsg_send_result(api, every.msgid, "zhangsan")
    assert (send.chat_id, send.status) == (mine, 0)


def test_a_message_on_its_way_cannot_be_asked_about(corp: Simulator, api: Client) -> None:
    corp.set_limits({"dispatch_seconds": 5})
    corp.add_customer("zhangsan")
    made = group_message.add_msg_template(api, text="hi", sender="zhangsan")

    with pytest.raises(NotReady):
        list(group_message.get_groupmsg_task(api, made.msgid))
    corp.advance(5)

    assert len(list(group_message.get_groupmsg_task(api, made.msgid))) == 1


def test_reminders_are_few_and_a_cancelled_message_stays_unsent(
    corp: Simulator, api: Client
) -> None:
    corp.add_customer("zhangsan")
    corp.add_customer("lisi")
    made = group_message.add_msg_template(
        api, text="hi", external_userid=[*external_contact.list_(api, "zhangsan")]
    )
    for _ in range(3):
        group_message.remind_groupmsg_send(api, made.msgid)
    assert refused(lambda: group_message.remind_groupmsg_send(api, made.msgid)) == 41094
    corp.advance(DAY_SECONDS)
    group_message.remind_groupmsg_send(api, made.msgid)

    group_message.cancel_groupmsg_send(api, made.msgid)

    assert refused(lambda: group_message.cancel_groupmsg_send(api, made.msgid)) == 41093
    assert refused(lambda: group_message.remind_groupmsg_send(api, made.msgid)) == 41093
    with pytest.raises(ActionImpossible):
        corp.send_group_message(made.msgid, "zhangsan")


def test_a_member_sends_once_and_may_decline(corp: Simulator, api: Client) -> None:
    corp.add_customer("zhangsan")
    corp.add_customer("lisi")
    made = group_message.add_msg_template(
        api,
        text="hi",
        external_userid=[
            *external_contact.list_(api, "zhangsan"),
            *external_contact.list_(api, "lisi"),
        ],
    )
    corp.send_group_message(made.msgid, "zhangsan")
    corp.decline_group_message(made.msgid, "lisi")

    for userid in ("zhangsan", "lisi", "wangwu"):
        with pytest.raises(ActionImpossible):
            corp.send_group_message(made.msgid, userid)


def test_a_welcome_of_groups_is_kept_by_its_app(
    corp: Simulator, api: Client, other_api: Client
) -> None:
    link = attachments.Link(title="活动", url="https://example.com/a")
    template_id = group_welcome_template.add(api, text="欢迎 %NICKNAME%", attachment=link)

    read = group_welcome_template.get(api, template_id)
    assert (read.text.content, read.link) == ("欢迎 %NICKNAME%", link)
    group_welcome_template.edit(api, template_id, text="新")
    assert group_welcome_template.get(api, template_id).link is None
    assert refused(lambda: group_welcome_template.del_(other_api, template_id)) == 41058
    group_welcome_template.del_(api, template_id, agentid=1000002)
    assert refused(lambda: group_welcome_template.get(api, template_id)) == 40058


def test_a_corp_has_a_hundred_welcomes_of_groups(corp: Simulator, api: Client) -> None:
    for number in range(100):
        group_welcome_template.add(api, text=str(number))

    assert refused(lambda: group_welcome_template.add(api, text="too many")) == 41055


# --- moments


def begun(api: Client, corp: Simulator, **arguments: object) -> moment.MomentMade:
    jobid = moment.add_moment_task(api, text="上新", **arguments)  # type: ignore[arg-type]  # as given
    corp.advance(1)
    job = moment.get_moment_task_result(api, jobid)
    assert job.status == 3
    return job.result


def test_a_moment_is_made_by_a_job_and_published_by_members(corp: Simulator, api: Client) -> None:
    sees, left = corp.add_customer("zhangsan"), corp.add_customer("zhangsan")
    pictures = [moment.Image(media_id=uploaded(api, media.MOMENTS)) for _ in range(2)]
    made = begun(api, corp, attachments=pictures, user_list=["zhangsan", "admin", "nobody"])
    before = refused(lambda: list(moment.get_moment_send_result(api, made.moment_id, "zhangsan")))
    corp.customer_leaves("zhangsan", left)

    corp.publish_moment(made.moment_id, "zhangsan")
    corp.react_to_moment(made.moment_id, "zhangsan", sees)
    corp.react_to_moment(made.moment_id, "zhangsan", "zhangsan", like=True)

    assert before == 41062
    assert made.invalid_sender_list.user_list == ("admin", "nobody")
    (task,) = moment.get_moment_task(api, made.moment_id)
    assert (task.userid, task.publish_status) == ("zhangsan", 1)
    chosen = moment.get_moment_customer_list(api, made.moment_id, "zhangsan", limit=1)
    assert {each.external_userid for each in chosen} == {sees, left}
    visible = moment.get_moment_send_result(api, made.moment_id, "zhangsan")
    assert [each.external_userid for each in visible] == [sees]
    comments = moment.get_moment_comments(api, made.moment_id, "zhangsan")
    assert [each.external_userid for each in comments.comment_list] == [sees]
    assert [each.userid for each in comments.like_list] == ["zhangsan"]
    (listed,) = moment.get_moment_list(api, start_time=now(corp) - DAY, end_time=now(corp))
    assert (listed.text.content, len(listed.image), listed.visible_type) == ("上新", 2, 1)
    assert refused(lambda: moment.get_moment_comments(api, made.moment_id, "lisi")) == 41061
    for who in (left, "wmnobody"):
        with pytest.raises(ActionImpossible):
            corp.react_to_moment(made.moment_id, "zhangsan", who)


def test_only_customers_with_the_tags_see_a_moment(corp: Simulator, api: Client) -> None:
    online = corp.tags()["来源"]["线上"]
    sees, _ = corp.add_customer("zhangsan"), corp.add_customer("zhangsan")
    corp.edit_customer("zhangsan", sees, add_tag=[online])

    made = begun(api, corp, tag_list=[online, "none"], department_list=[2, 99])

    assert corp.publish_moment(made.moment_id, "zhangsan") == [sees]
    assert made.invalid_external_contact_list.tag_list == ("none",)
    assert made.invalid_sender_list.department_list == (99,)


def test_a_moment_job_passes_through_its_states_and_is_forgotten(
    corp: Simulator, api: Client
) -> None:
    corp.set_limits({"moment_seconds": 4})
    jobid = moment.add_moment_task(api, text="a")
    states = []

    for _ in range(3):
        states.append(moment.get_moment_task_result(api, jobid).status)
        corp.advance(2)
    corp.advance(DAY_SECONDS)

    assert states == [1, 2, 3]
    assert refused(lambda: moment.get_moment_task_result(api, jobid)) == 40088


def test_ten_moments_a_minute(corp: Simulator) -> None:
    caller = Caller(corp)
    path = "externalcontact/add_moment_task"

    answers = [caller.post(path, text={"content": "a"}) for _ in range(11)]
    corp.advance(60)
    answers.append(caller.post(path, text={"content": "a"}))

    assert errcodes(*answers) == [0] * 10 + [45009, 0]


def test_a_cancelled_moment_is_not_published(corp: Simulator, api: Client) -> None:
    made = begun(api, corp)

    moment.cancel_moment_task(api, made.moment_id)

    with pytest.raises(ActionImpossible):
        corp.publish_moment(made.moment_id, "zhangsan")


def test_a_moment_nobody_can_publish_fails(corp: Simulator, api: Client) -> None:
    made = begun(api, corp, user_list=["nobody"])

    assert (made.errcode, made.moment_id) == (41048, "")


def test_a_members_own_moment_has_no_tasks_of_the_corp(corp: Simulator, api: Client) -> None:
    moment_id = corp.post_moment("zhangsan", "我自己发的")

    listed = [
        [
            each.creator
            for each in moment.get_moment_list(
                api, start_time=now(corp) - DAY, end_time=now(corp), filter_type=kind
            )
        ]
        for kind in (0, 1)
    ]
    assert listed == [[], ["zhangsan"]]
    assert refused(lambda: list(moment.get_moment_task(api, moment_id))) == 41067


# --- customers change hands


def settled(corp: Simulator, api: Client, takeover: str = "lisi") -> list[int]:
    return [each.status for each in transfer.transfer_result(api, "zhangsan", takeover)]


def test_a_customer_goes_over_after_a_day(corp: Simulator, api: Client, told: Told) -> None:
    customer = corp.add_customer("zhangsan", state="spring")
    corp.edit_customer("zhangsan", customer, remark="李总", add_tag=[corp.tags()["来源"]["线上"]])

    (begun,) = transfer.transfer_customer(api, "zhangsan", "lisi", [customer])
    waiting = settled(corp, api)
    again = transfer.transfer_customer(api, "zhangsan", "wangwu", [customer])[0].errcode
    corp.advance(DAY_SECONDS)
    wait_for(lambda: settled(corp, api) == [1], "the customer has gone over")

    assert (begun.errcode, waiting, again) == (0, [2], 40129)
    assert external_contact.list_(api, "zhangsan") == ()
    followed = external_contact.get(api, customer).followed_by("lisi")
    assert followed is not None
    assert (followed.remark, followed.add_way, len(followed.tags)) == ("李总", 202, 1)
    for app in ("contacts", "marketing"):
        added = told(app, CONTACT, "add_external_contact")[-1]
        assert (added["UserID"], "WelcomeCode" in added) == ("lisi", False)
        (gone,) = told(app, CONTACT, "del_external_contact")
        assert (gone["UserID"], gone["Source"]) == ("zhangsan", "DELETE_BY_TRANSFER")


@pytest.mark.parametrize(
    ("reason", "status"), [("customer_refused", 3), ("customer_limit_exceed", 4)]
)
def test_a_transfer_can_fail(
    corp: Simulator, api: Client, told: Told, reason: str, status: int
) -> None:
    customer = corp.add_customer("zhangsan")
    transfer.transfer_customer(api, "zhangsan", "lisi", [customer])

    corp.fail_transfer("lisi", customer, reason=reason)  # type: ignore[arg-type]  # one of the two

    (result,) = transfer.transfer_result(api, "zhangsan", "lisi")
    assert (result.status, result.takeover_time) == (status, datetime.fromtimestamp(0, UTC))
    assert external_contact.list_(api, "zhangsan") == (customer,)
    (event,) = told("contacts", CONTACT, "transfer_fail")
    assert (event["FailReason"], event["UserID"]) == (reason, "lisi")
    with pytest.raises(ActionImpossible):
        corp.accept_transfer("lisi", customer)


def test_who_had_the_customer_before_is_not_told_of_a_new_one(
    corp: Simulator, api: Client, told: Told
) -> None:
    customer = corp.add_customer("zhangsan")
    corp.add_customer("lisi", external_userid=customer)
    transfer.transfer_customer(api, "zhangsan", "lisi", [customer])
    (waiting,) = transfer.transfer_result(api, "zhangsan", "lisi")

    corp.accept_transfer("lisi", customer)

    assert waiting.takeover_time == now(corp).replace(microsecond=0) + DAY
    assert len(told("contacts", CONTACT, "add_external_contact")) == 2
    assert len(told("contacts", CONTACT, "del_external_contact")) == 1


def test_two_transfers_in_ninety_days(corp: Simulator, api: Client) -> None:
    customer = corp.add_customer("zhangsan")
    codes = []

    for handover, takeover in (("zhangsan", "lisi"), ("lisi", "wangwu"), ("wangwu", "zhaoliu")):
        (begun,) = transfer.transfer_customer(api, handover, takeover, [customer])
        codes.append(begun.errcode)
        if not begun.errcode:
            corp.accept_transfer(takeover, customer)
    corp.advance(90 * DAY_SECONDS)
    codes += [
        each.errcode for each in transfer.transfer_customer(api, "wangwu", "zhaoliu", [customer])
    ]

    assert codes == [0, 0, 40128, 0]


def test_each_customer_of_a_transfer_has_a_code_of_its_own(corp: Simulator, api: Client) -> None:
    corp.set_limits({"customers_per_member": 1})
    mine, theirs = corp.add_customer("zhangsan"), corp.add_customer("wangwu")
    corp.add_customer("zhaoliu")

    codes = [
        each.errcode
        for each in transfer.transfer_customer(api, "zhangsan", "lisi", [mine, theirs, "none"])
    ]
    (full,) = transfer.transfer_customer(api, "wangwu", "zhaoliu", [theirs])

    assert codes == [0, 40131, 40096]
    assert full.errcode == 40099


def test_the_customers_of_who_left_wait_and_are_handed_over(
    corp: Simulator, api: Client, told: Told
) -> None:
    customer = corp.add_customer("zhangsan")
    corp.member_leaves("zhangsan")

    (waiting,) = transfer.get_unassigned_list(api)
    (begun,) = transfer.resigned_transfer_customer(api, "zhangsan", "lisi", [customer])
    (twice,) = transfer.resigned_transfer_customer(api, "zhangsan", "lisi", [customer])
    corp.accept_transfer("lisi", customer)

    assert (waiting.handover_userid, waiting.external_userid) == ("zhangsan", customer)
    assert waiting.dimission_time == now(corp).replace(microsecond=0)
    assert (begun.errcode, twice.errcode) == (0, 40100)
    (result,) = transfer.resigned_transfer_result(api, "zhangsan", "lisi")
    assert (result.status, result.takeover_time) == (1, now(corp).replace(microsecond=0))
    assert list(transfer.get_unassigned_list(api)) == []
    assert told("contacts", CONTACT, "del_external_contact") == []
    corp.advance(366 * DAY_SECONDS)
    late = refused(lambda: transfer.resigned_transfer_customer(api, "zhangsan", "lisi", [customer]))
    assert late == 60111


def test_the_retired_transfer_serves_both(corp: Simulator, api: Client) -> None:
    first, second = corp.add_customer("zhangsan"), corp.add_customer("zhangsan")
    transfer.transfer(api, first, "zhangsan", "lisi")
    corp.accept_transfer("lisi", first)
    corp.member_leaves("zhangsan")
    transfer.transfer(api, second, "zhangsan", "lisi")
    corp.accept_transfer("lisi", second)

    assert set(external_contact.list_(api, "lisi")) == {first, second}


def test_groups_of_who_left_get_another_owner(corp: Simulator, api: Client, told: Told) -> None:
    left, kept = corp.create_group_chat("zhangsan"), corp.create_group_chat("wangwu")
    corp.member_leaves("zhangsan")
    listed = {each.chat_id: each.status for each in group_chat.list_(api)}

    failed = transfer.groupchat_transfer(api, [left, kept, "none"], "lisi")

    assert listed == {left: 1, kept: 0}
    assert {each.chat_id: each.errcode for each in failed} == {kept: 90500, "none": 90501}
    chat = group_chat.get(api, left)
    assert chat.owner == "lisi"
    assert {each.chat_id: each.status for each in group_chat.list_(api)} == {left: 3, kept: 0}
    (again,) = transfer.groupchat_transfer(api, [left], "lisi")
    assert again.errcode == 90508
    (event,) = told("marketing", CHAT, "update")
    assert (event["ChatId"], event["UpdateDetail"]) == (left, "change_owner")
    assert told("contacts", CHAT, "update") == []


def test_groups_of_who_is_here_get_another_owner_twice_in_ninety_days(
    corp: Simulator, api: Client
) -> None:
    corp.set_limits({"group_transfer_seconds": 60})
    chat_id = corp.create_group_chat("zhangsan")
    codes = []

    for new_owner in ("zhangsan", "lisi", "lisi"):
        failed = transfer.groupchat_onjob_transfer(api, [chat_id], new_owner)
        codes += [each.errcode for each in failed] or [0]
    corp.advance(60)
    wait_for(lambda: group_chat.get(api, chat_id).owner == "lisi", "the group is inherited")
    for new_owner in ("zhangsan", "lisi"):
        failed = transfer.groupchat_onjob_transfer(api, [chat_id], new_owner)
        codes += [each.errcode for each in failed] or [0]
        corp.advance(60)
        wait_for(
            lambda: [each.status for each in group_chat.list_(api)] == [3],
            "the group is inherited",
        )

    assert codes == [90504, 0, 90507, 0, 40128]


# --- materials


def test_words_that_members_must_not_send(corp: Simulator, api: Client, other_api: Client) -> None:
    ranged = intercept.ApplicableRange(user_list=("zhangsan",), department_list=(3,))
    rule_id = intercept.add_intercept_rule(
        api,
        "加微信",
        word_list=["加微信"],
        intercept_type=intercept.WARN,
        applicable_range=ranged,
        semantics_list=[intercept.EMAIL],
    )

    intercept.update_intercept_rule(
        api,
        rule_id,
        rule_name="转账",
        word_list=["转账", "红包"],
        semantics_list=[1, 3],
        add_applicable_range=intercept.ApplicableRange(user_list=("lisi",)),
        remove_applicable_range=intercept.ApplicableRange(department_list=(3,)),
    )

    rule = intercept.get_intercept_rule(api, rule_id)
    assert (rule.rule_name, rule.word_list) == ("转账", ("转账", "红包"))
    assert (rule.extra_rule.semantics_list, rule.intercept_type) == ((1, 3), 2)
    assert rule.applicable_range.user_list == ("zhangsan", "lisi")
    assert rule.applicable_range.department_list == ()
    assert [each.rule_id for each in intercept.get_intercept_rule_list(api)] == [rule_id]
    assert intercept.get_intercept_rule_list(other_api) == ()
    intercept.del_intercept_rule(api, rule_id)
    assert refused(lambda: intercept.del_intercept_rule(api, rule_id)) == 41071


def test_a_hundred_rules_about_words(corp: Simulator) -> None:
    caller = Caller(corp)
    body = {"word_list": ["a"], "intercept_type": 1, "applicable_range": {"user_list": ["lisi"]}}

    answers = [
        caller.post("externalcontact/add_intercept_rule", rule_name=str(number), **body)
        for number in range(101)
    ]

    assert errcodes(*answers) == [0] * 100 + [41069]


def test_products_of_the_album(corp: Simulator, api: Client, other_api: Client) -> None:
    picture = uploaded(api, media.PRODUCT_ALBUM)
    made = [
        product_album.add_product_album(
            api, description=name, price=100, media_ids=[picture], product_sn="a1"
        )
        for name in ("茶", "酒", "糖")
    ]

    product_album.update_product_album(api, made[0], price=5_000_000, description="好茶")
    product_album.delete_product_album(api, made[2])

    product = product_album.get_product_album(api, made[0])
    assert (product.description, product.price, product.product_sn) == ("好茶", 5_000_000, "a1")
    assert product.attachments[0].image == product_album.Picture(media_id=picture)
    listed = product_album.get_product_album_list(api, limit=1)
    assert [each.product_id for each in listed] == made[:2]
    assert list(product_album.get_product_album_list(other_api)) == []
    assert refused(lambda: product_album.get_product_album(api, made[2])) == 41074


def test_a_picture_of_the_album_ends_after_three_days(corp: Simulator, api: Client) -> None:
    picture = uploaded(api, media.PRODUCT_ALBUM)
    corp.advance(3 * DAY_SECONDS)

    code = refused(
        lambda: product_album.add_product_album(api, description="茶", price=1, media_ids=[picture])
    )

    assert code == 40007


# --- the same people by other names


def test_everybody_outside_is_listed_and_named_for_four_hours(corp: Simulator, api: Client) -> None:
    customer, stranger = corp.add_customer("zhangsan"), corp.add_customer("lisi")
    corp.delete_customer("lisi", stranger)
    chat_id = corp.create_group_chat("zhangsan", members=[customer, stranger])

    served = list(external_contact.contact_list(api, limit=1))
    (unveiled,) = idconvert.convert_tmp_external_userid(
        api, [served[-1].tmp_openid], business_type=1, user_type=1
    ).results
    no_member = idconvert.convert_tmp_external_userid(
        api, [served[-1].tmp_openid], business_type=1, user_type=2
    )
    corp.advance(4 * 3600)
    late = idconvert.convert_tmp_external_userid(
        api, [served[-1].tmp_openid], business_type=1, user_type=1
    )

    added, in_group, not_added = served
    assert [each.is_customer for each in served] == [True, True, False]
    assert (added.external_userid, added.chat_id) == (customer, "")
    assert (in_group.external_userid, in_group.chat_id) == (customer, chat_id)
    assert added.tmp_openid == in_group.tmp_openid != not_added.tmp_openid
    assert (not_added.external_userid, not_added.chat_id) == ("", chat_id)
    assert (unveiled.external_userid, unveiled.userid) == (stranger, "")
    assert no_member.invalid_tmp_external_userid_list == (not_added.tmp_openid,)
    assert late.invalid_tmp_external_userid_list == (not_added.tmp_openid,)


def test_a_customer_has_an_openid_a_unionid_and_a_providers_id(
    corp: Simulator, api: Client
) -> None:
    customer = corp.add_customer("zhangsan")
    unionid = corp.customer(customer)["unionid"]

    foreign = idconvert.to_service_external_userid(api, customer)

    assert external_contact.convert_to_openid(api, customer).startswith("o")
    assert external_contact.unionid_to_external_userid(api, unionid).external_userid == customer
    found = idconvert.unionid_to_external_userid(api, unionid, "oopenid")
    pending = idconvert.unionid_to_external_userid(api, "ostranger", "oopenid")
    assert (found.external_userid, found.pending_id) == (customer, "")
    assert (pending.external_userid, bool(pending.pending_id)) == ("", True)
    assert idconvert.from_service_external_userid(api, foreign, 1000002) == customer
    (new,) = idconvert.get_new_external_userid(api, [customer, "none"])
    assert (new.external_userid, new.new_external_userid) == (customer, customer)
    chat_id = corp.create_group_chat("zhangsan", members=[customer])
    (member,) = idconvert.groupchat_get_new_external_userid(api, chat_id, [customer])
    assert member.new_external_userid == customer
    assert external_contact.crm_get_external_contact(api, customer) == external_contact.get(
        api, customer
    )


def test_ids_for_providers(corp: Simulator, api: Client) -> None:
    corp.tenant.app("contacts").kind = "suite"
    customer = corp.add_customer("zhangsan")
    known = corp.tags()["来源"]["线上"]
    chat_id = corp.create_group_chat("zhangsan")

    (pending,) = idconvert.external_userid_to_pending_id(api, [customer, "none"])
    in_group = idconvert.external_userid_to_pending_id(api, [customer], chat_id=chat_id)
    converted = idconvert.external_tagid(api, [known, "none"])

    assert pending.external_userid == customer
    assert pending.pending_id
    assert in_group == ()
    assert [each.external_tagid for each in converted.items] == [known]
    assert converted.invalid_external_tagid_list == ("none",)


def test_a_provider_calls_with_a_credential_of_another_name(corp: Simulator) -> None:
    customer = corp.add_customer("zhangsan")
    body = {"unionid": corp.customer(customer)["unionid"], "openid": "oopenid"}
    find = "service/externalcontact/unionid_to_external_userid_3rd?suite_access_token="
    finish = "externalcontact/finish_external_userid_migration?provider_access_token="
    caller = Caller(corp)
    known = caller.access_token

    def post(target: str, **body: object) -> dict[str, Any]:
        answer: dict[str, Any] = caller.http.post(f"/cgi-bin/{target}", json=body).get_json()
        return answer

    of_an_app = post(find + known, **body)
    corp.tenant.app("contacts").kind = "suite"
    found = post(find + known, **body)
    stranger = post(find + known, **{**body, "unionid": "ostranger"})

    assert found["external_userid_info"] == [
        {"corpid": DEFAULT_CORPID, "external_userid": customer}
    ]
    assert stranger["external_userid_info"] == []
    assert errcodes(
        of_an_app,
        post(find + "none", **body),
        post(find + known, **body, corpid="wwother"),
        post(find + known, openid="oopenid"),
        post(finish + known, corpid=DEFAULT_CORPID),
        post(finish + known, corpid="wwother"),
        post(finish + known),
        post(finish + "none", corpid=DEFAULT_CORPID),
    ) == [40082, 40082, 40013, 610014, 0, 40013, 41002, 40082]
    corp.revoke_tokens()
    assert post(find + known, **body)["errcode"] == 40082


def test_only_a_suite_makes_keys_that_open_a_link_once(corp: Simulator) -> None:
    corp.tenant.app("marketing").kind = "suite"
    mine, theirs = Caller(corp, corp.tenant.app("marketing").secret), Caller(corp)
    path = "externalcontact/customer_acquisition"
    made = [
        caller.post(f"{path}/create_link", link_name="a", range={"user_list": ["lisi"]})
        for caller in (mine, theirs)
    ]
    link_id, other = (each["link"]["link_id"] for each in made)

    keys = mine.post(f"{path}/create_once_key", link_id=link_id, key_num=2)["keys"]
    refusal = mine.post(f"{path}/create_once_key", link_id=other, key_num=1)
    corp.open_acquisition_link(link_id, once_key=keys[0])
    corp.advance(14 * DAY_SECONDS)

    assert refusal["errcode"] == 41098
    for used_or_old in keys:
        with pytest.raises(ActionImpossible):
            corp.open_acquisition_link(link_id, once_key=used_or_old)
