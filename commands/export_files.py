"""What an export brought: fetched, compared, decrypted and written where only we can read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from crypto import decode_key
from crypto.media import decrypt_chunks
from errors import DecryptionFailed, WeComError
from language import Language, Text
from wecom import Client, export

_CHUNK_BYTES = 65_536
_JSON = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\{\s*["}]|\[\s*[\[{"\d\]])')


def fetch_export(
    api: Client,
    job_id: str,
    out: Path,
    encoding_aes_keys: Sequence[str],
    language: Language = "en",
) -> list[Path]:
    """Write the files of a finished export and return their paths; several are numbered.

    encoding_aes_keys: the newest first; the export was started with one of them. A file appears
    when it is whole. Raises WeComError when one cannot be had or decrypted.
    """
    parts = export.get_result(api, job_id).data_list
    if not parts:
        told = Text(en=f"the export {job_id} has no files", zh=f"导出 {job_id} 没有文件")
        raise WeComError(told[language])
    return [
        _fetch(part, path, encoding_aes_keys, language)
        for part, path in zip(parts, _paths(out, len(parts)), strict=True)
    ]


def _fetch(
    part: export.ExportFile, path: Path, encoding_aes_keys: Sequence[str], language: Language
) -> Path:
    with TemporaryFile() as encrypted:
        export.fetch(part, encrypted)
        for encoding_aes_key in encoding_aes_keys:
            try:
                _decrypt(encrypted, path, decode_key(encoding_aes_key))
            except DecryptionFailed:
                continue
            return path
    told = Text(
        en="the file cannot be decrypted with any EncodingAESKey of the app",
        zh="该应用的 EncodingAESKey 都无法解密这个文件",
    )
    raise WeComError(told[language])


def _decrypt(encrypted: BinaryIO, path: Path, aes_key: bytes) -> None:
    encrypted.seek(0)
    unfinished = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    try:
        with open(unfinished, "xb", opener=_for_us_alone) as file:
            file.writelines(_json(decrypt_chunks(aes_key, _chunks(encrypted))))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _json(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what begins as JSON does; of wrong keys one in 256 leaves a padding that fits."""
    begun = False
    for chunk in chunks:
        if chunk and not begun and not _JSON.match(chunk):
            raise DecryptionFailed
        begun = begun or bool(chunk)
        yield chunk


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)  # names and telephone numbers stand in it


def _paths(out: Path, count: int) -> Iterator[Path]:
    if count == 1:
        yield out
        return
    for number in range(1, count + 1):
        yield out.with_name(f"{out.stem}-{number}{out.suffix}")
