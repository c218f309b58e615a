"""The product album (商品图册, doc 95096); an app sees only what it put there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from errors import ArgumentRejected
from wecom.answer import nothing, only, paged
from wecom.arguments import at_most_bytes, at_most_chars, at_most_items, not_empty, within
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.paging import every

_MOST_PICTURES = 9
_HIGHEST_PRICE_FEN = 5_000_000
_PRODUCT_SN = re.compile(r"[0-9A-Za-z]*")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture of a product."""

    media_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Pictured:
    """An attachment of a product; the platform knows pictures only."""

    type: str = ""
    image: Picture | None = None


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product; price in fen, the hundredth part of a yuan."""

    product_id: str
    product_sn: str = ""
    description: str = ""
    price: int = 0
    create_time: datetime | None = None
    attachments: tuple[Pictured, ...] = ()


ADD_PRODUCT_ALBUM = Endpoint(
    "POST", "externalcontact/add_product_album", only("product_id", str), doc=95096
)
GET_PRODUCT_ALBUM = Endpoint(
    "POST", "externalcontact/get_product_album", only("product", Product), doc=95096
)
GET_PRODUCT_ALBUM_LIST = Endpoint(
    "POST", "externalcontact/get_product_album_list", paged("product_list", Product), doc=95096
)
UPDATE_PRODUCT_ALBUM = Endpoint(
    "POST",
    "externalcontact/update_product_album",
    nothing,
    doc=95096,
    one_at_a_time=("product_id",),
)
DELETE_PRODUCT_ALBUM = Endpoint("POST", "externalcontact/delete_product_album", nothing, doc=95096)


def add_product_album(
    api: Client,
    *,
    description: str,
    price: int,
    media_ids: Sequence[str],
    product_sn: str | None = None,
) -> str:
    """Put a product into the album (创建商品图册) and return its product_id.

    price: in fen. media_ids: pictures of `media.upload_attachment` for the album.
    """
    not_empty(description=description, media_ids=media_ids)
    _check_limits(description, price, media_ids, product_sn)
    body = {
        "description": description,
        "price": price,
        "product_sn": product_sn,
        "attachments": _pictures(media_ids),
    }
    return api.call(ADD_PRODUCT_ALBUM, json=body)


def get_product_album(api: Client, product_id: str) -> Product:
    """Read one product (获取商品图册)."""
    not_empty(product_id=product_id)
    return api.call(GET_PRODUCT_ALBUM, json={"product_id": product_id})


def get_product_album_list(api: Client, *, limit: int = 100) -> Iterator[Product]:
    """Yield every product (获取商品图册列表), `limit` a request."""
    within(1, 100, limit=limit)
    return every(api, GET_PRODUCT_ALBUM_LIST, {"limit": limit})


def update_product_album(
    api: Client,
    product_id: str,
    *,
    description: str | None = None,
    price: int | None = None,
    media_ids: Sequence[str] | None = None,
    product_sn: str | None = None,
) -> None:
    """Change a product (编辑商品图册); None leaves a field, media_ids replace all pictures."""
    not_empty(product_id=product_id)
    _check_limits(description, price, media_ids, product_sn)
    body = {
        "product_id": product_id,
        "description": description,
        "price": price,
        "product_sn": product_sn,
        "attachments": None if media_ids is None else _pictures(media_ids),
    }
    api.call(UPDATE_PRODUCT_ALBUM, json=body)


def delete_product_album(api: Client, product_id: str) -> None:
    """Remove a product (删除商品图册)."""
    not_empty(product_id=product_id)
    api.call(DELETE_PRODUCT_ALBUM, json={"product_id": product_id})


def _check_limits(
    description: str | None,
    price: int | None,
    media_ids: Sequence[str] | None,
    product_sn: str | None,
) -> None:
    at_most_chars(300, description=description)
    within(0, _HIGHEST_PRICE_FEN, price=price)
    at_most_items(_MOST_PICTURES, media_ids=media_ids)
    at_most_bytes(128, product_sn=product_sn)
    if product_sn is not None and not _PRODUCT_SN.fullmatch(product_sn):
        raise ArgumentRejected("product_sn", "letters and digits only")


def _pictures(media_ids: Sequence[str]) -> list[dict[str, object]]:
    return [{"type": "image", "image": {"media_id": media_id}} for media_id in media_ids]
