"""What a welcome may carry beside its text (附件, doc 92137)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from handlers.rules.texts import Template
from language import Mistake

MediaKind = Literal["image", "video", "file"]

MOST_ATTACHMENTS = 9
LONGEST_PATH = 255
ENDINGS: dict[str, tuple[str, ...]] = {"image": (".jpg", ".jpeg", ".png"), "video": (".mp4",)}
LARGEST_BYTES: dict[str, int] = {"image": 10_485_760, "video": 10_485_760, "file": 20_971_520}


@dataclass(frozen=True, kw_only=True, order=True)
class LocalFile:
    """A file beside the rules that is uploaded ahead of time; path as the rules write it."""

    path: str
    kind: MediaKind

    @classmethod
    def of(cls, path: str, kind: str) -> LocalFile | None:
        """Return the file by the kind's name; None for a kind of another version."""
        known: tuple[MediaKind, ...] = ("image", "video", "file")
        return next((cls(path=path, kind=each) for each in known if each == kind), None)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_path(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


class Media(_Part):
    """A path relative to the rules file, or the media_id of a file uploaded elsewhere."""

    path: str = Field("", max_length=LONGEST_PATH, description="Relative to the rules file.")
    media_id: str = Field("", description="Of media/upload; good for three days.")
    pic_url: str = Field("", description="Of media/uploadimg; for a picture.")

    @model_validator(mode="after")
    def _check_one(self) -> Media:
        if sum(map(bool, (self.path, self.media_id, self.pic_url))) != 1:
            raise Mistake(
                en="wants a path, or else a media_id", zh="应写文件路径或 media_id，二者取一"
            )
        if PurePath(self.path).is_absolute() or ".." in PurePath(self.path).parts:
            raise Mistake(
                en=f'"{self.path}" must be inside the folder of the rules file',
                zh=f'"{self.path}" 必须位于规则文件所在的目录之内',
            )
        return self


MediaField = Annotated[Media, BeforeValidator(_as_path)]


class LinkPart(_Part):
    """A card that opens a page."""

    title: Template = Field(min_length=1, description="At most 128 bytes; may be a template.")
    url: Template = Field(min_length=1, max_length=2048, description="May be a template.")
    desc: Template = Field("", description="At most 512 bytes; may be a template.")
    picurl: str = Field("", description="Address of the card's picture.")


class MiniProgramPart(_Part):
    """A card that opens a page of a mini program linked to the corp."""

    title: Template = Field(min_length=1, description="At most 64 bytes; may be a template.")
    appid: str = Field(min_length=1, description="Of the mini program.")
    page: Template = Field(min_length=1, description="The page to open; may be a template.")
    cover: MediaField = Field(description="A picture, best 520 x 416.")


class Attachment(_Part):
    """One attachment: exactly one of the kinds."""

    image: MediaField | None = Field(None, description="JPG or PNG, at most 10 MB.")
    link: LinkPart | None = Field(None, description="title, url, desc, picurl.")
    miniprogram: MiniProgramPart | None = Field(None, description="title, appid, page, cover.")
    video: MediaField | None = Field(None, description="MP4, at most 10 MB.")
    file: MediaField | None = Field(None, description="At most 20 MB.")

    @model_validator(mode="after")
    def _check_one(self) -> Attachment:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise Mistake(
                en="must be one of image, link, miniprogram, video, file",
                zh="应为 image、link、miniprogram、video、file 之一",
            )
        for kind in ("video", "file"):
            media = getattr(self, kind)
            if media is not None and media.pic_url:
                raise Mistake(
                    key=kind,
                    en="pic_url is for pictures; write a path or a media_id",
                    zh="pic_url 只能用于图片，请改写文件路径或 media_id",
                )
        if self.miniprogram is not None and self.miniprogram.cover.pic_url:
            raise Mistake(
                key="miniprogram",
                en="cover: wants a path or a media_id",
                zh="cover: 应写文件路径或 media_id",
            )
        return self

    @property
    def media(self) -> tuple[Media, MediaKind] | None:
        """The file in it, if there is one."""
        for kind in ("image", "video", "file"):
            if (found := getattr(self, kind)) is not None:
                return found, kind
        return (self.miniprogram.cover, "image") if self.miniprogram is not None else None

    @property
    def local_file(self) -> LocalFile | None:
        """The file that has to be uploaded, if there is one."""
        found = self.media
        if found is None or not found[0].path:
            return None
        return LocalFile(path=found[0].path, kind=found[1])


def as_attachments(value: Any) -> Any:  # noqa: ANN401 - whatever the file says
    """Let a single attachment stand without a list."""
    return [value] if isinstance(value, dict) else value
