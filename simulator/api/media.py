"""Files (素材管理)."""

from __future__ import annotations

import secrets

from werkzeug.datastructures import FileStorage

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter, Download
from simulator.records import Media

chapter = Chapter()

MEDIA_SECONDS = 3 * 86_400
_MEGABYTE = 1024 * 1024
_SMALLEST_BYTES = 6
_UPLOADIMG_BYTES = 2 * _MEGABYTE
_KINDS = {
    "image": (10 * _MEGABYTE, 40009),
    "voice": (2 * _MEGABYTE, 45001),
    "video": (10 * _MEGABYTE, 40011),
    "file": (20 * _MEGABYTE, 45001),
}


@chapter.endpoint("POST", "media/upload", doc=90253, file=True)
def upload(call: Call) -> dict[str, object]:
    """Keep a file for three days (上传临时素材)."""
    kind = call.query.get("type", "")
    if kind not in _KINDS:
        raise CallRefused(40005)
    most_bytes, too_large = _KINDS[kind]
    file, content = _read(call, most_bytes, too_large)
    _check_content(kind, content)
    media = Media(
        media_id="3" + secrets.token_urlsafe(48),
        kind=kind,
        filename=_safe_name(file.filename or kind),
        content_type=file.mimetype or "application/octet-stream",
        content=content,
        created_at=call.now,
    )
    _forget_old(call)
    call.corp.media[media.media_id] = media
    return {
        "errmsg": "",
        "type": kind,
        "media_id": media.media_id,
        "created_at": str(int(call.now)),
    }


@chapter.endpoint("POST", "media/uploadimg", doc=90256, file=True)
def uploadimg(call: Call) -> dict[str, object]:
    """Keep a picture for good and return its address (上传图片)."""
    _, content = _read(call, _UPLOADIMG_BYTES, 40009)
    _check_content("image", content)
    url = f"https://wework.qpic.cn/wwpic/{secrets.token_hex(16)}/0"
    call.corp.image_urls.add(url)
    return {"errmsg": "", "url": url}


@chapter.endpoint("GET", "media/get", doc=90254)
def get(call: Call) -> Download:
    """Return the bytes of a file (获取临时素材)."""
    media = check_media(call, call.text("media_id", missing=41006))
    return Download(content=media.content, filename=media.filename, content_type=media.content_type)


def check_media(call: Call, media_id: object, kind: str = "") -> Media:
    """Return a file that exists, is young enough and of that kind. Raises CallRefused 40007."""
    media = call.corp.media.get(media_id) if isinstance(media_id, str) else None
    if media is None or kind not in {"", media.kind}:
        raise CallRefused(40007)
    if call.now - media.created_at >= MEDIA_SECONDS:
        raise CallRefused(40007)
    return media


def _read(call: Call, most_bytes: int, too_large: int) -> tuple[FileStorage, bytes]:
    if call.file is None or not call.file.filename:
        raise CallRefused(44001)
    content = call.file.read(most_bytes + 1)
    if not content:
        raise CallRefused(44001)
    if len(content) < _SMALLEST_BYTES:
        raise CallRefused(40006)
    if len(content) > most_bytes:
        raise CallRefused(too_large)
    return call.file, content


def _check_content(kind: str, content: bytes) -> None:
    if kind == "image" and not content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        raise CallRefused(40004)
    if kind == "voice" and not content.startswith(b"#!AMR"):
        raise CallRefused(301017)
    if kind == "video" and content[4:8] != b"ftyp":
        raise CallRefused(40004)


def _forget_old(call: Call) -> None:
    while call.corp.media:
        oldest = next(iter(call.corp.media.values()))
        if call.now - oldest.created_at < 2 * MEDIA_SECONDS:
            return
        del call.corp.media[oldest.media_id]


def _safe_name(filename: str) -> str:
    return "".join(
        character
        if character.isascii() and character.isprintable() and character not in '"\\/'
        else "_"
        for character in filename
    )
