"""Callbacks on their way: encrypted, posted, tried again, recorded (doc 90238).

Answered with HTTP 200 within five seconds, or sent again, three times in all; each time encrypted
anew. No order is kept.
"""

from __future__ import annotations

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from http.client import HTTPException
from urllib.parse import quote, urlencode

from crypto import encrypt, sign
from simulator.connections import Answer, Connections
from simulator.faults import CALLBACKS
from simulator.plaintext import cdata
from simulator.records import Callback, PushRecord, PushTry
from simulator.tenant import Tenant

_PUSHES_AT_ONCE = 64
_REPLY_KEPT_CHARACTERS = 4096
_NONCE_DIGITS = 10
_AUTHORISATIONS = frozenset({"create_auth", "change_auth", "cancel_auth"})


class Pusher:
    """Sends callbacks from a pool of threads."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._connections = Connections()
        self._threads = ThreadPoolExecutor(_PUSHES_AT_ONCE, thread_name_prefix="push")
        self._dice = random.Random()  # noqa: S311 - a nonce is no secret

    def push(
        self,
        callback: Callback,
        plaintext: bytes,
        *,
        app: str = "",
        event: str = "",
        userid: str = "",
        subject: str = "",
    ) -> PushRecord:
        """Start pushing one callback and return its record, which grows with each try."""
        tenant = self._tenant
        with tenant.changed:
            record = PushRecord(
                number=next(tenant.numbers),
                app=app,
                event=event,
                userid=userid,
                subject=subject,
                created_at=tenant.clock.now(),
                plaintext=plaintext,
                callback=callback,
            )
            tenant.pushes.append(record)
        self._threads.submit(self._deliver, record)
        return record

    def verify(self, callback: Callback, *, raw_plus: bool = False) -> dict[str, object]:
        """Do what the console does when the callback URL is saved (验证URL有效性, doc 90930).

        raw_plus: send a `+` of the echostr as it is instead of as %2B.
        """
        message = str(self._dice.randrange(10**18, 10**19)).encode()
        timestamp, nonce, ciphertext, signature = self._seal(callback, message)
        query = urlencode({"msg_signature": signature, "timestamp": timestamp, "nonce": nonce})
        echostr = quote(ciphertext, safe="+" if raw_plus else "")
        separator = "&" if "?" in callback.url else "?"
        url = f"{callback.url}{separator}{query}&echostr={echostr}"
        limit = self._tenant.limits.verification_seconds
        answer, attempt = self._attempt("GET", url, None, limit, callback)
        outcome = attempt.outcome
        if answer and answer.status == HTTPStatus.OK:
            echoed = answer.body == message
            outcome = "accepted" if echoed else "the body is not the decrypted echostr"
        return {
            "ok": outcome == "accepted",
            "status": attempt.status,
            "milliseconds": attempt.milliseconds,
            "outcome": outcome,
        }

    def close(self) -> None:
        """Stop; what was not begun is dropped."""
        self._threads.shutdown(cancel_futures=True)
        self._connections.close()

    def _deliver(self, record: PushRecord) -> None:
        limits = self._tenant.limits
        for number in range(limits.push_tries):
            if number and limits.push_pause_seconds:
                time.sleep(limits.push_pause_seconds)
            answer, attempt = self._try_on_the_way(record)
            with self._tenant.changed:
                record.tries.append(attempt)
            if attempt.outcome == "accepted" and answer:
                record.reply = answer.body[:_REPLY_KEPT_CHARACTERS].decode(errors="replace")
                break
            if answer and not limits.push_retries_statuses:
                break
        accepted = record.tries[-1].outcome == "accepted"
        with self._tenant.changed:
            record.outcome = "delivered" if accepted else "failed"
            self._tenant.count("pushes", f"pushes_{record.outcome}")

    def _try_on_the_way(self, record: PushRecord) -> tuple[Answer | None, PushTry]:
        """Try once, with what a fault does to callbacks: late, lost, or the answer lost."""
        with self._tenant.changed:
            fault = self._tenant.faults.take(CALLBACKS + record.event, record.app)
        if fault is None:
            return self._try(record)
        time.sleep(fault.latency_seconds)
        if not fault.drop_connection:
            return self._try(record)
        started_at = self._tenant.clock.now()
        milliseconds = self._try(record)[1].milliseconds if fault.when == "after" else 0
        return None, PushTry(
            sent_at=started_at, status=None, milliseconds=milliseconds, outcome=f"lost {fault.when}"
        )

    def _try(self, record: PushRecord) -> tuple[Answer | None, PushTry]:
        callback = record.callback
        timestamp, nonce, ciphertext, signature = self._seal(callback, record.plaintext)
        separator = "&" if "?" in callback.url else "?"
        query = f"msg_signature={signature}&timestamp={timestamp}&nonce={nonce}"
        return self._attempt(
            "POST",
            f"{callback.url}{separator}{query}",
            _outer_body(callback, ciphertext).encode(),
            self._seconds(record.event),
            callback,
        )

    def _seconds(self, event: str) -> float:
        """Return how long an answer may take; authorisations have one second (doc 90642)."""
        limits = self._tenant.limits
        if event in _AUTHORISATIONS:
            return min(limits.push_seconds, limits.authorisation_seconds)
        return limits.push_seconds

    def _attempt(
        self, method: str, url: str, body: bytes | None, seconds: float, callback: Callback
    ) -> tuple[Answer | None, PushTry]:
        sent_at, started = self._tenant.clock.now(), time.perf_counter()
        content_type = "application/json" if callback.form == "json" else "text/xml"
        headers = {"Content-Type": content_type} if body else {}
        answer, outcome = None, "no connection"
        try:
            answer = self._connections.request(method, url, body, headers, seconds)
        except TimeoutError:
            outcome = "timeout"
        except (OSError, HTTPException, ValueError):
            outcome = "no connection"
        if answer:
            outcome = _judge(callback, answer)
        return answer, PushTry(
            sent_at=sent_at,
            status=answer.status if answer else None,
            milliseconds=round((time.perf_counter() - started) * 1000, 3),
            outcome=outcome,
        )

    def _seal(self, callback: Callback, message: bytes) -> tuple[str, str, str, str]:
        timestamp = str(int(self._tenant.clock.now()))
        nonce = str(self._dice.randrange(10 ** (_NONCE_DIGITS - 1), 10**_NONCE_DIGITS))
        ciphertext = encrypt(
            callback.aes_key, message, callback.receiveid, random_prefix=os.urandom(16)
        )
        return timestamp, nonce, ciphertext, sign(callback.token, timestamp, nonce, ciphertext)


def _outer_body(callback: Callback, ciphertext: str) -> str:
    if callback.kind == "robot":
        return f'{{"encrypt":"{ciphertext}"}}'
    if callback.form == "json":
        return (
            f'{{"tousername":"{callback.to_user}","encrypt":"{ciphertext}",'
            f'"agentid":"{callback.agentid}"}}'
        )
    return (
        f"<xml><ToUserName>{cdata(callback.to_user)}</ToUserName>"
        f"<AgentID>{cdata(callback.agentid)}</AgentID><Encrypt>{cdata(ciphertext)}</Encrypt></xml>"
    )


def _judge(callback: Callback, answer: Answer) -> str:
    if answer.status != HTTPStatus.OK:
        return "refused"
    if callback.command and answer.body != b"success":
        return "the body is not success"
    return "accepted"
