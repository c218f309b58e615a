"""From the attachments of a rule to those that WeCom takes; what is not to be had is left out."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from errors import ArgumentRejected, MediaInvalid, WeComError
from handlers.context import Context
from handlers.lookup import bounded
from handlers.memory import Upload
from handlers.notices import in_both, tell_operators_once
from handlers.rules import Attachment, LocalFile
from handlers.rules.attachment import LinkPart, Media, MiniProgramPart
from handlers.templates import cut, render
from handlers.uploads import LIVES, tell_missing, upload_now
from wecom import attachments as wire
from wecom import media

_LONGEST_LINK_TITLE, _LONGEST_LINK_DESC, _LONGEST_MINIPROGRAM_TITLE = 128, 512, 64
_LOOKED_AT_AGAIN_AFTER = timedelta(minutes=10)


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
        # The media_ids that the rules name: those that are left out, and those that go at last.
        self._refused: frozenset[str] = frozenset()
        self._suspects: tuple[str, ...] = ()
        self._blamed: tuple[str, ...] = ()

    def ready(self) -> list[wire.Attachment]:
        """Return the attachments as they are known; what was never uploaded is, if time allows."""
        files = self._files()
        known = self._ctx.memory.uploads() if files else {}
        if self._foreign():
            self._refused = self._ctx.memory.refused_media()
        for file in files:
            upload = known.get(file)
            if upload is None or self._ctx.now() - upload.created_at >= LIVES:
                upload = self._upload(file)
            if upload is not None:
                self._media_ids[file] = upload.media_id
        return self._made()

    def others(self) -> Iterator[list[wire.Attachment]]:
        """Yield what to send instead when WeCom knows one of the files no more (40007).

        First every file of ours uploaded again, then all but the media_ids that the rules name,
        which nobody renews.
        """
        if self._media_ids:
            self._renew()
            yield self._made()
        if suspects := self._foreign():
            self._suspects = suspects
            yield self._made()

    def blame_what_was_left_out(self) -> None:
        """Note that it went without the media_ids of the rules, after it did not go with them."""
        self._blamed = self._suspects

    def without_media(self) -> list[wire.Attachment]:
        """Return what needs no file."""
        self._media_ids.clear()
        self._suspects = self._foreign()
        return self._made()

    def tell_faults(self) -> None:
        """Tell the operators what was left out; after the message is on its way."""
        if self._blamed:
            self._remember_refused(self._blamed)
        for file, error in self._faults:
            tell_missing(self._ctx, file, error)
        for media_id in self._named():
            if media_id in self._refused:
                tell_refused(self._ctx, media_id)

    def _files(self) -> list[LocalFile]:
        found = (attachment.local_file for attachment in self._wanted)
        return [file for file in dict.fromkeys(found) if file is not None]

    def _named(self) -> tuple[str, ...]:
        """Return the media_ids that the rules name, in their order."""
        found = (attachment.media for attachment in self._wanted)
        return tuple(dict.fromkeys(each[0].media_id for each in found if each and each[0].media_id))

    def _foreign(self) -> tuple[str, ...]:
        return tuple(each for each in self._named() if each not in self._refused)

    def _renew(self) -> None:
        for media_id in self._media_ids.values():
            self._ctx.memory.drop_upload(media_id)
        self._media_ids.clear()
        for file in self._files():
            if upload := self._upload(file):
                self._media_ids[file] = upload.media_id

    def _remember_refused(self, suspects: tuple[str, ...]) -> None:
        """Keep in mind which media_ids are refused, so that no other welcome is sent with them."""
        try:
            refused = suspects if len(suspects) == 1 else self._gone(suspects)
            for media_id in refused:
                self._ctx.memory.keep_refused_media(media_id)
        except (WeComError, OSError) as error:
            # The welcome has left. The next one will meet the same refusal.
            self._ctx.log.warning("media_not_looked_at", error=type(error).__name__)
            return
        self._refused |= frozenset(refused)

    def _gone(self, suspects: tuple[str, ...]) -> tuple[str, ...]:
        """Ask for each, in one welcome at a time; when all are there, they are of another kind."""
        subject = hashlib.sha256(" ".join(suspects).encode()).hexdigest()
        if not self._ctx.memory.tell(f"media:{subject}", again_after=_LOOKED_AT_AGAIN_AFTER):
            return ()
        return tuple(each for each in suspects if self._is_gone(each)) or suspects

    def _is_gone(self, media_id: str) -> bool:
        with tempfile.TemporaryFile() as file:
            try:
                media.get(self._ctx.api, media_id, file)
            except MediaInvalid:
                return True
        return False

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
        part, kind = found
        media_id = self._media_id(part, attachment.local_file)
        if attachment.miniprogram is not None:
            return self._miniprogram(attachment.miniprogram, media_id) if media_id else None
        if kind == "image" and (media_id or part.pic_url):
            return wire.Image(media_id=media_id, pic_url=part.pic_url)
        if not media_id:
            return None
        return wire.Video(media_id=media_id) if kind == "video" else wire.File(media_id=media_id)

    def _media_id(self, part: Media, file: LocalFile | None) -> str:
        if file is not None:
            return self._media_ids.get(file, "")
        left_out = part.media_id in self._refused or part.media_id in self._suspects
        return "" if left_out else part.media_id

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


def tell_refused(ctx: Context, media_id: str) -> None:
    """Tell the operators that a media_id of the rules is good no more; welcomes go without it."""
    tell_operators_once(
        ctx,
        f"media_id:{media_id}",
        "rules.toml 中的 media_id 已失效(三天有效)或类型不符,欢迎语将不带它发送。"
        "请改写文件路径,由本服务自动续传 / a media_id of rules.toml is refused "
        "(it lives three days), welcomes go without it; write the path of a file instead, which is "
        f"renewed:\n{media_id}",
    )


def tell_left_out(ctx: Context, rule: str, error: WeComError) -> None:
    """Tell the operators that WeCom refused what a rule attaches."""
    tell_operators_once(
        ctx,
        f"attachments:{rule}",
        f"附件被拒绝,欢迎语已不带附件发送 / attachments refused, sent without them:\n"
        f"{rule}\n{in_both(error.text)}",
    )
