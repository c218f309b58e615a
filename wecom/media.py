"""Temporary media (素材管理)."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal

from errors import ArgumentRejected
from wecom.answer import record
from wecom.arguments import not_empty, one_of
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.multipart import Upload, size_of

MediaType = Literal["image", "voice", "video", "file"]

_MEGABYTE = 1024 * 1024
_LARGEST_BYTES = {
    "image": 10 * _MEGABYTE,
    "voice": 2 * _MEGABYTE,
    "video": 10 * _MEGABYTE,
    "file": 20 * _MEGABYTE,
}
_MORE_THAN_BYTES = 5


@dataclass(frozen=True, kw_only=True)
class Media:
    """An uploaded file: every app of the corp may use its id, for three days."""

    media_id: str
    type: str = ""
    created_at: datetime | None = None


UPLOAD = Endpoint("POST", "media/upload", record(Media), doc=90253, timeout_seconds=60.0)


def upload(
    api: Client,
    file: BinaryIO | Path,
    type: MediaType,  # noqa: A002 - the vendor's word
    *,
    filename: str = "",
    content_type: str = "",
) -> Media:
    """Upload a file for three days (上传临时素材); it is read while it is sent.

    file: a path, or a seekable binary file that comes with a filename.
    """
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return upload(
                api, opened, type, filename=filename or file.name, content_type=content_type
            )
    one_of(_LARGEST_BYTES, type=type)
    not_empty(filename=filename)
    part = Upload(
        file=file,
        filename=filename,
        content_type=content_type or _guessed(filename),
        size_bytes=_checked_size(file, type),
    )
    return api.call(UPLOAD, query={"type": type}, upload=part)


def _checked_size(file: BinaryIO, kind: str) -> int:
    size = size_of(file)
    if size <= _MORE_THAN_BYTES:
        raise ArgumentRejected("file", f"more than {_MORE_THAN_BYTES} bytes, got {size}")
    if size > _LARGEST_BYTES[kind]:
        raise ArgumentRejected("file", f"at most {_LARGEST_BYTES[kind]} bytes, got {size}")
    return size


def _guessed(filename: str) -> str:
    return mimetypes.guess_type(filename)[0] or "application/octet-stream"
