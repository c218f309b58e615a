"""Asynchronous imports of the contacts (异步批量接口)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wecom.answer import record
from wecom.arguments import at_most_bytes, not_empty
from wecom.client import Client
from wecom.endpoint import Endpoint

_FINISHED = 3


@dataclass(frozen=True, kw_only=True)
class BatchRow:
    """What became of one row of the file: a member (userid), or a department (partyid).

    action: for departments, a sum of 1 created, 2 renamed, 4 moved, 8 re-ordered.
    """

    userid: str = ""
    partyid: int = 0
    action: int = 0
    errcode: int = 0
    errmsg: str = ""


@dataclass(frozen=True, kw_only=True)
class BatchResult:
    """How far an import is; the rows come when it is finished.

    status: 1 started, 2 running, 3 finished. type: sync_user, replace_user or replace_party.
    """

    status: int
    type: str = ""
    total: int = 0
    percentage: int = 0
    result: tuple[BatchRow, ...] = ()

    @property
    def finished(self) -> bool:
        """True when all rows were worked on."""
        return self.status == _FINISHED

    def failures(self) -> Iterator[BatchRow]:
        """Yield the rows that were refused."""
        return (row for row in self.result if row.errcode != 0)


GETRESULT = Endpoint("GET", "batch/getresult", record(BatchResult), doc=90983)


def getresult(api: Client, jobid: str) -> BatchResult:
    """Read the state of an import (获取异步任务结果); only the last five are kept (40089)."""
    not_empty(jobid=jobid)
    at_most_bytes(64, jobid=jobid)
    return api.call(GETRESULT, query={"jobid": jobid})
