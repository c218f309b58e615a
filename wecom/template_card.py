"""Template cards (模板卡片消息, doc 90236): what a member can press, choose and send back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from errors import ArgumentRejected
from wecom.arguments import (
    at_least_one,
    at_most_bytes,
    at_most_items,
    not_empty,
    within,
)
from wecom.bodies import Body, check_task_id

_NARROWEST, _WIDEST = 1.3, 2.25
_MOST_MENU_ACTIONS = 3
_MOST_CONTENTS = 6
_MOST_JUMPS = 3
_MOST_VERTICAL = 4
_MOST_BUTTONS = 6
_MOST_VOTE_OPTIONS = 20
_MOST_SELECTIONS = 3
_MOST_OPTIONS = 10


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the card comes from; desc_color: 0 grey, 1 black, 2 red, 3 green."""

    icon_url: str = ""
    desc: str = ""
    desc_color: int | None = None

    def __post_init__(self) -> None:
        """Check the documented limits."""
        within(0, 3, desc_color=self.desc_color)


@dataclass(frozen=True, kw_only=True)
class MenuAction:
    """One entry of the menu; key: comes back in the event."""

    text: str
    key: str

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(text=self.text, key=self.key)
        at_most_bytes(1024, key=self.key)


@dataclass(frozen=True, kw_only=True)
class ActionMenu:
    """The menu in the upper right corner."""

    action_list: Sequence[MenuAction]
    desc: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(action_list=self.action_list)
        at_most_items(_MOST_MENU_ACTIONS, action_list=self.action_list)


@dataclass(frozen=True, kw_only=True)
class Title:
    """A heading and what stands under it."""

    title: str = ""
    desc: str = ""


@dataclass(frozen=True, kw_only=True)
class CardAction:
    """What a press opens; type: 0 nothing, 1 a page (url), 2 a mini program (appid, pagepath)."""

    type: int = 0
    url: str = ""
    appid: str = ""
    pagepath: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        _check_target(self.type, url=self.url, appid=self.appid)


@dataclass(frozen=True, kw_only=True)
class QuoteArea(CardAction):
    """Something quoted."""

    title: str = ""
    quote_text: str = ""


@dataclass(frozen=True, kw_only=True)
class ImageTextArea(CardAction):
    """A picture with words beside it."""

    image_url: str
    title: str = ""
    desc: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        super().__post_init__()
        not_empty(image_url=self.image_url)


@dataclass(frozen=True, kw_only=True)
class Jump(CardAction):
    """A line that leads somewhere."""

    title: str

    def __post_init__(self) -> None:
        """Check the documented limits."""
        super().__post_init__()
        not_empty(title=self.title)


@dataclass(frozen=True, kw_only=True)
class Content:
    """A line of name and value; type: 0 words, 1 a page (url), 2 a file (media_id), 3 a member."""

    keyname: str
    value: str = ""
    type: int = 0
    url: str = ""
    media_id: str = ""
    userid: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(keyname=self.keyname)
        within(0, 3, type=self.type)
        _, *needed = ({}, {"url": self.url}, {"media_id": self.media_id}, {"userid": self.userid})
        if self.type:
            not_empty(**needed[self.type - 1])


@dataclass(frozen=True, kw_only=True)
class CardImage:
    """The picture of a card; aspect_ratio: width over height, 1.3 when not told."""

    url: str
    aspect_ratio: float | None = None

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(url=self.url)
        if self.aspect_ratio is not None and not _NARROWEST <= self.aspect_ratio <= _WIDEST:
            raise ArgumentRejected("aspect_ratio", f"must lie in {_NARROWEST}..{_WIDEST}")


@dataclass(frozen=True, kw_only=True)
class Option:
    """Something to choose; is_checked: chosen from the start, in a vote."""

    id: str
    text: str
    is_checked: bool | None = None

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(id=self.id, text=self.text)
        at_most_bytes(128, id=self.id)


@dataclass(frozen=True, kw_only=True)
class Selection:
    """A list to choose one of; disable: it can be read only, in an update."""

    question_key: str
    option_list: Sequence[Option]
    title: str = ""
    selected_id: str = ""
    disable: bool | None = None

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(question_key=self.question_key, option_list=self.option_list)
        at_most_bytes(1024, question_key=self.question_key)
        at_most_items(_MOST_OPTIONS, option_list=self.option_list)


@dataclass(frozen=True, kw_only=True)
class Checkbox:
    """A vote; mode: 0 one choice, 1 several. disable: it can be read only, in an update."""

    question_key: str
    option_list: Sequence[Option]
    mode: int | None = None
    disable: bool | None = None

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(question_key=self.question_key, option_list=self.option_list)
        at_most_bytes(1024, question_key=self.question_key)
        at_most_items(_MOST_VOTE_OPTIONS, option_list=self.option_list)
        within(0, 1, mode=self.mode)


