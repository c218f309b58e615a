"""Every event of the catalogue on its whole way in: encrypted, received, journalled, read back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from itertools import count
from typing import Any
from xml.sax.saxutils import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from requests_of_wecom import Sender, credentials, json_body, xml_body

import events
from callback import CallbackApp, Kind, make_blueprint
from events import Event
from events.examples import examples
from factories import CORPID
from journal import Delivery, Journal, event_key
from simulator.plaintext import write

NOW = datetime.fromisoformat("2026-01-02T03:04:05Z")
SUITE_ID = "ww4asffe99e54c0fxx"
RECEIVEIDS: dict[Kind, str] = {"self_built": CORPID, "suite": SUITE_ID, "robot": ""}
ANSWERS: dict[Kind, bytes] = {"self_built": b"", "suite": b"success", "robot": b""}
CATALOGUE = pytest.mark.parametrize("cls", events.catalogue(), ids=lambda cls: cls.__name__)
TEXT = re.compile(r">([^<>]+)</")

Node = Any  # of a tree as JSON has it

_numbers = count(1)


def kind_of(cls: type[Event]) -> Kind:
    """Return the kind of app an example is written for."""
    if "<SuiteId>" in examples()[cls].plaintext or "provider" in cls.receivers:
        return "suite"
    return "robot" if cls.receivers == ("robot",) else "self_built"


def plaintext_of(cls: type[Event]) -> str:
    """Return the example with an id of its own, where messages are told apart by their id."""
    plaintext = examples()[cls].plaintext
    message_id = str(examples()[cls].fields.get("message_id", ""))
    if not message_id:
        return plaintext
    return plaintext.replace(message_id, f"{message_id}{next(_numbers)}")


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    journal = Journal(f"sqlite:///{tmp_path_factory.mktemp('catalogue') / 'journal.db'}")
    journal.migrate()
    yield journal
    journal.close()


@pytest.fixture(scope="module")
def client(journal: Journal) -> FlaskClient:
    """Two apps of each kind: what one test pushed is new to the other."""
    flask = Flask(__name__, static_folder=None)
    flask.register_blueprint(
        make_blueprint(
            {
                f"{place}-{kind}": CallbackApp(
                    name=f"{place}-{kind}", kind=kind, credentials=credentials(receiveid)
                )
                for place in ("once", "again")
                for kind, receiveid in RECEIVEIDS.items()
            },
            journal,
            plan=lambda _event, _received_at: (),
            publish=lambda _runs: None,
            now=lambda: NOW,
            max_body_bytes=1_048_576,
        )
    )
    return flask.test_client()


def push(client: FlaskClient, app: str, kind: Kind, plaintext: str) -> None:
    """Push as WeCom does, encrypted anew each time, and see it accepted."""
    sender = Sender(receiveid=RECEIVEIDS[kind], random_prefix=next(_numbers).to_bytes(16, "big"))
    ciphertext = sender.ciphertext(plaintext.encode())
    body = json_body(ciphertext) if plaintext.lstrip().startswith("{") else xml_body(ciphertext)

    answer = client.post(f"/callback/{app}?{sender.query(ciphertext)}", data=body)

    assert (answer.status_code, answer.data) == (200, ANSWERS[kind])


def only(journal: Journal, app: str, cls: type[Event]) -> Delivery:
    (delivery,) = journal.deliveries(app=app, event=cls.event_name)
    return delivery


@CATALOGUE
def test_every_event_is_journalled_and_read_back_with_all_its_fields(
    client: FlaskClient, journal: Journal, cls: type[Event]
) -> None:
    plaintext, kind = plaintext_of(cls), kind_of(cls)
    sent = events.parse(plaintext)

    push(client, f"once-{kind}", kind, plaintext)

    delivery = only(journal, f"once-{kind}", cls)
    read = events.parse(delivery.payload)
    assert type(read) is cls
    assert {name: getattr(read, name) for name in cls.empty} == {
        name: getattr(sent, name) for name in cls.empty
    }
    assert (delivery.corpid, delivery.userid, delivery.subject, delivery.occurred_at) == (
        sent.corpid,
        sent.userid,
        sent.subject,
        sent.occurred_at,
    )


def in_cdata(match: re.Match[str]) -> str:
    return f"><![CDATA[{unescape(match[1])}]]></"


def other_styles(plaintext: str) -> list[str]:
    """The same content, as another program would have written it."""
    if plaintext.startswith("{"):
        tree = json.loads(plaintext)
        turned = dict(reversed(tree.items()))
        return [json.dumps(tree, indent=2), json.dumps(turned, ensure_ascii=False)]
    return [
        plaintext.replace("><", ">\n\t<"),
        TEXT.sub(in_cdata, plaintext),
        TEXT.sub(r"> \1\n</", plaintext),
        '<?xml version="1.0" encoding="UTF-8"?>\n' + plaintext,
    ]


@CATALOGUE
def test_the_same_event_again_in_any_style_is_one_delivery_with_repeats(
    client: FlaskClient, journal: Journal, cls: type[Event]
) -> None:
    plaintext, kind = plaintext_of(cls), kind_of(cls)
    again = [plaintext, *other_styles(plaintext)]

    for each in [plaintext, *again]:
        push(client, f"again-{kind}", kind, each)

    assert only(journal, f"again-{kind}", cls).repeats == len(again)


def plain(node: object) -> Node:
    if isinstance(node, Mapping):
        return {tag: plain(child) for tag, child in node.items()}
    if isinstance(node, tuple):
        return [plain(child) for child in node]
    return "" if node is None else node


def leaves(node: Node, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    match node:
        case dict():
            for tag, child in node.items():
                yield from leaves(child, (*path, tag))
        case list():
            for place, child in enumerate(node):
                yield from leaves(child, (*path, place))
        case _:
            yield path


def changed(tree: Node, path: tuple[Any, ...]) -> Node:
    """The tree with one leaf a little different."""
    tree = deepcopy(tree)
    node = tree
    for step in path[:-1]:
        node = node[step]
    old = node[path[-1]]
    node[path[-1]] = old + 1 if isinstance(old, int) else f"{old}x"
    return tree


@CATALOGUE
def test_events_that_differ_in_any_one_field_are_two(cls: type[Event]) -> None:
    plaintext = examples()[cls].plaintext
    form: Any = "json" if plaintext.startswith("{") else "xml"
    one = events.parse(plaintext)
    tree = plain(one.fields)

    for path in leaves(tree):
        other = events.parse(write(changed(tree, path), form))

        # What has a MsgId is told apart by it alone, as WeCom prescribes (doc 90238).
        have_ids = one.message_id and other.message_id
        same_id = (one.corpid, one.message_id) == (other.corpid, other.message_id)
        is_same = bool(have_ids) and same_id
        assert (event_key("app", one) == event_key("app", other)) is is_same, path


def test_no_two_events_of_the_catalogue_are_one() -> None:
    parsed = [events.parse(plaintext_of(cls)) for cls in events.catalogue()]

    assert len({event_key("app", event) for event in parsed}) == len(parsed)
