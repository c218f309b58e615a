"""The canonical text: the same for the same content, different for any different content."""

from __future__ import annotations

import json
from collections.abc import Callable
from xml.sax.saxutils import escape

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import events
from factories import an_app_plaintext

QUICK = settings(max_examples=60, deadline=None)

Tree = dict[str, object]
Write = Callable[[str], str]

TAGS = st.sampled_from(
    ["UserID", "ExternalUserID", "ChatId", "Event", "ChangeType", "Item", "_x-1"]
)
IN_XML = st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn", "Co"])
TEXTS = st.text(IN_XML, min_size=1, max_size=12).map(str.strip).filter(bool)
SINGLE = st.recursive(TEXTS, lambda inner: st.dictionaries(TAGS, inner, min_size=1, max_size=3))
NODES = st.one_of(SINGLE, st.lists(SINGLE, min_size=2, max_size=3))
XML_TREES: st.SearchStrategy[Tree] = st.dictionaries(
    TAGS,
    st.recursive(
        NODES, lambda inner: st.dictionaries(TAGS, inner, min_size=1, max_size=3), max_leaves=6
    ),
    min_size=1,
    max_size=4,
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
JSON_TREES: st.SearchStrategy[Tree] = st.dictionaries(
    st.text() | TAGS, VALUES, min_size=1, max_size=4
)


def _plain(tree: Tree) -> str:
    return f"<xml>{_nodes(tree, escape, '')}</xml>"


def _reformatted(tree: Tree) -> str:
    gap = "\n  "
    return f"{gap}<xml >{_nodes(dict(reversed(tree.items())), _in_cdata, gap)}</xml>{gap}"


def _in_cdata(value: str) -> str:
    return " <![CDATA[ " + value.replace("]]>", "]]]]><![CDATA[>") + " ]]> "


def _nodes(tree: Tree, write: Write, gap: str) -> str:
    return gap + gap.join(_node(tag, value, write, gap) for tag, value in tree.items()) + gap


def _node(tag: str, value: object, write: Write, gap: str) -> str:
    if isinstance(value, list):
        return gap.join(_node(tag, item, write, gap) for item in value)
    inner = _nodes(value, write, gap) if isinstance(value, dict) else write(str(value))
    return f"<{tag}>{inner}</{tag}>"


@QUICK
@given(XML_TREES)
def test_reformatting_xml_changes_nothing(tree: Tree) -> None:
    plain, reformatted = events.parse(_plain(tree)), events.parse(_reformatted(tree))

    assert plain.fields
    assert events.canonical(plain) == events.canonical(reformatted)
    assert plain.fields == reformatted.fields


@QUICK
@given(XML_TREES)
def test_nothing_of_an_xml_tree_is_lost(tree: Tree) -> None:
    assert json.loads(events.canonical(events.parse(_plain(tree)))) == tree


@QUICK
@given(XML_TREES, XML_TREES)
def test_two_xml_trees_are_told_apart(one: Tree, other: Tree) -> None:
    assume(one != other)

    assert events.canonical(events.parse(_plain(one))) != events.canonical(
        events.parse(_plain(other))
    )


def _stripped(value: object) -> object:
    match value:
        case str():
            return value.strip()
        case dict():
            return {key: _stripped(item) for key, item in value.items()}
        case list():
            return [_stripped(item) for item in value]
    return value


@QUICK
@given(JSON_TREES)
def test_nothing_of_a_json_tree_is_lost(tree: Tree) -> None:
    event = events.parse(json.dumps(tree))

    assert json.loads(events.canonical(event)) == _stripped(tree)


@QUICK
@given(JSON_TREES)
def test_reformatting_json_changes_nothing(tree: Tree) -> None:
    turned = dict(reversed(tree.items()))

    event = events.parse(json.dumps(turned, indent=3, ensure_ascii=True))

    assert events.canonical(event) == events.canonical(events.parse(json.dumps(tree)))


@QUICK
@given(st.binary() | st.text())
def test_any_bytes_are_an_event(plaintext: bytes | str) -> None:
    event = events.parse(plaintext)

    assert event.raw == (
        plaintext if isinstance(plaintext, bytes) else plaintext.encode("utf-8", "surrogatepass")
    )
    assert events.canonical(event).isascii()
    assert repr(event)


MARKUP = st.sampled_from(
    [
        *["<xml>", "</xml>", "<a>", "</a>", "<!DOCTYPE", "<![CDATA[", "]]>", "&#x", "<?", "?>"],
        *["{", "}", '"a"', ":", "[", "]", "1e9", ","],
        *("\x00", "\ud800", " "),
    ]
)


@QUICK
@given(st.lists(MARKUP, max_size=12).map("".join))
def test_any_markup_is_an_event(plaintext: str) -> None:
    event = events.parse(plaintext)

    assert event == events.parse(event.raw)
    assert events.canonical(event) == events.canonical(events.parse(event.raw))


def test_two_customers_of_one_second_are_told_apart() -> None:
    one, other = (
        events.parse(
            an_app_plaintext(
                Event="change_external_contact",
                ChangeType="add_external_contact",
                ExternalUserID=external_userid,
            )
        )
        for external_userid in ("woX1", "woX2")
    )

    assert one.occurred_at == other.occurred_at
    assert events.canonical(one) != events.canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<xml><a>1</a><a>2</a></xml>", "<xml><a>2</a><a>1</a></xml>"),
        ("<xml><a>1</a></xml>", '<xml><a b="2">1</a></xml>'),
        ("<xml><a>1</a></xml>", "<xml><a>1</a><b/></xml>"),
        ("<xml>1</xml>", "<xml>2</xml>"),
        ("<xml>1</xml>", "<xml><xml>1</xml></xml>"),
        ('{"a":1}', '{"a":"1"}'),
        ('{"a":1}', '{"a":true}'),
        ('{"a":1}', '{"a":1.0}'),
        ('{"a":null}', '{"a":""}'),
        ('{"a":"é"}', '{"a":"e\u0301"}'),
    ],
)
def test_small_differences_count(one: str, other: str) -> None:
    assert events.canonical(events.parse(one)) != events.canonical(events.parse(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<xml><a>1</a><b>2</b></xml>", "<xml> <b>2</b>\n<a> 1 </a></xml>"),
        ("<xml><a>1</a></xml>", "<xml><a><![CDATA[1]]></a></xml>"),
        ("<xml><a>1&lt;2</a></xml>", "<xml><a><![CDATA[1<2]]></a></xml>"),
        ("<xml><a></a></xml>", "<xml><a/></xml>"),
        ("<xml><a></a></xml>", "<xml><a><![CDATA[ ]]></a></xml>"),
        ("<xml><a>1</a></xml>", "<xml><!-- note --><a>1</a></xml>"),
        ("<xml><a>1</a></xml>", '<?xml version="1.0" encoding="UTF-8"?><xml><a>1</a></xml>'),
        ('{"a":"1","b":2}', ' { "b" : 2, "a" : "\\u0031" } '),
    ],
)
def test_formatting_does_not_count(one: str, other: str) -> None:
    assert events.canonical(events.parse(one)) == events.canonical(events.parse(other))
