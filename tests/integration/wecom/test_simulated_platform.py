"""The functions against the simulator, over HTTP: what they send is taken, what comes is read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from simulated import NOWHERE, PNG, tenant, welcome_code

from errors import APIError, MediaInvalid, NotExternalContact, TagUnknown
from simulator import DEFAULT_CORPID, DEFAULT_SECRET, Simulator
from wecom import Client, addresses, attachments, external_contact, group_chat, media, tag

ROOT_DEPARTMENT_OWNERS = ("zhangsan", "lisi", "wangwu", "zhaoliu")


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator.running(tenant=tenant(NOWHERE)) as simulator:
        yield simulator


@pytest.fixture
def api(sim: Simulator) -> Iterator[Client]:
    with Client(DEFAULT_CORPID, DEFAULT_SECRET, base_url=sim.url) as client:
        yield client


def test_a_file_comes_back_as_it_was_sent(api: Client, tmp_path: Path) -> None:
    uploaded = media.upload(api, io.BytesIO(PNG), "image", filename="poster.png")

    received = media.get(api, uploaded.media_id, tmp_path / "copy.png")

    assert (tmp_path / "copy.png").read_bytes() == PNG
    assert (received.filename, received.size_bytes) == ("poster.png", len(PNG))


def test_a_file_that_was_begun_is_completed(api: Client) -> None:
    uploaded = media.upload(api, io.BytesIO(PNG), "image", filename="a.png")
    begun = io.BytesIO(PNG[:50])
    begun.seek(50)

    media.get(api, uploaded.media_id, begun, start=50)

    assert begun.getvalue() == PNG


def test_a_file_that_is_no_more_is_an_error_and_no_file(
    sim: Simulator, api: Client, tmp_path: Path
) -> None:
    uploaded = media.upload(api, io.BytesIO(PNG), "image", filename="a.png")
    sim.advance(3 * 86_400 + 1)

    with pytest.raises(MediaInvalid):
        media.get(api, uploaded.media_id, tmp_path / "a.png")

    assert list(tmp_path.iterdir()) == []


def test_a_picture_uploaded_for_good_can_be_sent_as_a_welcome(sim: Simulator, api: Client) -> None:
    sim.add_customer("zhangsan")
    pic_url = media.uploadimg(api, io.BytesIO(PNG), filename="a.png")

    external_contact.send_welcome_msg(
        api, welcome_code(sim), attachments=[attachments.Image(pic_url=pic_url)]
    )

    assert len(sim.welcomes()) == 1


def test_every_customer_of_several_members_comes_once(sim: Simulator, api: Client) -> None:
    added = [sim.add_customer(userid) for userid in ["zhangsan", "lisi"] * 4]

    followed = list(external_contact.batch_get_by_user(api, ["zhangsan", "lisi"], limit=3))

    assert sorted(each.external_contact.external_userid for each in followed) == sorted(added)
    assert {each.follow_info.userid for each in followed} == {"zhangsan", "lisi"}
    batches = [call for call in sim.calls() if call["path"].endswith("batch/get_by_user")]
    assert len(batches) == 3


def test_a_member_without_customers_has_an_empty_list(sim: Simulator, api: Client) -> None:
    added = sim.add_customer("zhangsan")

    assert external_contact.list_(api, "zhangsan") == (added,)
    assert external_contact.list_(api, "lisi") == ()
    assert set(external_contact.get_follow_user_list(api)) == set(ROOT_DEPARTMENT_OWNERS)


def test_an_unknown_customer_is_an_error(api: Client) -> None:
    with pytest.raises(APIError) as refused:
        external_contact.get(api, "wmNobody")

    assert refused.value.errcode == 40096


def test_a_remark_is_read_back(sim: Simulator, api: Client) -> None:
    customer = sim.add_customer("zhangsan")

    external_contact.remark(api, "zhangsan", customer, remark="李总", remark_mobiles=["138"])

    followed = external_contact.get(api, customer).followed_by("zhangsan")
    assert followed is not None
    assert (followed.remark, followed.remark_mobiles) == ("李总", ("138",))
    with pytest.raises(NotExternalContact):
        external_contact.remark(api, "lisi", customer, remark="x")


def test_a_tag_is_made_renamed_put_on_and_removed(sim: Simulator, api: Client) -> None:
    customer = sim.add_customer("zhangsan")
    [made] = tag.add_corp_tag(api, [tag.NewTag(name="春季")], group_name="活动").tag

    tag.edit_corp_tag(api, made.id, name="夏季", order=5)
    tag.mark_tag(api, "zhangsan", customer, add_tag=[made.id])

    [group] = tag.get_corp_tag_list(api, tag_id=[made.id])
    assert [(each.name, each.order) for each in group.tag] == [("夏季", 5)]
    [followed] = external_contact.batch_get_by_user(api, ["zhangsan"])
    assert followed.follow_info.tag_id == (made.id,)
    tag.del_corp_tag(api, tag_id=[made.id])
    with pytest.raises(TagUnknown):
        tag.mark_tag(api, "zhangsan", customer, add_tag=[made.id])


def test_every_group_comes_once(sim: Simulator, api: Client) -> None:
    made = [sim.create_group_chat(owner) for owner in ["zhangsan", "lisi", "zhangsan"]]

    assert [each.chat_id for each in group_chat.list_(api, limit=1)] == made
    mine = group_chat.list_(api, owners=["zhangsan"], limit=1)
    assert [each.chat_id for each in mine] == [made[0], made[2]]


def test_the_addresses_of_the_platform_are_told(api: Client) -> None:
    assert addresses.getcallbackip(api)
    assert addresses.get_api_domain_ip(api)
