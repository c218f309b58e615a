"""Bounded mutation fuzzing of the callback endpoint, on a real journal: `make fuzz`.

Whatever is signed is changed: never accepted. Anything else is changed: never a 5xx, never an
exception, and a genuine plaintext, however mangled, is always kept. The same seed makes the same
cases.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

import structlog
from flask import Flask
from flask.testing import FlaskClient
from requests_of_wecom import (
    NONCE,
    TIMESTAMP,
    TOKEN,
    Sender,
    credentials,
    json_body,
    xml_body,
)

import events
from callback import CallbackApp, make_blueprint
from crypto import sign
from events.examples import examples
from factories import CORPID
from journal import Journal
from wire import encrypt_blocks, pkcs7

SEED = 20260102
COUNT = 100_000

_MOST_CHANGES = 4
_ALPHABET = b"0123456789abcdefXYZ+/=<>&;\"'{}[]:,%#!?- \t\n\x00\x80\xff"
_TOKENS = (
    *(b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<![CDATA[", b"]]>", b"&#x0;", b"&#55296;", b"&lt;"),
    *(b"<xml>", b"</xml>", b"<Encrypt>", b"<MsgId>", b"<a b='c'/>", b"<?xml encoding='utf-16'?>"),
    *(b'{"a":', b'"encrypt":', b"null", b"1e999", b"-0", b"9" * 400, b"[" * 80, b"<a>" * 80),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\\ud800", b"\x00"),
)
(_AES_KEY,) = credentials().aes_keys


@dataclass(frozen=True, kw_only=True)
class Case:
    """One request, and the statuses that are right for it."""

    kind: str
    method: str
    query: str
    body: bytes
    right: Callable[[int], bool]


class Mutator:
    """Makes cases out of the examples of every event, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - the same again, on purpose
        self._plaintexts = [example.plaintext.encode() for example in examples().values()]
        self._makers = (
            self._signed_value,
            self._signed_ciphertext,
            self._any_body,
            self._any_query,
            self._any_plaintext,
            self._any_frame,
        )

    def cases(self) -> Iterator[Case]:
        """Give cases without end, each kind in turn."""
        while True:
            for make in self._makers:
                yield make()

    def _signed_value(self) -> Case:
        """Change one of the values in the query that the signature covers, or the signature."""
        ciphertext, body = self._genuine()
        values = {
            "msg_signature": sign(TOKEN, TIMESTAMP, NONCE, ciphertext),
            "timestamp": TIMESTAMP,
            "nonce": NONCE,
        }
        name = self._dice.choice(tuple(values))
        values[name] = self._different(values[name])
        return Case(
            kind="signed value",
            method="POST",
            query=urlencode(values),
            body=body,
            right=_is_refusal,
        )

    def _signed_ciphertext(self) -> Case:
        """Change the ciphertext, in a body or as the echostr of a verification."""
        ciphertext, _ = self._genuine()
        query = Sender().query(ciphertext)
        changed = self._different(ciphertext)
        if self._dice.random() < 0.5:
            echostr = urlencode({"echostr": changed})
            return Case(
                kind="signed echostr",
                method="GET",
                query=f"{query}&{echostr}",
                body=b"",
                right=_is_refusal,
            )
        return Case(
            kind="signed ciphertext",
            method="POST",
            query=query,
            body=self._wrapped(changed),
            right=_is_refusal,
        )

    def _any_body(self) -> Case:
        ciphertext, body = self._genuine()
        return Case(
            kind="any body",
            method="POST",
            query=Sender().query(ciphertext),
            body=self._mutated(body),
            right=_is_no_fault,
        )

    def _any_query(self) -> Case:
        ciphertext, body = self._genuine()
        query = Sender().query(ciphertext, echostr=ciphertext)
        return Case(
            kind="any query",
            method=self._dice.choice(("GET", "POST")),
            query=self._mutated(query.encode()).decode("latin-1"),
            body=body,
            right=_is_no_fault,
        )

    def _any_plaintext(self) -> Case:
        plaintext = self._mutated(self._dice.choice(self._plaintexts))
        ciphertext = Sender(random_prefix=self._dice.randbytes(16)).ciphertext(plaintext)
        return Case(
            kind="any plaintext",
            method="POST",
            query=Sender().query(ciphertext),
            body=self._wrapped(ciphertext),
            right=_is_kept,
        )

    def _any_frame(self) -> Case:
        """Change what lies around the plaintext: random, length, receiveid, padding."""
        message = self._dice.choice(self._plaintexts)
        frame = self._dice.randbytes(16) + len(message).to_bytes(4, "big") + message
        padded = pkcs7(self._mutated(frame + CORPID.encode()))
        if self._dice.random() < 0.5:
            padded = self._mutated(padded)
        ciphertext = encrypt_blocks(_AES_KEY, padded[: len(padded) // 16 * 16])
        return Case(
            kind="any frame",
            method="POST",
            query=Sender().query(ciphertext),
            body=self._wrapped(ciphertext),
            right=_is_no_fault,
        )

    def _genuine(self) -> tuple[str, bytes]:
        sender = Sender(random_prefix=self._dice.randbytes(16))
        ciphertext = sender.ciphertext(self._dice.choice(self._plaintexts))
        return ciphertext, self._wrapped(ciphertext)

    def _wrapped(self, ciphertext: str) -> bytes:
        return self._dice.choice((xml_body, json_body))(ciphertext)

    def _different(self, value: str) -> str:
        """Return a value that is still another one after the blanks around it are gone."""
        while True:
            changed = self._mutated(value.encode()).decode("latin-1")
            if changed.replace(" ", "+").strip() != value and changed.strip() != value:
                return changed

    def _mutated(self, original: bytes) -> bytes:
        data = original
        for _ in range(self._dice.randint(1, _MOST_CHANGES)):
            data = self._changed(data)
        return data

    def _changed(self, data: bytes) -> bytes:
        dice = self._dice
        start = dice.randint(0, len(data))
        end = min(len(data), start + dice.choice((1, 1, 2, 8, 64)))
        head, tail = data[:start], data[end:]
        other = dice.choice(self._plaintexts)
        return dice.choice(
            (
                head,
                head + tail,
                data[:end] + data[start:],
                head + bytes([dice.choice(_ALPHABET)]) + tail,
                head + dice.randbytes(end - start) + tail,
                head + dice.choice(_TOKENS) + data[start:],
                head + other[dice.randint(0, len(other)) :],
            )
        )


def _is_refusal(status: int) -> bool:
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR


def _is_kept(status: int) -> bool:
    return status == HTTPStatus.OK


def _is_no_fault(status: int) -> bool:
    return _is_kept(status) or _is_refusal(status)


def fuzz(client: FlaskClient, count: int, seed: int) -> Counter[tuple[str, int]]:
    """Send so many cases and return how often each kind met each status.

    Raises AssertionError with all that is needed to see the case again.
    """
    met: Counter[tuple[str, int]] = Counter()
    for number, case in zip(range(count), Mutator(seed).cases(), strict=False):
        try:
            answer = client.open(
                f"/callback/contacts?{case.query}", method=case.method, data=case.body
            )
            right = case.right(answer.status_code)
            event = events.parse(case.body)
            assert events.canonical(event)
            assert repr(event)
        except Exception as error:
            raise AssertionError(f"seed {seed}, case {number}: {case!r}") from error
        assert right, f"seed {seed}, case {number}: answered {answer.status_code} to {case!r}"
        met[case.kind, answer.status_code] += 1
    return met


@contextmanager
def endpoint() -> Iterator[FlaskClient]:
    """Give the endpoint of one app over a journal in a file; exceptions come through."""
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(f"sqlite:///{Path(folder) / 'journal.db'}")
        journal.migrate()
        app = CallbackApp(name="contacts", kind="self_built", credentials=credentials())
        flask = Flask(__name__, static_folder=None)
        flask.testing = True
        flask.register_blueprint(
            make_blueprint(
                {"contacts": app},
                journal,
                plan=lambda _event, _received_at: (),
                publish=lambda _runs: None,
                now=lambda: datetime.now(UTC),
                max_body_bytes=1_048_576,
            )
        )
        try:
            yield flask.test_client()
        finally:
            journal.close()


def main() -> None:
    """Fuzz from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet, cache_logger_on_first_use=True)
    print(f"seed {options.seed}, {options.count} cases", flush=True)  # noqa: T201 - for people
    started = time.perf_counter()
    with endpoint() as client:
        met = fuzz(client, options.count, options.seed)
    for (kind, status), times in sorted(met.items()):
        print(f"{kind:18} {status}  {times:7}")  # noqa: T201 - for people
    seconds = time.perf_counter() - started
    sys.stdout.write(f"nothing accepted that was forged, no fault, {seconds:.0f} s\n")


if __name__ == "__main__":
    main()
