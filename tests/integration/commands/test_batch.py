"""`batch`: what is sent is what was checked, and what is written is what was exported."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from rich.cells import cell_len
from rich.console import Console
from server import CONTACTS, write_settings
from wecom_api import WeCom, serve

from commands.batch import Surroundings, follow, invite, print_outcome, read_import, submit
from commands.export_files import fetch_export
from commands.import_file import read_userids
from crypto import decode_key
from crypto.padding import unpad
from errors import DecryptionFailed, RateLimited, WeComError
from journal import Journal
from journal_factories import a_batch_job
from settings import read_settings
from simulator.exports import seal
from wecom import Client

MEMBERS = "姓名,帐号,部门\n张三,zhangsan,1\n"
EXPORT = b'{"userlist": [{"userid": "zhangsan", "name": "' + b"x" * 100 + b'"}]}'


def a_key(number: int) -> str:
    """Return one of as many EncodingAESKeys as are wanted."""
    return base64.b64encode(hashlib.sha256(b"%d" % number).digest()).decode().rstrip("=")


def fits(key: str, sealed: bytes) -> bool:
    """Tell whether the padding looks right though the key is another."""
    aes_key = decode_key(key)
    decryptor = Cipher(algorithms.AES(aes_key), modes.CBC(aes_key[:16])).decryptor()
    try:
        unpad(decryptor.update(sealed) + decryptor.finalize())
    except DecryptionFailed:
        return False
    return True


RIGHT = a_key(0)
SEALED = seal(EXPORT, decode_key(RIGHT))
WRONG_THAT_FITS = next(key for key in map(a_key, range(1, 10_000)) if fits(key, SEALED))


@contextmanager
def surroundings(folder: Path, wecom: WeCom) -> Iterator[Surroundings]:
    settings = read_settings(str(write_settings(folder / "wecom.toml", {}, [CONTACTS])))
    journal = Journal(f"sqlite:///{folder / 'journal.db'}")
    journal.migrate()
    with closing(journal):
        yield Surroundings(
            settings=settings,
            app=settings.apps[0],
            api=wecom.client(),
            journal=journal,
            console=Console(file=io.StringIO(), width=200),
            language="en",
            now=lambda: datetime.now(UTC),
        )


@pytest.mark.parametrize("kind", ["sync-users", "replace-users"])
def test_a_file_that_is_replaced_after_it_was_checked_is_sent_as_it_was_checked(
    tmp_path: Path, kind: str
) -> None:
    wecom = WeCom()
    wecom.on("media/upload", {"errcode": 0, "type": "file", "media_id": "m1", "created_at": "0"})
    for endpoint in ("batch/syncuser", "batch/replaceuser"):
        wecom.on(endpoint, {"errcode": 0, "jobid": "job"})
    path = tmp_path / "members.csv"
    path.write_bytes(MEMBERS.encode("gbk"))
    checked = read_import(kind, path)  # type: ignore[arg-type]  # a parameter is any text
    path.write_bytes(b"half wri")
    with surroundings(tmp_path, wecom) as around:
        submit(around, kind, checked, invite=False)  # type: ignore[arg-type]  # the same

    (uploaded,) = wecom.to("media/upload")
    assert MEMBERS.encode("gbk") in uploaded.body
    assert b"half wri" not in uploaded.body


def test_who_was_invited_is_told_though_a_later_call_is_refused(tmp_path: Path) -> None:
    wecom = WeCom()
    answers = iter([{"errcode": 0, "invaliduser": ["u2"]}, {"errcode": 45009, "errmsg": "no"}])
    wecom.on("batch/invite", lambda _: next(answers))
    path = tmp_path / "members.csv"
    path.write_text("帐号\n" + "".join(f"u{number}\n" for number in range(1500)), encoding="utf-8")

    with surroundings(tmp_path, wecom) as around, pytest.raises(RateLimited):
        invite(around, read_userids(path))

    printed = around.console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
    assert [line.split() for line in printed.splitlines()][1] == ["4", "u2"]
    assert "1000 members, 1 could not be invited; 500 were not asked, from line 1002 on" in printed


def test_what_became_of_the_rows_is_aligned_in_chinese(tmp_path: Path) -> None:
    rows = [
        {"userid": "zhangsan", "errcode": 60003, "errmsg": ""},
        {"userid": "li", "errcode": 60123, "errmsg": ""},
    ]
    outcome = dataclasses.replace(a_batch_job(), total=3, result=rows)
    with surroundings(tmp_path, WeCom()) as around:
        chinese = dataclasses.replace(around, language="zh")
        good = print_outcome(chinese, outcome, ((2, "zhangsan"), (3, "li")))

    printed = around.console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
    _, head, first, second, end = printed.splitlines()
    assert head.split() == ["行号", "条目", "errcode", "含义", "提示"]
    assert (first.split()[:3], second.split()[:2]) == (["2", "zhangsan", "60003"], ["3", "li"])
    begins = [cell_len(line[: line.index(word)]) for line, word in ((head, "err"), (first, "600"))]
    assert begins[0] == begins[1]
    assert (good, end) == (False, "共 3 行，失败 2 行")


def export_with(keys: list[str], out: Path, sealed: bytes = SEALED) -> list[Path]:
    wecom = WeCom()
    with serve(lambda exchange, _: exchange.reply(sealed)) as url:
        part = {"url": f"{url}/file", "size": len(sealed), "md5": ""}
        wecom.on("export/get_result", {"errcode": 0, "status": 2, "data_list": [part]})
        api: Client = wecom.client()
        return fetch_export(api, "job", out, keys)


def test_of_several_keys_the_one_that_makes_sense_of_the_file_is_taken(tmp_path: Path) -> None:
    out = tmp_path / "members.json"

    assert export_with([WRONG_THAT_FITS, RIGHT], out) == [out]

    assert out.read_bytes() == EXPORT


@pytest.mark.parametrize(
    ("keys", "sealed"),
    [
        ([WRONG_THAT_FITS], SEALED),
        ([a_key(10_001), WRONG_THAT_FITS], SEALED),
        ([RIGHT], SEALED[:-1]),
        ([RIGHT], SEALED[:-32]),
        ([RIGHT], b""),
    ],
    ids=["fits", "none", "cut", "cut at a block", "empty"],
)
def test_a_file_that_cannot_be_decrypted_leaves_nothing_behind(
    tmp_path: Path, keys: list[str], sealed: bytes
) -> None:
    with pytest.raises(WeComError, match="cannot be decrypted"):
        export_with(keys, tmp_path / "members.json", sealed)

    assert list(tmp_path.iterdir()) == []


def test_an_outcome_that_arrived_before_anybody_waited_ends_the_waiting(tmp_path: Path) -> None:
    """WeCom may push the event before it answers the call, and twice."""
    wecom = WeCom()

    with surroundings(tmp_path, wecom) as around:
        told = a_batch_job(job_id="job")
        for _ in range(2):
            around.journal.store_batch_job(dataclasses.replace(told, corpid=around.app.corpid))
        outcome = follow(around, "job", "sync_user")

    assert outcome.result == told.result
    assert wecom.to("batch/getresult") == []
