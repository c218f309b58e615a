"""What a template card must hold (模板卡片消息, doc 90236).

Which of the codes 42014 and 42027 to 42051 names which fault is (unconfirmed).
"""

from __future__ import annotations

from errors import CallRefused
from simulator.api.fields import Fields

INTERACTIVE = frozenset({"button_interaction", "vote_interaction", "multiple_interaction"})
_CARDS = frozenset({"text_notice", "news_notice"}) | INTERACTIVE
_WRONG_CARD, _MISSING, _TOO_MANY = 42014, 42027, 42028
_MOST_MENU_ACTIONS = 3
_MOST_CONTENTS = 6
_MOST_JUMPS = 3
_MOST_BUTTONS = 6
_MOST_VOTES = 20
_MOST_SELECTIONS = 3
_MOST_OPTIONS = 10


def check_card(card: Fields) -> None:
    """Raise CallRefused for a card that lacks something, or has too much of it."""
    kind = card.params.get("card_type")
    if not isinstance(kind, str) or kind not in _CARDS:
        raise CallRefused(_WRONG_CARD)
    if (kind in INTERACTIVE or card.has("action_menu")) and not card.has("task_id"):
        raise CallRefused(_WRONG_CARD)
    if card.has("action_menu"):
        _check_menu(card.inside("action_menu"))
    _check_lists(card)
    if kind in ("text_notice", "news_notice"):
        _check_notice(card)
    elif kind == "button_interaction":
        _check_buttons(card)
    elif kind == "vote_interaction":
        _check_vote(card)
    else:
        _check_selections(card)


def _check_menu(menu: Fields) -> None:
    for action in _some(menu, "action_list", _MOST_MENU_ACTIONS):
        action.text("text", missing=_MISSING)
        action.text("key", missing=_MISSING)


def _check_lists(card: Fields) -> None:
    contents = card.objects("horizontal_content_list", most=_MOST_CONTENTS, too_many=_TOO_MANY)
    for item in contents:
        item.text("keyname", missing=_MISSING)
    for jump in card.objects("jump_list", most=_MOST_JUMPS, too_many=_TOO_MANY):
        jump.text("title", missing=_MISSING)


def _check_notice(card: Fields) -> None:
    titled = card.inside("main_title").has("title") or card.has("sub_title_text")
    if not titled:
        raise CallRefused(_MISSING)
    action = card.inside("card_action")
    if not action.has("type"):
        raise CallRefused(_MISSING)
    needed = {0: "type", 1: "url", 2: "appid"}[action.integer("type", low=0, high=2)]
    if not action.has(needed):
        raise CallRefused(_MISSING)


def _check_buttons(card: Fields) -> None:
    for button in _some(card, "button_list", _MOST_BUTTONS):
        button.text("text", missing=_MISSING)
        if button.integer("type", 0, low=0, high=1) == 0:
            button.text("key", missing=_MISSING)


def _check_vote(card: Fields) -> None:
    vote = card.inside("checkbox")
    vote.text("question_key", missing=_MISSING)
    _check_options(vote, _MOST_VOTES)
    _check_submit(card)


def _check_selections(card: Fields) -> None:
    for selection in _some(card, "select_list", _MOST_SELECTIONS):
        selection.text("question_key", missing=_MISSING)
        _check_options(selection, _MOST_OPTIONS)
    _check_submit(card)


def _check_options(choice: Fields, most: int) -> None:
    for option in _some(choice, "option_list", most):
        option.text("id", missing=_MISSING)
        option.text("text", missing=_MISSING)


def _check_submit(card: Fields) -> None:
    button = card.inside("submit_button")
    button.text("text", missing=_MISSING)
    button.text("key", missing=_MISSING)


def _some(inside: Fields, name: str, most: int) -> list[Fields]:
    """Return the objects of a list that must hold one."""
    found = inside.objects(name, most=most, too_many=_TOO_MANY)
    if not found:
        raise CallRefused(_MISSING)
    return found
