"""From the decrypted bytes to a tree of fields, and from the tree to one canonical text."""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import NoReturn
from xml.parsers import expat

import xmltodict

Tree = dict[str, object]
Branch = Tree | list[object]

MAX_DEPTH = 64  # the deepest official event has seven levels

# The official sample of doc 95796 lacks the first angle bracket: <ChainId>![CDATA[xxx]]></ChainId>
_BROKEN_CDATA = re.compile(rb">\s*!\[CDATA\[([^<>]*?)\]\]>\s*</")


class Fields(Mapping[str, object]):
    """A read-only view of everything a callback carried, unknown fields included.

    A node is another Fields, nodes of one name beside each other are a tuple, a text is stripped.
    """

    __slots__ = ("_tree",)

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def __getitem__(self, tag: str) -> object:
        """Return what the tag holds."""
        return _read_only(self._tree[tag])

    def __iter__(self) -> Iterator[str]:
        """Return the tags, in the order received."""
        return iter(self._tree)

    def __len__(self) -> int:
        """Return the number of tags."""
        return len(self._tree)

    def __repr__(self) -> str:
        """Show the tags only; the values may be secrets."""
        return f"<Fields {', '.join(self._tree)}>"

    def __hash__(self) -> int:
        """Return a hash that agrees with equality."""
        return hash(frozenset(self._tree))

    def canonical(self) -> str:
        """Return the same text for the same content, however it was formatted."""
        return _ENCODER.encode(self._tree)


def read(raw: bytes) -> Tree | None:
    """Return the fields of one plaintext; None if it is neither sound XML nor a JSON object."""
    document = raw.removeprefix(codecs.BOM_UTF8).strip()
    try:
        if document.startswith(b"{"):
            return _read_json(document)
        return _read_xml(document)
    except (ValueError, expat.ExpatError, RecursionError):
        return None


def _read_json(document: bytes) -> Tree:
    tree = _DECODER.decode(document.decode())
    return {key: _stripped(value, MAX_DEPTH) for key, value in tree.items()}


def _read_xml(document: bytes) -> Tree:
    try:
        tree = _xml_tree(document)
    except expat.ExpatError:
        mended = _BROKEN_CDATA.sub(rb"><![CDATA[\1]]></", document)
        if mended == document:
            raise
        tree = _xml_tree(mended)
    _require_shallow(tree)
    return tree


def _xml_tree(document: bytes) -> Tree:
    (root,) = xmltodict.parse(document, encoding="utf-8", expat=_StrictExpat).values()
    if isinstance(root, dict):
        return root
    return {"#text": root} if root else {}


class _StrictExpat:
    """The parser xmltodict is given: it refuses any DOCTYPE, and with it every entity."""

    @staticmethod
    def ParserCreate(encoding: str, separator: str | None) -> expat.XMLParserType:  # noqa: N802 - expat's name
        parser = expat.ParserCreate(encoding, separator)
        parser.StartDoctypeDeclHandler = _refuse
        return parser


def _require_shallow(tree: Tree) -> None:
    level: list[Branch] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in _children(node)]
        if not level:
            return
    raise ValueError("The plaintext is nested too deeply.")


def _children(node: Branch) -> list[Branch]:
    values = node.values() if isinstance(node, dict) else node
    return [value for value in values if isinstance(value, (dict, list))]


def _stripped(value: object, depth: int) -> object:
    if depth == 0:
        raise ValueError("The plaintext is nested too deeply.")
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        return {key: _stripped(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_stripped(item, depth - 1) for item in value]
    return value


def _read_only(value: object) -> object:
    if isinstance(value, dict):
        return Fields(value)
    if isinstance(value, list):
        return tuple(_read_only(item) for item in value)
    return value


def _refuse(*_: object) -> NoReturn:
    raise ValueError("The plaintext uses a construct that no callback has.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _refuse()
    return number


def _distinct(pairs: list[tuple[str, object]]) -> Tree:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        _refuse()  # which of two values counts would be a guess
    return tree


_DECODER = json.JSONDecoder(
    object_pairs_hook=_distinct, parse_float=_finite, parse_constant=_refuse, strict=False
)
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False)
