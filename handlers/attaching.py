"""From the attachments of a rule to those that WeCom takes; what is not to be had is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from errors import ArgumentRejected, WeComError
from handlers.context import Context
from handlers.lookup import bounded
from handlers.memory import Upload
from handlers.notices import tell_operators_once
from handlers.rules import Attachment, LocalFile
from handlers.rules.attachment import LinkPart, Media, MiniProgramPart
from handlers.templates import cut, render
from handlers.uploads import LIVES, tell_missing, upload_now
from wecom import attachments as wire

_LONGEST_LINK_TITLE, _LONGEST_LINK_DESC, _LONGEST_MINIPROGRAM_TITLE = 128, 512, 64


class Attaching:
    """The attachments of one message: made ready, made anew when WeCom knows a file no more."""

    def __init__(
        self, ctx: Context, wanted: Sequence[Attachment], values: Mapping[str, object]
    ) -> None:
        self._ctx = ctx
        self._wanted = wanted
        self._values = values
        self._media_ids: dict[LocalFile, str] = {}
        self._faults: list[tuple[LocalFile, Exception]] = []
        self._with_foreign_media = True

    def ready(self) -> list[wire.Attachment]:
        """Return the attachments as they are known; what was never uploaded is, if time allows."""
        files = self._files()
        known = self._ctx.memory.uploads() if files else {}
        for file in files:
            upload = known.get(file)
            if upload is None or self._ctx.now() - upload.created_at >= LIVES:
                upload = self._upload(file)
            if upload is not None:
                self._media_ids[file] = upload.media_id
        return self._made()

    def renewed(self) -> list[wire.Attachment]:
        """Upload every file again: WeCom does not know one of them any more (40007).

        A media_id that the rules name cannot be renewed; when none of ours was to blame it goes.
        """
        files = self._files()
        if not self._media_ids:
            self._with_foreign_media = False
        for file, media_id in list(self._media_ids.items()):
            self._ctx.memory.drop_upload(media_id)
            del self._media_ids[file]
        for file in files:
            if upload := self._upload(file):
                self._media_ids[file] = upload.media_id
        return self._made()

    def without_media(self) -> list[wire.Attachment]:
        """Return what needs no file."""
        self._media_ids.clear()
        self._with_foreign_media = False
        return self._made()

    def tell_faults(self) -> None:
        """Tell the operators what was left out; after the message is on its way."""
        for file, error in self._faults:
            tell_missing(self._ctx, file, error)

    def _files(self) -> list[LocalFile]:
        found = (attachment.local_file for attachment in self._wanted)
        return [file for file in dict.fromkeys(found) if file is not None]

    def _upload(self, file: LocalFile) -> Upload | None:
        api = bounded(self._ctx)
        if api is None:
            self._ctx.log.warning("upload_skipped", path=file.path, hint="no time left for it")
            return None
        try:
            return upload_now(self._ctx, api, file)
        except (WeComError, OSError) as error:
            self._faults.append((file, error))
            return None

    def _made(self) -> list[wire.Attachment]:
        made = (self._one(attachment) for attachment in self._wanted)
        return [each for each in made if each is not None]

    def _one(self, attachment: Attachment) -> wire.Attachment | None:
        try:
            return self._spelled(attachment)
        except ArgumentRejected as error:
            # A template filled in to nothing, or to too much.
            self._ctx.log.warning("attachment_left_out", error=str(error))
            return None

    def _spelled(self, attachment: Attachment) -> wire.Attachment | None:
        if attachment.link is not None:
            return self._link(attachment.link)
        found = attachment.media
        if found is None:
            return None
        media, kind = found
        media_id = self._media_id(media, attachment.local_file)
        if attachment.miniprogram is not None:
            return self._miniprogram(attachment.miniprogram, media_id) if media_id else None
        if kind == "image" and (media_id or media.pic_url):
            return wire.Image(media_id=media_id, pic_url=media.pic_url)
        if not media_id:
            return None
        return wire.Video(media_id=media_id) if kind == "video" else wire.File(media_id=media_id)

    def _media_id(self, media: Media, file: LocalFile | None) -> str:
        if file is not None:
            return self._media_ids.get(file, "")
        return media.media_id if self._with_foreign_media else ""

    def _link(self, link: LinkPart) -> wire.Link:
        return wire.Link(
            title=cut(render(link.title, self._values), _LONGEST_LINK_TITLE),
            url=render(link.url, self._values),
            desc=cut(render(link.desc, self._values), _LONGEST_LINK_DESC),
            picurl=link.picurl,
        )

    def _miniprogram(self, part: MiniProgramPart, media_id: str) -> wire.MiniProgram:
        return wire.MiniProgram(
            title=cut(render(part.title, self._values), _LONGEST_MINIPROGRAM_TITLE),
            pic_media_id=media_id,
            appid=part.appid,
            page=render(part.page, self._values),
        )


def tell_left_out(ctx: Context, rule: str, error: WeComError) -> None:
    """Tell the operators that WeCom refused what a rule attaches."""
    tell_operators_once(
        ctx,
        f"attachments:{rule}",
        f"附件被拒绝,欢迎语已不带附件发送 / attachments refused, sent without them:\n"
        f"{rule}\n{error}",
    )
