"""A stand-in for the WeCom API: answers every call after a while and notes when it came.

It knows no rules and checks nothing, so that it is not what is measured. Beside the API:
`GET /bench/arrivals` tells when each welcome and each tagging came, `GET /bench/reset` forgets.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from urllib.parse import urlsplit

_WELCOME = "/cgi-bin/externalcontact/send_welcome_msg"
_MARK = "/cgi-bin/externalcontact/mark_tag"
_CUSTOMERS = "/cgi-bin/externalcontact/batch/get_by_user"
_OK = {"errcode": 0, "errmsg": "ok"}
_TAG = {"id": "etTAG", "name": "春季", "create_time": 1, "order": 1}
_GROUP = {"group_id": "etGROUP", "group_name": "渠道", "create_time": 1, "order": 1, "tag": [_TAG]}
_ANSWERS = {
    "/cgi-bin/gettoken": {**_OK, "access_token": "bench-token", "expires_in": 7200},
    "/cgi-bin/externalcontact/get_corp_tag_list": {**_OK, "tag_group": [_GROUP]},
}


_CUSTOMER = {
    "external_contact": {"external_userid": "wmBENCH", "name": "客户" * 10, "type": 1},
    "follow_info": {"userid": "zhangsan", "remark": "备注", "createtime": 1, "tag_id": ["etTAG"]},
}


class Arrivals:
    """When each call came: seconds of the monotonic clock by welcome code or external_userid."""

    def __init__(self) -> None:
        self.welcomes: dict[str, list[float]] = {}
        self.markings: dict[str, list[float]] = {}

    def note(self, path: str, body: bytes) -> None:
        """Remember the moment, if it matters."""
        now = time.monotonic()
        if path == _WELCOME:
            self.welcomes.setdefault(json.loads(body)["welcome_code"], []).append(now)
        elif path == _MARK:
            self.markings.setdefault(json.loads(body)["external_userid"], []).append(now)


class _Connection(asyncio.Protocol):
    def __init__(self, arrivals: Arrivals, seconds: float) -> None:
        self._arrivals = arrivals
        self._seconds = seconds
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, rest = self._received.partition(b"\r\n\r\n")
        if not blank:
            return
        _, found, after = head.lower().partition(b"content-length:")
        length = int(after.split(b"\r\n", 1)[0]) if found else 0
        if len(rest) < length:
            return
        self._received = rest[length:]
        path = urlsplit(head.split(b" ", 2)[1].decode()).path
        if path.startswith("/bench/"):
            self._control(path)
            return
        self._arrivals.note(path, rest[:length])
        fields = _page(rest[:length]) if path == _CUSTOMERS else _ANSWERS.get(path, _OK)
        answer = json.dumps(fields).encode()
        asyncio.get_running_loop().call_later(self._seconds, self._answer, answer)

    def _control(self, path: str) -> None:
        answer = json.dumps(vars(self._arrivals)).encode()
        if path == "/bench/reset":
            self._arrivals.welcomes.clear()
            self._arrivals.markings.clear()
        self._answer(answer)

    def _answer(self, answer: bytes) -> None:
        assert self._transport
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(answer), answer)
        )


def _page(body: bytes) -> dict[str, object]:
    """Return the next customers of a member; the userid is their number."""
    asked = json.loads(body)
    start, most = int(asked.get("cursor", 0)), int(asked["userid_list"][0])
    end = min(start + asked["limit"], most)
    customers = [_CUSTOMER] * (end - start)
    return {
        **_OK,
        "external_contact_list": customers,
        "next_cursor": str(end) if end < most else "",
    }


async def serve(port: int, seconds: float) -> None:
    """Answer on loopback until stopped."""
    arrivals = Arrivals()
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(arrivals, seconds), "127.0.0.1", port, backlog=1024
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
