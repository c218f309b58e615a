"""The product album (商品图册, doc 95096); an app sees only what it put there."""

from __future__ import annotations

import re
from typing import Any

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.media import check_media
from simulator.corp import new_id
from simulator.materials import Materials, Product

chapter = Chapter(needs="customer_contact")

_SCENE = 2
_MOST_DESCRIPTION = 300
_HIGHEST_PRICE_FEN = 5_000_000
_PRODUCT_SN = re.compile("[0-9A-Za-z]{0,128}")
_MOST_PICTURES = 9


@chapter.endpoint("POST", "externalcontact/add_product_album", doc=95096)
def add_product_album(call: Call) -> dict[str, object]:
    """Put a product into the album (创建商品图册)."""
    product = Product(
        product_id=new_id("pr"),
        owner=call.app.name,
        create_time=int(call.now),
        description=_description(call),
        price=_price(call),
        product_sn=_product_sn(call),
        pictures=_pictures(call),
    )
    call.corp.of(Materials).products[product.product_id] = product
    return {"product_id": product.product_id}


@chapter.endpoint("POST", "externalcontact/get_product_album", doc=95096)
def get_product_album(call: Call) -> dict[str, object]:
    """Return one product (获取商品图册)."""
    return {"product": _shown(_known(call))}


@chapter.endpoint(
    "POST", "externalcontact/get_product_album_list", doc=95096, empty={"product_list": []}
)
def get_product_album_list(call: Call) -> dict[str, object]:
    """Return the app's products (获取商品图册列表)."""
    own = [
        _shown(product)
        for product in call.corp.of(Materials).products.values()
        if product.owner == call.app.name and not product.deleted
    ]
    return call.paged("product_list", own, default=50, most=100)


@chapter.endpoint("POST", "externalcontact/update_product_album", doc=95096)
def update_product_album(call: Call) -> dict[str, object]:
    """Change the given fields (编辑商品图册); pictures replace those before."""
    changes: dict[str, Any] = {}
    if call.has("description"):
        changes["description"] = _description(call)
    if call.has("price"):
        changes["price"] = _price(call)
    if call.has("product_sn"):
        changes["product_sn"] = _product_sn(call)
    if call.has("attachments"):
        changes["pictures"] = _pictures(call)
    product = _known(call)
    for name, value in changes.items():
        setattr(product, name, value)
    return {}


@chapter.endpoint("POST", "externalcontact/delete_product_album", doc=95096)
def delete_product_album(call: Call) -> dict[str, object]:
    """Remove a product (删除商品图册)."""
    _known(call).deleted = True
    return {}


def _known(call: Call) -> Product:
    product = call.corp.of(Materials).products.get(call.text("product_id", missing=41075))
    if product is None or product.owner != call.app.name:
        raise CallRefused(41075)
    if product.deleted:
        raise CallRefused(41074)
    return product


def _description(call: Call) -> str:
    description = call.text("description", missing=41073)
    if len(description) > _MOST_DESCRIPTION:
        raise CallRefused(41087)
    return description


def _price(call: Call) -> int:
    price = call.params.get("price")
    if not isinstance(price, int) or isinstance(price, bool):
        raise CallRefused(41086)
    if not 0 <= price <= _HIGHEST_PRICE_FEN:
        raise CallRefused(41086)
    return price


def _product_sn(call: Call) -> str:
    product_sn = call.optional_text("product_sn") or ""
    if _PRODUCT_SN.fullmatch(product_sn) is None:
        raise CallRefused(41085)
    return product_sn


def _pictures(call: Call) -> list[str]:
    attachments = call.objects("attachments", most=_MOST_PICTURES, too_many=41064)
    if not attachments:
        raise CallRefused(41088)
    pictures = []
    for each in attachments:
        if each.params.get("type") != "image":
            raise CallRefused(41065)
        pictures.append(each.inside("image").text("media_id"))
    for media_id in pictures:
        check_media(call, media_id, "image", scene=_SCENE)
    return pictures


def _shown(product: Product) -> dict[str, Any]:
    return {
        "product_id": product.product_id,
        "description": product.description,
        "price": product.price,
        "product_sn": product.product_sn,
        "create_time": product.create_time,
        "attachments": [
            {"type": "image", "image": {"media_id": media_id}} for media_id in product.pictures
        ],
    }
