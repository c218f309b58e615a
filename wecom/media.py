"""Files (素材管理): sent while they are read, received while they are written."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal

from errors import ArgumentRejected
from wecom.answer import only, record
from wecom.arguments import not_empty, one_of, within
from wecom.client import Client
from wecom.download import Download
from wecom.endpoint import Endpoint
from wecom.multipart import Upload, size_of

MediaType = Literal["image", "voice", "video", "file"]
AttachmentMediaType = Literal["image", "video", "file"]
LargeMediaType = Literal["video", "file"]

MOMENTS, PRODUCT_ALBUM = 1, 2
"""attachment_type: where an uploaded attachment may be used."""

CUSTOMER_CONTACT = 1
"""scene: where a file of upload_by_url may be used."""

_MEGABYTE = 1024 * 1024
_LARGEST_BYTES = {
    "image": 10 * _MEGABYTE,
    "voice": 2 * _MEGABYTE,
    "video": 10 * _MEGABYTE,
    "file": 20 * _MEGABYTE,
}
_LARGEST_IMG_BYTES = 2 * _MEGABYTE
_MORE_THAN_BYTES = 5
_ATTACHMENT_KINDS = {
    MOMENTS: frozenset({"image", "video"}),
    PRODUCT_ALBUM: frozenset({"image"}),
}
_LARGE_KINDS = frozenset({"video", "file"})
_FILE_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Media:
    """An uploaded file: its id is good for three days."""

    media_id: str
    type: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class MediaFile:
    """A file that was received; the filename has no folder in it."""

    filename: str = ""
    content_type: str = ""
    size_bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class UploadedMedia:
    """What came of an upload by URL."""

    errcode: int = 0
    errmsg: str = ""
    media_id: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class UploadJob:
    """How far an upload by URL is; status: 1 running, 2 done, 3 failed."""

    status: int
    detail: UploadedMedia | None = None


UPLOAD = Endpoint("POST", "media/upload", record(Media), doc=90253, timeout_seconds=_FILE_SECONDS)
UPLOADIMG = Endpoint(
    "POST", "media/uploadimg", only("url", str), doc=90256, timeout_seconds=_FILE_SECONDS
)
GET = Endpoint("GET", "media/get", record(MediaFile), doc=90254, timeout_seconds=_FILE_SECONDS)
GET_JSSDK = Endpoint(
    "GET", "media/get/jssdk", record(MediaFile), doc=90255, timeout_seconds=_FILE_SECONDS
)
UPLOAD_BY_URL = Endpoint("POST", "media/upload_by_url", only("jobid", str), doc=96219)
GET_UPLOAD_BY_URL_RESULT = Endpoint(
    "POST", "media/get_upload_by_url_result", record(UploadJob), doc=96219
)
UPLOAD_ATTACHMENT = Endpoint(
    "POST", "media/upload_attachment", record(Media), doc=95098, timeout_seconds=_FILE_SECONDS
)


def upload(
    api: Client,
    file: BinaryIO | Path,
    type: MediaType,  # noqa: A002 - the vendor's word
    *,
    filename: str = "",
    content_type: str = "",
) -> Media:
    """Upload a file for three days (上传临时素材); every app of the corp may use it.

    file: a path, or a seekable binary file that comes with a filename.
    """
    one_of(_LARGEST_BYTES, type=type)
    with _part(file, filename, content_type, _LARGEST_BYTES[type]) as part:
        return api.call(UPLOAD, query={"type": type}, upload=part)


def uploadimg(
    api: Client, file: BinaryIO | Path, *, filename: str = "", content_type: str = ""
) -> str:
    """Upload a JPG or PNG for good and return its address (上传图片), for use as a pic_url."""
    with _part(file, filename, content_type, _LARGEST_IMG_BYTES) as part:
        return api.call(UPLOADIMG, upload=part)


def get(api: Client, media_id: str, into: BinaryIO | Path, *, start: int = 0) -> MediaFile:
    """Receive an uploaded file (获取临时素材). Raises MediaInvalid when it is no more.

    into: a path, which appears when the file is complete, or an open file. start: the first byte
    that is wanted, to go on in an open file where a call broke off.
    """
    return _receive(api, GET, media_id, into, start)


def get_jssdk(api: Client, media_id: str, into: BinaryIO | Path, *, start: int = 0) -> MediaFile:
    """Receive a voice that uploadVoice of the JS-SDK sent (获取高清语音素材), as Speex."""
    return _receive(api, GET_JSSDK, media_id, into, start)


def upload_by_url(
    api: Client,
    url: str,
    *,
    type: LargeMediaType,  # noqa: A002 - the vendor's word
    filename: str,
    md5: str,
    scene: int = CUSTOMER_CONTACT,
) -> str:
    """Let the platform fetch a file of up to 200 MB and return the jobid (异步上传临时素材)."""
    within(1, 1, scene=scene)
    one_of(_LARGE_KINDS, type=type)
    not_empty(url=url, filename=filename, md5=md5)
    body = {"scene": scene, "type": type, "filename": filename, "url": url, "md5": md5}
    return api.call(UPLOAD_BY_URL, json=body)


def get_upload_by_url_result(api: Client, jobid: str) -> UploadJob:
    """Read how far an upload by URL is (查询异步任务结果); the jobid lives an hour."""
    not_empty(jobid=jobid)
    return api.call(GET_UPLOAD_BY_URL_RESULT, json={"jobid": jobid})


def upload_attachment(
    api: Client,
    file: BinaryIO | Path,
    media_type: AttachmentMediaType,
    attachment_type: int,
    *,
    filename: str = "",
    content_type: str = "",
) -> Media:
    """Upload a picture or video for moments (1) or the product album (2) (上传附件资源)."""
    within(MOMENTS, PRODUCT_ALBUM, attachment_type=attachment_type)
    one_of(_ATTACHMENT_KINDS[attachment_type], media_type=media_type)
    query = {"media_type": media_type, "attachment_type": attachment_type}
    with _part(file, filename, content_type, _LARGEST_BYTES[media_type]) as part:
        return api.call(UPLOAD_ATTACHMENT, query=query, upload=part)


@contextmanager
def _part(
    file: BinaryIO | Path, filename: str, content_type: str, most_bytes: int
) -> Iterator[Upload]:
    if isinstance(file, Path):
        with (
            file.open("rb") as opened,
            _part(opened, filename or file.name, content_type, most_bytes) as part,
        ):
            yield part
        return
    not_empty(filename=filename)
    yield Upload(
        file=file,
        filename=filename,
        content_type=content_type or _guessed(filename),
        size_bytes=_checked_size(file, most_bytes),
    )


def _checked_size(file: BinaryIO, most_bytes: int) -> int:
    size = size_of(file)
    if size <= _MORE_THAN_BYTES:
        raise ArgumentRejected("file", f"more than {_MORE_THAN_BYTES} bytes, got {size}")
    if size > most_bytes:
        raise ArgumentRejected("file", f"at most {most_bytes} bytes, got {size}")
    return size


def _guessed(filename: str) -> str:
    return mimetypes.guess_type(filename)[0] or "application/octet-stream"


def _receive(
    api: Client, endpoint: Endpoint[MediaFile], media_id: str, into: BinaryIO | Path, start: int
) -> MediaFile:
    not_empty(media_id=media_id)
    if start < 0:
        raise ArgumentRejected("start", "must not be negative")
    if isinstance(into, Path):
        return _receive_whole(api, endpoint, media_id, into, start)
    download = Download(into=into, start=start)
    return api.call(endpoint, query={"media_id": media_id}, download=download)


def _receive_whole(
    api: Client, endpoint: Endpoint[MediaFile], media_id: str, path: Path, start: int
) -> MediaFile:
    if start:
        raise ArgumentRejected("start", "only with an open file")
    unfinished = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    try:
        with unfinished.open("xb") as file:
            received = _receive(api, endpoint, media_id, file, 0)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return received