@dataclass(frozen=True, kw_only=True)
class Button:
    """A button; type: 0 its key comes back in an event, 1 it opens a page. style: 1 to 4."""

    text: str
    type: int | None = None
    style: int | None = None
    key: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(text=self.text)
        within(0, 1, type=self.type)
        within(1, 4, style=self.style)
        at_most_bytes(1024, key=self.key)
        not_empty(**({"url": self.url} if self.type else {"key": self.key}))


@dataclass(frozen=True, kw_only=True)
class SubmitButton:
    """The button that sends the choice."""

    text: str
    key: str

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(text=self.text, key=self.key)
        at_most_bytes(1024, key=self.key)


@dataclass(frozen=True, kw_only=True)
class Card(Body):
    """What all template cards have; with an action_menu they need a task_id."""

    msgtype: ClassVar[str] = "template_card"
    card_type: str = field(default="", init=False)
    task_id: str = ""
    source: Source | None = None
    main_title: Title | None = None
    action_menu: ActionMenu | None = None

    def __post_init__(self) -> None:
        """Check the documented limits."""
        if self.task_id or self.action_menu is not None:
            check_task_id(self.task_id)


@dataclass(frozen=True, kw_only=True)
class Contents(Card):
    """What the cards that tell something have."""

    quote_area: QuoteArea | None = None
    horizontal_content_list: Sequence[Content] = ()
    card_action: CardAction | None = None

    def __post_init__(self) -> None:
        """Check the documented limits."""
        super().__post_init__()
        at_most_items(_MOST_CONTENTS, horizontal_content_list=self.horizontal_content_list)


@dataclass(frozen=True, kw_only=True)
class TextNotice(Contents):
    """Words and one figure that stands out (文本通知型)."""

    card_type: str = field(default="text_notice", init=False)
    emphasis_content: Title | None = None
    sub_title_text: str = ""
    jump_list: Sequence[Jump] = ()

    def __post_init__(self) -> None:
        """Check the documented limits."""
        super().__post_init__()
        at_most_items(_MOST_JUMPS, jump_list=self.jump_list)
        heading = self.main_title.title if self.main_title else ""
        at_least_one(main_title=heading, sub_title_text=self.sub_title_text)
        _check_opens(self.card_action)


@dataclass(frozen=True, kw_only=True)
class NewsNotice(Contents):
    """A picture with words (图文展示型)."""

    card_type: str = field(default="news_notice", init=False)
    image_text_area: ImageTextArea | None = None
    card_image: CardImage | None = None
    vertical_content_list: Sequence[Title] = ()
    jump_list: Sequence[Jump] = ()

    def __post_init__(self) -> None:
        """Check the documented limits."""
        super().__post_init__()
        _check_titled(self.main_title)
        if self.image_text_area is None and self.card_image is None:
            raise ArgumentRejected("image_text_area or card_image", "at least one must be given")
        at_most_items(_MOST_VERTICAL, vertical_content_list=self.vertical_content_list)
        at_most_items(_MOST_JUMPS, jump_list=self.jump_list)
        _check_opens(self.card_action)


@dataclass(frozen=True, kw_only=True)
class ButtonInteraction(Contents):
    """Buttons (按钮交互型); replace_text: what stands in their place, in an update."""

    card_type: str = field(default="button_interaction", init=False)
    sub_title_text: str = ""
    button_selection: Selection | None = None
    button_list: Sequence[Button]
    replace_text: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        super().__post_init__()
        _check_titled(self.main_title)
        check_task_id(self.task_id)
        not_empty(button_list=self.button_list)
        at_most_items(_MOST_BUTTONS, button_list=self.button_list)


@dataclass(frozen=True, kw_only=True)
class VoteInteraction(Card):
    """A vote (投票选择型); replace_text: what the button says, in an update."""

    card_type: str = field(default="vote_interaction", init=False)
    checkbox: Checkbox
    submit_button: SubmitButton
    replace_text: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        super().__post_init__()
        _check_titled(self.main_title)
        check_task_id(self.task_id)


@dataclass(frozen=True, kw_only=True)
class MultipleInteraction(Card):
    """Up to three lists (多项选择型); replace_text: what the button says, in an update."""

    card_type: str = field(default="multiple_interaction", init=False)
    select_list: Sequence[Selection]
    submit_button: SubmitButton
    replace_text: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        super().__post_init__()
        _check_titled(self.main_title)
        check_task_id(self.task_id)
        not_empty(select_list=self.select_list)
        at_most_items(_MOST_SELECTIONS, select_list=self.select_list)


def _check_target(type: int, *, url: str, appid: str) -> None:  # noqa: A002 - the vendor's word
    within(0, 2, type=type)
    if type == 1:
        not_empty(url=url)
    elif type:
        not_empty(appid=appid)


def _check_titled(main_title: Title | None) -> None:
    not_empty(main_title=main_title.title if main_title else "")


def _check_opens(card_action: CardAction | None) -> None:
    if card_action is None or not card_action.type:
        raise ArgumentRejected("card_action", "must open a page or a mini program")
