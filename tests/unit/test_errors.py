"""What went wrong is told in both languages wherever it can reach a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import errors
from language import Text

HAN = re.compile(r"[\u4e00-\u9fff]")
TO_NOBODY = {  # answered by an empty page, caught by the worker, or of the simulator's protocol
    *("WeComError", "CallbackRejected", "HandlerRetry", "CallRefused", "ActionImpossible")
}


def classes(cls: type[errors.WeComError]) -> Iterator[type[errors.WeComError]]:
    """Yield a class of the tree and those below it that a terminal may show."""
    if cls.__module__ != "errors" or issubclass(cls, errors.CallbackRejected | errors.APIError):
        return
    if cls.__name__ not in TO_NOBODY | {"ConfigurationError", "AppUnknown"}:
        yield cls
    for each in cls.__subclasses__():
        yield from classes(each)


@pytest.mark.parametrize("cls", sorted(classes(errors.WeComError), key=str))
def test_every_error_has_a_chinese_word(cls: type[errors.WeComError]) -> None:
    assert HAN.search(cls.chinese)


def test_a_message_in_english_follows_the_chinese_word() -> None:
    error = errors.JournalUnavailable("The journal is closed.")

    assert str(error) == "The journal is closed."
    assert error.text.zh == "日志库不可用: The journal is closed."


def test_without_a_message_the_class_speaks() -> None:
    error = errors.SuiteTicketMissing()

    assert str(error).startswith("No suite_ticket was pushed yet")
    assert error.text.zh == "尚未收到 suite_ticket，可在服务商后台手动推送"


def test_a_message_in_both_languages_stands_alone() -> None:
    error = errors.JournalUnavailable(Text(en="closed", zh="已关闭"))

    assert (str(error), error.text.zh) == ("closed", "已关闭")
