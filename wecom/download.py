"""One file as the answer of a call, written while it is read (获取临时素材, doc 90254)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from errors import APIUnreachable

_OK, _PARTIAL = 200, 206
_ANSWERS = ("application/json", "text/")


@dataclass(frozen=True, kw_only=True)
class Download:
    """Where a file goes; start: the first byte that is wanted, to go on where one broke off."""

    into: BinaryIO = field(repr=False)
    start: int = 0

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the request; compressed bytes could not be counted."""
        wanted = {"Range": f"bytes={self.start}-"} if self.start else {}
        return {"Accept": "*/*", "Accept-Encoding": "identity", **wanted}

    def is_sent(self, status: int, headers: Mapping[str, str]) -> bool:
        """True when the answer is the file; a refusal is JSON and no attachment."""
        if status not in {_OK, _PARTIAL}:
            return False
        answer = headers.get("content-type", "").lower().startswith(_ANSWERS)
        return "content-disposition" in headers or not answer

    def take(
        self, status: int, headers: Mapping[str, str], chunks: Iterable[bytes]
    ) -> dict[str, Any]:
        """Write the file and say what it is, in the shape of an answer."""
        # Who does not know Range sends the whole file, so what is there already is left out.
        skip = self.start if status == _OK else 0
        if status == _PARTIAL and not _begins_at(self.start, headers):
            raise APIUnreachable("the answer is another part of the file")
        size = 0
        for chunk in chunks:
            wanted, skip = chunk[skip:], max(0, skip - len(chunk))
            self.into.write(wanted)
            size += len(wanted)
        return {
            "errcode": 0,
            "content_type": headers.get("content-type", ""),
            "filename": _filename(headers.get("content-disposition", "")),
            "size_bytes": size,
        }


def _begins_at(start: int, headers: Mapping[str, str]) -> bool:
    return (
        headers.get("content-range", "").replace("bytes=", "bytes ").startswith(f"bytes {start}-")
    )


def _filename(disposition: str) -> str:
    """Return the name without any folder: it comes from outside."""
    message = Message()
    message["Content-Disposition"] = disposition
    name = PurePosixPath((message.get_filename() or "").replace("\\", "/")).name
    return "" if name == ".." else name
