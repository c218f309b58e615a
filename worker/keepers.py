"""Lets handlers keep things in the journal database without knowing it."""

from __future__ import annotations

from datetime import datetime

from handlers import JobOutcome
from handlers.context import MemberNews
from journal import BatchJobRecord, ChatMember, ChatNews, ChatPicture, Journal
from wecom.group_chat import GroupChat


class ChatKeeper:
    """Keeps pictures of customer groups."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def store(
        self,
        corpid: str,
        chat: GroupChat,
        *,
        read_at: datetime,
        told: MemberNews | None,
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Keep a newer picture; return who joined and who left since the one before."""
        picture = ChatPicture(
            corpid=corpid,
            chat_id=chat.chat_id,
            name=chat.name,
            owner=chat.owner,
            member_version=chat.member_version,
            read_at=read_at,
            members=tuple(
                ChatMember(
                    userid=member.userid,
                    type=member.type,
                    join_time=member.join_time,
                    join_scene=member.join_scene,
                    invitor=member.invitor.userid if member.invitor else "",
                    state=member.state,
                )
                for member in chat.member_list
            ),
        )
        difference = self._journal.store_chat(
            picture, None if told is None else ChatNews(**vars(told))
        )
        return difference.joined, difference.left

    def dismiss(self, corpid: str, chat_id: str, at: datetime) -> None:
        """Record that a group is no more."""
        self._journal.dismiss_chat(corpid, chat_id, at)


class JobKeeper:
    """Keeps the outcome of asynchronous jobs."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def store(self, job: JobOutcome) -> None:
        """Keep the outcome of one job."""
        self._journal.store_batch_job(
            BatchJobRecord(
                corpid=job.corpid,
                job_id=job.job_id,
                job_type=job.job_type,
                errcode=job.errcode,
                errmsg=job.errmsg,
                total=job.total,
                result=job.rows,
                finished_at=job.finished_at,
            )
        )
