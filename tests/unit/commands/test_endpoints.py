"""The table of APIs on a terminal: complete, inside its width, in the reader's language."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from commands.apis import api_named, apis, apis_like
from commands.endpoints import print_apis, summary
from errors import WeComError
from language import Language
from simulator.api import ENDPOINTS
from wecom import official


def printed(width: int, language: Language, words: str = "") -> str:
    screen = Console(
        file=io.StringIO(), width=width, force_terminal=True, color_system=None, highlight=False
    )
    print_apis(screen, list(apis_like(words)), language)
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [80, 120])
def test_a_table_fits_and_names_every_function(width: int, language: Language) -> None:
    text = printed(width, language)

    assert max(map(cell_len, text.splitlines())) <= width
    assert all(f"{api.name} " in text for api in apis())


def test_titles_are_in_the_language_of_the_reader() -> None:
    assert "编辑客户企业标签" in printed(80, "zh", "mark_tag")
    assert "Put tags on a customer" in printed(80, "en", "mark_tag")


def test_a_function_of_several_rows_says_which_is_meant() -> None:
    assert "message.send  send_textcard" in printed(80, "en", "send_textcard")


def test_the_sum_is_told_and_adds_up() -> None:
    listed = [api for api in apis() if api.row]

    assert summary()["en"].startswith(f"{len(listed)} of {len(official.rows())} rows")
    assert summary()["en"] in printed(300, "en").replace("\n", " ")


def test_nothing_found_is_said() -> None:
    assert printed(80, "en", "no such thing") == "nothing of that name\n"


def test_what_the_simulator_does_is_asked_of_the_simulator() -> None:
    for api in apis():
        if api.method == "LOCAL":
            assert api.simulated == "local"
        elif api.path not in ENDPOINTS:
            assert api.simulated == "no"
        else:
            stateful = ENDPOINTS[api.path].stateful
            assert api.simulated == ("stateful" if stateful else "validated")


def test_every_name_finds_its_api_and_every_api_has_titles() -> None:
    for api in apis():
        assert api.title
        assert api.chinese_title
        for name in api.names:
            assert name in api_named(name).names


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("tag.mark_tga", "tag.mark_tag"),
        ("externalcontact/marktag", "externalcontact/mark_tag"),
        ("external_contact.list", "external_contact.list_"),
        ("msg.send", "message.send"),
    ],
)
def test_a_slip_is_answered_with_what_was_meant(slip: str, meant: str) -> None:
    with pytest.raises(WeComError, match=meant):
        api_named(slip)


@pytest.mark.parametrize("name", ["", " ", "?", "中文", "x" * 5000])
def test_nonsense_is_answered_with_the_list(name: str) -> None:
    with pytest.raises(WeComError, match="`wecom-callback endpoints` lists all"):
        api_named(name)
