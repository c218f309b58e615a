"""One file as a multipart body, read from the disk while it is sent (doc 90253)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from errors import FileUnavailable

_CHUNK_BYTES = 65_536


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file for the part `media`; it must be seekable, because a call may be repeated once."""

    file: BinaryIO = field(repr=False)
    filename: str
    content_type: str
    size_bytes: int
    boundary: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the request."""
        length = len(self._head) + self.size_bytes + len(self._tail)
        return {
            "Content-Type": f"multipart/form-data; boundary={self.boundary}",
            "Content-Length": str(length),
        }

    def body(self) -> Iterator[bytes]:
        """Yield the body, from the start of the file each time.

        Never more than was announced, though somebody writes to the file meanwhile. Raises
        FileUnavailable when it is less.
        """
        self.file.seek(0)
        yield self._head
        left = self.size_bytes
        while left and (chunk := self.file.read(min(_CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk
        if left:
            raise FileUnavailable("The file became shorter while it was sent.")
        yield self._tail

    @property
    def _head(self) -> bytes:
        # `filelength` stands in the vendor's example of the part.
        return (
            f"--{self.boundary}\r\n"
            f'Content-Disposition: form-data; name="media"; filename="{_quoted(self.filename)}"; '
            f"filelength={self.size_bytes}\r\n"
            f"Content-Type: {self.content_type}\r\n\r\n"
        ).encode("utf-8", "replace")

    @property
    def _tail(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode()


def size_of(file: BinaryIO) -> int:
    """Return how many bytes the file holds."""
    return file.seek(0, os.SEEK_END)


def _quoted(filename: str) -> str:
    return filename.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
