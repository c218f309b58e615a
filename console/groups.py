"""Groups: the customer groups, and who came and went (客户群)."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, g, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from console import charts, page
from console.access import Access
from console.parts import Parts
from console.series import Series
from journal import ChatPicture
from journal.listing import ChatLine

_DAYS = 30
_EACH_PAGE = 50
_MOST_SHOWN = 200


def add(blueprint: Blueprint, parts: Parts, access: Access) -> None:  # noqa: ARG001 - every page is added alike
    """Add the pages."""
    changes = Series(parts.journal.count_chat_changes, span=timedelta(days=1), length=_DAYS)

    @blueprint.get("/groups")
    def list_groups() -> AnyResponse:
        """Show the groups, those that changed last first."""
        now, owner = parts.now(), request.args.get("owner", "").strip()[:255]
        chats = parts.journal.list_chats(
            before=_moment(request.args.get("before", "")), owner=owner or None, limit=_EACH_PAGE
        )
        offset = now.astimezone(page.zone()).utcoffset() or timedelta(0)
        counted = changes.up_to(now, offset)
        days = [(page.clock(start, "%m-%d"), *(count or (0, 0))) for start, count in counted]
        return page.render(
            "groups",
            chats=chats,
            title=_title,
            owner=owner,
            per_day=charts.pairs(days),
            joined=sum(joined for _, joined, _ in days),
            left=sum(left for _, _, left in days),
            days=_DAYS,
            counting=any(count is None for _, count in counted),
            older=chats[-1].read_at.isoformat() if len(chats) == _EACH_PAGE else None,
        )

    @blueprint.get("/groups/<corpid>/<chat_id>")
    def group(corpid: str, chat_id: str) -> AnyResponse:
        """Show one group: its members, and who came and went last."""
        picture = parts.journal.chat(corpid, chat_id)
        if picture is None:
            raise NotFound
        return page.render(
            "group",
            chat=picture,
            title=_title(picture),
            members=picture.members[:_MOST_SHOWN],
            changes=parts.journal.newest_chat_changes(corpid, chat_id, limit=_MOST_SHOWN),
        )


def _title(chat: ChatLine | ChatPicture) -> str:
    """Return what a group is called; its name may be a customer's."""
    return (chat.name if g.operator.may("personal") else "") or chat.chat_id


def _moment(written: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    return at if at.tzinfo else None
