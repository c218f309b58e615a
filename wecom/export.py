"""Asynchronous exports of the contacts (通讯录管理 - 异步导出接口, doc 94850)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import BinaryIO

from errors import ArgumentRejected, FileUnavailable
from wecom import stored_file
from wecom.answer import only, record
from wecom.arguments import at_most_bytes, not_empty, within
from wecom.client import Client
from wecom.endpoint import Endpoint

_FINISHED, _FAILED = 2, 3
_KEY_LENGTH = 43
_FEWEST, _MOST = 10_000, 1_000_000
_SECONDS = 600.0


@dataclass(frozen=True, kw_only=True)
class ExportFile:
    """One encrypted part of an export; url: good for two hours, size and md5 of what is fetched."""

    url: str = field(repr=False)
    size: int = 0
    md5: str = ""


@dataclass(frozen=True, kw_only=True)
class ExportResult:
    """How far an export is; status: 0 waiting, 1 running, 2 finished, 3 failed."""

    status: int
    data_list: tuple[ExportFile, ...] = ()

    @property
    def finished(self) -> bool:
        """True when the files are there."""
        return self.status == _FINISHED

    @property
    def failed(self) -> bool:
        """True when there will be no files."""
        return self.status == _FAILED


SIMPLE_USER = Endpoint("POST", "export/simple_user", only("jobid", str), doc=94849)
USER = Endpoint("POST", "export/user", only("jobid", str), doc=94851)
DEPARTMENT = Endpoint("POST", "export/department", only("jobid", str), doc=94852)
TAGUSER = Endpoint("POST", "export/taguser", only("jobid", str), doc=94853)
GET_RESULT = Endpoint("GET", "export/get_result", record(ExportResult), doc=94854)


def simple_user(api: Client, encoding_aeskey: str, *, block_size: int | None = None) -> str:
    """Export names and departments of the members (导出成员); returns the jobid.

    encoding_aeskey: 43 characters; the files are encrypted with it. block_size: members in a file.
    """
    return _started(api, SIMPLE_USER, encoding_aeskey, block_size)


def user(api: Client, encoding_aeskey: str, *, block_size: int | None = None) -> str:
    """Export all about the members that the app may see (导出成员详情); returns the jobid."""
    return _started(api, USER, encoding_aeskey, block_size)


def department(api: Client, encoding_aeskey: str, *, block_size: int | None = None) -> str:
    """Export the departments (导出部门); returns the jobid."""
    return _started(api, DEPARTMENT, encoding_aeskey, block_size)


def taguser(api: Client, tagid: int, encoding_aeskey: str, *, block_size: int | None = None) -> str:
    """Export members and departments of a contacts tag (导出标签成员); returns the jobid."""
    return _started(api, TAGUSER, encoding_aeskey, block_size, tagid=tagid)


def get_result(api: Client, jobid: str) -> ExportResult:
    """Read how far an export is (获取导出结果); only who started it may ask."""
    not_empty(jobid=jobid)
    at_most_bytes(64, jobid=jobid)
    return api.call(GET_RESULT, query={"jobid": jobid})


def fetch(part: ExportFile, into: BinaryIO, *, timeout_seconds: float = _SECONDS) -> None:
    """Write one encrypted part as it comes, and compare size and md5.

    Raises FileUnavailable when it is not to be had or another one, APIUnreachable when it may be
    later.
    """
    size, digest = 0, hashlib.md5(usedforsecurity=False)
    for chunk in stored_file.chunks(
        part.url, good_for="two hours", timeout_seconds=timeout_seconds
    ):
        size += len(chunk)
        if part.size and size > part.size:
            break
        digest.update(chunk)
        into.write(chunk)
    if part.size and size != part.size:
        raise FileUnavailable("The file has not the size that was announced.")
    if part.md5 and digest.hexdigest() != part.md5.lower():
        raise FileUnavailable("The file has not the md5 that was announced.")


def _started(
    api: Client,
    endpoint: Endpoint[str],
    encoding_aeskey: str,
    block_size: int | None,
    *,
    tagid: int | None = None,
) -> str:
    if len(encoding_aeskey) != _KEY_LENGTH:
        raise ArgumentRejected("encoding_aeskey", f"must have {_KEY_LENGTH} characters")
    within(_FEWEST, _MOST, block_size=block_size)
    body = {"tagid": tagid, "encoding_aeskey": encoding_aeskey, "block_size": block_size}
    return api.call(endpoint, json=body)
