"""Uploads the files that rules attach, ahead of time, and renews them (上传临时素材, doc 90253)."""

from __future__ import annotations

import hashlib
import threading
from datetime import timedelta
from pathlib import Path

from errors import APIError, FileUnavailable, WeComError
from handlers.context import Context
from handlers.memory import Upload
from handlers.notices import in_both, tell_operators_once
from handlers.router import Router
from handlers.rules import LocalFile
from handlers.rules.file import why_not_sendable
from wecom import Client, media

router = Router()

RENEWED_AFTER = timedelta(days=2, hours=12)  # a media_id lives three days
LIVES = timedelta(days=3)
_CHUNK_BYTES = 1 << 20
# Of the wrong type, too large or small, damaged, empty: the same file is refused the next time.
_ABOUT_THE_CONTENT = frozenset({40004, 40006, 40009, 40011, 40123, 44001, 45001, 45007})

_hashes: dict[Path, tuple[tuple[int, int], str]] = {}
_guard = threading.Lock()


@router.every(timedelta(seconds=20), at_start=True)
def keep_files_uploaded(ctx: Context) -> None:
    """Upload what rules attach and is new, has changed, or will be too old before long."""
    files = ctx.rules.files(ctx.app.name)
    if not files:
        ctx.conclude("no_files")
        return
    known = ctx.memory.uploads()
    uploaded, failed = 0, 0
    for file in sorted(files):
        try:
            uploaded += _keep_uploaded(ctx, file, known.get(file))
        except (WeComError, OSError) as error:
            failed += 1
            tell_missing(ctx, file, error)
    ctx.conclude(f"failed {failed}" if failed else f"uploaded {uploaded}" if uploaded else "fresh")


def upload_now(ctx: Context, api: Client, file: LocalFile) -> Upload:
    """Upload one file and keep its media_id. Raises OSError and what the call raises.

    What WeCom refused is not sent again, or every welcome would wait for it.
    """
    path = ctx.rules.folder / file.path
    if reason := why_not_sendable(path, file.kind):
        raise FileNotFoundError(reason.en)
    sha256 = _hash_of(path)
    content = f"{file.kind}:{sha256}"
    if content in ctx.memory.refused_media():
        raise FileUnavailable("WeCom refused this content; replace the file.")
    try:
        sent = media.upload(api, path, file.kind)
    except APIError as error:
        if error.errcode in _ABOUT_THE_CONTENT:
            ctx.memory.keep_refused_media(content)
        raise
    upload = Upload(file=file, sha256=sha256, media_id=sent.media_id, created_at=ctx.now())
    ctx.memory.keep_upload(upload)
    ctx.log.info("file_uploaded", path=file.path, kind=file.kind)
    return upload


def tell_missing(ctx: Context, file: LocalFile, error: Exception) -> None:
    """Log and tell the operators that a file is not to be had; welcomes go without it."""
    reason = str(error) if isinstance(error, WeComError | FileNotFoundError) else str(type(error))
    ctx.log.warning("file_not_uploaded", path=file.path, kind=file.kind, error=reason)
    known = isinstance(error, FileUnavailable) or (
        isinstance(error, APIError) and error.errcode in _ABOUT_THE_CONTENT
    )
    tell_operators_once(
        ctx,
        f"file:{file.path}:{'refused' if known else reason}",
        f"素材无法上传,欢迎语将不带它发送 / cannot upload, welcomes go without it:\n"
        f"{file.path}\n{in_both(error.text) if isinstance(error, WeComError) else reason}",
    )


def _keep_uploaded(ctx: Context, file: LocalFile, known: Upload | None) -> bool:
    path = ctx.rules.folder / file.path
    fresh = known is not None and ctx.now() - known.created_at < RENEWED_AFTER
    if known is not None and fresh and path.is_file() and _hash_of(path) == known.sha256:
        return False
    upload_now(ctx, ctx.api, file)
    return True


def _hash_of(path: Path) -> str:
    """Return the hash of a file's content; one that was not touched is not read again."""
    status = path.stat()
    stamp = (status.st_mtime_ns, status.st_size)
    with _guard:
        known = _hashes.get(path)
    if known is not None and known[0] == stamp:
        return known[1]
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    with _guard:
        _hashes[path] = (stamp, digest.hexdigest())
    return digest.hexdigest()
