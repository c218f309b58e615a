"""Files (素材管理)."""

from __future__ import annotations

import secrets

from werkzeug.datastructures import FileStorage

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter, Download
from simulator.corp import Corp
from simulator.days import DAY_SECONDS, MONTH_SECONDS
from simulator.quotas import Quotas
from simulator.records import Media

chapter = Chapter()

_MEDIA_SECONDS = 3 * DAY_SECONDS
_MEGABYTE = 1024 * 1024
_SMALLEST_BYTES = 6
_UPLOADIMG_BYTES = 2 * _MEGABYTE
_KINDS = {
    "image": (10 * _MEGABYTE, 40009),
    "voice": (2 * _MEGABYTE, 45001),
    "video": (10 * _MEGABYTE, 40011),
    "file": (20 * _MEGABYTE, 45001),
}
JSSDK_VOICE = "jssdk_voice"
_MOMENTS, _ALBUM = 1, 2
_ATTACHMENTS = {_MOMENTS: ("image", "video"), _ALBUM: ("image",)}


@chapter.endpoint("POST", "media/upload", doc=90253, file=True)
def upload(call: Call) -> dict[str, object]:
    """Keep a file for three days (上传临时素材)."""
    kind = call.query.get("type", "")
    if kind not in _KINDS:
        raise CallRefused(40005)
    most_bytes, too_large = _KINDS[kind]
    file, content = _read(call, most_bytes, too_large)
    _check_content(kind, content)
    media = _keep(call, kind, file, content)
    return {
        "errmsg": "",
        "type": kind,
        "media_id": media.media_id,
        "created_at": str(int(call.now)),
    }


@chapter.endpoint("POST", "media/uploadimg", doc=90256, file=True)
def uploadimg(call: Call) -> dict[str, object]:
    """Keep a picture for good and return its address (上传图片)."""
    limits, quotas = call.tenant.limits, call.corp.of(Quotas)
    quotas.count("uploadimg", call.now, most=limits.uploadimg_per_day, seconds=DAY_SECONDS)
    quotas.count("uploadimg", call.now, most=limits.uploadimg_per_month, seconds=MONTH_SECONDS)
    _, content = _read(call, _UPLOADIMG_BYTES, 40009)
    _check_content("image", content)
    url = f"https://wework.qpic.cn/wwpic/{secrets.token_hex(16)}/0"
    call.corp.image_urls.add(url)
    return {"errmsg": "", "url": url}


@chapter.endpoint("GET", "media/get", doc=90254)
def get(call: Call) -> Download:
    """Return the bytes of a file (获取临时素材), of attachments too (doc 93333)."""
    media = _known(call, call.text("media_id", missing=41006))
    return Download(content=media.content, filename=media.filename, content_type=media.content_type)


@chapter.endpoint("GET", "media/get/jssdk", doc=90255)
def get_jssdk(call: Call) -> Download:
    """Return a voice recorded by JS-SDK, in its better quality (获取高清语音素材)."""
    media = check_media(call, call.text("media_id", missing=41006), JSSDK_VOICE)
    return Download(content=media.content, filename=media.filename, content_type="voice/speex")


@chapter.endpoint("POST", "media/upload_attachment", doc=95098, file=True)
def upload_attachment(call: Call) -> dict[str, object]:
    """Keep a file of moments or product albums for three days (上传附件资源)."""
    scene = call.query.get("attachment_type", "")
    if scene not in ("1", "2"):
        raise CallRefused(40005)
    kind = call.query.get("media_type", "")
    if kind not in ("image", "video", "file"):
        raise CallRefused(40005)
    if kind not in _ATTACHMENTS[int(scene)]:
        raise CallRefused(41072)
    file, content = _read(call, _KINDS[kind][0], 41080)
    _check_content(kind, content, wrong=41090)
    media = _keep(call, kind, file, content, scene=int(scene))
    return {
        "errmsg": "",
        "type": kind,
        "media_id": media.media_id,
        "created_at": int(call.now),
    }


def new_media(
    corp: Corp, kind: str, content: bytes, filename: str, now: float, *, scene: int = 0
) -> Media:
    """Keep a file for three days; the oldest go when their time is long over."""
    while corp.media:
        oldest = next(iter(corp.media.values()))
        if now - oldest.created_at < 2 * _MEDIA_SECONDS:
            break
        del corp.media[oldest.media_id]
    media = Media(
        media_id="3" + secrets.token_urlsafe(48),
        kind=kind,
        filename=_safe_name(filename),
        content_type="application/octet-stream",
        content=content,
        created_at=now,
        scene=scene,
    )
    corp.media[media.media_id] = media
    return media


def check_media(call: Call, media_id: object, kind: str, *, scene: int = 0) -> Media:
    """Return a file that exists, is young enough and of that kind. Raises CallRefused 40007.

    scene: where an attachment (附件资源) belongs; only there it is of use, and nothing else is.
    """
    media = _known(call, media_id)
    if (media.kind, media.scene) != (kind, scene):
        raise CallRefused(40007)
    return media


def _known(call: Call, media_id: object) -> Media:
    media = call.corp.media.get(media_id) if isinstance(media_id, str) else None
    if media is None or call.now - media.created_at >= _MEDIA_SECONDS:
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


def _keep(call: Call, kind: str, file: FileStorage, content: bytes, *, scene: int = 0) -> Media:
    media = new_media(call.corp, kind, content, file.filename or kind, call.now, scene=scene)
    media.content_type = file.mimetype or media.content_type
    return media


def _check_content(kind: str, content: bytes, *, wrong: int = 40004) -> None:
    if kind == "image" and not content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        raise CallRefused(wrong)
    if kind == "voice" and not content.startswith(b"#!AMR"):
        raise CallRefused(301017)
    if kind == "video" and content[4:8] != b"ftyp":
        raise CallRefused(wrong)


def _safe_name(filename: str) -> str:
    return "".join(
        character
        if character.isascii() and character.isprintable() and character not in '"\\/'
        else "_"
        for character in filename
    )
